# --------------------------------------------------------------------------------------------------
# Required
# --------------------------------------------------------------------------------------------------

variable "function_name" {
  description = "Name of the function, of its role and of its metrics' namespace. The names of the alarms start with it."
  type        = string
  nullable    = false
}

variable "stored_attributes" {
  description = <<-EOT
    What the function stores of a user: name of the record's attribute => the Cognito attributes that it comes from.
    `sources` lists Cognito attributes, and the first one that has a value is stored. A source is a standard attribute
    (`email`), a custom one (`custom:firstName`), `cognito:username`, or `cognito:user_create_date` (the time when the
    user was created; only a sweep can read it, so a record that the trigger wrote does not have it).
    `type` is the type in DynamoDB: S (text), N (number) or BOOL (true or false).
  EOT
  type = map(object({
    sources = list(string)
    type    = optional(string, "S")
  }))
  nullable = false

  validation {
    condition     = length(setintersection(keys(var.stored_attributes), ["", "CreatedAt", "UserID"])) == 0
    error_message = "The function itself writes UserID and CreatedAt, and a name must not be empty. Give the stored attribute another name."
  }

  validation {
    condition     = alltrue([for attribute in values(var.stored_attributes) : length(attribute.sources) > 0])
    error_message = "Every stored attribute needs at least one source, such as sources = [\"email\"]."
  }

  validation {
    condition = alltrue([
      for source in flatten(values(var.stored_attributes)[*].sources) : startswith(source, "custom:") || contains(concat(
        jsondecode(file("${path.module}/../cognito/standard_attributes.json")), ["cognito:user_create_date", "cognito:username"],
      ), source)
    ])
    error_message = "A source is one of Cognito's standard attributes (email, given_name, family_name, phone_number, ...), a custom attribute with its prefix (custom:firstName), cognito:username, or cognito:user_create_date. Check the spelling; upper and lower case count."
  }

  validation {
    condition     = alltrue([for attribute in values(var.stored_attributes) : contains(["S", "N", "BOOL"], attribute.type)])
    error_message = "The type of a stored attribute is \"S\" (text), \"N\" (number) or \"BOOL\" (true or false)."
  }

  # Lambda allows 4,096 bytes of environment variables, measured as JSON (base64 has 4 characters for 3 bytes). 616 bytes
  # are kept for the other variables, even with the longest table ARN and pool id. So a value that fits once always fits.
  validation {
    condition     = length(base64encode(jsonencode(jsonencode(var.stored_attributes)))) <= 3480 / 3 * 4
    error_message = "The stored attributes are too long: Lambda takes 4 KB of environment variables in all. Use fewer attributes or shorter names."
  }
}

variable "table_arn" {
  description = "ARN of the DynamoDB table that the function writes to. The table may be encrypted with any key."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^arn:[^:]+:dynamodb:[^:]+:[0-9]{12}:table/[^/]+$", var.table_arn))
    error_message = "The table must be given as its ARN: arn:aws:dynamodb:<region>:<account>:table/<name>."
  }
}

# --------------------------------------------------------------------------------------------------
# Optional: the defaults are for the trigger
# --------------------------------------------------------------------------------------------------

variable "alarm_topic_arn" {
  description = "ARN of the SNS topic that alarms are sent to. null means that alarms notify nobody."
  type        = string
  default     = null

  validation {
    condition     = var.alarm_topic_arn == null ? true : split(":", var.alarm_topic_arn)[3] == data.aws_region.current.region
    error_message = "CloudWatch sends alarms only to a topic in the same Region: arn:aws:sns:${data.aws_region.current.region}:<account>:<name>."
  }
}

