# --------------------------------------------------------------------------------------------------
# Required
# --------------------------------------------------------------------------------------------------

variable "function_name" {
  description = "Name of the function, its role and the metrics' namespace; the alarms start with it."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[A-Za-z0-9_-]{1,64}$", var.function_name))
    error_message = "A function name has 1 to 64 letters, digits, hyphens or underscores."
  }
}

variable "filename" {
  description = "Path of the function's zip file."
  type        = string
  nullable    = false

  validation {
    condition     = fileexists(var.filename)
    error_message = "The function's zip file ${var.filename} is not there. Run `make package` to build it."
  }
}

variable "stored_attributes" {
  description = <<-EOT
    What the function stores: name of the item's attribute => where its value comes from.
    `sources` are Cognito attributes, of which the first with a value wins: standard ones (`email`), custom ones
    (`custom:firstName`), `cognito:username`, or `cognito:user_create_date` (when the user was created; this function is
    not told it, only the sweeps of the module reconcile are). `type` is DynamoDB's: S (text), N (number) or BOOL (true
    or false).
  EOT
  type = map(object({
    sources = list(string)
    type    = optional(string, "S")
  }))
  nullable = false

  validation {
    condition     = alltrue([for name in keys(var.stored_attributes) : length(name) >= 1 && length(name) <= 255])
    error_message = "The name of a stored attribute has 1 to 255 characters."
  }

  validation {
    condition     = length(setintersection(keys(var.stored_attributes), ["CreatedAt", "UserID"])) == 0
    error_message = "UserID and CreatedAt are written by the function itself. Give the stored attribute another name."
  }

  validation {
    condition     = alltrue([for attribute in values(var.stored_attributes) : length(attribute.sources) > 0])
    error_message = "Every stored attribute needs at least one source, such as sources = [\"email\"]."
  }

  validation {
    condition = alltrue([
      for source in flatten(values(var.stored_attributes)[*].sources) : startswith(source, "custom:") || contains([
        "address", "birthdate", "email", "email_verified", "family_name", "gender", "given_name", "locale",
        "middle_name", "name", "nickname", "phone_number", "phone_number_verified", "picture", "preferred_username",
        "profile", "sub", "updated_at", "website", "zoneinfo", "cognito:username", "cognito:user_create_date",
      ], source)
    ])
    error_message = "A source is one of Cognito's standard attributes (email, given_name, family_name, phone_number, ...), a custom attribute with its prefix (custom:firstName), cognito:username, or cognito:user_create_date. Check the spelling; upper and lower case count."
  }

  validation {
    condition     = alltrue([for attribute in values(var.stored_attributes) : contains(["S", "N", "BOOL"], attribute.type)])
    error_message = "The type of a stored attribute is \"S\" (text), \"N\" (number) or \"BOOL\" (true or false)."
  }

  # AWS measures the environment as JSON, in bytes (base64 has 4 characters for 3 of them). 3840 leave room for the
  # longest table name, so that what fits in one environment fits in all.
  validation {
    condition     = length(base64encode(jsonencode({ STORED_ATTRIBUTES = jsonencode(var.stored_attributes), TABLE_NAME = "" }))) <= 3840 / 3 * 4
    error_message = "The stored attributes are too long: Lambda takes 4 KB of environment variables in all. Use fewer or shorter names."
  }
}

variable "table_arn" {
  description = "ARN of the DynamoDB table the function writes to."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^arn:[^:]+:dynamodb:[^:]+:[0-9]{12}:table/[^/]+$", var.table_arn))
    error_message = "The table must be given as its ARN: arn:aws:dynamodb:<region>:<account>:table/<name>."
  }
}

variable "user_pool_arn" {
  description = "ARN of the Cognito user pool that may call the function."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^arn:[^:]+:cognito-idp:[^:]+:[0-9]{12}:userpool/[^/]+$", var.user_pool_arn))
    error_message = "The user pool must be given as its ARN: arn:aws:cognito-idp:<region>:<account>:userpool/<id>."
  }
}

# --------------------------------------------------------------------------------------------------
# Optional
# --------------------------------------------------------------------------------------------------

variable "alarm_topic_arn" {
  description = "ARN of the SNS topic that is told of every alarm; null means that nobody is told."
  type        = string
  default     = null

  validation {
    condition     = var.alarm_topic_arn == null || can(regex("^arn:[^:]+:sns:[^:]+:[0-9]{12}:[A-Za-z0-9_-]+$", var.alarm_topic_arn))
    error_message = "The topic must be given as its ARN (arn:aws:sns:<region>:<account>:<name>), or left out."
  }
}

variable "log_retention_in_days" {
  description = "How many days the function's log is kept."
  type        = number
  default     = 365
  nullable    = false

  validation {
    condition = contains([
      1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653,
    ], var.log_retention_in_days)
    error_message = "CloudWatch keeps a log for 1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288 or 3653 days."
  }
}

variable "memory_size" {
  description = "Memory of the function in MB. CPU time grows with it, and Cognito waits 5 seconds, a cold start included. Measured: at 512 a cold start and its first event take 0.21 s, 40 % less than at 128, and more memory buys 5 % at most."
  type        = number
  default     = 512
  nullable    = false

  validation {
    condition     = var.memory_size >= 128 && var.memory_size <= 10240 && floor(var.memory_size) == var.memory_size
    error_message = "The memory of a function is a whole number of MB from 128 to 10240."
  }
}

variable "table_kms_key_arn" {
  description = "ARN of the customer managed KMS key that encrypts the table; null if the table uses an AWS managed key."
  type        = string
  default     = null
}
