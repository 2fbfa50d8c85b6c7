# --------------------------------------------------------------------------------------------------
# Required
# --------------------------------------------------------------------------------------------------

variable "table_name" {
  description = "Name of the table."
  type        = string
  nullable    = false
}

# --------------------------------------------------------------------------------------------------
# Optional
# --------------------------------------------------------------------------------------------------

variable "deletion_protection_enabled" {
  description = "Whether AWS refuses to delete the table. This also prevents a replacement. Before you destroy the table, set this to false and apply that first."
  type        = bool
  default     = true
  nullable    = false
}

variable "email_index_enabled" {
  description = <<-EOT
    Whether the table has an index `Email`, which finds a user's `UserID` by email address. It finds every record with
    the address, even if the user has been deleted or has changed the address. It distinguishes upper and lower case, as
    the users typed them. Before you rely on a result, look the `UserID` up in the user pool:
    `aws cognito-idp list-users` with the filter `sub = "<UserID>"`.
    The stored attribute Email must have type S and `email` as its only source, because DynamoDB refuses an item whose
    index key has another type or more than 2,048 bytes. Terraform cannot remove the index: if you set this to false, the
    plan fails and shows the command that removes it.
  EOT
  type        = bool
  default     = false
  nullable    = false
}

variable "kms_key_arn" {
  description = "ARN of a customer managed KMS key that encrypts the table. null means a key that AWS owns, which costs nothing and needs no permission."
  type        = string
  default     = null

  validation {
    condition     = var.kms_key_arn == null || can(regex("^arn:[^:]+:kms:${data.aws_region.current.region}:[0-9]{12}:key/[^/]+$", var.kms_key_arn))
    error_message = "The table's KMS key must be in the table's Region and given as the ARN of the key itself: arn:aws:kms:${data.aws_region.current.region}:<account>:key/<id>, not an id or an alias."
  }
}

variable "stream_view_type" {
  description = <<-EOT
    What the table's stream contains for each change: KEYS_ONLY, NEW_IMAGE, OLD_IMAGE or NEW_AND_OLD_IMAGES. Your own
    functions can read the stream to act on new users. null means no stream.
  EOT
  type        = string
  default     = null
}
