locals {
  # The hours between two sweeps, rounded up.
  rate           = regex("([0-9]+) (minute|hour|day)", aws_scheduler_schedule.this.schedule_expression)
  interval_hours = ceil(local.rate[0] * { minute = 1, hour = 60, day = 1440 }[local.rate[1]] / 60)
}

resource "aws_cloudwatch_log_metric_filter" "this" {
  for_each = toset(["failed", "healed"])

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

resource "aws_cloudwatch_metric_alarm" "healed" {
  alarm_name        = "${var.function_name}-healed"
  alarm_description = "A sweep stored users who had no record: each is a confirmation whose call of the trigger failed or never came, or a user made by an administrator, imported or older than the stack (the first sweep stores all of those). What to do: look for alarms and outcome \"failed\" of the trigger at the time the users were confirmed; the lines with outcome \"healed\" in ${aws_cloudwatch_log_group.this.name} name the users. They have their records now."

  namespace           = var.function_name
  metric_name         = aws_cloudwatch_log_metric_filter.this["healed"].name
  statistic           = "Sum"
  period              = 300
  evaluation_periods  = 1
  comparison_operator = "GreaterThanThreshold"
  threshold           = 0
  treat_missing_data  = "notBreaching"
  alarm_actions       = var.alarm_topic_arn[*]
}

resource "aws_cloudwatch_metric_alarm" "not_stored" {
  alarm_name        = "${var.function_name}-not-stored"
  alarm_description = "A sweep could not store some users: they are confirmed and have no record. What to do: the lines with outcome \"failed\" in ${aws_cloudwatch_log_group.this.name} name the users and the error; mend what it says (access to the table and its key, throttling, an item that is too large). The next sweep tries again."

  namespace           = var.function_name
  metric_name         = aws_cloudwatch_log_metric_filter.this["failed"].name
  statistic           = "Sum"
  period              = 300
  evaluation_periods  = 1
  comparison_operator = "GreaterThanThreshold"
  threshold           = 0
  treat_missing_data  = "notBreaching"
  alarm_actions       = var.alarm_topic_arn[*]
}

resource "aws_cloudwatch_metric_alarm" "sweep" {
  for_each = {
    aborted = {
      metric_name = "ExecutionsAborted"
      description = "Somebody stopped a sweep, and the rest of the user pool was not gone through. What to do: nothing, if it was meant; the next sweep starts from the first page."
    }
    failed = {
      metric_name = "ExecutionsFailed"
      description = "A sweep gave up: a call of the function kept failing, three starts in a row. Users without a record stay without one. What to do: the execution's error and ${aws_cloudwatch_log_group.this.name} say what failed (access to the user pool or the table, throttling by Cognito, a configuration that the function refuses); mend it and start a sweep by hand, or wait for the next."
    }
    timed-out = {
      metric_name = "ExecutionsTimedOut"
      description = "A sweep was not through after 7 days and was ended. Users on the pages it did not come to stay without a record. What to do: raise pages_per_second if the quota of Cognito allows it, and look in ${aws_cloudwatch_log_group.this.name} for what takes the time."
    }
  }

  alarm_name        = "${var.function_name}-${each.key}"
  alarm_description = each.value.description

  namespace           = "AWS/States"
  metric_name         = each.value.metric_name
  dimensions          = { StateMachineArn = aws_sfn_state_machine.this.arn }
  statistic           = "Sum"
  period              = 300
  evaluation_periods  = 1
  comparison_operator = "GreaterThanThreshold"
  threshold           = 0
  treat_missing_data  = "notBreaching"
  alarm_actions       = var.alarm_topic_arn[*]
}

resource "aws_cloudwatch_metric_alarm" "did_not_run" {
  alarm_name        = "${var.function_name}-did-not-run"
  alarm_description = "No sweep was started for longer than the schedule allows. Users whose call of the trigger fails stay without a record. What to do: see whether the schedule ${aws_scheduler_schedule.this.name} is enabled and its role may start the state machine (metric TargetErrorCount of AWS/Scheduler), and start a sweep by hand meanwhile."

  namespace           = "AWS/States"
  metric_name         = "ExecutionsStarted"
  dimensions          = { StateMachineArn = aws_sfn_state_machine.this.arn }
  statistic           = "Sum"
  period              = 3600
  evaluation_periods  = local.interval_hours + 1
  comparison_operator = "LessThanThreshold"
  threshold           = 1
  alarm_actions       = var.alarm_topic_arn[*]

  # No start leaves no data. Without a schedule that is as it should be, and the alarm is quiet.
  treat_missing_data = var.schedule_expression == null ? "notBreaching" : "breaching"
}
