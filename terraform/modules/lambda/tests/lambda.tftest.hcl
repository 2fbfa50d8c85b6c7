# Keys of nobody: against the real AWS these runs fail instead of making something.
provider "aws" {
  region     = "us-east-1"
  access_key = "test"
  secret_key = "test"
}

variables {
  function_name = "users-test-post-confirmation"
  filename      = "main.tf" # Any file will do, it is not run.
  table_arn     = "arn:aws:dynamodb:us-east-1:123456789012:table/users-test"
  stored_attributes = {
    Email     = { sources = ["email"] }
    FirstName = { sources = ["custom:firstName", "given_name"], type = "S" }
  }
}

run "defaults" {
  # The function

  assert {
    condition = [
      aws_lambda_function.this.handler, aws_lambda_function.this.runtime, aws_lambda_function.this.architectures[0],
      aws_lambda_function.this.timeout, aws_lambda_function.this.memory_size,
    ] == ["users.post_confirmation.handler", "python3.13", "arm64", 5, 512]
    error_message = "Handler, runtime, architecture, timeout or memory of the function differ."
  }

  assert {
    condition     = aws_lambda_function.this.source_code_hash == filebase64sha256("main.tf")
    error_message = "A new zip would not be deployed."
  }

  assert {
    condition = aws_lambda_function.this.environment[0].variables == tomap({
      STORED_ATTRIBUTES = "{\"Email\":{\"sources\":[\"email\"],\"type\":\"S\"},\"FirstName\":{\"sources\":[\"custom:firstName\",\"given_name\"],\"type\":\"S\"}}"
      TABLE_NAME        = "users-test"
    })
    error_message = "The environment of the function differs."
  }

  # The log

  assert {
    condition     = aws_cloudwatch_log_group.this.name == "/aws/lambda/users-test-post-confirmation" && aws_cloudwatch_log_group.this.retention_in_days == 365
    error_message = "Name or retention of the log group differ."
  }

  assert {
    condition = [
      aws_lambda_function.this.logging_config[0].log_group, aws_lambda_function.this.logging_config[0].log_format,
      aws_lambda_function.this.logging_config[0].application_log_level, aws_lambda_function.this.logging_config[0].system_log_level,
    ] == [aws_cloudwatch_log_group.this.name, "JSON", "INFO", "INFO"]
    error_message = "The function does not log as JSON, from INFO on, into the module's log group."
  }

  # The role: these statements and no other

  assert {
    condition     = aws_lambda_function.this.role == aws_iam_role.this.arn && aws_iam_role_policy.this.role == aws_iam_role.this.name
    error_message = "Function, role and policy do not belong together."
  }

  assert {
    condition = jsondecode(aws_iam_role.this.assume_role_policy).Statement == [
      { Effect = "Allow", Action = "sts:AssumeRole", Principal = { Service = "lambda.amazonaws.com" } },
    ]
    error_message = "Somebody other than Lambda may assume the role."
  }

  assert {
    condition = jsondecode(aws_iam_role_policy.this.policy).Statement == [
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
        Resource = "arn:aws:logs:us-east-1:123456789012:log-group:/aws/lambda/users-test-post-confirmation:*"
      },
    ]
    error_message = "The role may do more or less than put an item into the one table and write to the one log group."
  }

  # The alias

  assert {
    condition     = aws_lambda_function.this.publish && aws_lambda_alias.this.function_version == aws_lambda_function.this.version
    error_message = "The alias does not point to the version just published."
  }

  assert {
    condition     = aws_lambda_alias.this.name == "live" && aws_lambda_alias.this.function_name == aws_lambda_function.this.function_name
    error_message = "The alias \"live\" is not one of the function."
  }

  # Outputs

  assert {
    condition     = output.alias_arn == "arn:aws:lambda:us-east-1:123456789012:function:users-test-post-confirmation:live" && output.function_name == "users-test-post-confirmation"
    error_message = "The outputs do not name alias and function."
  }
}

# In place, or the ARNs would be unknown until apply and the run would fail.
run "an_update_leaves_the_alias_in_place" {
  command = plan

  variables {
    memory_size           = 1024
    log_retention_in_days = 30
    stored_attributes     = { Email = { sources = ["email"] }, Age = { sources = ["custom:age"], type = "N" } }
  }

  assert {
    condition     = aws_lambda_function.this.memory_size == 1024 && aws_cloudwatch_log_group.this.retention_in_days == 30
    error_message = "memory_size or log_retention_in_days has no effect."
  }

  assert {
    condition     = jsondecode(aws_lambda_function.this.environment[0].variables.STORED_ATTRIBUTES).Age == { sources = ["custom:age"], type = "N" }
    error_message = "The new attribute does not reach the function."
  }

  assert {
    condition     = output.alias_arn == run.defaults.alias_arn
    error_message = "An update of the function replaces the alias: for a moment Cognito cannot call it."
  }
}

run "customer_managed_key_of_the_table" {
  variables {
    table_kms_key_arn = "arn:aws:kms:us-east-1:123456789012:key/11111111-2222-3333-4444-555555555555"
  }

  assert {
    condition = slice(jsondecode(aws_iam_role_policy.this.policy).Statement, 2, length(jsondecode(aws_iam_role_policy.this.policy).Statement)) == [
      {
        Sid       = "UseTableKey"
        Effect    = "Allow"
        Action    = "kms:Decrypt"
        Resource  = "arn:aws:kms:us-east-1:123456789012:key/11111111-2222-3333-4444-555555555555"
        Condition = { StringLike = { "kms:ViaService" = "dynamodb.*" } }
      },
    ]
    error_message = "The role may not use the table's key through DynamoDB, or may do more with it."
  }
}

run "other_partition" {
  command = plan

  variables {
    table_arn = "arn:aws-cn:dynamodb:cn-north-1:123456789012:table/users-cn"
  }

  assert {
    condition     = aws_lambda_function.this.environment[0].variables.TABLE_NAME == "users-cn"
    error_message = "The table's name is not read from the ARN."
  }
}
