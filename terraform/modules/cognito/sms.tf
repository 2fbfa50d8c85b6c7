locals {
  sms_role = var.sms_enabled ? { sms = "${var.user_pool_name}-sms" } : {}

  # Not to be changed: Cognito refuses another id while it verifies phone numbers.
  # https://github.com/hashicorp/terraform-provider-aws/issues/28294
  sms_external_id = "cognito-user-pool"
}

data "aws_iam_policy_document" "sms_trust" {
  for_each = local.sms_role

  statement {
    actions = ["sts:AssumeRole"]

    principals {
      type        = "Service"
      identifiers = ["cognito-idp.amazonaws.com"]
    }

    condition {
      test     = "StringEquals"
      variable = "sts:ExternalId"
      values   = [local.sms_external_id]
    }

    condition {
      test     = "StringEquals"
      variable = "aws:SourceAccount"
      values   = [data.aws_caller_identity.current.account_id]
    }
  }
}

data "aws_iam_policy_document" "sms" {
  #checkov:skip=CKV_AWS_111:A phone number has no ARN, so sns:Publish for SMS is on "*": https://docs.aws.amazon.com/cognito/latest/developerguide/user-pool-sms-settings.html
  #checkov:skip=CKV_AWS_356:A phone number has no ARN, so sns:Publish for SMS is on "*"
  for_each = local.sms_role

  statement {
    sid       = "SendMessages"
    actions   = ["sns:Publish"]
    resources = ["*"]
  }
}

# With this role Cognito sends messages.
resource "aws_iam_role" "sms" {
  for_each = local.sms_role

  name                 = each.value
  assume_role_policy   = data.aws_iam_policy_document.sms_trust[each.key].json
  permissions_boundary = var.permissions_boundary

  # A pool that is renamed keeps its role, for the same reason as its external id.
  lifecycle {
    ignore_changes = [name]
  }
}

resource "aws_iam_role_policy" "sms" {
  for_each = local.sms_role

  name   = "send-messages"
  role   = aws_iam_role.sms[each.key].name
  policy = data.aws_iam_policy_document.sms[each.key].json
}