variable "alarms" {
  description = <<-EOT
    Alarms: last part of the alarm's name => what raises it. `metric_name` is one of `outcomes` or a metric of AWS/Lambda.
    `statistic` is Sum or a percentile (p99) over `period` seconds. A value above `threshold` raises the alarm.
  EOT
  type = map(object({
    description = string
    metric_name = string
    period      = optional(number, 60)
    statistic   = optional(string, "Sum")
    threshold   = optional(number, 0)
  }))
  default = {
    duration = {
      description = "At least one call in a hundred took longer than 2 s, probably because the function had to repeat its write. It gives up the write after 4 s, and Cognito stops waiting after 5 s, so confirmations may soon fail. What to do: look at the table's metrics SuccessfulRequestLatency and ThrottledRequests. If they are normal, raise memory_size, because CPU speed grows with it."
      metric_name = "Duration"
      period      = 300
      statistic   = "p99"
      threshold   = 2000 # An early warning: a call that takes 4 s has already failed to write.
    }
    errors = {
      description = "The function failed at a confirmation. The users saw an error. They are confirmed, but may have no record until the next sweep. What to do: read the lines with outcome \"failed\" in the function's log. They say why, for example no access to the table or its key, throttling, or a deleted table. If there are no such lines, the function crashed or ran out of time. Correct the cause, then start a sweep."
      metric_name = "Errors"
    }
    failed = {
      description = "The function could not write a record. The users may have none until the next sweep. At a sign-up they saw an error; at a password reset or a sign-in they did not. What to do: read the lines with outcome \"failed\" in the function's log, which name the users and the error. Correct the cause, then start a sweep."
      metric_name = "failed"
    }
    throttles = {
      description = "Lambda refused to run the function, because too many calls were running. The users saw an error. They are confirmed, but may have no record until the next sweep. With store_at_sign_in, users could not sign in either. What to do: find the function that uses up the account's concurrency (metric ConcurrentExecutions of AWS/Lambda), raise reserved_concurrent_executions if you set it, or ask AWS for a higher quota in this Region. Then start a sweep."
      metric_name = "Throttles"
    }
  }
  nullable = false
}

variable "architecture" {
  description = "Processor of the function: arm64 or x86_64. The zip file runs on both. arm64 costs a fifth less."
  type        = string
  default     = "arm64"
  nullable    = false
}

variable "description" {
  description = "What the function does, as AWS shows it."
  type        = string
  default     = "Stores confirmed Cognito users in DynamoDB"
  nullable    = false
}

variable "environment" {
  description = "Environment variables of the function, in addition to TABLE_NAME and STORED_ATTRIBUTES."
  type        = map(string)
  default     = {}
  nullable    = false
}

variable "filename" {
  description = "Path of the function's zip file. null if the zip file is in S3 (s3_object)."
  type        = string
  default     = null

  validation {
    condition     = var.filename == null ? true : fileexists(var.filename)
    error_message = "The function's zip file ${coalesce(var.filename, "-")} is not there. Run `make package` to build it, or download it from a release."
  }

  validation {
    condition     = (var.filename == null) != (var.s3_object == null)
    error_message = "Say where the function's zip file is: set either filename (its path) or s3_object (its place in S3), not both."
  }
}

variable "handler" {
  description = "Python function in the zip file that Lambda calls, as <module>.<function>."
  type        = string
  default     = "users.post_confirmation.handler"
  nullable    = false
}

variable "kms_key_arn" {
  description = <<-EOT
    ARN of a customer managed KMS key for the function's environment variables and its log. null means keys that AWS owns.
    The key's policy must let CloudWatch Logs use the key, and must let IAM policies grant access to the function's role.
  EOT
  type        = string
  default     = null

  validation {
    condition     = var.kms_key_arn == null || can(regex("^arn:[^:]+:kms:${data.aws_region.current.region}:[0-9]{12}:key/[^/]+$", var.kms_key_arn))
    error_message = "The function's KMS key must be in the function's Region and given as the ARN of the key itself: arn:aws:kms:${data.aws_region.current.region}:<account>:key/<id>, not an id or an alias."
  }
}

