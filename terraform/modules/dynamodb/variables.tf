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
  description = "Whether AWS refuses to delete the table, and so to replace it. Before you destroy the table, switch this off in an apply of its own."
  type        = bool
  default     = true
  nullable    = false
}

variable "email_index_enabled" {
  description = <<-EOT
    Whether there is an index `Email`, to find a user's `UserID` by the address. It answers with everyone whose record
    has the address, also with a user who has been deleted or has another address by now, and it compares addresses as
    the users typed them, upper and lower case included. Before you act on an answer, look the `UserID` up in the user
    pool: `aws cognito-idp list-users` with the filter `sub = "<UserID>"`.
    The attribute Email must be text (type S) and come from `email` alone: DynamoDB refuses an item whose key of an index
    is of another type, or longer than 2,048 bytes. Terraform does not remove the index: to switch it off, remove it by
    hand, as the error says.
  EOT
  type        = bool
  default     = false
  nullable    = false
}

variable "kms_key_arn" {
  description = "ARN of a customer managed KMS key that encrypts the table; null means a key that AWS owns, which costs nothing and needs no permission."
  type        = string
  default     = null

  validation {
    condition     = var.kms_key_arn == null || can(regex("^arn:[^:]+:kms:${data.aws_region.current.region}:[0-9]{12}:key/[^/]+$", var.kms_key_arn))
    error_message = "The table's KMS key must be in the table's Region and given as the ARN of the key itself: arn:aws:kms:${data.aws_region.current.region}:<account>:key/<id>, not an id or an alias."
  }
}

variable "stream_view_type" {
  description = <<-EOT
    What the table's stream tells of a change, so that others can act on new users: KEYS_ONLY, NEW_IMAGE, OLD_IMAGE or
    NEW_AND_OLD_IMAGES; null means that there is no stream.
  EOT
  type        = string
  default     = null
}
