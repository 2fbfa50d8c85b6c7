locals {
  # arn:<partition>:dynamodb:<region>:<account>:table/<name>
  table_name = split("/", var.table_arn)[1]
}

# Made here, not by Lambda on the first call: it then has a retention and goes away with the stack.
#trivy:ignore:AWS-0017 The log holds no attribute of a user, only the outcome of each call, and CloudWatch encrypts it with a key of its own
resource "aws_cloudwatch_log_group" "this" {
  #checkov:skip=CKV_AWS_158:A customer managed key is the caller's choice (kms_key_arn); the log holds no attribute of a user, and CloudWatch encrypts it with a key of its own
  name              = "/aws/lambda/${var.function_name}"
  retention_in_days = var.log_retention_in_days
  kms_key_id        = var.kms_key_arn
}

data "aws_iam_policy_document" "trust" {
  statement {
    actions = ["sts:AssumeRole"]

    principals {
      type        = "Service"
      identifiers = ["lambda.amazonaws.com"]
    }
  }
}

resource "aws_iam_role" "this" {
  name                 = var.function_name
  assume_role_policy   = data.aws_iam_policy_document.trust.json
  permissions_boundary = var.permissions_boundary
}

data "aws_iam_policy_document" "permissions" {
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

resource "aws_iam_role_policy" "this" {
  name   = "write-record"
  role   = aws_iam_role.this.name
  policy = data.aws_iam_policy_document.permissions.json
}

#trivy:ignore:AWS-0066 Tracing needs further permissions for the role; the log has the time of every call
resource "aws_lambda_function" "this" {
  #checkov:skip=CKV_AWS_50:Tracing needs further permissions for the role; the log has the time of every call
  #checkov:skip=CKV_AWS_115:The caller's choice (reserved_concurrent_executions), for it fails the confirmations above it, and such a call is not repeated later
  #checkov:skip=CKV_AWS_116:Cognito calls the function synchronously; a dead-letter queue catches asynchronous calls only
  #checkov:skip=CKV_AWS_117:The function talks to DynamoDB only, over TLS; a VPC would add endpoints and time to every cold start
  #checkov:skip=CKV_AWS_173:A customer managed key is the caller's choice (kms_key_arn); the environment holds a table name and attribute names, no secret; Lambda encrypts it with a key of its own
  #checkov:skip=CKV_AWS_272:The zip is built and uploaded by whoever applies; a signature by the same hands proves nothing
  function_name = var.function_name
  description   = "Stores confirmed Cognito users in DynamoDB"
  role          = aws_iam_role.this.arn

  filename          = var.filename
  source_code_hash  = var.filename == null ? null : filebase64sha256(var.filename)
  s3_bucket         = try(var.s3_object.bucket, null)
  s3_key            = try(var.s3_object.key, null)
  s3_object_version = try(var.s3_object.version, null)

  handler       = "users.post_confirmation.handler"
  runtime       = "python3.13"
  architectures = [var.architecture]
  memory_size   = var.memory_size
  timeout       = 5 # Cognito waits no longer.
  publish       = true

  reserved_concurrent_executions = var.reserved_concurrent_executions

  kms_key_arn = var.kms_key_arn

  environment {
    variables = {
      STORED_ATTRIBUTES = jsonencode(var.stored_attributes)
      TABLE_NAME        = local.table_name
    }
  }

  logging_config {
    log_group             = aws_cloudwatch_log_group.this.name
    log_format            = "JSON"
    application_log_level = var.log_level
    system_log_level      = "INFO" # At WARN the time and memory of each call, and of each cold start, are lost.
  }

  # The first call is then permitted to write.
  depends_on = [aws_iam_role_policy.this]
}

# Cognito calls the alias: an update publishes a version first and then switches over, with no gap.
resource "aws_lambda_alias" "this" {
  name             = "live"
  function_name    = aws_lambda_function.this.function_name
  function_version = aws_lambda_function.this.version

  # A function made anew under the same name has lost its alias; an update leaves the ARN as it is.
  lifecycle {
    replace_triggered_by = [aws_lambda_function.this.arn]
  }
}

resource "aws_lambda_provisioned_concurrency_config" "this" {
  for_each = var.provisioned_concurrent_executions == null ? {} : { (aws_lambda_alias.this.name) = var.provisioned_concurrent_executions }

  function_name                     = aws_lambda_function.this.function_name
  qualifier                         = each.key
  provisioned_concurrent_executions = each.value

  # It lives on the alias and goes with it.
  lifecycle {
    replace_triggered_by = [aws_lambda_alias.this.arn]
  }
}
