# Keys of nobody: against the real AWS these runs fail instead of making something.
provider "aws" {
  region     = "us-east-1"
  access_key = "test"
  secret_key = "test"
}

variables {
  table_name                  = "users-test"
  deletion_protection_enabled = false # So that the table can be deleted when the tests end.
}

run "without_options" {
  assert {
    condition     = length(aws_dynamodb_table.this.global_secondary_index) == 0 && !aws_dynamodb_table.this.stream_enabled && output.stream_arn == null
    error_message = "The table has an index or a stream that nobody asked for."
  }
}

run "index_by_email" {
  variables {
    email_index_enabled = true
  }

  assert {
    condition = [for index in aws_dynamodb_table.this.global_secondary_index : [
      index.name, index.projection_type, [for key in index.key_schema : "${key.attribute_name} ${key.key_type}"],
    ]] == [["Email", "KEYS_ONLY", ["Email HASH"]]]
    error_message = "There is not just the index Email, by Email, with the keys alone."
  }

  assert {
    condition     = toset([for attribute in aws_dynamodb_table.this.attribute : "${attribute.name}:${attribute.type}"]) == toset(["Email:S", "UserID:S"])
    error_message = "Email is not declared as text."
  }
}

run "stream" {
  variables {
    stream_view_type = "NEW_AND_OLD_IMAGES"
  }

  assert {
    condition     = aws_dynamodb_table.this.stream_enabled && aws_dynamodb_table.this.stream_view_type == "NEW_AND_OLD_IMAGES"
    error_message = "The table has no stream, or one with another view."
  }

  assert {
    condition     = startswith(output.stream_arn, "${output.table_arn}/stream/")
    error_message = "stream_arn does not name the table's stream."
  }
}

run "refuses_an_unknown_view" {
  command = plan

  variables {
    stream_view_type = "NEW"
  }

  expect_failures = [var.stream_view_type]
}
