resource "aws_dynamodb_table" "this" {
  #checkov:skip=CKV_AWS_119:A customer managed key is the caller's choice (kms_key_arn); without one the table uses the AWS managed key
  name                        = var.table_name
  billing_mode                = "PAY_PER_REQUEST"
  hash_key                    = "UserID"
  deletion_protection_enabled = var.deletion_protection_enabled

  attribute {
    name = "UserID"
    type = "S"
  }

  point_in_time_recovery {
    enabled = true
  }

  server_side_encryption {
    enabled     = true
    kms_key_arn = var.kms_key_arn
  }
}
