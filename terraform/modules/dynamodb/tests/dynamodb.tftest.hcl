# These credentials are not valid, so against the real AWS each run fails and creates nothing.
provider "aws" {
  region     = "us-east-1"
  access_key = "test"
  secret_key = "test"
}

variables {
  table_name                  = "users-test"
  deletion_protection_enabled = false # Terraform deletes the table when the tests end.
}

run "defaults" {
  command = plan

  variables {
    deletion_protection_enabled = null
  }

  assert {
    condition = jsonencode({
      attributes           = [for attribute in aws_dynamodb_table.this.attribute : "${attribute.name} ${attribute.type}"]
      billing_mode         = aws_dynamodb_table.this.billing_mode
      deletion_protection  = aws_dynamodb_table.this.deletion_protection_enabled
      encryption_with_kms  = aws_dynamodb_table.this.server_side_encryption[0].enabled
      hash_key             = aws_dynamodb_table.this.hash_key
      name                 = aws_dynamodb_table.this.name
      point_in_time_backup = aws_dynamodb_table.this.point_in_time_recovery[0].enabled
      stream               = aws_dynamodb_table.this.stream_enabled
      }) == jsonencode({
      attributes           = ["UserID S"]
      billing_mode         = "PAY_PER_REQUEST"
      deletion_protection  = true
      encryption_with_kms  = false
      hash_key             = "UserID"
      name                 = "users-test"
      point_in_time_backup = true
      stream               = false
    })
    error_message = "The table differs in one of the values listed above."
  }
}

run "created" {
  assert {
    condition = jsonencode({
      indexes    = length(aws_dynamodb_table.this.global_secondary_index)
      keys       = length(aws_dynamodb_table.this.server_side_encryption)
      range_key  = aws_dynamodb_table.this.range_key
      stream_arn = output.stream_arn
      table_arn  = output.table_arn
      table_name = output.table_name
      }) == jsonencode({
      indexes    = 0
      keys       = 0
      range_key  = null
      stream_arn = null
      table_arn  = "arn:aws:dynamodb:us-east-1:123456789012:table/users-test"
      table_name = "users-test"
    })
    error_message = "The table differs in one of the values listed above."
  }
}

# If the plan replaced the table, its ARN would be unknown and the run would fail.
run "options_replace_nothing" {
  command = plan

  variables {
    email_index_enabled = true
    stream_view_type    = "NEW_AND_OLD_IMAGES"
    kms_key_arn         = "arn:aws:kms:us-east-1:123456789012:key/11111111-2222-3333-4444-555555555555"
  }

  assert {
    condition     = output.table_arn == "arn:aws:dynamodb:us-east-1:123456789012:table/users-test"
    error_message = "The table would be replaced."
  }
}

run "every_option_is_set" {
  variables {
    email_index_enabled = true
    stream_view_type    = "NEW_AND_OLD_IMAGES"
    kms_key_arn         = "arn:aws:kms:us-east-1:123456789012:key/11111111-2222-3333-4444-555555555555"
  }

  assert {
    condition = jsonencode({
      attributes = [for attribute in aws_dynamodb_table.this.attribute : "${attribute.name} ${attribute.type}"]
      index = [for index in aws_dynamodb_table.this.global_secondary_index : [
        index.name, index.projection_type, [for key in index.key_schema : "${key.attribute_name} ${key.key_type}"],
      ]]
      key    = aws_dynamodb_table.this.server_side_encryption[0].kms_key_arn
      stream = aws_dynamodb_table.this.stream_view_type
      }) == jsonencode({
      attributes = ["Email S", "UserID S"]
      index      = [["Email", "KEYS_ONLY", ["Email HASH"]]]
      key        = var.kms_key_arn
      stream     = "NEW_AND_OLD_IMAGES"
    })
    error_message = "The table differs in one of the values listed above."
  }

  assert {
    condition     = startswith(output.stream_arn, "${output.table_arn}/stream/")
    error_message = "stream_arn is ${output.stream_arn}, which is not a stream of the table."
  }
}

# Terraform cannot remove the index. Without an error, the plan would say that nothing changes.
run "an_index_that_stays_is_an_error" {
  command = plan

  variables {
    email_index_enabled = false
    stream_view_type    = "NEW_AND_OLD_IMAGES"
    kms_key_arn         = "arn:aws:kms:us-east-1:123456789012:key/11111111-2222-3333-4444-555555555555"
  }

  expect_failures = [aws_dynamodb_table.this]
}

run "key_and_stream_are_removed" {
  variables {
    email_index_enabled = true
  }

  assert {
    condition = jsonencode({
      keys       = length(aws_dynamodb_table.this.server_side_encryption)
      stream     = aws_dynamodb_table.this.stream_enabled
      stream_arn = output.stream_arn
      }) == jsonencode({
      keys       = 0
      stream     = false
      stream_arn = null
    })
    error_message = "The table differs in one of the values listed above."
  }
}

run "refuses_an_alias_of_a_key" {
  command = plan

  variables {
    kms_key_arn = "arn:aws:kms:us-east-1:123456789012:alias/users"
  }

  expect_failures = [var.kms_key_arn]
}

run "refuses_a_key_of_another_region" {
  command = plan

  variables {
    kms_key_arn = "arn:aws:kms:eu-central-1:123456789012:key/11111111-2222-3333-4444-555555555555"
  }

  expect_failures = [var.kms_key_arn]
}
