locals {
  schedule_group_name = "default"
}

data "aws_iam_policy_document" "schedule_trust" {
  statement {
    actions = ["sts:AssumeRole"]

    principals {
      type        = "Service"
      identifiers = ["scheduler.amazonaws.com"]
    }

    condition {
      test     = "StringEquals"
      variable = "aws:SourceAccount"
      values   = [local.account_id]
    }

    # EventBridge Scheduler sends the ARN of the schedule's group, not of the schedule.
    condition {
      test     = "ArnEquals"
      variable = "aws:SourceArn"
      values   = ["arn:${local.partition}:scheduler:${local.region}:${local.account_id}:schedule-group/${local.schedule_group_name}"]
    }
  }
}

resource "aws_iam_role" "schedule" {
  name                 = "${var.function_name}-start"
  assume_role_policy   = data.aws_iam_policy_document.schedule_trust.json
  permissions_boundary = var.permissions_boundary
}

data "aws_iam_policy_document" "schedule" {
  statement {
    sid       = "StartSweep"
    actions   = ["states:StartExecution"]
    resources = [local.state_machine_arn]
  }
}

resource "aws_iam_role_policy" "schedule" {
  name   = "start-sweep"
  role   = aws_iam_role.schedule.name
  policy = data.aws_iam_policy_document.schedule.json
}

resource "aws_scheduler_schedule" "this" {
  #checkov:skip=CKV_AWS_297:The schedule holds no data, and EventBridge Scheduler encrypts it with its own key
  name                = var.function_name
  group_name          = local.schedule_group_name
  description         = "Starts a sweep through the user pool"
  schedule_expression = var.schedule_expression
  state               = var.schedule_enabled ? "ENABLED" : "DISABLED"

  flexible_time_window {
    mode = "OFF"
  }

  target {
    arn      = aws_sfn_state_machine.this.arn
    role_arn = aws_iam_role.schedule.arn
    input    = jsonencode({ dryRun = false })
  }

  # The role has its permissions before the first start.
  depends_on = [aws_iam_role_policy.schedule]
}
