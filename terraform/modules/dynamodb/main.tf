data "aws_region" "current" {}

locals {
  # What DynamoDB takes at creation only. Another value would replace the table. (A key added here is not in states that exist.)
  fixed = {
    hash_key      = "UserID"
    hash_key_type = "S"
    name          = var.table_name
    region        = data.aws_region.current.region
  }

  indexes = var.email_index_enabled ? { Email = "Email" } : {}
}

# Remembers what the table was created with, for the precondition below.
resource "terraform_data" "fixed" {
  input = local.fixed

  lifecycle {
    ignore_changes = [input]
  }
}

resource "aws_dynamodb_table" "this" {
  #checkov:skip=CKV_AWS_119:A customer managed key is the caller's choice (kms_key_arn); without one the table uses the AWS managed key
  name                        = local.fixed.name
  billing_mode                = "PAY_PER_REQUEST"
  hash_key                    = local.fixed.hash_key
  deletion_protection_enabled = var.deletion_protection_enabled
  stream_enabled              = var.stream_view_type != null
  stream_view_type            = var.stream_view_type

  attribute {
    name = local.fixed.hash_key
    type = local.fixed.hash_key_type
  }

  # Keys of indexes are declared as well, and only those.
  dynamic "attribute" {
    for_each = local.indexes

    content {
      name = attribute.value
      type = "S"
    }
  }

  # The keys alone: a reader takes the UserID from here and the record from the table, which is never behind.
  dynamic "global_secondary_index" {
    for_each = local.indexes

    content {
      name            = global_secondary_index.key
      projection_type = "KEYS_ONLY"

      key_schema {
        attribute_name = global_secondary_index.value
        key_type       = "HASH"
      }
    }
  }

  point_in_time_recovery {
    enabled = true
  }

  server_side_encryption {
    enabled     = true
    kms_key_arn = var.kms_key_arn
  }

  lifecycle {
    precondition {
      condition     = terraform_data.fixed.output == local.fixed
      error_message = "This would delete the table with all its records and make an empty one: ${join(", ", [for argument, value in local.fixed : "${argument} from \"${terraform_data.fixed.output[argument]}\" to \"${value}\"" if terraform_data.fixed.output[argument] != value])}. Undo the change. For a table with other values make a second one (a new environment, or another instance of this module), copy the records over, and destroy this one when nobody uses it."
    }
  }
}
