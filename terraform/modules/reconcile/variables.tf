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

variable "architecture" {
  description = "Processor of the function: arm64, or x86_64. The zip file runs on both; arm64 costs a fifth less."
  type        = string
  default     = "arm64"
  nullable    = false

  validation {
    condition     = contains(["arm64", "x86_64"], var.architecture)
    error_message = "The architecture is arm64 or x86_64."
  }
}

variable "filename" {
  description = "Path of the function's zip file; null if it is in S3 (s3_object)."
  type        = string
  default     = null

  validation {
    condition     = var.filename == null ? true : fileexists(var.filename)
    error_message = "The function's zip file ${coalesce(var.filename, "-")} is not there. Run `make package` to build it."
  }

  validation {
    condition     = (var.filename == null) != (var.s3_object == null)
    error_message = "Say where the function's zip file is: either its path (filename) or its place in S3 (s3_object), not both."
  }
}

variable "kms_key_arn" {
  description = <<-EOT
    ARN of a customer managed KMS key for the function's environment and its log; null means keys that AWS owns. The
    key's policy must let CloudWatch Logs use it, and the account's IAM policies decide about the rest.
  EOT
  type        = string
  default     = null

  validation {
    condition     = var.kms_key_arn == null || can(regex("^arn:[^:]+:kms:[^:]+:[0-9]{12}:key/[^/]+$", var.kms_key_arn))
    error_message = "The KMS key must be given as the ARN of the key itself (arn:aws:kms:<region>:<account>:key/<id>), not as an id or an alias; or leave it out."
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

variable "permissions_boundary" {
  description = "ARN of the IAM policy that bounds the roles of function, state machine and schedule, where an account asks for one; null means none."
  type        = string
  default     = null

  validation {
    condition     = var.permissions_boundary == null || can(regex("^arn:[^:]+:iam::([0-9]{12}|aws):policy/.+$", var.permissions_boundary))
    error_message = "The permissions boundary must be given as the ARN of a policy (arn:aws:iam::<account>:policy/<name>), or left out."
  }
}

variable "s3_object" {
  description = <<-EOT
    Where in S3 the function's zip file is, in place of filename: so a consumer needs no Python. The bucket is in the
    function's Region and has versioning; a new version of the object is deployed when its number is given here.
  EOT
  type = object({
    bucket  = string
    key     = string
    version = string
  })
  default = null

  validation {
    condition     = var.s3_object == null ? true : alltrue([for value in values(var.s3_object) : length(value) > 0])
    error_message = "bucket, key and version of the zip file in S3 are all needed. The bucket must have versioning; `aws s3api head-object` shows the version."
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

  validation {
    condition     = var.table_kms_key_arn == null || can(regex("^arn:[^:]+:kms:[^:]+:[0-9]{12}:key/[^/]+$", var.table_kms_key_arn))
    error_message = "The table's KMS key must be given as the ARN of the key itself (arn:aws:kms:<region>:<account>:key/<id>), not as an id or an alias; or leave it out."
  }
}
