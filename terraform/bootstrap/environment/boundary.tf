# No role of the environment can do more than this, whatever its own policies allow. It allows what the functions, the
# state machine, the schedule and the pool need. It allows no change of permissions or code.
data "aws_iam_policy_document" "boundary" {
  statement {
    sid       = "ItemsOfOwnTable"
    resources = [local.table, "${local.table}/index/*"]
    actions = [
      "dynamodb:BatchGetItem",
      "dynamodb:BatchWriteItem",
      "dynamodb:ConditionCheckItem",
      "dynamodb:DeleteItem",
      "dynamodb:GetItem",
      "dynamodb:PutItem",
      "dynamodb:Query",
      "dynamodb:Scan",
      "dynamodb:UpdateItem",
    ]
  }

  statement {
    sid       = "UsersOfOwnPool"
    resources = [local.pools]
    actions   = ["cognito-idp:AdminGetUser", "cognito-idp:ListUsers"]

    dynamic "condition" {
      for_each = local.our_tag

      content {
        test     = "StringEquals"
        variable = "aws:ResourceTag/${condition.key}"
        values   = [condition.value]
      }
    }
  }

  statement {
    sid       = "OwnLogs"
    resources = [local.logs]
    actions   = ["logs:CreateLogStream", "logs:PutLogEvents"]
  }

  statement {
    sid       = "OwnSweep"
    resources = [local.functions, local.machines, local.sweeps]
    actions = [
      "lambda:InvokeFunction",
      "states:DescribeExecution",
      "states:ListExecutions",
      "states:StartExecution",
    ]
  }

  # A text message has no ARN and every topic has one. So this allows text messages and no topic.
  statement {
    sid           = "TextMessages"
    not_resources = ["arn:${var.partition}:sns:*:*:*"]
    actions       = ["sns:Publish"]
  }

  # DynamoDB uses the table's KMS key with the permissions of the function that calls it. The context is the table.
  statement {
    sid       = "OwnTableEncrypted"
    resources = ["arn:${var.partition}:kms:*:*:key/*"]
    actions   = ["kms:Decrypt"]

    condition {
      test     = "StringLike"
      variable = "kms:ViaService"
      values   = ["dynamodb.*"]
    }

    condition {
      test     = "StringEquals"
      variable = "kms:EncryptionContext:aws:dynamodb:tableName"
      values   = [local.name]
    }

    condition {
      test     = "StringEquals"
      variable = "kms:EncryptionContext:aws:dynamodb:subscriberId"
      values   = [var.account_id]
    }
  }

  # Lambda decrypts the functions' environment variables with their roles.
  dynamic "statement" {
    for_each = length(var.kms_key_arns) == 0 ? [] : [var.kms_key_arns]

    content {
      sid       = "OwnKeys"
      resources = statement.value
      actions   = ["kms:Decrypt"]
    }
  }
}
