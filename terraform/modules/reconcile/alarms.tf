locals {
  # The hours between two sweeps, rounded up.
  rate           = regex("([0-9]+) (minute|hour|day)", var.schedule_expression)
  interval_hours = ceil(local.rate[0] * { minute = 1, hour = 60, day = 1440 }[local.rate[1]] / 60)
}

resource "aws_cloudwatch_metric_alarm" "sweep" {
  for_each = {
    aborted = {
      metric_name = "ExecutionsAborted"
      description = "Somebody stopped a sweep, and the rest of the user pool was not gone through. What to do: nothing, if it was meant; the next sweep starts from the first page."
    }
    failed = {
      metric_name = "ExecutionsFailed"
      description = "A sweep gave up: its calls of the function failed for about 20 minutes in a row. Users without a record stay without one. What to do: the execution's error and the function's log say what failed (access to the user pool or the table, an outage, a configuration that the function refuses); correct it and start a sweep by hand, or wait for the next."
    }
    timed-out = {
      metric_name = "ExecutionsTimedOut"
      description = "A sweep was not through after 7 days and was ended. Users on the pages it did not come to stay without a record. What to do: raise pages_per_second if the quota of Cognito allows it, and look in the function's log for what takes the time."
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

  # No start leaves no data. Without a schedule none is expected, and the alarm stays quiet.
  treat_missing_data = var.schedule_enabled ? "breaching" : "notBreaching"
}
