# Keys of nobody: against the real AWS these runs fail instead of making something.
provider "aws" {
  region     = "us-east-1"
  access_key = "test"
  secret_key = "test"
}

variables {
  function_name     = "users-test-post-confirmation"
  filename          = "main.tf" # Any file will do, it is not run.
  table_arn         = "arn:aws:dynamodb:us-east-1:123456789012:table/users-test"
  stored_attributes = { Email = { sources = ["email"] } }
}

run "metrics_from_the_log" {
  assert {
    condition = { for name, filter in aws_cloudwatch_log_metric_filter.this : name => [filter.name, filter.log_group_name, filter.pattern] } == {
      already_stored = ["already_stored", "/aws/lambda/users-test-post-confirmation", "{ $.outcome = \"already_stored\" }"]
      failed         = ["failed", "/aws/lambda/users-test-post-confirmation", "{ $.outcome = \"failed\" }"]
      stored         = ["stored", "/aws/lambda/users-test-post-confirmation", "{ $.outcome = \"stored\" }"]
    }
    error_message = "The filters do not each pick one outcome out of the function's log."
  }

  assert {
    condition = alltrue([
      for name, filter in aws_cloudwatch_log_metric_filter.this : [
        filter.metric_transformation[0].namespace, filter.metric_transformation[0].name, filter.metric_transformation[0].value,
        filter.metric_transformation[0].default_value, filter.metric_transformation[0].unit,
      ] == ["users-test-post-confirmation", name, "1", "0", "Count"] && length(coalesce(filter.metric_transformation[0].dimensions, {})) == 0
    ])
    error_message = "The metrics do not count the outcomes, one by one and without dimensions, in the namespace of the function."
  }
}

run "alarms" {
  variables {
    alarm_topic_arn = "arn:aws:sns:us-east-1:123456789012:users-test-alarms"
  }

  assert {
    condition = [
      for alarm in [aws_cloudwatch_metric_alarm.errors, aws_cloudwatch_metric_alarm.throttles, aws_cloudwatch_metric_alarm.duration] :
      join(" ", [
        alarm.alarm_name, alarm.namespace, alarm.metric_name, coalesce(alarm.statistic, alarm.extended_statistic, "none"),
        alarm.comparison_operator, alarm.threshold, alarm.evaluation_periods, alarm.period, alarm.treat_missing_data,
      ])
      ] == [
      "users-test-post-confirmation-errors AWS/Lambda Errors Sum GreaterThanThreshold 0 1 60 notBreaching",
      "users-test-post-confirmation-throttles AWS/Lambda Throttles Sum GreaterThanThreshold 0 1 60 notBreaching",
      "users-test-post-confirmation-duration AWS/Lambda Duration p99 GreaterThanThreshold 4000 1 300 notBreaching",
    ]
    error_message = "The alarms are not for the first error, the first throttle and a p99 over 4 seconds."
  }

  assert {
    condition = alltrue([
      for alarm in [aws_cloudwatch_metric_alarm.errors, aws_cloudwatch_metric_alarm.throttles, aws_cloudwatch_metric_alarm.duration] :
      alarm.dimensions == tomap({ FunctionName = "users-test-post-confirmation" })
      && alarm.alarm_actions == toset(["arn:aws:sns:us-east-1:123456789012:users-test-alarms"]) && alarm.actions_enabled
    ])
    error_message = "An alarm is for another function, or does not tell the topic."
  }

  # What it means, and what to do.
  assert {
    condition = alltrue([
      for alarm in [aws_cloudwatch_metric_alarm.errors, aws_cloudwatch_metric_alarm.throttles, aws_cloudwatch_metric_alarm.duration] :
      can(regex("^.{40,} What to do: .{40,}\\.$", alarm.alarm_description)) && length(alarm.alarm_description) <= 1024
    ])
    error_message = "An alarm does not say what it means and what to do, in AWS's limit of 1024 characters."
  }
}

run "alarms_without_a_topic" {
  command = plan

  variables {
    alarm_topic_arn = null
  }

  assert {
    condition = alltrue([
      for alarm in [aws_cloudwatch_metric_alarm.errors, aws_cloudwatch_metric_alarm.throttles, aws_cloudwatch_metric_alarm.duration] :
      length(coalesce(alarm.alarm_actions, [])) == 0
    ])
    error_message = "An alarm tells somebody without being told whom."
  }
}
