# Stands for your table. Its key must be UserID, a string, with no sort key. The rest is up to you.
resource "aws_dynamodb_table" "existing" {
  name                        = "example-existing-table"
  billing_mode                = "PAY_PER_REQUEST"
  hash_key                    = "UserID"
  deletion_protection_enabled = true

  attribute {
    name = "Email"
    type = "S"
  }

  attribute {
    name = "UserID"
    type = "S"
  }

  # Items without an Email are not in the index.
  global_secondary_index {
    name            = "ByEmail"
    projection_type = "KEYS_ONLY"

    key_schema {
      attribute_name = "Email"
      key_type       = "HASH"
    }
  }

  point_in_time_recovery {
    enabled = true
  }

  server_side_encryption {
    enabled     = true
    kms_key_arn = aws_kms_key.existing.arn
  }
}

resource "aws_kms_key" "existing" {
  description         = "Encrypts the table example-existing-table"
  enable_key_rotation = true
  policy              = data.aws_iam_policy_document.key.json
}

data "aws_caller_identity" "this" {}

data "aws_partition" "this" {}

# Lets IAM policies grant access to the key, so the function can use it with its role.
# https://docs.aws.amazon.com/kms/latest/developerguide/key-policy-default.html
data "aws_iam_policy_document" "key" {
  #checkov:skip=CKV_AWS_109:In a key's policy the resource "*" is the key itself
  #checkov:skip=CKV_AWS_111:As CKV_AWS_109
  #checkov:skip=CKV_AWS_356:As CKV_AWS_109
  statement {
    sid       = "LetIAMDecide"
    actions   = ["kms:*"]
    resources = ["*"]

    principals {
      type        = "AWS"
      identifiers = ["arn:${data.aws_partition.this.partition}:iam::${data.aws_caller_identity.this.account_id}:root"]
    }
  }
}
