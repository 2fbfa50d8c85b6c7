# --------------------------------------------------------------------------------------------------
# Required
# --------------------------------------------------------------------------------------------------

variable "function_name" {
  description = "Name of the function, its role, the state machine, the schedule and the metrics' namespace; further roles and the alarms start with it."
  type        = string
  nullable    = false

  # With "-invoke" the name of the state machine's role is then at AWS's limit of 64.
  validation {
    condition     = can(regex("^[A-Za-z0-9_-]{1,57}$", var.function_name))
    error_message = "The function's name has 1 to 57 letters, digits, hyphens or underscores here: names of roles are made from it."
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
    What the function stores, the same as the trigger: name of the item's attribute => where its value comes from.
    `sources` are Cognito attributes, of which the first with a value wins: standard ones (`email`), custom ones
    (`custom:firstName`), `cognito:username`, or `cognito:user_create_date` (when the user was created, in UTC).
    `type` is DynamoDB's: S (text), N (number) or BOOL (true or false).
  EOT
  type = map(object({
    sources = list(string)
    type    = optional(string, "S")
  }))
  nullable = false

  # AWS measures the environment as JSON, in bytes (base64 has 4 characters for 3 of them). 3750 leave room for the
  # longest table name, pool id and rate, so that what fits in one environment fits in all.
  validation {
    condition = length(base64encode(jsonencode({
      PAGES_PER_SECOND = "", STORED_ATTRIBUTES = jsonencode(var.stored_attributes), TABLE_NAME = "", USER_POOL_ID = ""
    }))) <= 3750 / 3 * 4
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
  description = "ARN of the Cognito user pool the function goes through."
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

variable "pages_per_second" {
  description = <<-EOT
    How many pages of 60 users the function asks Cognito for in a second at most. All calls of ListUsers and
    ListUsersInGroup in the account and Region share a quota, by default of 30 a second (category UserList in
    https://docs.aws.amazon.com/cognito/latest/developerguide/quotas.html); the default leaves half of it to others.
  EOT
  type        = number
  default     = 15
  nullable    = false

  validation {
    condition     = var.pages_per_second >= 1
    error_message = "The pages per second are a number from 1 up; by default Cognito allows 30 in the whole account and Region."
  }
}

variable "schedule_expression" {
  description = "How often a sweep is started, as rate(<number> <unit>); null means only by hand. A sweep that is still running is not started again."
  type        = string
  default     = "rate(1 hour)"

  validation {
    condition = var.schedule_expression == null || can(regex(
      "^rate\\((1 (minute|hour|day)|([2-9]|[1-9][0-9]+) (minutes|hours|days))\\)$", var.schedule_expression,
    ))
    error_message = "The schedule is rate(1 minute), rate(1 hour), rate(1 day) or the same in the plural, such as rate(6 hours); or null for none."
  }

  # An alarm looks back 7 days at most, and this one needs an hour more than the time between two sweeps.
  validation {
    condition = alltrue([
      for rate in regexall("([0-9]+) (minute|hour|day)", coalesce(var.schedule_expression, "rate(1 hour)")) :
      rate[0] * { minute = 1, hour = 60, day = 1440 }[rate[1]] <= 6 * 1440
    ])
    error_message = "There are at most 6 days between two sweeps; more than that the alarm for a missing sweep cannot see. Use null for no schedule."
  }
}

variable "table_kms_key_arn" {
  description = "ARN of the customer managed KMS key that encrypts the table; null if the table uses an AWS managed key."
  type        = string
  default     = null
}
