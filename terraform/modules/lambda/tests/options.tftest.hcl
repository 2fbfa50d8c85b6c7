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

run "without_options" {
  assert {
    condition     = aws_lambda_function.this.kms_key_arn == null && aws_cloudwatch_log_group.this.kms_key_id == null
    error_message = "A key is used that nobody named."
  }

  assert {
    condition     = aws_lambda_function.this.reserved_concurrent_executions == -1 && length(aws_lambda_provisioned_concurrency_config.this) == 0
    error_message = "Concurrency is reserved or provisioned that nobody asked for."
  }

  assert {
    condition     = alltrue([for boundary in [aws_iam_role.this.permissions_boundary] : boundary == null])
    error_message = "A role has a permissions boundary that nobody named."
  }
}

run "zip_in_s3" {
  command = plan

  variables {
    filename  = null
    s3_object = { bucket = "artifacts", key = "function.zip", version = "abc" }
  }

  assert {
    condition = [
      aws_lambda_function.this.s3_bucket, aws_lambda_function.this.s3_key, aws_lambda_function.this.s3_object_version,
    ] == ["artifacts", "function.zip", "abc"] && aws_lambda_function.this.filename == null
    error_message = "The function's code is not that version of the object."
  }
}

run "architecture" {
  command = plan

  variables {
    architecture = "x86_64"
  }

  assert {
    condition     = aws_lambda_function.this.architectures == tolist(["x86_64"])
    error_message = "architecture has no effect."
  }
}

run "customer_managed_key_of_environment_and_log" {
  variables {
    kms_key_arn = "arn:aws:kms:us-east-1:123456789012:key/99999999-2222-3333-4444-555555555555"
  }

  assert {
    condition     = aws_lambda_function.this.kms_key_arn == var.kms_key_arn && aws_cloudwatch_log_group.this.kms_key_id == var.kms_key_arn
    error_message = "Environment and log are not encrypted with the given key."
  }

  assert {
    condition = [for statement in jsondecode(aws_iam_role_policy.this.policy).Statement : statement if can(regex("^kms:", statement.Action))] == [
      { Sid = "ReadEnvironment", Effect = "Allow", Action = "kms:Decrypt", Resource = var.kms_key_arn },
    ]
    error_message = "The function may not decrypt its environment, or may do more with the key."
  }
}

run "both_keys" {
  variables {
    kms_key_arn       = "arn:aws:kms:us-east-1:123456789012:key/99999999-2222-3333-4444-555555555555"
    table_kms_key_arn = "arn:aws:kms:us-east-1:123456789012:key/11111111-2222-3333-4444-555555555555"
  }

  assert {
    condition = { for statement in jsondecode(aws_iam_role_policy.this.policy).Statement : statement.Sid => jsonencode([statement.Action, statement.Resource]) if !contains(["ReadUsers", "WriteLog"], statement.Sid) } == {
      ReadEnvironment = jsonencode(["kms:Decrypt", var.kms_key_arn])
      UseTableKey     = jsonencode(["kms:Decrypt", var.table_kms_key_arn])
      WriteRecord     = jsonencode(["dynamodb:PutItem", var.table_arn])
    }
    error_message = "With keys of one's own the function may do more or less than decrypt with each and put items into the one table."
  }
}

run "permissions_boundary" {
  command = plan

  variables {
    permissions_boundary = "arn:aws:iam::123456789012:policy/boundary"
  }

  assert {
    condition     = toset([aws_iam_role.this.permissions_boundary]) == toset([var.permissions_boundary])
    error_message = "A role is without the permissions boundary."
  }
}

run "concurrency" {
  variables {
    provisioned_concurrent_executions = 2
    reserved_concurrent_executions    = 2
  }

  assert {
    condition     = aws_lambda_function.this.reserved_concurrent_executions == 2
    error_message = "reserved_concurrent_executions has no effect."
  }

  assert {
    condition = [for config in values(aws_lambda_provisioned_concurrency_config.this) : [
      config.function_name, config.qualifier, config.provisioned_concurrent_executions,
    ]] == [["users-test-post-confirmation", "live", 2]]
    error_message = "The environments are not kept started for the alias that Cognito calls."
  }
}

run "log_level" {
  command = plan

  variables {
    log_level = "WARN"
  }

  assert {
    condition     = aws_lambda_function.this.logging_config[0].application_log_level == "WARN" && aws_lambda_function.this.logging_config[0].system_log_level == "INFO"
    error_message = "log_level does not set the level of the function's own lines, and that alone."
  }
}

run "refuses_a_level_that_hides_failures" {
  command = plan

  variables {
    log_level = "FATAL"
  }

  expect_failures = [var.log_level]
}

run "refuses_more_provisioned_than_reserved" {
  command = plan

  variables {
    provisioned_concurrent_executions = 3
    reserved_concurrent_executions    = 2
  }

  expect_failures = [var.provisioned_concurrent_executions]
}

run "refuses_half_an_environment" {
  command = plan

  variables {
    provisioned_concurrent_executions = 0.5
  }

  expect_failures = [var.provisioned_concurrent_executions]
}

run "refuses_a_reserve_of_0" {
  command = plan

  variables {
    reserved_concurrent_executions = 0
  }

  expect_failures = [var.reserved_concurrent_executions]
}

run "refuses_a_zip_in_two_places" {
  command = plan

  variables {
    s3_object = { bucket = "artifacts", key = "function.zip", version = "abc" }
  }

  expect_failures = [var.filename]
}

run "refuses_no_zip" {
  command = plan

  variables {
    filename = null
  }

  expect_failures = [var.filename]
}

run "refuses_an_object_without_version" {
  command = plan

  variables {
    filename  = null
    s3_object = { bucket = "artifacts", key = "function.zip", version = "" }
  }

  expect_failures = [var.s3_object]
}

run "refuses_an_unknown_architecture" {
  command = plan

  variables {
    architecture = "arm"
  }

  expect_failures = [var.architecture]
}

run "refuses_a_key_alias" {
  command = plan

  variables {
    kms_key_arn = "arn:aws:kms:us-east-1:123456789012:alias/users"
  }

  expect_failures = [var.kms_key_arn]
}

run "refuses_a_key_id_of_the_table" {
  command = plan

  variables {
    table_kms_key_arn = "99999999-2222-3333-4444-555555555555"
  }

  expect_failures = [var.table_kms_key_arn]
}

run "refuses_the_name_of_a_boundary" {
  command = plan

  variables {
    permissions_boundary = "boundary"
  }

  expect_failures = [var.permissions_boundary]
}
