locals {
  # The time between two sweeps in hours, rounded up.
  rate           = regex("([0-9]+) (minute|hour|day)", var.schedule_expression)
  interval_hours = ceil(local.rate[0] * { minute = 1, hour = 60, day = 1440 }[local.rate[1]] / 60)
}

resource "aws_cloudwatch_metric_alarm" "sweep" {
  for_each = {
    aborted = {
      metric_name = "ExecutionsAborted"
      description = "Somebody stopped a sweep before it reached the end of the user pool. What to do: if that was intended, nothing, because the next sweep starts from the beginning. If not, CloudTrail names the caller of StopExecution."
    }
    failed = {
      metric_name = "ExecutionsFailed"
      description = "A sweep gave up, because its calls of the function failed for about 20 minutes. Users without a record still have none. What to do: read the error of the execution in Step Functions and the log of the sweep's function. They say what failed, for example no access to the user pool or the table, an outage, or a wrong configuration. Correct the cause, then start a sweep or wait for the next one."
    }
    timed-out = {
      metric_name = "ExecutionsTimedOut"
      description = "Step Functions ended a sweep, because it had not reached the end of the user pool after 7 days. Users in the rest of the pool may still have no record. What to do: raise pages_per_second if Cognito's quota allows it, and look in the log of the sweep's function for what takes the time."
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
  alarm_description = "The schedule did not start a sweep in time. Users without a record still have none. What to do: check that the schedule ${aws_scheduler_schedule.this.name} is enabled and that its role may start the state machine (metric TargetErrorCount of AWS/Scheduler). Meanwhile start a sweep by hand."

  namespace           = "AWS/States"
  metric_name         = "ExecutionsStarted"
  dimensions          = { StateMachineArn = aws_sfn_state_machine.this.arn }
  statistic           = "Sum"
  period              = 3600
  evaluation_periods  = local.interval_hours + 1
  comparison_operator = "LessThanThreshold"
  threshold           = 1
  alarm_actions       = var.alarm_topic_arn[*]

  # If no sweep starts, the metric has no data. That raises the alarm, unless the schedule is disabled.
  treat_missing_data = var.schedule_enabled ? "breaching" : "notBreaching"
}
