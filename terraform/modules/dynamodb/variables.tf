# --------------------------------------------------------------------------------------------------
# Required
# --------------------------------------------------------------------------------------------------

variable "table_name" {
  description = "Name of the table."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[A-Za-z0-9_.-]{3,255}$", var.table_name))
    error_message = "A table name has 3 to 255 letters, digits, underscores, dots or hyphens."
  }
}

# --------------------------------------------------------------------------------------------------
# Optional
# --------------------------------------------------------------------------------------------------

variable "deletion_protection_enabled" {
  description = "Whether AWS refuses to delete the table. Switch it off in an apply of its own before a destroy."
  type        = bool
  default     = true
  nullable    = false
}

variable "email_index_enabled" {
  description = <<-EOT
    Whether there is an index `Email`, to find a user's `UserID` by the address. The attribute Email must then be text
    (type S) and come from `email` alone: DynamoDB refuses an item whose key of an index is of another type, or longer
    than 2,048 bytes.
  EOT
  type        = bool
  default     = false
  nullable    = false
}

variable "kms_key_arn" {
  description = "ARN of the KMS key that encrypts the table; null means the key that AWS manages for DynamoDB."
  type        = string
  default     = null

  validation {
    condition     = var.kms_key_arn == null || can(regex("^arn:[^:]+:kms:[^:]+:[0-9]{12}:key/[^/]+$", var.kms_key_arn))
    error_message = "The KMS key must be given as the ARN of the key itself (arn:aws:kms:<region>:<account>:key/<id>), not as an id or an alias; or leave it out."
  }
}

variable "stream_view_type" {
  description = <<-EOT
    What the table's stream tells of a change, for those who act on new users: KEYS_ONLY, NEW_IMAGE, OLD_IMAGE or
    NEW_AND_OLD_IMAGES; null means that there is no stream.
  EOT
  type        = string
  default     = null

  validation {
    condition     = var.stream_view_type == null || contains(["KEYS_ONLY", "NEW_IMAGE", "OLD_IMAGE", "NEW_AND_OLD_IMAGES"], coalesce(var.stream_view_type, "none"))
    error_message = "The view of the stream is KEYS_ONLY, NEW_IMAGE, OLD_IMAGE or NEW_AND_OLD_IMAGES; or null for no stream."
  }
}
