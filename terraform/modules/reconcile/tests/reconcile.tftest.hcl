# Keys of nobody: against the real AWS these runs fail instead of making something.
provider "aws" {
  region     = "us-east-1"
  access_key = "test"
  secret_key = "test"
}

variables {
  function_name = "users-test-reconcile"
  filename      = "main.tf" # Any file will do, it is not run.
  table_arn     = "arn:aws:dynamodb:us-east-1:123456789012:table/users-test"
  user_pool_arn = "arn:aws:cognito-idp:us-east-1:123456789012:userpool/us-east-1_Abc123"
  stored_attributes = {
    Email      = { sources = ["email"] }
    SignedUpAt = { sources = ["cognito:user_create_date"], type = "S" }
  }
}

run "defaults" {
  # The function

  assert {
    condition = [
      aws_lambda_function.this.handler, aws_lambda_function.this.runtime, aws_lambda_function.this.architectures[0],
      aws_lambda_function.this.timeout, aws_lambda_function.this.memory_size,
    ] == ["users.reconcile.handler", "python3.13", "arm64", 300, 1769]
    error_message = "Handler, runtime, architecture, timeout or memory of the function differ."
  }

  assert {
    condition     = aws_lambda_function.this.source_code_hash == filebase64sha256("main.tf")
    error_message = "A new zip would not be deployed."
  }

  assert {
    condition = aws_lambda_function.this.environment[0].variables == tomap({
      PAGES_PER_SECOND  = "15"
      STORED_ATTRIBUTES = "{\"Email\":{\"sources\":[\"email\"],\"type\":\"S\"},\"SignedUpAt\":{\"sources\":[\"cognito:user_create_date\"],\"type\":\"S\"}}"
      TABLE_NAME        = "users-test"
      USER_POOL_ID      = "us-east-1_Abc123"
    })
    error_message = "The environment of the function differs."
  }

  # The log

  assert {
    condition     = aws_cloudwatch_log_group.this.name == "/aws/lambda/users-test-reconcile" && aws_cloudwatch_log_group.this.retention_in_days == 365
    error_message = "Name or retention of the log group differ."
  }

  assert {
    condition = [
      aws_lambda_function.this.logging_config[0].log_group, aws_lambda_function.this.logging_config[0].log_format,
      aws_lambda_function.this.logging_config[0].application_log_level, aws_lambda_function.this.logging_config[0].system_log_level,
    ] == [aws_cloudwatch_log_group.this.name, "JSON", "INFO", "INFO"]
    error_message = "The function does not log as JSON, from INFO on, into the module's log group."
  }

  # The function's role: these statements and no other

  assert {
    condition     = aws_lambda_function.this.role == aws_iam_role.function.arn && aws_iam_role_policy.function.role == aws_iam_role.function.name
    error_message = "Function, role and policy do not belong together."
  }

  assert {
    condition = jsondecode(aws_iam_role.function.assume_role_policy).Statement == [
      { Effect = "Allow", Action = "sts:AssumeRole", Principal = { Service = "lambda.amazonaws.com" } },
    ]
    error_message = "Somebody other than Lambda may assume the function's role."
  }

  assert {
    condition = jsondecode(aws_iam_role_policy.function.policy).Statement == [
      {
        Sid      = "ReadUsers"
        Effect   = "Allow"
        Action   = "cognito-idp:ListUsers"
        Resource = "arn:aws:cognito-idp:us-east-1:123456789012:userpool/us-east-1_Abc123"
      },
      {
        Sid      = "WriteRecord"
        Effect   = "Allow"
        Action   = "dynamodb:PutItem"
        Resource = "arn:aws:dynamodb:us-east-1:123456789012:table/users-test"
      },
      {
        Sid      = "WriteLog"
        Effect   = "Allow"
        Action   = ["logs:PutLogEvents", "logs:CreateLogStream"]
        Resource = "arn:aws:logs:us-east-1:123456789012:log-group:/aws/lambda/users-test-reconcile:*"
      },
    ]
    error_message = "The function may do more or less than list the one pool's users, put an item into the one table and write to the one log group."
  }

  # The state machine's role

  assert {
    condition     = aws_sfn_state_machine.this.role_arn == aws_iam_role.state_machine.arn && aws_iam_role_policy.state_machine.role == aws_iam_role.state_machine.name
    error_message = "State machine, role and policy do not belong together."
  }

  assert {
    condition = jsondecode(aws_iam_role.state_machine.assume_role_policy).Statement == [
      {
        Effect    = "Allow"
        Action    = "sts:AssumeRole"
        Principal = { Service = "states.amazonaws.com" }
        Condition = {
          ArnEquals    = { "aws:SourceArn" = "arn:aws:states:us-east-1:123456789012:stateMachine:users-test-reconcile" }
          StringEquals = { "aws:SourceAccount" = "123456789012" }
        }
      },
    ]
    error_message = "Another state machine may assume the role, or this one may not."
  }

  assert {
    condition = jsondecode(aws_iam_role_policy.state_machine.policy).Statement == [
      {
        Sid      = "InvokeFunction"
        Effect   = "Allow"
        Action   = "lambda:InvokeFunction"
        Resource = "arn:aws:lambda:us-east-1:123456789012:function:users-test-reconcile"
      },
      {
        Sid      = "ListOwnExecutions"
        Effect   = "Allow"
        Action   = "states:ListExecutions"
        Resource = "arn:aws:states:us-east-1:123456789012:stateMachine:users-test-reconcile"
      },
    ]
    error_message = "The state machine may do more or less than call the one function and list its own executions."
  }

  # The policies above make the ARNs from the names.
  assert {
    condition     = aws_lambda_function.this.arn == "arn:aws:lambda:us-east-1:123456789012:function:users-test-reconcile"
    error_message = "The function has another ARN than the policies say."
  }

  assert {
    condition     = aws_sfn_state_machine.this.arn == "arn:aws:states:us-east-1:123456789012:stateMachine:users-test-reconcile" && aws_sfn_state_machine.this.type == "STANDARD"
    error_message = "The state machine has another ARN than its policies say, or is not a standard one."
  }

  # The schedule

  assert {
    condition = [
      aws_scheduler_schedule.this.name, aws_scheduler_schedule.this.group_name, aws_scheduler_schedule.this.schedule_expression,
      aws_scheduler_schedule.this.state, aws_scheduler_schedule.this.flexible_time_window[0].mode,
    ] == ["users-test-reconcile", "default", "rate(1 hour)", "ENABLED", "OFF"]
    error_message = "The schedule is not on, once an hour."
  }

  assert {
    condition = [
      aws_scheduler_schedule.this.target[0].arn, aws_scheduler_schedule.this.target[0].role_arn, aws_scheduler_schedule.this.target[0].input,
    ] == [aws_sfn_state_machine.this.arn, aws_iam_role.schedule.arn, "{\"dryRun\":false}"]
    error_message = "The schedule does not start a sweep, with its own role."
  }

  assert {
    condition = jsondecode(aws_iam_role.schedule.assume_role_policy).Statement == [
      {
        Effect    = "Allow"
        Action    = "sts:AssumeRole"
        Principal = { Service = "scheduler.amazonaws.com" }
        Condition = {
          ArnEquals    = { "aws:SourceArn" = "arn:aws:scheduler:us-east-1:123456789012:schedule-group/default" }
          StringEquals = { "aws:SourceAccount" = "123456789012" }
        }
      },
    ]
    error_message = "Schedules of other groups or accounts may assume the role, or this one may not."
  }

  assert {
    condition = aws_iam_role_policy.schedule.role == aws_iam_role.schedule.name && jsondecode(aws_iam_role_policy.schedule.policy).Statement == [
      {
        Sid      = "StartSweep"
        Effect   = "Allow"
        Action   = "states:StartExecution"
        Resource = "arn:aws:states:us-east-1:123456789012:stateMachine:users-test-reconcile"
      },
    ]
    error_message = "The schedule may do more or less than start the one state machine."
  }

  # Outputs

  assert {
    condition     = output.function_name == "users-test-reconcile" && output.state_machine_arn == aws_sfn_state_machine.this.arn
    error_message = "The outputs do not name function and state machine."
  }
}

