# These credentials are not valid, so against the real AWS each run fails and creates nothing.
provider "aws" {
  region     = "us-east-1"
  access_key = "test"
  secret_key = "test"
}

variables {
  function_name = "users-test-reconcile"
  function      = { s3_object = { bucket = "artifacts", key = "function.zip", version = "abc" } } # No test runs the code.
  table_arn     = "arn:aws:dynamodb:us-east-1:123456789012:table/users-test"
  user_pool_arn = "arn:aws:cognito-idp:us-east-1:123456789012:userpool/us-east-1_Abc123"
  stored_attributes = {
    Email      = { sources = ["email"] }
    SignedUpAt = { sources = ["cognito:user_create_date"], type = "S" }
  }
}

run "defaults" {
  # The function's role may also list users and read keys of records. Of a record it reads nothing but the key.

  assert {
    condition = jsonencode(local.statements) == jsonencode([
      {
        actions   = ["cognito-idp:ListUsers"]
        resources = ["arn:aws:cognito-idp:us-east-1:123456789012:userpool/us-east-1_Abc123"]
        sid       = "ReadUsers"
      },
      {
        actions = ["dynamodb:BatchGetItem"]
        conditions = [
          { test = "ForAllValues:StringEquals", values = ["UserID"], variable = "dynamodb:Attributes" },
          { test = "StringEqualsIfExists", values = ["SPECIFIC_ATTRIBUTES"], variable = "dynamodb:Select" },
        ]
        resources = ["arn:aws:dynamodb:us-east-1:123456789012:table/users-test"]
        sid       = "FindRecords"
      },
    ])
    error_message = "The function must be allowed to list the pool's users and to read keys, and nothing more: ${jsonencode(local.statements)}."
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
    error_message = "Exactly this state machine must be allowed to assume the role."
  }

  assert {
    condition = jsondecode(aws_iam_role_policy.state_machine.policy).Statement == [
      {
        Sid      = "InvokeFunction"
        Effect   = "Allow"
        Action   = "lambda:InvokeFunction"
        Resource = "arn:aws:lambda:us-east-1:123456789012:function:users-test-reconcile:live"
      },
      {
        Sid      = "ListOwnExecutions"
        Effect   = "Allow"
        Action   = "states:ListExecutions"
        Resource = "arn:aws:states:us-east-1:123456789012:stateMachine:users-test-reconcile"
      },
    ]
    error_message = "The state machine must be allowed to call the one function and to list its own executions, and nothing more."
  }

  # The policies above use an ARN that is composed from the name. It must be the state machine's ARN.
  assert {
    condition     = aws_sfn_state_machine.this.arn == "arn:aws:states:us-east-1:123456789012:stateMachine:users-test-reconcile" && aws_sfn_state_machine.this.type == "STANDARD"
    error_message = "The state machine is ${aws_sfn_state_machine.this.arn}, of the type ${aws_sfn_state_machine.this.type}."
  }

  # The schedule

  assert {
    condition = [
      aws_scheduler_schedule.this.name, aws_scheduler_schedule.this.group_name, aws_scheduler_schedule.this.schedule_expression,
      aws_scheduler_schedule.this.state, aws_scheduler_schedule.this.flexible_time_window[0].mode,
    ] == ["users-test-reconcile", "default", "rate(1 hour)", "ENABLED", "OFF"]
    error_message = "The schedule must be enabled and run once an hour."
  }

  assert {
    condition = [
      aws_scheduler_schedule.this.target[0].arn, aws_scheduler_schedule.this.target[0].role_arn, aws_scheduler_schedule.this.target[0].input,
    ] == [aws_sfn_state_machine.this.arn, aws_iam_role.schedule.arn, "{\"dryRun\":false}"]
    error_message = "The schedule must start a sweep with its own role."
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
    error_message = "Exactly the schedules of this group and account must be allowed to assume the role."
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
    error_message = "The schedule must be allowed to start the one state machine, and nothing more."
  }

  # Outputs

  assert {
    condition = [output.alias_arn, output.function_name, output.state_machine_arn] == [
      "arn:aws:lambda:us-east-1:123456789012:function:users-test-reconcile:live", "users-test-reconcile", aws_sfn_state_machine.this.arn,
    ]
    error_message = "The outputs are ${output.alias_arn}, ${output.function_name} and ${output.state_machine_arn}."
  }
}

