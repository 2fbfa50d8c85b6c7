data "aws_iam_policy_document" "state_machine_trust" {
  statement {
    actions = ["sts:AssumeRole"]

    principals {
      type        = "Service"
      identifiers = ["states.amazonaws.com"]
    }

    condition {
      test     = "StringEquals"
      variable = "aws:SourceAccount"
      values   = [local.account_id]
    }

    condition {
      test     = "ArnEquals"
      variable = "aws:SourceArn"
      values   = [local.state_machine_arn]
    }
  }
}

resource "aws_iam_role" "state_machine" {
  name                 = "${var.function_name}-invoke"
  assume_role_policy   = data.aws_iam_policy_document.state_machine_trust.json
  permissions_boundary = var.permissions_boundary
}

data "aws_iam_policy_document" "state_machine" {
  statement {
    sid       = "InvokeFunction"
    actions   = ["lambda:InvokeFunction"]
    resources = [module.function.alias_arn]
  }

  # A sweep looks whether another one is running.
  statement {
    sid       = "ListOwnExecutions"
    actions   = ["states:ListExecutions"]
    resources = [local.state_machine_arn]
  }
}

resource "aws_iam_role_policy" "state_machine" {
  name   = "invoke-function"
  role   = aws_iam_role.state_machine.name
  policy = data.aws_iam_policy_document.state_machine.json
}

resource "aws_sfn_state_machine" "this" {
  #checkov:skip=CKV_AWS_284:Tracing needs further permissions for the role; the history has the time of every call
  #checkov:skip=CKV_AWS_285:Step Functions keeps the history of an execution for 90 days; a log of it needs a role that may change the log deliveries of the whole account
  name     = var.function_name
  role_arn = aws_iam_role.state_machine.arn

  # Standard, not Express: a sweep may take longer than 5 minutes.
  type = "STANDARD"

  definition = templatefile("${path.module}/sweep.asl.json", {
    function_arn = module.function.alias_arn
    partition    = local.partition
  })

  # The role has its permissions before the first sweep.
  depends_on = [aws_iam_role_policy.state_machine]
}