variable "log_level" {
  description = <<-EOT
    Lowest level that the function logs: INFO (every call), WARN (unusual calls and failures) or ERROR (failures only).
    With WARN or ERROR the metrics `stored` and `already_stored` miss most calls, because they count lines of the log.
    The alarms are not affected.
  EOT
  type        = string
  default     = "INFO"
  nullable    = false

  validation {
    condition     = contains(["INFO", "WARN", "ERROR"], var.log_level)
    error_message = "The log level is INFO, WARN or ERROR. A higher level would hide failures, and the function logs nothing below INFO."
  }
}

variable "log_retention_in_days" {
  description = "How many days CloudWatch keeps the function's log."
  type        = number
  default     = 365
  nullable    = false
}

variable "memory_size" {
  description = "Memory of the function in MB. Lambda gives a function with more memory more CPU. Cognito waits 5 seconds at most, including a cold start. Measured: at 512 MB a cold start with its first event takes 0.21 s, 40 % less than at 128 MB. More memory saves at most another 5 %."
  type        = number
  default     = 512
  nullable    = false
}

variable "outcomes" {
  description = "Outcomes to count in the function's log. Each becomes a metric of this name."
  type        = set(string)
  default     = ["already_stored", "failed", "stored"]
  nullable    = false
}

variable "permissions_boundary" {
  description = "ARN of the IAM policy that is the permissions boundary of the function's role, if your account requires one. null means none."
  type        = string
  default     = null

  validation {
    condition     = var.permissions_boundary == null || can(regex("^arn:[^:]+:iam::(${data.aws_caller_identity.current.account_id}|aws):policy/", var.permissions_boundary))
    error_message = "The permissions boundary is a policy of the function's own account, or one that AWS manages: arn:aws:iam::${data.aws_caller_identity.current.account_id}:policy/<name>."
  }
}

variable "provisioned_concurrent_executions" {
  description = <<-EOT
    How many instances of the function Lambda keeps started, so up to that many calls at once have no cold start. null
    means none. With 512 MB on arm64 each costs about US$ 4.30 a month, used or not (list price of November 2026).
  EOT
  type        = number
  default     = null

  validation {
    condition     = coalesce(var.provisioned_concurrent_executions, 0) <= coalesce(var.reserved_concurrent_executions, 1000000)
    error_message = "Provisioned concurrency is part of the reserved concurrency: raise reserved_concurrent_executions, or lower provisioned_concurrent_executions."
  }
}

variable "reserved_concurrent_executions" {
  description = <<-EOT
    How many calls may run at once. Lambda reserves that many of the account's concurrent executions for this function.
    null means no limit except the account's. Beware: Lambda refuses calls above the limit. The user is then confirmed but
    sees an error, and has no record until the next sweep. One call takes about 50 ms.
  EOT
  type        = number
  default     = null

  validation {
    condition     = coalesce(var.reserved_concurrent_executions, 1) >= 1
    error_message = "The reserved concurrency is a whole number of 1 or more (0 would stop the function), or null for none."
  }
}

variable "s3_object" {
  description = <<-EOT
    Where the function's zip file is in S3, as an alternative to filename. The bucket must be in the function's Region
    and have versioning. To deploy a new version of the zip file, set `version` to the id of the object's new version.
  EOT
  type = object({
    bucket  = string
    key     = string
    version = string
  })
  default = null

  validation {
    condition     = var.s3_object == null ? true : alltrue([for value in values(var.s3_object) : length(value) > 0])
    error_message = "s3_object needs bucket, key and version. The bucket must have versioning; `aws s3api head-object` shows the version id."
  }
}

variable "statements" {
  description = "IAM policy statements for what the function may do besides writing records and its log."
  type = list(object({
    sid       = string
    actions   = list(string)
    resources = list(string)
    conditions = optional(list(object({
      test     = string
      variable = string
      values   = list(string)
    })), [])
  }))
  default  = []
  nullable = false
}

variable "timeout" {
  description = "How many seconds a call may take. Cognito waits 5 seconds at most."
  type        = number
  default     = 5
  nullable    = false
}
