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

variable "stored_attributes" {
  description = "What the function stores: the same as the trigger, because it must not matter which of them stores a user."
  type = map(object({
    sources = list(string)
    type    = optional(string, "S")
  }))
  nullable = false
}

variable "table_arn" {
  description = "ARN of the DynamoDB table that the function writes to."
  type        = string
  nullable    = false
}

variable "user_pool_arn" {
  description = "ARN of the Cognito user pool that the function goes through, in the function's Region and account."
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
  description = "ARN of the SNS topic that alarms are sent to; null means that nobody is told."
  type        = string
  default     = null
}

variable "function" {
  description = "Code, processor, key and log of the function, as the inputs of these names of the module lambda."
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

variable "permissions_boundary" {
  description = "ARN of the IAM policy that bounds the roles of function, state machine and schedule, where an account asks for one; null means none."
  type        = string
  default     = null
}

variable "schedule_enabled" {
  description = "Whether sweeps are started on a schedule; false means only by hand."
  type        = bool
  default     = true
  nullable    = false
}

variable "schedule_expression" {
  description = "How often a sweep is started, as rate(<number> <unit>). A sweep that is still running is not started again."
  type        = string
  default     = "rate(1 hour)"
  nullable    = false

  validation {
    condition = can(regex(
      "^rate\\((1 (minute|hour|day)|([2-9]|[1-9][0-9]+) (minutes|hours|days))\\)$", var.schedule_expression,
    ))
    error_message = "The schedule is rate(1 minute), rate(1 hour), rate(1 day) or the same in the plural, such as rate(6 hours). For none, set schedule_enabled = false."
  }

  # An alarm looks back 7 days at most, and this one needs an hour more than the time between two sweeps.
  validation {
    condition = alltrue([
      for rate in regexall("([0-9]+) (minute|hour|day)", var.schedule_expression) :
      rate[0] * { minute = 1, hour = 60, day = 1440 }[rate[1]] <= 6 * 1440
    ])
    error_message = "There are at most 6 days between two sweeps, because the alarm for a missing sweep sees no further. For no schedule, set schedule_enabled = false."
  }
}

variable "update_records" {
  description = <<-EOT
    Whether a sweep also sets or removes the stored attributes of a record that differ from the user pool's. It never
    touches UserID, CreatedAt, or an attribute that is not among the stored ones. Each change takes one write, and
    the role may then read and update these attributes.
  EOT
  type        = bool
  default     = false
  nullable    = false
}
