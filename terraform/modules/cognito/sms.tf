locals {
  sms_role = var.sms_enabled ? { sms = "${var.user_pool_name}-sms" } : {}

  # Do not change it: Cognito refuses another id while it verifies phone numbers.
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

# A text message has no ARN and every topic has one. So this allows text messages and no topic.
data "aws_iam_policy_document" "sms" {
  for_each = local.sms_role

  statement {
    sid           = "SendTextMessages"
    actions       = ["sns:Publish"]
    not_resources = ["arn:${data.aws_partition.current.partition}:sns:*:*:*"]
  }
}

# Cognito sends text messages with this role.
resource "aws_iam_role" "sms" {
  for_each = local.sms_role

  name                 = each.value
  assume_role_policy   = data.aws_iam_policy_document.sms_trust[each.key].json
  permissions_boundary = var.permissions_boundary

  # If you rename the pool, it keeps its role: Cognito would refuse a new one, as with the external id.
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
