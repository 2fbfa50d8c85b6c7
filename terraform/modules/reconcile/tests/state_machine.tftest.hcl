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
  # 7 days, of calls of 268 s (300 less what the function leaves for a page), with 7 events each, stay below 25,000 events.
  assert {
    condition = (
      jsondecode(aws_sfn_state_machine.this.definition).TimeoutSeconds == 7 * 86400
      && ceil(7 * 86400 / (local.timeout - 32)) * 7 < 25000 * 0.8
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
      Type    = "Choice"
      Choices = [{ Condition = "{% $states.input.paginationToken = null %}", Next = "Done" }]
      Default = "Sweep"
    }
    error_message = "The state machine does not go on until the token is null."
  }

  # An expired token does not get better; anything else is tried again while the token, an hour old at most, is good.
  assert {
    condition = jsondecode(aws_sfn_state_machine.this.definition).States.Sweep.Retry == [
      { ErrorEquals = ["PaginationTokenExpiredError"], MaxAttempts = 0 },
      { ErrorEquals = ["States.ALL"], IntervalSeconds = 5, BackoffRate = 2, MaxAttempts = 6, JitterStrategy = "FULL" },
    ]
    error_message = "A failed call is not made again, later and later and at random, or one with an expired token is."
  }

  assert {
    condition     = 7 * local.timeout + sum([for attempt in range(6) : 5 * pow(2, attempt)]) < 3600
    error_message = "The token expires while a call is tried again."
  }

  assert {
    condition = (
      [for catcher in jsondecode(aws_sfn_state_machine.this.definition).States.Sweep.Catch : [catcher.ErrorEquals[0], catcher.Next]] == [["States.ALL", "StartOver"]]
      && jsondecode(aws_sfn_state_machine.this.definition).States.Sweep.Catch[0].Output == { dryRun = "{% $states.input.dryRun = true %}" }
    )
    error_message = "A call that keeps failing ends the sweep, or a new start begins with old counts or an old token."
  }

  assert {
    condition = (
      jsondecode(aws_sfn_state_machine.this.definition).States.StartOver.Choices[0] == { Condition = "{% $failures = 3 %}", Next = "GiveUp" }
      && jsondecode(aws_sfn_state_machine.this.definition).States.GiveUp.Type == "Fail"
    )
    error_message = "The number of starts is not bounded, or the sweep does not fail in the end."
  }

  assert {
    condition = jsondecode(aws_sfn_state_machine.this.definition).States.FindOldestSweep.Arguments == {
      StateMachineArn = "{% $states.context.StateMachine.Id %}"
      StatusFilter    = "RUNNING"
    } && jsondecode(aws_sfn_state_machine.this.definition).States.AnotherSweepIsRunning.Type == "Succeed"
    error_message = "A sweep does not look whether another is running, or fails when one is."
  }
}
