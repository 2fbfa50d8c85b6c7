resource "aws_cloudwatch_log_metric_filter" "this" {
  for_each = toset(["already_stored", "failed", "stored"])

  name           = each.key
  log_group_name = aws_cloudwatch_log_group.this.name
  pattern        = "{ $.outcome = \"${each.key}\" }"

  metric_transformation {
    namespace     = var.function_name
    name          = each.key
    value         = "1"
    default_value = "0"
    unit          = "Count"
  }
}

resource "aws_cloudwatch_metric_alarm" "errors" {
  alarm_name        = "${var.function_name}-errors"
  alarm_description = "Confirmations failed: the users saw an error, are confirmed all the same, and may have no record until the next sweep. What to do: the lines with outcome \"failed\" in ${aws_cloudwatch_log_group.this.name} say why (access to the table and its key, throttling, a table that is gone); if there are none, the function crashed or ran out of time. Mend it and start a sweep."

  namespace           = "AWS/Lambda"
  metric_name         = "Errors"
  dimensions          = { FunctionName = aws_lambda_function.this.function_name }
  statistic           = "Sum"
  period              = 60
  evaluation_periods  = 1
  comparison_operator = "GreaterThanThreshold"
  threshold           = 0
  treat_missing_data  = "notBreaching"
  alarm_actions       = var.alarm_topic_arn[*]
}

resource "aws_cloudwatch_metric_alarm" "throttles" {
  alarm_name        = "${var.function_name}-throttles"
  alarm_description = "Lambda refused to run the function: the users saw an error, are confirmed all the same, and may have no record until the next sweep. What to do: find the function that takes the account's concurrency (metric ConcurrentExecutions of AWS/Lambda), or have the quota for concurrent executions in this Region raised; then start a sweep."

  namespace           = "AWS/Lambda"
  metric_name         = "Throttles"
  dimensions          = { FunctionName = aws_lambda_function.this.function_name }
  statistic           = "Sum"
  period              = 60
  evaluation_periods  = 1
  comparison_operator = "GreaterThanThreshold"
  threshold           = 0
  treat_missing_data  = "notBreaching"
  alarm_actions       = var.alarm_topic_arn[*]
}

# Cognito waits 5 s, a cold start included; the metric leaves the cold start out.
resource "aws_cloudwatch_metric_alarm" "duration" {
  alarm_name        = "${var.function_name}-duration"
  alarm_description = "Of a hundred calls at least one takes longer than 4 s, and Cognito waits no longer than 5: confirmations are about to fail. What to do: see in ${aws_cloudwatch_log_group.this.name} whether the calls retry a slow or throttled write (then look at the table's metrics SuccessfulRequestLatency and ThrottledRequests); if not, raise memory_size, and CPU time with it."

  namespace           = "AWS/Lambda"
  metric_name         = "Duration"
  dimensions          = { FunctionName = aws_lambda_function.this.function_name }
  extended_statistic  = "p99"
  period              = 300
  evaluation_periods  = 1
  comparison_operator = "GreaterThanThreshold"
  threshold           = 4000
  treat_missing_data  = "notBreaching"
  alarm_actions       = var.alarm_topic_arn[*]
}
