# Keys of nobody: against the real AWS these runs fail instead of making something.
provider "aws" {
  region     = "us-east-1"
  access_key = "test"
  secret_key = "test"
}

variables {
  table_name = "users-test"
}

run "defaults" {
  assert {
    condition     = aws_dynamodb_table.this.billing_mode == "PAY_PER_REQUEST"
    error_message = "The table is not on demand."
  }

  assert {
    condition     = aws_dynamodb_table.this.hash_key == "UserID" && aws_dynamodb_table.this.range_key == null
    error_message = "The key is not UserID alone."
  }

  assert {
    condition     = [for attribute in aws_dynamodb_table.this.attribute : "${attribute.name}:${attribute.type}"] == ["UserID:S"]
    error_message = "UserID is not a string, or there are further key attributes."
  }

  assert {
    condition     = aws_dynamodb_table.this.point_in_time_recovery[0].enabled
    error_message = "Point-in-time recovery is off."
  }

  assert {
    condition     = aws_dynamodb_table.this.server_side_encryption[0].enabled
    error_message = "The table is not encrypted with a KMS key."
  }

  assert {
    condition     = aws_dynamodb_table.this.deletion_protection_enabled
    error_message = "The table is not protected by default."
  }

  assert {
    condition     = output.table_name == "users-test" && output.table_arn == "arn:aws:dynamodb:us-east-1:123456789012:table/users-test"
    error_message = "The outputs do not name the table."
  }
}

# Also lets the table be deleted when the tests end.
run "unprotected" {
  variables {
    deletion_protection_enabled = false
  }

  assert {
    condition     = !aws_dynamodb_table.this.deletion_protection_enabled
    error_message = "deletion_protection_enabled = false does not take the protection off."
  }
}

run "customer_managed_key" {
  command = plan

  variables {
    kms_key_arn = "arn:aws:kms:us-east-1:123456789012:key/11111111-2222-3333-4444-555555555555"
  }

  assert {
    condition     = aws_dynamodb_table.this.server_side_encryption[0].kms_key_arn == var.kms_key_arn
    error_message = "The table does not use the given key."
  }
}

run "refuses_a_short_table_name" {
  command = plan

  variables {
    table_name = "ab"
  }

  expect_failures = [var.table_name]
}

run "refuses_a_key_alias" {
  command = plan

  variables {
    kms_key_arn = "arn:aws:kms:us-east-1:123456789012:alias/users"
  }

  expect_failures = [var.kms_key_arn]
}
