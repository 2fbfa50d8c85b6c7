data "aws_region" "current" {}

locals {
  indexes = var.email_index_enabled ? { Email = "Email" } : {}
}

resource "aws_dynamodb_table" "this" {
  #checkov:skip=CKV_AWS_119:A customer managed key is the caller's choice (kms_key_arn); without one DynamoDB encrypts the table with a key that AWS owns
  name                        = var.table_name
  billing_mode                = "PAY_PER_REQUEST"
  hash_key                    = "UserID"
  deletion_protection_enabled = var.deletion_protection_enabled
  stream_enabled              = var.stream_view_type != null
  stream_view_type            = var.stream_view_type

  attribute {
    name = "UserID"
    type = "S"
  }

  # DynamoDB wants the keys of indexes declared, and no other attribute.
  dynamic "attribute" {
    for_each = local.indexes

    content {
      name = attribute.value
      type = "S"
    }
  }

  # Only the keys: you take the UserID from the index and read the record from the table, which is always up to date.
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

  # Always set, because without the block the provider would keep a key that was set before.
  server_side_encryption {
    enabled     = var.kms_key_arn != null
    kms_key_arn = var.kms_key_arn
  }

  # The provider does not remove a table's last index: without this check, the plan would be empty.
  lifecycle {
    postcondition {
      condition     = length(setsubtract([for index in self.global_secondary_index : index.name], keys(local.indexes))) == 0
      error_message = "The table ${var.table_name} has the index ${join(", ", setsubtract([for index in self.global_secondary_index : index.name], keys(local.indexes)))}, but email_index_enabled is false. Terraform cannot remove a table's last index. Remove it with this command, wait until it is gone, then plan again: aws dynamodb update-table --table-name ${var.table_name} --global-secondary-index-updates '[{\"Delete\": {\"IndexName\": \"Email\"}}]'"
    }
  }
}
