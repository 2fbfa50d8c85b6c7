# What the state machine does with this definition, tests/local/test_state_machine.py shows.

# Keys of nobody: against the real AWS these runs fail instead of making something.
provider "aws" {
  region     = "us-east-1"
  access_key = "test"
  secret_key = "test"
}

variables {
  function_name     = "users-test-reconcile"
  function          = { s3_object = { bucket = "artifacts", key = "function.zip", version = "abc" } } # The code is not run.
  table_arn         = "arn:aws:dynamodb:us-east-1:123456789012:table/users-test"
  user_pool_arn     = "arn:aws:cognito-idp:us-east-1:123456789012:userpool/us-east-1_Abc123"
  stored_attributes = {}
}

run "definition" {
  # 7 days stay below the 25,000 events of an execution: calls of 210 s (300 less what the function leaves for a page)
  # make 7 events each, and a throttled call 9 in the 300 s that are waited.
  assert {
    condition = (
      jsondecode(aws_sfn_state_machine.this.definition).TimeoutSeconds == 7 * 86400
      && ceil(7 * 86400 / jsondecode(aws_sfn_state_machine.this.definition).States.WaitForBetterTimes.Seconds) * 9 < 25000 * 0.85
      && ceil(7 * 86400 / (local.timeout - 90)) * 7 < 25000 * 0.85
    )
    error_message = "A sweep may take longer than 7 days, or have more events than an execution can have."
  }

  assert {
    condition = jsondecode(aws_sfn_state_machine.this.definition).States.Sweep.Arguments == {
      FunctionName = module.function.alias_arn
      Payload      = "{% $states.input %}"
    }
    error_message = "The state machine does not call the function with what came of the call before."
  }

  assert {
    condition     = jsondecode(aws_sfn_state_machine.this.definition).States.Sweep.TimeoutSeconds > local.timeout
    error_message = "The state machine gives a call up before Lambda does."
  }

  assert {
    condition = jsondecode(aws_sfn_state_machine.this.definition).States.IsDone == {
      Type = "Choice"
      Choices = [
        { Condition = "{% $states.input.done %}", Next = "Done" },
        { Condition = "{% $states.input.throttled %}", Next = "WaitForBetterTimes" },
      ]
      Default = "Sweep"
    }
    error_message = "The state machine does not go on until the function says that it is done, or does not wait when throttled."
  }

  assert {
    condition = jsondecode(aws_sfn_state_machine.this.definition).States.Sweep.Retry == [
      { ErrorEquals = ["States.ALL"], IntervalSeconds = 15, BackoffRate = 2, MaxAttempts = 4 },
    ]
    error_message = "A failed call is not made again, later and later: ${jsonencode(jsondecode(aws_sfn_state_machine.this.definition).States.Sweep.Retry)}."
  }

  # Token and counts are the input of the call that failed.
  assert {
    condition = (
      [for catcher in jsondecode(aws_sfn_state_machine.this.definition).States.Sweep.Catch : [catcher.ErrorEquals[0], catcher.Next, catcher.Output]]
      == [["States.ALL", "HasFailedThreeTimes", "{% $states.input %}"]]
    )
    error_message = "A call that keeps failing ends the sweep at once, or loses token and counts."
  }

  assert {
    condition     = jsondecode(aws_sfn_state_machine.this.definition).States.Sweep.Assign == { failures = 0 }
    error_message = "The attempts do not count anew after a call that worked."
  }

  assert {
    condition = (
      jsondecode(aws_sfn_state_machine.this.definition).States.HasFailedThreeTimes.Choices[0] == { Condition = "{% $failures = 3 %}", Next = "GiveUp" }
      && jsondecode(aws_sfn_state_machine.this.definition).States.GiveUp == { Type = "Fail", Error = "{% $error %}", Cause = "{% $cause %}" }
    )
    error_message = "The attempts in a row are not bounded, or the sweep does not end with the error that happened."
  }

  assert {
    condition = jsondecode(aws_sfn_state_machine.this.definition).States.FindOldestSweep.Arguments == {
      StateMachineArn = "{% $states.context.StateMachine.Id %}"
      StatusFilter    = "RUNNING"
    } && jsondecode(aws_sfn_state_machine.this.definition).States.AnotherSweepIsRunning.Type == "Succeed"
    error_message = "A sweep does not look whether another is running, or fails when one is."
  }
}
