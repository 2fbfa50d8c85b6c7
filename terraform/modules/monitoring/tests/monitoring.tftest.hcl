# These credentials are not valid, so against the real AWS each run fails and creates nothing.
provider "aws" {
  region     = "us-east-1"
  access_key = "test"
  secret_key = "test"
}

variables {
  name                    = "users-test"
  trigger_function_name   = "users-test-post-confirmation"
  reconcile_function_name = "users-test-reconcile"
  state_machine_arn       = "arn:aws:states:us-east-1:123456789012:stateMachine:users-test-reconcile"
}

run "topic" {
  assert {
    condition     = aws_sns_topic.this.name == "users-test-alarms" && output.alarm_topic_arn == "arn:aws:sns:us-east-1:123456789012:users-test-alarms"
    error_message = "The topic has another name, or the output does not name it."
  }

  assert {
    condition     = aws_sns_topic.this.kms_master_key_id == aws_kms_key.this.arn && aws_kms_key.this.enable_key_rotation
    error_message = "The topic is not encrypted with the module's key, or the key is not rotated."
  }

  assert {
    condition = jsondecode(aws_kms_key.this.policy).Statement == [
      {
        Sid       = "AccountDecides"
        Effect    = "Allow"
        Action    = "kms:*"
        Principal = { AWS = "arn:aws:iam::123456789012:root" }
        Resource  = "*"
      },
      {
        Sid       = "AlarmsEncrypt"
        Effect    = "Allow"
        Action    = ["kms:GenerateDataKey*", "kms:Decrypt"]
        Principal = { Service = "cloudwatch.amazonaws.com" }
        Resource  = "*"
        Condition = {
          ArnLike      = { "aws:SourceArn" = "arn:aws:cloudwatch:us-east-1:123456789012:alarm:*" }
          StringEquals = { "aws:SourceAccount" = "123456789012" }
        }
      },
    ]
    error_message = "Others than the account and its alarms may use the key."
  }

  assert {
    condition = aws_sns_topic_policy.this.arn == aws_sns_topic.this.arn && jsondecode(aws_sns_topic_policy.this.policy).Statement == [
      {
        Sid       = "AlarmsPublish"
        Effect    = "Allow"
        Action    = "sns:Publish"
        Principal = { Service = "cloudwatch.amazonaws.com" }
        Resource  = "arn:aws:sns:us-east-1:123456789012:users-test-alarms"
        Condition = {
          ArnLike      = { "aws:SourceArn" = "arn:aws:cloudwatch:us-east-1:123456789012:alarm:*" }
          StringEquals = { "aws:SourceAccount" = "123456789012" }
        }
      },
    ]
    error_message = "Somebody other than the account's alarms may publish to the topic."
  }

  assert {
    condition     = length(aws_sns_topic_subscription.this) == 0
    error_message = "The topic has a subscription, although email_addresses is empty."
  }
}

run "addresses" {
  variables {
    email_addresses = ["one@example.com", "two+alarms@mail.example.org"]
  }

  assert {
    condition = { for address, subscription in aws_sns_topic_subscription.this : address => [subscription.topic_arn, subscription.protocol, subscription.endpoint] } == {
      "one@example.com"             = [aws_sns_topic.this.arn, "email", "one@example.com"]
      "two+alarms@mail.example.org" = [aws_sns_topic.this.arn, "email", "two+alarms@mail.example.org"]
    }
    error_message = "Each address must have a subscription to the topic."
  }
}

run "dashboard" {
  assert {
    condition     = aws_cloudwatch_dashboard.this.dashboard_name == "users-test"
    error_message = "The dashboard has another name."
  }

  # The namespace, metric, dimension and statistic of every line.
  assert {
    condition = flatten([
      for widget in jsondecode(aws_cloudwatch_dashboard.this.dashboard_body).widgets : [
        for metric in widget.properties.metrics : join(" ", concat(
          slice(metric, 0, length(metric) - 1), [lookup(metric[length(metric) - 1], "stat", widget.properties.stat)],
        ))
      ]
      ]) == [
      "users-test-post-confirmation stored Sum",
      "users-test-post-confirmation already_stored Sum",
      "users-test-post-confirmation failed Sum",
      "AWS/Lambda Errors FunctionName users-test-post-confirmation Sum",
      "AWS/Lambda Throttles FunctionName users-test-post-confirmation Sum",
      "AWS/Lambda Duration FunctionName users-test-post-confirmation p50",
      "AWS/Lambda Duration FunctionName users-test-post-confirmation p99",
      "AWS/States ExecutionsStarted StateMachineArn ${var.state_machine_arn} Sum",
      "AWS/States ExecutionsSucceeded StateMachineArn ${var.state_machine_arn} Sum",
      "AWS/States ExecutionsFailed StateMachineArn ${var.state_machine_arn} Sum",
      "AWS/States ExecutionsTimedOut StateMachineArn ${var.state_machine_arn} Sum",
      "AWS/States ExecutionsAborted StateMachineArn ${var.state_machine_arn} Sum",
      "users-test-reconcile stored Sum",
      "users-test-reconcile failed Sum",
    ]
    error_message = "The dashboard shows other metrics."
  }

  assert {
    condition = alltrue([
      for widget in jsondecode(aws_cloudwatch_dashboard.this.dashboard_body).widgets :
      widget.type == "metric" && widget.properties.region == "us-east-1" && widget.properties.view == "timeSeries"
    ])
    error_message = "A chart is of another kind or Region."
  }

  assert {
    condition = [
      for widget in jsondecode(aws_cloudwatch_dashboard.this.dashboard_body).widgets : [widget.x, widget.y, widget.width, widget.height]
    ] == [[0, 0, 12, 6], [12, 0, 12, 6], [0, 6, 12, 6], [12, 6, 12, 6], [0, 12, 12, 6]]
    error_message = "There must be two charts in a row."
  }
}

run "refuses_what_is_no_address" {
  command = plan

  variables {
    email_addresses = ["one@example.com", "Jane <jane@example.com>"]
  }

  expect_failures = [var.email_addresses]
}
