# --------------------------------------------------------------------------------------------------
# Required
# --------------------------------------------------------------------------------------------------

variable "function_name" {
  description = "Name of the sweep's function, its role, the state machine, the schedule and the metrics' namespace. The names of the other roles and of the alarms start with it."
  type        = string
  nullable    = false

  # The longest name, that of the state machine's role, adds "-invoke" and then has 64 characters, AWS's limit.
  validation {
    condition     = can(regex("^[A-Za-z0-9_-]{1,57}$", var.function_name))
    error_message = "function_name has 1 to 57 letters, digits, hyphens or underscores, because the names of roles are composed from it."
  }
}

variable "stored_attributes" {
  description = "What a sweep stores of a user. Use the same value as for the trigger (module lambda), so that all records have the same attributes."
  type = map(object({
    sources = list(string)
    type    = optional(string, "S")
  }))
  nullable = false
}

variable "table_arn" {
  description = "ARN of the DynamoDB table with the records."
  type        = string
  nullable    = false
}

variable "user_pool_arn" {
  description = "ARN of the Cognito user pool to sweep. It must be in the same Region and account as the sweep."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^arn:[^:]+:cognito-idp:${local.region}:${local.account_id}:userpool/[^/]+$", var.user_pool_arn))
    error_message = "The user pool must be in the Region and account of the sweep, and given as its ARN: arn:${local.partition}:cognito-idp:${local.region}:${local.account_id}:userpool/<id>. For a pool elsewhere, use this module with a provider for its Region and account."
  }
}

# --------------------------------------------------------------------------------------------------
# Optional
# --------------------------------------------------------------------------------------------------

variable "alarm_topic_arn" {
  description = "ARN of the SNS topic that alarms are sent to. null means that alarms notify nobody."
  type        = string
  default     = null
}

variable "function" {
  description = "Code, processor, key and log retention of the sweep's function. The module lambda describes its inputs of the same names."
  type = object({
    architecture          = optional(string)
    filename              = optional(string)
    kms_key_arn           = optional(string)
    log_retention_in_days = optional(number)
    s3_object = optional(object({
      bucket  = string
      key     = string
      version = string
    }))
  })
  nullable = false
}

variable "pages_per_second" {
  description = <<-EOT
    How many pages of users a sweep reads per second at most. A page has up to 60 users. All calls of ListUsers and
    ListUsersInGroup in the account and Region share a quota, by default 30 calls a second (category UserList in
    https://docs.aws.amazon.com/cognito/latest/developerguide/quotas.html). The default uses half of it.
  EOT
  type        = number
  default     = 15
  nullable    = false

  validation {
    condition     = var.pages_per_second >= 1
    error_message = "pages_per_second is a number of 1 or more. By default Cognito allows 30 in the whole account and Region."
  }
}

variable "permissions_boundary" {
  description = "ARN of the IAM policy that is the permissions boundary of the roles of function, state machine and schedule, if your account requires one. null means none."
  type        = string
  default     = null
}

variable "schedule_enabled" {
  description = "Whether the schedule starts sweeps. With false you start them by hand."
  type        = bool
  default     = true
  nullable    = false
}

variable "schedule_expression" {
  description = "How often a sweep starts, as rate(<number> <unit>). A sweep that starts while another is running ends at once."
  type        = string
  default     = "rate(1 hour)"
  nullable    = false

  validation {
    condition = can(regex(
      "^rate\\((1 (minute|hour|day)|([2-9]|[1-9][0-9]+) (minutes|hours|days))\\)$", var.schedule_expression,
    ))
    error_message = "The schedule is rate(1 minute), rate(1 hour), rate(1 day) or a plural, such as rate(6 hours). For no schedule, set schedule_enabled = false."
  }

  # A CloudWatch alarm can look back 7 days. The alarm for a missing sweep looks back an hour more than this rate.
  validation {
    condition = alltrue([
      for rate in regexall("([0-9]+) (minute|hour|day)", var.schedule_expression) :
      rate[0] * { minute = 1, hour = 60, day = 1440 }[rate[1]] <= 6 * 1440
    ])
    error_message = "A sweep must start at least every 6 days, because the alarm for a missing sweep cannot look back further. For no schedule, set schedule_enabled = false."
  }
}

variable "update_records" {
  description = <<-EOT
    Whether a sweep also brings records up to date. In every record it sets or removes the stored attributes that differ
    from the user pool. It never changes UserID, CreatedAt, or attributes that stored_attributes does not list. Each
    changed record costs one write. The function's role may then also read and update the stored attributes.
  EOT
  type        = bool
  default     = false
  nullable    = false
}
