# These credentials are not valid, so against the real AWS each run fails and creates nothing.
provider "aws" {
  region     = "us-east-1"
  access_key = "test"
  secret_key = "test"
}

variables {
  function_name     = "users-test-post-confirmation"
  filename          = "main.tf" # Any file works, because no test runs the code.
  table_arn         = "arn:aws:dynamodb:us-east-1:123456789012:table/users-test"
  stored_attributes = { Email = { sources = ["email"] } }
}

run "accepts_every_kind" {
  command = plan

  variables {
    stored_attributes = {
      Verified   = { sources = ["sub", "email_verified", "updated_at"], type = "BOOL" }
      Name       = { sources = ["cognito:username", "name", "custom:name"], type = "S" }
      Age        = { sources = ["custom:age"], type = "N" }
      SignedUpAt = { sources = ["cognito:user_create_date"] }
    }
  }
}

run "refuses_each_input" {
  command = plan

  variables {
    filename                          = "no-such-file.zip"
    kms_key_arn                       = "arn:aws:kms:us-east-1:123456789012:alias/users"
    log_level                         = "FATAL"
    provisioned_concurrent_executions = 3
    reserved_concurrent_executions    = 2
    stored_attributes                 = { "" = { sources = ["email"] } }
    table_arn                         = "users-test"
  }

  expect_failures = [
    var.filename, var.kms_key_arn, var.log_level, var.provisioned_concurrent_executions, var.stored_attributes,
    var.table_arn,
  ]
}

run "refuses_no_calls_and_what_another_region_or_account_has" {
  command = plan

  variables {
    permissions_boundary           = "arn:aws:iam::210987654321:policy/boundary"
    reserved_concurrent_executions = 0
    alarm_topic_arn                = "arn:aws:sns:eu-central-1:123456789012:users-test-alarms"
    kms_key_arn                    = "arn:aws:kms:eu-central-1:123456789012:key/99999999-2222-3333-4444-555555555555"
  }

  expect_failures = [var.alarm_topic_arn, var.kms_key_arn, var.permissions_boundary, var.reserved_concurrent_executions]
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

# The names in these two runs differ by one byte. An "é" has two bytes.
run "accepts_3480_bytes" {
  command = plan

  variables {
    table_arn = "arn:aws-us-gov:dynamodb:us-gov-west-1:123456789012:table/${join("", [for _ in range(255) : "t"])}"
    environment = {
      PAGES_PER_SECOND = "1234.56789"
      UPDATE_RECORDS   = "false"
      USER_POOL_ID     = join("", [for _ in range(55) : "p"])
    }
    stored_attributes = merge(
      { for number in range(8) : format("%s%d", join("", [for _ in range(178) : "é"]), number) => { sources = ["email"] } },
      { join("", [for _ in range(207) : "n"]) = { sources = ["email"] } },
    )
  }

  # Lambda measures the environment variables as JSON, in bytes (base64 has 4 characters for 3 bytes).
  assert {
    condition     = length(base64encode(jsonencode(aws_lambda_function.this.environment[0].variables))) <= 4096 / 3 * 4
    error_message = "With the longest names the environment variables are larger than Lambda allows: ${length(base64encode(jsonencode(aws_lambda_function.this.environment[0].variables))) / 4 * 3} bytes."
  }
}

run "refuses_3481_bytes" {
  command = plan

  variables {
    stored_attributes = merge(
      { for number in range(8) : format("%s%d", join("", [for _ in range(178) : "é"]), number) => { sources = ["email"] } },
      { join("", [for _ in range(208) : "n"]) = { sources = ["email"] } },
    )
  }

  expect_failures = [var.stored_attributes]
}
