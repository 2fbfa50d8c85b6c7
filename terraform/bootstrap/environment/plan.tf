# A plan reads the configuration of the environment's resources and the state, but no record and no user. It may write
# nothing, so a plan takes no lock (-lock=false).
data "aws_iam_policy_document" "plan" {
  statement {
    sid       = "ReadByName"
    resources = local.by_name
    actions = [
      "cloudwatch:DescribeAlarms",
      "cloudwatch:GetDashboard",
      "cloudwatch:ListTagsForResource",
      "dynamodb:DescribeContinuousBackups",
      "dynamodb:DescribeTable",
      "dynamodb:DescribeTimeToLive",
      "dynamodb:ListTagsOfResource",
      "iam:GetRole",
      "iam:GetRolePolicy",
      "iam:ListAttachedRolePolicies",
      "iam:ListRolePolicies",
      "lambda:GetAlias",
      "lambda:GetFunction",
      "lambda:GetFunctionCodeSigningConfig",
      "lambda:GetFunctionConfiguration",
      "lambda:GetPolicy",
      "lambda:GetProvisionedConcurrencyConfig",
      "lambda:ListAliases",
      "lambda:ListTags",
      "lambda:ListVersionsByFunction",
      "logs:DescribeMetricFilters",
      "logs:ListTagsForResource",
      "scheduler:GetSchedule",
      "sns:GetSubscriptionAttributes",
      "sns:GetTopicAttributes",
      "sns:ListTagsForResource",
      "states:DescribeStateMachine",
      "states:ListStateMachineVersions",
      "states:ListTagsForResource",
    ]
  }

  statement {
    sid       = "ReadByTag"
    resources = [local.pools, local.keys]
    actions = [
      "cognito-idp:DescribeIdentityProvider",
      "cognito-idp:DescribeManagedLoginBranding",
      "cognito-idp:DescribeManagedLoginBrandingByClient",
      "cognito-idp:DescribeUserPool",
      "cognito-idp:DescribeUserPoolClient",
      "cognito-idp:GetUserPoolMfaConfig",
      "cognito-idp:ListTagsForResource",
      "cognito-idp:ListUserPoolClients", # To find the app client of a managed login branding.
      "kms:DescribeKey",
      "kms:GetKeyPolicy",
      "kms:GetKeyRotationStatus",
      "kms:ListResourceTags",
    ]

    dynamic "condition" {
      for_each = local.our_tag

      content {
        test     = "StringEquals"
        variable = "aws:ResourceTag/${condition.key}"
        values   = [condition.value]
      }
    }
  }

  # IAM cannot limit these actions to resources.
  statement {
    sid       = "ReadWhatIAMCannotLimit"
    resources = ["*"]
    actions = [
      "cognito-idp:DescribeUserPoolDomain",
      "logs:DescribeLogGroups",
      "states:ValidateStateMachineDefinition",
    ]
  }

  # The bucket holds nothing but states. Without permission to list, S3 answers 403 for a state that does not exist.
  statement {
    sid       = "FindState"
    resources = [var.state.bucket_arn]
    actions   = ["s3:ListBucket"]
  }

  statement {
    sid       = "ReadState"
    resources = ["${var.state.bucket_arn}/${var.state.key}", "${var.state.bucket_arn}/${var.state.key}.tflock"]
    actions   = ["s3:GetObject"]
  }

  dynamic "statement" {
    for_each = var.state.kms_key_arn == null ? [] : [var.state.kms_key_arn]

    content {
      sid       = "DecryptState"
      resources = [statement.value]
      actions   = ["kms:Decrypt"]

      condition {
        test     = "StringLike"
        variable = "kms:ViaService"
        values   = ["s3.*"]
      }
    }
  }

  # To read a function's environment variables that such a key encrypts.
  dynamic "statement" {
    for_each = length(var.kms_key_arns) == 0 ? [] : [var.kms_key_arns]

    content {
      sid       = "ReadEncryptedConfiguration"
      resources = statement.value
      actions   = ["kms:Decrypt"]

      condition {
        test     = "StringLike"
        variable = "kms:ViaService"
        values   = ["lambda.*"]
      }
    }
  }
}
