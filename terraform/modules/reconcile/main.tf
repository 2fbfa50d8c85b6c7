data "aws_caller_identity" "current" {}

data "aws_partition" "current" {}

data "aws_region" "current" {}

locals {
  account_id = data.aws_caller_identity.current.account_id
  partition  = data.aws_partition.current.partition
  region     = data.aws_region.current.region

  # arn:<partition>:dynamodb:<region>:<account>:table/<name>
  table_name = split("/", var.table_arn)[1]

  # arn:<partition>:cognito-idp:<region>:<account>:userpool/<id>
  user_pool_id = split("/", var.user_pool_arn)[1]

  # Made from the names: policies that ask the resources would be unknown in the plan of every new zip.
  function_arn      = "arn:${local.partition}:lambda:${local.region}:${local.account_id}:function:${var.function_name}"
  state_machine_arn = "arn:${local.partition}:states:${local.region}:${local.account_id}:stateMachine:${var.function_name}"
}

# Made here, not by Lambda on the first call: it then has a retention and goes away with the stack.
#trivy:ignore:AWS-0017 The log holds no attribute of a user but the sub, and CloudWatch encrypts it with a key of its own
resource "aws_cloudwatch_log_group" "this" {
  #checkov:skip=CKV_AWS_158:A customer managed key is the caller's choice (kms_key_arn); the log holds no attribute of a user but the sub, and CloudWatch encrypts it with a key of its own
  name              = "/aws/lambda/${var.function_name}"
  retention_in_days = var.log_retention_in_days
  kms_key_id        = var.kms_key_arn
}

data "aws_iam_policy_document" "function_trust" {
  statement {
    actions = ["sts:AssumeRole"]

    principals {
      type        = "Service"
      identifiers = ["lambda.amazonaws.com"]
    }
  }
}

resource "aws_iam_role" "function" {
  name                 = var.function_name
  assume_role_policy   = data.aws_iam_policy_document.function_trust.json
  permissions_boundary = var.permissions_boundary
}

data "aws_iam_policy_document" "function" {
  statement {
    sid       = "ReadUsers"
    actions   = ["cognito-idp:ListUsers"]
    resources = [var.user_pool_arn]
  }

  statement {
    sid       = "WriteRecord"
    actions   = ["dynamodb:PutItem"]
    resources = [var.table_arn]
  }

  # No logs:CreateLogGroup: a late call would bring the log group back after a destroy.
  statement {
    sid       = "WriteLog"
    actions   = ["logs:CreateLogStream", "logs:PutLogEvents"]
    resources = ["${aws_cloudwatch_log_group.this.arn}:*"]
  }

  # Lambda decrypts the environment in the name of the function.
  dynamic "statement" {
    for_each = var.kms_key_arn[*]

    content {
      sid       = "ReadEnvironment"
      actions   = ["kms:Decrypt"]
      resources = [statement.value]
    }
  }

  # DynamoDB decrypts the table's own key in the name of the caller, for a write too.
  dynamic "statement" {
    for_each = var.table_kms_key_arn[*]

    content {
      sid       = "UseTableKey"
      actions   = ["kms:Decrypt"]
      resources = [statement.value]

      condition {
        test     = "StringLike"
        variable = "kms:ViaService"
        values   = ["dynamodb.*"]
      }
    }
  }
}

resource "aws_iam_role_policy" "function" {
  name   = "read-users-write-records"
  role   = aws_iam_role.function.name
  policy = data.aws_iam_policy_document.function.json
}

#trivy:ignore:AWS-0066 Tracing needs further permissions for the role; the log has the time of every call
resource "aws_lambda_function" "this" {
  #checkov:skip=CKV_AWS_50:Tracing needs further permissions for the role; the log has the time of every call
  #checkov:skip=CKV_AWS_115:The state machine never makes two calls at once, and a reservation would take from the trigger's concurrency
  #checkov:skip=CKV_AWS_116:The state machine calls the function synchronously; a dead-letter queue catches asynchronous calls only
  #checkov:skip=CKV_AWS_117:The function talks to Cognito and DynamoDB only, over TLS; a VPC would add endpoints
  #checkov:skip=CKV_AWS_173:A customer managed key is the caller's choice (kms_key_arn); the environment holds names and a number, no secret; Lambda encrypts it with a key of its own
  #checkov:skip=CKV_AWS_272:The zip is built and uploaded by whoever applies; a signature by the same hands proves nothing
  function_name = var.function_name
  description   = "Goes through the user pool and stores in DynamoDB who has no record"
  role          = aws_iam_role.function.arn

  filename          = var.filename
  source_code_hash  = var.filename == null ? null : filebase64sha256(var.filename)
  s3_bucket         = try(var.s3_object.bucket, null)
  s3_key            = try(var.s3_object.key, null)
  s3_object_version = try(var.s3_object.version, null)

  handler       = "users.reconcile.handler"
  runtime       = "python3.13"
  architectures = [var.architecture]
  memory_size   = 1769 # One whole CPU, the most that Python uses. Half of it takes twice as long and costs the same.

  # An execution of the state machine has at most 25,000 events, and a call makes 7 of them. Calls as long as these are
  # few enough for the 7 days that the state machine lets a sweep take.
  timeout = 300

  kms_key_arn = var.kms_key_arn

  environment {
    variables = {
      PAGES_PER_SECOND  = tostring(var.pages_per_second)
      STORED_ATTRIBUTES = jsonencode(var.stored_attributes)
      TABLE_NAME        = local.table_name
      USER_POOL_ID      = local.user_pool_id
    }
  }

  logging_config {
    log_group             = aws_cloudwatch_log_group.this.name
    log_format            = "JSON"
    application_log_level = "INFO"
    system_log_level      = "INFO" # At WARN the time and memory of each call are lost.
  }

  # The first call is then permitted to read and write.
  depends_on = [aws_iam_role_policy.function]
}
