locals {
  # Two charts in a row of 24 columns. A metric is [namespace, name, dimension's name, dimension's value, options].
  charts = [
    {
      title = "Calls of the trigger by outcome"
      stat  = "Sum"
      metrics = [
        [var.trigger_function_name, "stored", { label = "stored" }],
        [var.trigger_function_name, "already_stored", { label = "already stored" }],
      ]
    },
    {
      title = "Failures of the trigger"
      stat  = "Sum"
      metrics = [
        [var.trigger_function_name, "failed", { label = "record not stored" }],
        ["AWS/Lambda", "Errors", "FunctionName", var.trigger_function_name, { label = "errors" }],
        ["AWS/Lambda", "Throttles", "FunctionName", var.trigger_function_name, { label = "throttles" }],
      ]
    },
    {
      title = "Duration of the trigger in ms (Cognito waits 5,000 ms)"
      stat  = "p50"
      metrics = [
        ["AWS/Lambda", "Duration", "FunctionName", var.trigger_function_name, { label = "p50" }],
        ["AWS/Lambda", "Duration", "FunctionName", var.trigger_function_name, { label = "p99", stat = "p99" }],
      ]
    },
    {
      title = "Sweeps"
      stat  = "Sum"
      metrics = [
        ["AWS/States", "ExecutionsStarted", "StateMachineArn", var.state_machine_arn, { label = "started" }],
        ["AWS/States", "ExecutionsSucceeded", "StateMachineArn", var.state_machine_arn, { label = "succeeded" }],
        ["AWS/States", "ExecutionsFailed", "StateMachineArn", var.state_machine_arn, { label = "failed" }],
        ["AWS/States", "ExecutionsTimedOut", "StateMachineArn", var.state_machine_arn, { label = "timed out" }],
        ["AWS/States", "ExecutionsAborted", "StateMachineArn", var.state_machine_arn, { label = "aborted" }],
      ]
    },
    {
      title = "Missing records that sweeps found"
      stat  = "Sum"
      metrics = [
        [var.reconcile_function_name, "stored", { label = "stored" }],
        [var.reconcile_function_name, "failed", { label = "not stored" }],
      ]
    },
  ]
}

resource "aws_cloudwatch_dashboard" "this" {
  dashboard_name = var.name
  dashboard_body = jsonencode({
    widgets = [
      for index, chart in local.charts : {
        type   = "metric"
        x      = index % 2 * 12
        y      = floor(index / 2) * 6
        width  = 12
        height = 6
        properties = {
          title   = chart.title
          region  = local.region
          view    = "timeSeries"
          stat    = chart.stat
          period  = 300
          metrics = chart.metrics
          yAxis   = { left = { min = 0 } }
        }
      }
    ]
  })
}
