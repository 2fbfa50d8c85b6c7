# These runs read the definition. tests/local/test_state_machine.py runs it.

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

run "definition" {
  # An execution can have 25,000 events, and a sweep of 7 days must stay below that. A call of 210 s (300 s less what the
  # function keeps for its last page) makes 7 events. A throttled call makes 9, and the next one comes 300 s later.
  assert {
    condition = (
      jsondecode(aws_sfn_state_machine.this.definition).TimeoutSeconds == 7 * 86400
      && ceil(7 * 86400 / jsondecode(aws_sfn_state_machine.this.definition).States.WaitFiveMinutes.Seconds) * 9 < 25000 * 0.85
      && ceil(7 * 86400 / (local.timeout - 90)) * 7 < 25000 * 0.85
    )
    error_message = "A sweep must end after 7 days, and have no more events than an execution can have."
  }

  assert {
    condition = jsondecode(aws_sfn_state_machine.this.definition).States.Sweep.Arguments == {
      FunctionName = module.function.alias_arn
      Payload      = "{% $states.input %}"
    }
    error_message = "The state machine must pass the result of a call to the next call."
  }

  assert {
    condition     = jsondecode(aws_sfn_state_machine.this.definition).States.Sweep.TimeoutSeconds > local.timeout
    error_message = "The state machine gives up a call before Lambda does."
  }

  assert {
    condition = jsondecode(aws_sfn_state_machine.this.definition).States.IsDone == {
      Type = "Choice"
      Choices = [
        { Condition = "{% $states.input.done %}", Next = "Done" },
        { Condition = "{% $states.input.throttled %}", Next = "WaitFiveMinutes" },
      ]
      Default = "Sweep"
    }
    error_message = "The state machine must call the function until it returns done, and wait when it returns throttled."
  }

  assert {
    condition = jsondecode(aws_sfn_state_machine.this.definition).States.Sweep.Retry == [
      { ErrorEquals = ["States.ALL"], IntervalSeconds = 15, BackoffRate = 2, MaxAttempts = 4 },
    ]
    error_message = "A failed call must be repeated with growing waits: ${jsonencode(jsondecode(aws_sfn_state_machine.this.definition).States.Sweep.Retry)}."
  }

  # A repeated call gets the same input as the failed one: the page token and the counts.
  assert {
    condition = (
      [for catcher in jsondecode(aws_sfn_state_machine.this.definition).States.Sweep.Catch : [catcher.ErrorEquals[0], catcher.Next, catcher.Output]]
      == [["States.ALL", "HasFailedThreeTimes", "{% $states.input %}"]]
    )
    error_message = "A call that keeps failing must not end the sweep at once, and must keep the page token and the counts."
  }

  assert {
    condition     = jsondecode(aws_sfn_state_machine.this.definition).States.Sweep.Assign == { failures = 0 }
    error_message = "The count of failures must start again at 0 after a successful call."
  }

  assert {
    condition = (
      jsondecode(aws_sfn_state_machine.this.definition).States.HasFailedThreeTimes.Choices[0] == { Condition = "{% $failures = 3 %}", Next = "GiveUp" }
      && jsondecode(aws_sfn_state_machine.this.definition).States.GiveUp == { Type = "Fail", Error = "{% $error %}", Cause = "{% $cause %}" }
    )
    error_message = "After a limited number of failures in a row the sweep must end with the error that happened."
  }

  assert {
    condition = jsondecode(aws_sfn_state_machine.this.definition).States.FindOldestSweep.Arguments == {
      StateMachineArn = "{% $states.context.StateMachine.Id %}"
      StatusFilter    = "RUNNING"
    } && jsondecode(aws_sfn_state_machine.this.definition).States.AnotherSweepIsRunning.Type == "Succeed"
    error_message = "A sweep must look for another running sweep, and succeed when there is one."
  }
}