# The function may read UserID but not change it. It may not touch CreatedAt, or an attribute that an app has added.
run "update_records" {
  command = plan

  variables {
    update_records = true
  }

  assert {
    condition = jsonencode([for statement in local.statements : statement if statement.sid != "ReadUsers"]) == jsonencode([
      {
        actions = ["dynamodb:BatchGetItem"]
        conditions = [
          { test = "ForAllValues:StringEquals", values = ["UserID", "Email", "SignedUpAt"], variable = "dynamodb:Attributes" },
          { test = "StringEqualsIfExists", values = ["SPECIFIC_ATTRIBUTES"], variable = "dynamodb:Select" },
        ]
        resources = ["arn:aws:dynamodb:us-east-1:123456789012:table/users-test"]
        sid       = "FindRecords"
      },
      {
        actions = ["dynamodb:UpdateItem"]
        conditions = [
          { test = "ForAllValues:StringEquals", values = ["UserID", "Email", "SignedUpAt"], variable = "dynamodb:Attributes" },
          { test = "StringEqualsIfExists", values = ["NONE", "UPDATED_NEW", "UPDATED_OLD"], variable = "dynamodb:ReturnValues" },
        ]
        resources = ["arn:aws:dynamodb:us-east-1:123456789012:table/users-test"]
        sid       = "UpdateRecords"
      },
    ])
    error_message = "With update_records the function must be allowed to read and update the stored attributes, and nothing more: ${jsonencode(local.statements)}."
  }
}

# If the plan replaced a resource, its ARN would be unknown and the run would fail.
run "an_update_replaces_nothing" {
  command = plan

  variables {
    function             = { architecture = "x86_64", log_retention_in_days = 30, s3_object = { bucket = "artifacts", key = "function.zip", version = "new" } }
    pages_per_second     = 2.5
    permissions_boundary = "arn:aws:iam::123456789012:policy/boundary"
    schedule_enabled     = false
    schedule_expression  = "rate(6 hours)"
    stored_attributes    = { Age = { sources = ["custom:age"], type = "N" } }
  }

  assert {
    condition     = [aws_scheduler_schedule.this.schedule_expression, aws_scheduler_schedule.this.state] == ["rate(6 hours)", "DISABLED"]
    error_message = "The schedule is ${aws_scheduler_schedule.this.schedule_expression} and ${aws_scheduler_schedule.this.state}."
  }

  assert {
    condition = [output.alias_arn, output.state_machine_arn] == [
      "arn:aws:lambda:us-east-1:123456789012:function:users-test-reconcile:live", "arn:aws:states:us-east-1:123456789012:stateMachine:users-test-reconcile",
    ]
    error_message = "The function or the state machine would be replaced."
  }

  assert {
    condition     = [aws_iam_role.schedule.permissions_boundary, aws_iam_role.state_machine.permissions_boundary] == [var.permissions_boundary, var.permissions_boundary]
    error_message = "The boundaries are ${jsonencode([aws_iam_role.schedule.permissions_boundary, aws_iam_role.state_machine.permissions_boundary])}."
  }
}

run "options_are_removed" {
  assert {
    condition     = [aws_scheduler_schedule.this.schedule_expression, aws_scheduler_schedule.this.state] == ["rate(1 hour)", "ENABLED"]
    error_message = "The schedule is ${aws_scheduler_schedule.this.schedule_expression} and ${aws_scheduler_schedule.this.state}."
  }

  assert {
    condition     = aws_iam_role.schedule.permissions_boundary == null && aws_iam_role.state_machine.permissions_boundary == null
    error_message = "The boundaries are ${jsonencode([aws_iam_role.schedule.permissions_boundary, aws_iam_role.state_machine.permissions_boundary])}."
  }
}

# Refused inputs

run "accepts_the_longest_name_and_a_page_a_second" {
  command = plan

  variables {
    function_name    = "a23456789-123456789-123456789-123456789-123456789-1234567"
    pages_per_second = 1
  }

  assert {
    condition     = length(aws_iam_role.state_machine.name) == 64
    error_message = "The longest name of a role has ${length(aws_iam_role.state_machine.name)} characters, and AWS allows 64."
  }
}

run "refuses_each_input" {
  command = plan

  variables {
    function_name       = "a23456789-123456789-123456789-123456789-123456789-12345678"
    pages_per_second    = 0.9
    schedule_expression = "cron(0 * * * ? *)"
    user_pool_arn       = "us-east-1_Abc123"
  }

  expect_failures = [var.function_name, var.pages_per_second, var.schedule_expression, var.user_pool_arn]
}

run "refuses_a_pool_of_another_region_and_a_wrong_plural" {
  command = plan

  variables {
    schedule_expression = "rate(1 hours)"
    user_pool_arn       = "arn:aws:cognito-idp:eu-central-1:123456789012:userpool/eu-central-1_Abc123"
  }

  expect_failures = [var.schedule_expression, var.user_pool_arn]
}

run "refuses_a_pool_of_another_account_and_a_rate_of_0" {
  command = plan

  variables {
    schedule_expression = "rate(0 hours)"
    user_pool_arn       = "arn:aws:cognito-idp:us-east-1:210987654321:userpool/us-east-1_Abc123"
  }

  expect_failures = [var.schedule_expression, var.user_pool_arn]
}

run "refuses_more_than_6_days" {
  command = plan

  variables {
    schedule_expression = "rate(145 hours)"
  }

  expect_failures = [var.schedule_expression]
}
