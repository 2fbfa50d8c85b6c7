# Keys of nobody: against the real AWS these runs fail instead of making something.
provider "aws" {
  region     = "us-east-1"
  access_key = "test"
  secret_key = "test"
}

variables {
  function_name     = "users-test-reconcile"
  filename          = "main.tf" # Any file will do, it is not run.
  table_arn         = "arn:aws:dynamodb:us-east-1:123456789012:table/users-test"
  user_pool_arn     = "arn:aws:cognito-idp:us-east-1:123456789012:userpool/us-east-1_Abc123"
  stored_attributes = { Email = { sources = ["email"] } }
}

run "without_options" {
  assert {
    condition     = aws_lambda_function.this.kms_key_arn == null && aws_cloudwatch_log_group.this.kms_key_id == null
    error_message = "A key is used that nobody named."
  }

  assert {
    condition     = alltrue([for boundary in [aws_iam_role.function.permissions_boundary, aws_iam_role.schedule.permissions_boundary, aws_iam_role.state_machine.permissions_boundary] : boundary == null])
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
    condition = [for statement in jsondecode(aws_iam_role_policy.function.policy).Statement : statement if can(regex("^kms:", statement.Action))] == [
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
    condition = { for statement in jsondecode(aws_iam_role_policy.function.policy).Statement : statement.Sid => jsonencode([statement.Action, statement.Resource]) if !contains(["ReadUsers", "WriteLog"], statement.Sid) } == {
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
    condition     = toset([aws_iam_role.function.permissions_boundary, aws_iam_role.schedule.permissions_boundary, aws_iam_role.state_machine.permissions_boundary]) == toset([var.permissions_boundary])
    error_message = "A role is without the permissions boundary."
  }
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
