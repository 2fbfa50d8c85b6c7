# These credentials are not valid, so against the real AWS the run fails and creates nothing.
provider "aws" {
  region     = "cn-north-1"
  access_key = "test"
  secret_key = "test"
}

run "china" {
  variables {
    name                    = "users-cn"
    trigger_function_name   = "users-cn-post-confirmation"
    reconcile_function_name = "users-cn-reconcile"
    state_machine_arn       = "arn:aws-cn:states:cn-north-1:123456789012:stateMachine:users-cn-reconcile"
  }

  assert {
    condition     = !strcontains("${aws_kms_key.this.policy} ${aws_sns_topic_policy.this.policy}", "arn:aws:")
    error_message = "An ARN has another partition."
  }

  assert {
    condition = alltrue([
      for widget in jsondecode(aws_cloudwatch_dashboard.this.dashboard_body).widgets : widget.properties.region == "cn-north-1"
    ])
    error_message = "The dashboard shows another Region."
  }
}
