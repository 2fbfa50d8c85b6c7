# --------------------------------------------------------------------------------------------------
# Required
# --------------------------------------------------------------------------------------------------

variable "post_confirmation_lambda_arn" {
  description = "ARN of the function, or better of an alias of it, that Cognito calls when a user is confirmed."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^arn:[^:]+:lambda:[^:]+:[0-9]{12}:function:[A-Za-z0-9_-]+(:[0-9]*[A-Za-z_-][A-Za-z0-9_-]*)?$", var.post_confirmation_lambda_arn))
    error_message = "The trigger must be the ARN of a function or of an alias (arn:aws:lambda:<region>:<account>:function:<name>:<alias>). Cognito does not take the ARN of a numbered version."
  }
}

variable "user_pool_name" {
  description = "Name of the user pool and of its app client."
  type        = string
  nullable    = false
}

# --------------------------------------------------------------------------------------------------
# Optional
# --------------------------------------------------------------------------------------------------

variable "custom_attributes" {
  description = <<-EOT
    Custom attributes of the users: name without the prefix `custom:` => what it holds.
    `type` is String, Number, Boolean or DateTime. A String may have `min_length` and `max_length` (0 to 2048 if left
    out); a Number needs `min_value` and `max_value`. `mutable = false` means set at sign-up and never again.
    Cognito adds attributes to a pool, but never changes or removes one.
  EOT
  type = map(object({
    type       = optional(string, "String")
    min_length = optional(number)
    max_length = optional(number)
    min_value  = optional(number)
    max_value  = optional(number)
    mutable    = optional(bool, true)
  }))
  default  = {}
  nullable = false

  validation {
    condition     = length(var.custom_attributes) <= 50
    error_message = "A user pool has at most 50 custom attributes."
  }

  validation {
    condition     = alltrue([for name in keys(var.custom_attributes) : !startswith(name, "custom:")])
    error_message = "Write the name of a custom attribute without the prefix \"custom:\"; Cognito puts it there itself."
  }

  validation {
    condition     = alltrue([for name in keys(var.custom_attributes) : can(regex("^[!-~]{1,20}$", name))])
    error_message = "The name of a custom attribute has 1 to 20 letters (A to Z), digits or signs such as _ and -, and no spaces."
  }

  validation {
    condition     = alltrue([for attribute in values(var.custom_attributes) : contains(["String", "Number", "Boolean", "DateTime"], attribute.type)])
    error_message = "The type of a custom attribute is String, Number, Boolean or DateTime, written exactly so."
  }

  validation {
    condition = alltrue([
      for attribute in values(var.custom_attributes) : attribute.type == "String" || (attribute.min_length == null && attribute.max_length == null)
    ])
    error_message = "Only a String has min_length and max_length. Remove them from the other custom attributes."
  }

  validation {
    condition = alltrue([
      for attribute in values(var.custom_attributes) : attribute.type == "Number"
      ? attribute.min_value != null && attribute.max_value != null
      : attribute.min_value == null && attribute.max_value == null
    ])
    error_message = "A Number needs both min_value and max_value; other types have neither."
  }

  validation {
    condition = alltrue(flatten([
      for attribute in values(var.custom_attributes) : [
        for length in [coalesce(attribute.min_length, 0), coalesce(attribute.max_length, 2048)] :
        length >= 0 && length <= 2048 && floor(length) == length
      ]
    ]))
    error_message = "min_length and max_length are whole numbers from 0 to 2048."
  }

  validation {
    condition = alltrue(flatten([
      for attribute in values(var.custom_attributes) : [
        for value in [coalesce(attribute.min_value, 0), coalesce(attribute.max_value, 0)] : floor(value) == value
      ]
    ]))
    error_message = "min_value and max_value are whole numbers."
  }

  validation {
    condition = alltrue([
      for attribute in values(var.custom_attributes) :
      coalesce(attribute.max_length, 2048) >= coalesce(attribute.min_length, 0) && coalesce(attribute.max_value, 0) >= coalesce(attribute.min_value, 0)
    ])
    error_message = "The maximum of a custom attribute must not be below its minimum."
  }
}

variable "deletion_protection_enabled" {
  description = "Whether AWS refuses to delete the user pool. Switch it off in an apply of its own before a destroy."
  type        = bool
  default     = true
  nullable    = false
}

variable "password_auth_enabled" {
  description = "Whether the app client may also sign users in by sending their password; by default it proves it only (SRP)."
  type        = bool
  default     = false
  nullable    = false
}
