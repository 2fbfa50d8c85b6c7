# What it takes to create, change and delete the environment, in addition to what a plan reads.
data "aws_iam_policy_document" "deploy" {
  # checkov:skip=CKV_AWS_356: a resource that is being created has no ARN yet; its tags limit the statement Create
  statement {
    sid       = "ChangeByName"
    resources = local.by_name
    actions = [
      "cloudwatch:DeleteAlarms",
      "cloudwatch:DeleteDashboards",
      "cloudwatch:PutDashboard",
      "cloudwatch:PutMetricAlarm",
      "cloudwatch:TagResource",
      "cloudwatch:UntagResource",
      "dynamodb:CreateTable",
      "dynamodb:DeleteTable",
      "dynamodb:TagResource",
      "dynamodb:UntagResource",
      "dynamodb:UpdateContinuousBackups",
      "dynamodb:UpdateTable",
      "dynamodb:UpdateTimeToLive",
      "lambda:CreateAlias",
      "lambda:CreateFunction",
      "lambda:DeleteAlias",
      "lambda:DeleteFunction",
      "lambda:DeleteFunctionConcurrency",
      "lambda:DeleteProvisionedConcurrencyConfig",
      "lambda:PublishVersion",
      "lambda:PutFunctionConcurrency",
      "lambda:PutProvisionedConcurrencyConfig",
      "lambda:RemovePermission",
      "lambda:TagResource",
      "lambda:UntagResource",
      "lambda:UpdateAlias",
      "lambda:UpdateFunctionCode",
      "lambda:UpdateFunctionConfiguration",
      "logs:AssociateKmsKey",
      "logs:CreateLogGroup",
      "logs:DeleteLogGroup",
      "logs:DeleteMetricFilter",
      "logs:DeleteRetentionPolicy",
      "logs:DisassociateKmsKey",
      "logs:PutMetricFilter",
      "logs:PutRetentionPolicy",
      "logs:TagResource",
      "logs:UntagResource",
      "scheduler:CreateSchedule",
      "scheduler:DeleteSchedule",
      "scheduler:UpdateSchedule",
      "sns:CreateTopic",
      "sns:DeleteTopic",
      "sns:SetTopicAttributes",
      "sns:Subscribe",
      "sns:TagResource",
      "sns:Unsubscribe",
      "sns:UntagResource",
      "states:CreateStateMachine",
      "states:DeleteStateMachine",
      "states:TagResource",
      "states:UntagResource",
      "states:UpdateStateMachine",
    ]
  }

  # The role can permit only Cognito to call a function.
  statement {
    sid       = "LetCognitoCall"
    resources = [local.functions]
    actions   = ["lambda:AddPermission"]

    condition {
      test     = "StringEquals"
      variable = "lambda:Principal"
      values   = ["cognito-idp.amazonaws.com"]
    }
  }

  statement {
    sid       = "Create"
    resources = ["*"] # The pool or key has no ARN yet.
    actions   = ["cognito-idp:CreateUserPool", "cognito-idp:TagResource", "kms:CreateKey", "kms:TagResource"]

    dynamic "condition" {
      for_each = local.our_tag

      content {
        test     = "StringEquals"
        variable = "aws:RequestTag/${condition.key}"
        values   = [condition.value]
      }
    }
  }

  statement {
    sid       = "ChangeByTag"
    resources = [local.pools, local.keys]
    actions = [
      "cognito-idp:AddCustomAttributes",
      "cognito-idp:CreateIdentityProvider",
      "cognito-idp:CreateManagedLoginBranding",
      "cognito-idp:CreateUserPoolClient",
      "cognito-idp:CreateUserPoolDomain",
      "cognito-idp:DeleteIdentityProvider",
      "cognito-idp:DeleteManagedLoginBranding",
      "cognito-idp:DeleteUserPool",
      "cognito-idp:DeleteUserPoolClient",
      "cognito-idp:DeleteUserPoolDomain",
      "cognito-idp:SetUserPoolMfaConfig",
      "cognito-idp:TagResource",
      "cognito-idp:UntagResource",
      "cognito-idp:UpdateIdentityProvider",
      "cognito-idp:UpdateManagedLoginBranding",
      "cognito-idp:UpdateUserPool",
      "cognito-idp:UpdateUserPoolClient",
      "cognito-idp:UpdateUserPoolDomain",
      "kms:EnableKeyRotation",
      "kms:PutKeyPolicy",
      "kms:ScheduleKeyDeletion",
      "kms:TagResource",
      "kms:UntagResource",
      "kms:UpdateKeyDescription",
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

  # When a pool or key is created with tags, AWS checks TagResource before it has an id, so "Create" must allow that. A pool
  # or key with an id must already have our tags, so the role cannot tag somebody else's and then change it.
  dynamic "statement" {
    for_each = local.our_tag

    content {
      sid       = "NeverTagAnothers${statement.key}"
      effect    = "Deny"
      resources = [replace(local.pools, "/*", "/*_*"), replace(local.keys, "/*", "/*-*")] # Every id contains _ or -.
      actions   = ["cognito-idp:TagResource", "kms:TagResource"]

      condition {
        test     = "StringNotEquals" # Also true if there is no tag.
        variable = "aws:ResourceTag/${statement.key}"
        values   = [statement.value]
      }
    }
  }

  statement {
    sid       = "LockState"
    resources = ["${var.state.bucket_arn}/${var.state.key}.tflock"]
    actions   = ["s3:DeleteObject", "s3:PutObject"]
  }

  # The workflow saves a state that Terraform could not write under errored/ (.github/workflows/deploy-environment.yml).
  statement {
    sid = "WriteState"
    resources = [
      "${var.state.bucket_arn}/${var.state.key}",
      "${var.state.bucket_arn}/errored/${var.environment}/*",
    ]
    actions = ["s3:PutObject"]
  }

  dynamic "statement" {
    for_each = var.state.kms_key_arn == null ? [] : [var.state.kms_key_arn]

    content {
      sid       = "EncryptState"
      resources = [statement.value]
      actions   = ["kms:GenerateDataKey"]

      condition {
        test     = "StringLike"
        variable = "kms:ViaService"
        values   = ["s3.*"]
      }
    }
  }

  # DynamoDB, Lambda and Cognito create their grants on a key with the permissions of the role that sets the key.
  dynamic "statement" {
    for_each = length(var.kms_key_arns) == 0 ? [] : [var.kms_key_arns]

    content {
      sid       = "UseKeys"
      resources = statement.value
      actions   = ["kms:CreateGrant", "kms:Decrypt", "kms:DescribeKey", "kms:Encrypt"]

      condition {
        test     = "StringLike"
        variable = "kms:ViaService"
        values   = ["cognito-idp.*", "dynamodb.*", "lambda.*"]
      }
    }
  }

  dynamic "statement" {
    for_each = length(var.function_s3_buckets) == 0 ? [] : [var.function_s3_buckets]

    content {
      sid       = "ReadZip"
      resources = [for bucket in statement.value : "arn:${var.partition}:s3:::${bucket}/*"]
      actions   = ["s3:GetObject", "s3:GetObjectVersion"]
    }
  }
}

# The permissions for roles. A managed policy can have 6,144 characters, so the deploying role needs several.
data "aws_iam_policy_document" "deploy_roles" {
  statement {
    sid       = "ChangeRoles"
    resources = [local.roles]
    actions   = ["iam:ListInstanceProfilesForRole", "iam:TagRole", "iam:UntagRole", "iam:UpdateRole"]
  }

  # With these actions a role could make itself an administrator. So they are allowed only for roles with the boundary.
  statement {
    sid       = "ChangeBoundedRoles"
    resources = [local.roles]
    actions = [
      "iam:CreateRole",
      "iam:DeleteRole",
      "iam:DeleteRolePolicy",
      "iam:PutRolePermissionsBoundary",
      "iam:PutRolePolicy",
      "iam:UpdateAssumeRolePolicy",
    ]

    condition {
      test     = "StringEquals"
      variable = "iam:PermissionsBoundary"
      values   = [local.boundary_arn]
    }
  }

  statement {
    sid       = "PassRoles"
    resources = [local.roles]
    actions   = ["iam:PassRole"]

    condition {
      test     = "StringEquals"
      variable = "iam:PassedToService"
      values = [
        "cognito-idp.amazonaws.com", # to send SMS
        "lambda.amazonaws.com",
        "scheduler.amazonaws.com",
        "states.amazonaws.com",
      ]
    }
  }

  # Cognito creates this role for a pool that sends its mails through Amazon SES:
  # https://docs.aws.amazon.com/cognito/latest/developerguide/using-service-linked-roles.html
  statement {
    sid       = "LetCognitoSendMails"
    resources = ["arn:${var.partition}:iam::${var.account_id}:role/aws-service-role/email.cognito-idp.amazonaws.com/*"]
    actions   = ["iam:CreateServiceLinkedRole"]

    condition {
      test     = "StringEquals"
      variable = "iam:AWSServiceName"
      values   = ["email.cognito-idp.amazonaws.com"]
    }
  }
}

# `make e2e` and `make reconcile`.
data "aws_iam_policy_document" "deploy_tests" {
  statement {
    sid       = "TestByName"
    resources = [local.table, local.functions, local.machines, local.sweeps]
    actions = [
      "dynamodb:DeleteItem",
      "dynamodb:GetItem",
      "lambda:InvokeFunction",
      "states:DescribeExecution",
      "states:ListExecutions",
      "states:StartExecution",
    ]
  }

  statement {
    sid       = "TestByTag"
    resources = [local.pools]
    actions = [
      "cognito-idp:AdminConfirmSignUp",
      "cognito-idp:AdminDeleteUser",
      "cognito-idp:AdminGetUser",
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
}