# In place, or the ARNs would be unknown until apply and the run would fail.
run "an_update_replaces_nothing" {
  command = plan

  variables {
    log_retention_in_days = 30
    pages_per_second      = 2.5
    schedule_expression   = "rate(6 hours)"
    stored_attributes     = { Age = { sources = ["custom:age"], type = "N" } }
  }

  assert {
    condition     = aws_cloudwatch_log_group.this.retention_in_days == 30
    error_message = "log_retention_in_days has no effect."
  }

  assert {
    condition     = aws_lambda_function.this.environment[0].variables.PAGES_PER_SECOND == "2.5"
    error_message = "pages_per_second has no effect."
  }

  assert {
    condition     = jsondecode(aws_lambda_function.this.environment[0].variables.STORED_ATTRIBUTES) == { Age = { sources = ["custom:age"], type = "N" } }
    error_message = "stored_attributes has no effect."
  }

  assert {
    condition     = aws_scheduler_schedule.this.schedule_expression == "rate(6 hours)" && aws_scheduler_schedule.this.state == "ENABLED"
    error_message = "schedule_expression has no effect."
  }

  assert {
    condition     = [output.function_name, output.state_machine_arn] == [run.defaults.function_name, run.defaults.state_machine_arn]
    error_message = "Function or state machine is replaced."
  }

  # Unknown until apply, the run would fail.
  assert {
    condition     = length(jsondecode(aws_iam_role_policy.state_machine.policy).Statement) == 2 && length(jsondecode(aws_iam_role_policy.schedule.policy).Statement) == 1
    error_message = "The policies change with the function."
  }
}

run "no_schedule" {
  variables {
    schedule_expression = null
  }

  assert {
    condition     = aws_scheduler_schedule.this.state == "DISABLED"
    error_message = "schedule_expression = null does not switch the schedule off."
  }
}

run "customer_managed_key_of_the_table" {
  variables {
    table_kms_key_arn = "arn:aws:kms:us-east-1:123456789012:key/11111111-2222-3333-4444-555555555555"
  }

  assert {
    condition = slice(jsondecode(aws_iam_role_policy.function.policy).Statement, 3, length(jsondecode(aws_iam_role_policy.function.policy).Statement)) == [
      {
        Sid       = "UseTableKey"
        Effect    = "Allow"
        Action    = "kms:Decrypt"
        Resource  = "arn:aws:kms:us-east-1:123456789012:key/11111111-2222-3333-4444-555555555555"
        Condition = { StringLike = { "kms:ViaService" = "dynamodb.*" } }
      },
    ]
    error_message = "The function may not use the table's key through DynamoDB, or may do more with it."
  }
}
