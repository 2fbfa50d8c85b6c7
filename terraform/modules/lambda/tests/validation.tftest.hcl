variables {
  function_name = "users-test-post-confirmation"
  filename      = "main.tf" # Any file will do, it is not run.
  table_arn     = "arn:aws:dynamodb:us-east-1:123456789012:table/users-test"
  stored_attributes = {
    Email = { sources = ["email"] }
  }
}

run "accepts_the_longest_and_every_kind" {
  command = plan

  variables {
    function_name = "a23456789-123456789-123456789-123456789-123456789-123456789-1234"
    memory_size   = 10240
    stored_attributes = {
      join("", [for _ in range(255) : "n"]) = { sources = ["sub", "email_verified", "updated_at"], type = "BOOL" }
      Name                                  = { sources = ["cognito:username", "name", "custom:name"], type = "S" }
      Age                                   = { sources = ["custom:age"], type = "N" }
      SignedUpAt                            = { sources = ["cognito:user_create_date"] }
    }
  }

  assert {
    condition     = length(aws_iam_role.this.name) == 64
    error_message = "The role does not carry the function's name in full."
  }
}

run "refuses_a_missing_zip" {
  command = plan

  variables {
    filename = "no-such-file.zip"
  }

  expect_failures = [var.filename]
}

run "refuses_a_long_function_name" {
  command = plan

  variables {
    function_name = "a23456789-123456789-123456789-123456789-123456789-123456789-12345"
  }

  expect_failures = [var.function_name]
}

run "refuses_a_table_name_for_an_arn" {
  command = plan

  variables {
    table_arn = "users-test"
  }

  expect_failures = [var.table_arn]
}

run "refuses_a_topic_name_for_an_arn" {
  command = plan

  variables {
    alarm_topic_arn = "alarms"
  }

  expect_failures = [var.alarm_topic_arn]
}

run "refuses_an_unknown_retention" {
  command = plan

  variables {
    log_retention_in_days = 100
  }

  expect_failures = [var.log_retention_in_days]
}

run "refuses_too_little_memory" {
  command = plan

  variables {
    memory_size = 127
  }

  expect_failures = [var.memory_size]
}

run "refuses_an_empty_item_attribute" {
  command = plan

  variables {
    stored_attributes = { "" = { sources = ["email"] } }
  }

  expect_failures = [var.stored_attributes]
}

run "refuses_a_long_item_attribute" {
  command = plan

  variables {
    stored_attributes = { join("", [for _ in range(256) : "n"]) = { sources = ["email"] } }
  }

  expect_failures = [var.stored_attributes]
}

run "refuses_the_key" {
  command = plan

  variables {
    stored_attributes = { UserID = { sources = ["sub"] } }
  }

  expect_failures = [var.stored_attributes]
}

run "refuses_the_creation_date" {
  command = plan

  variables {
    stored_attributes = { CreatedAt = { sources = ["updated_at"] } }
  }

  expect_failures = [var.stored_attributes]
}

run "refuses_an_attribute_without_sources" {
  command = plan

  variables {
    stored_attributes = { Email = { sources = [] } }
  }

  expect_failures = [var.stored_attributes]
}

run "refuses_an_unknown_source" {
  command = plan

  variables {
    stored_attributes = { Email = { sources = ["email", "Email"] } }
  }

  expect_failures = [var.stored_attributes]
}

run "refuses_an_unknown_type" {
  command = plan

  variables {
    stored_attributes = { Email = { sources = ["email"], type = "String" } }
  }

  expect_failures = [var.stored_attributes]
}

# The names of these two runs differ by one byte; an "é" has two.
run "accepts_just_4_kilobytes" {
  command = plan

  variables {
    stored_attributes = merge(
      { for number in range(9) : format("%s%d", join("", [for _ in range(178) : "é"]), number) => { sources = ["email"] } },
      { join("", [for _ in range(126) : "n"]) = { sources = ["email"] } },
    )
  }

  assert {
    condition     = length(base64encode(jsonencode(merge(aws_lambda_function.this.environment[0].variables, { TABLE_NAME = "" })))) == 5120
    error_message = "This is not the limit."
  }
}

run "refuses_more_than_4_kilobytes" {
  command = plan

  variables {
    stored_attributes = merge(
      { for number in range(9) : format("%s%d", join("", [for _ in range(178) : "é"]), number) => { sources = ["email"] } },
      { join("", [for _ in range(127) : "n"]) = { sources = ["email"] } },
    )
  }

  expect_failures = [var.stored_attributes]
}
