# How to run it: TF_WORKSPACE=local terraform test

variables {
  environment = "local"
  region      = "us-east-1"
  function    = { s3_object = { bucket = "artifacts", key = "function.zip", version = "abc" } } # No test runs the code.
}

run "accepts_a_project_of_30_characters" {
  command = plan

  variables {
    project = "a23456789-123456789-123456789x"
  }

  assert {
    condition     = output.function_name == "a23456789-123456789-123456789x-local-post-confirmation"
    error_message = "The names do not start with project and environment."
  }

  # The longest environment name has 10 characters more than "local". The role's name then has 64, AWS's limit.
  assert {
    condition     = length(output.function_name) == 54
    error_message = "With the longest environment name the names of function and role have more than 64 characters."
  }
}

run "refuses_a_project_of_31_characters" {
  command = plan

  variables {
    project = "a23456789-123456789-123456789-x"
  }

  expect_failures = [var.project]
}

run "refuses_a_project_with_a_hyphen_at_the_end" {
  command = plan

  variables {
    project = "users-"
  }

  expect_failures = [var.project]
}

# There is a file for this environment, but another workspace is selected.
run "refuses_the_variables_of_another_environment" {
  command = plan

  variables {
    environment = "dev"
  }

  expect_failures = [var.environment]
}

run "refuses_an_unknown_environment" {
  command = plan

  variables {
    environment = "unknown"
  }

  expect_failures = [var.environment]
}

run "refuses_the_environment_default" {
  command = plan

  variables {
    environment = "default"
  }

  expect_failures = [var.environment]
}

run "refuses_an_undeclared_source" {
  command = plan

  variables {
    stored_attributes = { Age = { sources = ["email", "custom:age"], type = "N" } }
  }

  expect_failures = [var.stored_attributes]
}

run "refuses_a_source_in_another_case" {
  command = plan

  variables {
    stored_attributes = { FirstName = { sources = ["custom:firstname"] } }
  }

  expect_failures = [var.stored_attributes]
}

run "accepts_other_attributes" {
  command = plan

  variables {
    custom_attributes = { age = { type = "Number", min_value = 0, max_value = 150 } }
    stored_attributes = { Age = { sources = ["custom:age"], type = "N" } }
    clients           = { app = { write_attributes = ["custom:age", "email"] } }
  }
}

run "accepts_no_custom_attributes" {
  command = plan

  variables {
    custom_attributes = {}
    stored_attributes = {}
    clients           = { app = {} }
  }
}

run "refuses_an_account_with_hyphens" {
  command = plan

  variables {
    allowed_account_ids = ["123456789012", "1234-5678-9012"]
  }

  expect_failures = [var.allowed_account_ids]
}

run "refuses_two_functions_for_a_sign_in" {
  command = plan

  variables {
    function  = { store_at_sign_in = true }
    user_pool = { lambda_triggers = { post_authentication = { arn = "arn:aws:lambda:us-east-1:123456789012:function:other" } } }
  }

  expect_failures = [var.function]
}
