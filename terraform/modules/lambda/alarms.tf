resource "aws_cloudwatch_log_metric_filter" "this" {
  for_each = var.outcomes

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

resource "aws_cloudwatch_metric_alarm" "this" {
  for_each = var.alarms

  alarm_name        = "${var.function_name}-${each.key}"
  alarm_description = each.value.description

  # The metrics that count outcomes have no dimensions.
  namespace   = contains(var.outcomes, each.value.metric_name) ? var.function_name : "AWS/Lambda"
  metric_name = each.value.metric_name
  dimensions  = contains(var.outcomes, each.value.metric_name) ? {} : { FunctionName = aws_lambda_function.this.function_name }

  statistic           = each.value.statistic == "Sum" ? "Sum" : null
  extended_statistic  = each.value.statistic == "Sum" ? null : each.value.statistic
  period              = each.value.period
  evaluation_periods  = 1
  comparison_operator = "GreaterThanThreshold"
  threshold           = each.value.threshold
  treat_missing_data  = "notBreaching"
  alarm_actions       = var.alarm_topic_arn[*]
}
