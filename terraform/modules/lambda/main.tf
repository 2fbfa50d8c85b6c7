data "aws_caller_identity" "current" {}

data "aws_region" "current" {}

locals {
  # arn:<partition>:dynamodb:<region>:<account>:table/<name>
  table = {
    partition = split(":", var.table_arn)[1]
    region    = split(":", var.table_arn)[3]
    account   = split(":", var.table_arn)[4]
    name      = split("/", var.table_arn)[1]
  }
}

# Otherwise Lambda creates the log group at the first call: it would keep the log for ever, and stay after a destroy.
#trivy:ignore:AWS-0017 The log holds no attribute of a user except the sub, and CloudWatch encrypts it with its own key
resource "aws_cloudwatch_log_group" "this" {
  #checkov:skip=CKV_AWS_158:A customer managed key is the caller's choice (kms_key_arn); the log holds no attribute of a user except the sub, and CloudWatch encrypts it with its own key
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

  # DynamoDB uses the table's KMS key with the caller's permissions, even for a write. The statement allows any key, but
  # only for this table, so writes go on while you set, change or remove the table's key.
  # https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/encryption.usagenotes.html
  statement {
    sid       = "UseTableKey"
    actions   = ["kms:Decrypt"]
    resources = ["arn:${local.table.partition}:kms:${local.table.region}:*:key/*"]

    condition {
      test     = "StringLike"
      variable = "kms:ViaService"
      values   = ["dynamodb.*"]
    }

    condition {
      test     = "StringEquals"
      variable = "kms:EncryptionContext:aws:dynamodb:subscriberId"
      values   = [local.table.account]
    }

    condition {
      test     = "StringEquals"
      variable = "kms:EncryptionContext:aws:dynamodb:tableName"
      values   = [local.table.name]
    }
  }

  # No logs:CreateLogGroup, because a late call would create the log group again after a destroy.
  statement {
    sid       = "WriteLog"
    actions   = ["logs:CreateLogStream", "logs:PutLogEvents"]
    resources = ["${aws_cloudwatch_log_group.this.arn}:*"]
  }

  # Lambda decrypts the environment variables with the function's role.
  dynamic "statement" {
    for_each = var.kms_key_arn[*]

    content {
      sid       = "ReadEnvironment"
      actions   = ["kms:Decrypt"]
      resources = [statement.value]
    }
  }

  dynamic "statement" {
    for_each = var.statements

    content {
      sid       = statement.value.sid
      actions   = statement.value.actions
      resources = statement.value.resources

      dynamic "condition" {
        for_each = statement.value.conditions

        content {
          test     = condition.value.test
          variable = condition.value.variable
          values   = condition.value.values
        }
      }
    }
  }
}

resource "aws_iam_role_policy" "this" {
  name   = "permissions"
  role   = aws_iam_role.this.name
  policy = data.aws_iam_policy_document.permissions.json
}

#trivy:ignore:AWS-0066 Tracing needs further permissions for the role; the log has the time of every call
resource "aws_lambda_function" "this" {
  #checkov:skip=CKV_AWS_50:Tracing needs further permissions for the role; the log has the time of every call
  #checkov:skip=CKV_AWS_115:The caller's choice (reserved_concurrent_executions), because Lambda refuses calls above the limit
  #checkov:skip=CKV_AWS_116:The function is called synchronously; a dead-letter queue catches asynchronous calls only
  #checkov:skip=CKV_AWS_117:The function calls only AWS, over TLS; a VPC would add endpoints to pay for and time to every cold start
  #checkov:skip=CKV_AWS_173:A customer managed key is the caller's choice (kms_key_arn); the environment variables hold names and numbers, no secret, and Lambda encrypts them with its own key
  #checkov:skip=CKV_AWS_272:The person who applies also builds and uploads the zip, so a signature by that person proves nothing
  function_name = var.function_name
  description   = var.description
  role          = aws_iam_role.this.arn

  filename          = var.filename
  source_code_hash  = var.filename == null ? null : filebase64sha256(var.filename)
  s3_bucket         = one(var.s3_object[*].bucket)
  s3_key            = one(var.s3_object[*].key)
  s3_object_version = one(var.s3_object[*].version)

  handler       = var.handler
  runtime       = "python3.13"
  architectures = [var.architecture]
  memory_size   = var.memory_size
  timeout       = var.timeout
  publish       = true

  reserved_concurrent_executions = var.reserved_concurrent_executions

  kms_key_arn = var.kms_key_arn

  environment {
    variables = merge(var.environment, {
      STORED_ATTRIBUTES = jsonencode(var.stored_attributes)
      TABLE_NAME        = var.table_arn
    })
  }

  logging_config {
    log_group             = aws_cloudwatch_log_group.this.name
    log_format            = "JSON"
    application_log_level = var.log_level
    system_log_level      = "INFO" # At WARN, Lambda no longer logs the time and memory of each call and cold start.
  }

  # The role has its permissions before the first call.
  depends_on = [aws_iam_role_policy.this]
}

# Callers call the alias. An update publishes the new version first and then points the alias to it, with no gap.
resource "aws_lambda_alias" "this" {
  name             = "live"
  function_name    = aws_lambda_function.this.function_name
  function_version = aws_lambda_function.this.version

  # When Terraform replaces the function, the alias is deleted with it. An update does not change the function's ARN.
  lifecycle {
    replace_triggered_by = [aws_lambda_function.this.arn]
  }
}

resource "aws_lambda_provisioned_concurrency_config" "this" {
  for_each = var.provisioned_concurrent_executions == null ? {} : { (aws_lambda_alias.this.name) = var.provisioned_concurrent_executions }

  function_name                     = aws_lambda_function.this.function_name
  qualifier                         = each.key
  provisioned_concurrent_executions = each.value

  # It is deleted with its alias.
  lifecycle {
    replace_triggered_by = [aws_lambda_alias.this.arn]
  }
}
