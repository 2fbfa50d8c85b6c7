# These credentials are not valid, so against the real AWS each run fails and creates nothing.
provider "aws" {
  region     = "us-east-1"
  access_key = "test"
  secret_key = "test"
}

variables {
  function_name     = "users-test-reconcile"
  function          = { s3_object = { bucket = "artifacts", key = "function.zip", version = "abc" } } # No test runs the code.
  table_arn         = "arn:aws:dynamodb:us-east-1:123456789012:table/users-test"
  user_pool_arn     = "arn:aws:cognito-idp:us-east-1:123456789012:userpool/us-east-1_Abc123"
  stored_attributes = {}
}

run "alarms" {
  variables {
    alarm_topic_arn = "arn:aws:sns:us-east-1:123456789012:users-test-alarms"
  }

  assert {
    condition = [
      for alarm in concat([aws_cloudwatch_metric_alarm.did_not_run], values(aws_cloudwatch_metric_alarm.sweep)) :
      join(" ", [
        alarm.alarm_name, alarm.namespace, alarm.metric_name, alarm.statistic, alarm.comparison_operator, alarm.threshold,
        alarm.evaluation_periods, alarm.period, alarm.treat_missing_data,
      ])
      ] == [
      "users-test-reconcile-did-not-run AWS/States ExecutionsStarted Sum LessThanThreshold 1 2 3600 breaching",
      "users-test-reconcile-aborted AWS/States ExecutionsAborted Sum GreaterThanThreshold 0 1 300 notBreaching",
      "users-test-reconcile-failed AWS/States ExecutionsFailed Sum GreaterThanThreshold 0 1 300 notBreaching",
      "users-test-reconcile-timed-out AWS/States ExecutionsTimedOut Sum GreaterThanThreshold 0 1 300 notBreaching",
    ]
    error_message = "The alarms are not for sweeps that did not run, were aborted, failed or timed out: ${jsonencode([for alarm in values(aws_cloudwatch_metric_alarm.sweep) : [alarm.alarm_name, alarm.metric_name, alarm.threshold, alarm.period]])}."
  }

  assert {
    condition = alltrue([
      for alarm in concat([aws_cloudwatch_metric_alarm.did_not_run], values(aws_cloudwatch_metric_alarm.sweep)) :
      alarm.dimensions == tomap({ StateMachineArn = aws_sfn_state_machine.this.arn })
    ])
    error_message = "An alarm is for another state machine."
  }

  assert {
    condition = alltrue([
      for alarm in concat([aws_cloudwatch_metric_alarm.did_not_run], values(aws_cloudwatch_metric_alarm.sweep)) :
      alarm.alarm_actions == toset(["arn:aws:sns:us-east-1:123456789012:users-test-alarms"]) && alarm.actions_enabled
    ])
    error_message = "An alarm does not notify the topic."
  }

  # Each description says what the alarm means and what to do.
  assert {
    condition = alltrue([
      for alarm in concat([aws_cloudwatch_metric_alarm.did_not_run], values(aws_cloudwatch_metric_alarm.sweep)) :
      can(regex("^.{40,} What to do: .{40,}\\.$", alarm.alarm_description)) && length(alarm.alarm_description) <= 1024
    ])
    error_message = "The description of an alarm does not say what it means and what to do, or is longer than AWS's limit of 1,024 characters."
  }
}

run "alarms_without_a_topic" {
  command = plan

  variables {
    alarm_topic_arn = null
  }

  assert {
    condition = alltrue([
      for alarm in concat([aws_cloudwatch_metric_alarm.did_not_run], values(aws_cloudwatch_metric_alarm.sweep)) :
      length(coalesce(alarm.alarm_actions, [])) == 0
    ])
    error_message = "An alarm has an action, although no topic is given."
  }
}

# The alarm looks back one hour more than the time between two sweeps, rounded up to whole hours.
run "a_missing_sweep_every_6_hours" {
  command = plan

  variables {
    schedule_expression = "rate(6 hours)"
  }

  assert {
    condition     = aws_cloudwatch_metric_alarm.did_not_run.evaluation_periods == 7
    error_message = "The alarm must look back 7 hours."
  }
}

run "a_missing_sweep_every_minute" {
  command = plan

  variables {
    schedule_expression = "rate(1 minute)"
  }

  assert {
    condition     = aws_cloudwatch_metric_alarm.did_not_run.evaluation_periods == 2
    error_message = "The alarm must look back 2 hours."
  }
}

run "a_missing_sweep_every_90_minutes" {
  command = plan

  variables {
    schedule_expression = "rate(90 minutes)"
  }

  assert {
    condition     = aws_cloudwatch_metric_alarm.did_not_run.evaluation_periods == 3
    error_message = "The alarm must look back 3 hours."
  }
}

run "a_missing_sweep_every_6_days" {
  command = plan

  variables {
    schedule_expression = "rate(6 days)"
  }

  assert {
    condition     = aws_cloudwatch_metric_alarm.did_not_run.evaluation_periods == 145 && 145 * aws_cloudwatch_metric_alarm.did_not_run.period <= 7 * 86400
    error_message = "The alarm must look back 6 days and an hour, and no longer than CloudWatch allows."
  }
}

run "no_sweep_is_missing_without_a_schedule" {
  command = plan

  variables {
    schedule_enabled = false
  }

  assert {
    condition     = aws_cloudwatch_metric_alarm.did_not_run.treat_missing_data == "notBreaching"
    error_message = "Without a schedule the alarm must stay quiet."
  }
}
