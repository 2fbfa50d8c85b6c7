# What cannot be changed without losing the table is refused while planning.

# Keys of nobody: against the real AWS these runs fail instead of making something.
provider "aws" {
  region     = "us-east-1"
  access_key = "test"
  secret_key = "test"
}

provider "aws" {
  alias      = "elsewhere"
  region     = "eu-central-1"
  access_key = "test"
  secret_key = "test"
}

variables {
  table_name                  = "users-test"
  deletion_protection_enabled = false # So that the table can be deleted when the tests end.
}

run "created" {}

run "refuses_another_name" {
  command = plan

  variables {
    table_name = "users-renamed"
  }

  expect_failures = [aws_dynamodb_table.this]
}

run "refuses_another_region" {
  command = plan

  providers = {
    aws = aws.elsewhere
  }

  expect_failures = [aws_dynamodb_table.this]
}

# In place, or the ARN would be unknown until apply and the run would fail.
run "everything_else_is_changed_in_place" {
  variables {
    email_index_enabled = true
    stream_view_type    = "NEW_IMAGE"
    kms_key_arn         = "arn:aws:kms:us-east-1:123456789012:key/11111111-2222-3333-4444-555555555555"
  }

  assert {
    condition     = output.table_arn == run.created.table_arn && aws_dynamodb_table.this.id == "users-test"
    error_message = "The table was replaced."
  }
}

run "and_back" {
  command = plan

  assert {
    condition     = output.table_arn == run.created.table_arn
    error_message = "The table would be replaced."
  }
}
