# These credentials are not valid, so against the real AWS the run fails and creates nothing.
provider "aws" {
  region     = "cn-north-1"
  access_key = "test"
  secret_key = "test"
}

run "china" {
  variables {
    function_name     = "users-test-reconcile"
    function          = { s3_object = { bucket = "artifacts", key = "function.zip", version = "abc" } } # No test runs the code.
    table_arn         = "arn:aws-cn:dynamodb:cn-north-1:123456789012:table/users-cn"
    user_pool_arn     = "arn:aws-cn:cognito-idp:cn-north-1:123456789012:userpool/cn-north-1_Abc123"
    alarm_topic_arn   = "arn:aws-cn:sns:cn-north-1:123456789012:users-cn-alarms"
    stored_attributes = {}
  }

  assert {
    condition = !strcontains(join(" ", [
      aws_sfn_state_machine.this.definition, aws_iam_role.state_machine.assume_role_policy, aws_iam_role_policy.state_machine.policy,
      aws_iam_role.schedule.assume_role_policy, aws_iam_role_policy.schedule.policy,
    ]), "arn:aws:")
    error_message = "An ARN has another partition."
  }

  assert {
    condition = [
      jsondecode(aws_iam_role.state_machine.assume_role_policy).Statement[0].Condition.ArnEquals["aws:SourceArn"],
      jsondecode(aws_iam_role_policy.state_machine.policy).Statement[1].Resource,
      jsondecode(aws_iam_role_policy.schedule.policy).Statement[0].Resource,
      jsondecode(aws_iam_role_policy.state_machine.policy).Statement[0].Resource,
    ] == [aws_sfn_state_machine.this.arn, aws_sfn_state_machine.this.arn, aws_sfn_state_machine.this.arn, module.function.alias_arn]
    error_message = "The policies are for another state machine or function."
  }
}
