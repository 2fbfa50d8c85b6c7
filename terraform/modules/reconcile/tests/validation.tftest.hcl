variables {
  function_name     = "users-test-reconcile"
  filename          = "main.tf" # Any file will do, it is not run.
  table_arn         = "arn:aws:dynamodb:us-east-1:123456789012:table/users-test"
  user_pool_arn     = "arn:aws:cognito-idp:us-east-1:123456789012:userpool/us-east-1_Abc123"
  stored_attributes = { Email = { sources = ["email"] } }
}

run "accepts_the_longest_name" {
  command = plan

  variables {
    function_name = "a23456789-123456789-123456789-123456789-123456789-1234567"
  }

  assert {
    condition     = length(aws_iam_role.state_machine.name) == 64 && length(aws_iam_role.schedule.name) == 63 && length(aws_sfn_state_machine.this.name) == 57
    error_message = "The names of the roles or of the state machine are not in full."
  }
}

run "refuses_a_long_function_name" {
  command = plan

  variables {
    function_name = "a23456789-123456789-123456789-123456789-123456789-12345678"
  }

  expect_failures = [var.function_name]
}

run "refuses_a_missing_zip" {
  command = plan

  variables {
    filename = "no-such-file.zip"
  }

  expect_failures = [var.filename]
}

run "refuses_a_table_name_for_an_arn" {
  command = plan

  variables {
    table_arn = "users-test"
  }

  expect_failures = [var.table_arn]
}

run "refuses_a_pool_id_for_an_arn" {
  command = plan

  variables {
    user_pool_arn = "us-east-1_Abc123"
  }

  expect_failures = [var.user_pool_arn]
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

run "accepts_a_page_a_second" {
  command = plan

  variables {
    pages_per_second = 1
  }
}

run "refuses_less_than_a_page_a_second" {
  command = plan

  variables {
    pages_per_second = 0.9
  }

  expect_failures = [var.pages_per_second]
}

run "refuses_cron" {
  command = plan

  variables {
    schedule_expression = "cron(0 * * * ? *)"
  }

  expect_failures = [var.schedule_expression]
}

run "refuses_a_wrong_plural" {
  command = plan

  variables {
    schedule_expression = "rate(1 hours)"
  }

  expect_failures = [var.schedule_expression]
}

run "refuses_a_rate_of_0" {
  command = plan

  variables {
    schedule_expression = "rate(0 hours)"
  }

  expect_failures = [var.schedule_expression]
}

run "refuses_more_than_6_days" {
  command = plan

  variables {
    schedule_expression = "rate(145 hours)"
  }

  expect_failures = [var.schedule_expression]
}

# The names of these two runs differ by one byte; an "é" has two.
run "accepts_just_4_kilobytes" {
  command = plan

  variables {
    table_arn        = "arn:aws:dynamodb:us-east-1:123456789012:table/${join("", [for _ in range(255) : "t"])}"
    user_pool_arn    = "arn:aws:cognito-idp:us-east-1:123456789012:userpool/${join("", [for _ in range(55) : "p"])}"
    pages_per_second = 1234.56789
    stored_attributes = merge(
      { for number in range(9) : format("%s%d", join("", [for _ in range(177) : "é"]), number) => { sources = ["email"] } },
      { join("", [for _ in range(14) : "n"]) = { sources = ["email"] } },
    )
  }

  assert {
    condition     = length(base64encode(jsonencode(aws_lambda_function.this.environment[0].variables))) <= 4096 / 3 * 4
    error_message = "With the longest names the environment is larger than Lambda allows."
  }
}

run "refuses_more_than_4_kilobytes" {
  command = plan

  variables {
    stored_attributes = merge(
      { for number in range(9) : format("%s%d", join("", [for _ in range(177) : "é"]), number) => { sources = ["email"] } },
      { join("", [for _ in range(15) : "n"]) = { sources = ["email"] } },
    )
  }

  expect_failures = [var.stored_attributes]
}
