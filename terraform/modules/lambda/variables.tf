# --------------------------------------------------------------------------------------------------
# Required
# --------------------------------------------------------------------------------------------------

variable "function_name" {
  description = "Name of the function, its role and the metrics' namespace; the names of the alarms start with it."
  type        = string
  nullable    = false
}

variable "stored_attributes" {
  description = <<-EOT
    What the function stores: name of the item's attribute => where its value comes from.
    `sources` are Cognito attributes, and the first with a value wins: standard ones (`email`), custom ones
    (`custom:firstName`), `cognito:username`, or `cognito:user_create_date` (when the user was created; Cognito tells
    this to sweeps only, so a record that the trigger writes lacks it). `type` is DynamoDB's: S (text), N (number) or
    BOOL (true or false).
  EOT
  type = map(object({
    sources = list(string)
    type    = optional(string, "S")
  }))
  nullable = false

  validation {
    condition     = length(setintersection(keys(var.stored_attributes), ["", "CreatedAt", "UserID"])) == 0
    error_message = "The function itself writes UserID and CreatedAt, and every attribute needs a name. Give the stored attribute another name."
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

  # Lambda takes 4,096 bytes of environment, measured as JSON (base64 has 4 characters for 3 bytes). The other 616 are
  # enough for the longest ARN of a table, the id of a pool and their names, so what fits in one environment fits in all.
  validation {
    condition     = length(base64encode(jsonencode(jsonencode(var.stored_attributes)))) <= 3480 / 3 * 4
    error_message = "The stored attributes are too long: Lambda takes 4 KB of environment variables in all. Use fewer or shorter names."
  }
}

variable "table_arn" {
  description = "ARN of the DynamoDB table that the function writes to. It may be encrypted with any key."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^arn:[^:]+:dynamodb:[^:]+:[0-9]{12}:table/[^/]+$", var.table_arn))
    error_message = "The table must be given as its ARN: arn:aws:dynamodb:<region>:<account>:table/<name>."
  }
}

# --------------------------------------------------------------------------------------------------
# Optional; the defaults are those of the trigger
# --------------------------------------------------------------------------------------------------

variable "alarm_topic_arn" {
  description = "ARN of the SNS topic that alarms are sent to; null means that nobody is told."
  type        = string
  default     = null

  validation {
    condition     = var.alarm_topic_arn == null ? true : split(":", var.alarm_topic_arn)[3] == data.aws_region.current.region
    error_message = "Alarms are sent to a topic in their own Region only: arn:aws:sns:${data.aws_region.current.region}:<account>:<name>."
  }
}

variable "alarms" {
  description = <<-EOT
    Alarms: end of the alarm's name => what raises it. `metric_name` is one of `outcomes` or a metric of AWS/Lambda;
    `statistic` is Sum or a percentile (p99) over `period` seconds; the alarm is raised above `threshold`.
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
      description = "At least one call in a hundred takes longer than 4 s, and Cognito waits no longer than 5, a cold start included: confirmations are about to fail. What to do: see in the function's log whether the calls retry a slow or throttled write (then look at the table's metrics SuccessfulRequestLatency and ThrottledRequests); if not, raise memory_size, because CPU time grows with it."
      metric_name = "Duration"
      period      = 300
      statistic   = "p99"
      threshold   = 4000
    }
    errors = {
      description = "Confirmations failed: the users saw an error, are confirmed all the same, and may have no record until the next sweep. What to do: the lines with outcome \"failed\" in the function's log say why (access to the table and its key, throttling, a table that is gone); if there are none, the function crashed or ran out of time. Correct the cause, then start a sweep."
      metric_name = "Errors"
    }
    failed = {
      description = "The function could not store a record, after a sign-up or after a password reset, which succeeds all the same: those users have no record until the next sweep. What to do: the lines with outcome \"failed\" in the function's log name the users and the error. Correct the cause, then start a sweep."
      metric_name = "failed"
    }
    throttles = {
      description = "Lambda refused to run the function: the users saw an error, are confirmed all the same, and may have no record until the next sweep. What to do: find the function that uses up the account's concurrency (metric ConcurrentExecutions of AWS/Lambda), or ask AWS for a higher quota of concurrent executions in this Region; then start a sweep."
      metric_name = "Throttles"
    }
  }
  nullable = false
}

variable "architecture" {
  description = "Processor of the function: arm64, or x86_64. The zip file runs on both; arm64 costs a fifth less."
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
  description = "Environment variables of the function, beside TABLE_NAME and STORED_ATTRIBUTES."
  type        = map(string)
  default     = {}
  nullable    = false
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

variable "handler" {
  description = "Python function in the zip file that Lambda calls, as <module>.<function>."
  type        = string
  default     = "users.post_confirmation.handler"
  nullable    = false
}

variable "kms_key_arn" {
  description = <<-EOT
    ARN of a customer managed KMS key for the function's environment and its log; null means keys that AWS owns. The
    key's policy must let CloudWatch Logs use it, and the account's IAM policies decide about the rest.
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
    Lowest level that the function logs: INFO (every call), WARN or ERROR (failures only). With the last two the metrics
    `stored` and `already_stored` miss most calls, because they are counted in the log; alarms are not affected.
  EOT
  type        = string
  default     = "INFO"
  nullable    = false

  validation {
    condition     = contains(["INFO", "WARN", "ERROR"], var.log_level)
    error_message = "The log level is INFO, WARN or ERROR. Above ERROR nobody would learn of a failure; the function logs nothing below INFO."
  }
}

variable "log_retention_in_days" {
  description = "How many days CloudWatch keeps the function's log."
  type        = number
  default     = 365
  nullable    = false
}

variable "memory_size" {
  description = "Memory of the function in MB. CPU time grows with it, and Cognito waits 5 seconds, a cold start included. Measured: at 512 a cold start and its first event take 0.21 s, 40 % less than at 128, and more memory saves 5 % at most."
  type        = number
  default     = 512
  nullable    = false
}

variable "outcomes" {
  description = "Outcomes that are counted in the function's log, each as a metric of this name."
  type        = set(string)
  default     = ["already_stored", "failed", "stored"]
  nullable    = false
}

variable "permissions_boundary" {
  description = "ARN of the IAM policy that bounds the function's role, where an account asks for one; null means none."
  type        = string
  default     = null

  validation {
    condition     = var.permissions_boundary == null || can(regex("^arn:[^:]+:iam::(${data.aws_caller_identity.current.account_id}|aws):policy/", var.permissions_boundary))
    error_message = "A role can be bounded by a policy of its own account only, or by one of AWS: arn:aws:iam::${data.aws_caller_identity.current.account_id}:policy/<name>."
  }
}

variable "provisioned_concurrent_executions" {
  description = <<-EOT
    How many environments of the function Lambda keeps started, so that no user waits for a cold start; null means none.
    Each costs about US$ 4.30 a month with 512 MB on arm64, whether it is used or not (list price of November 2026).
  EOT
  type        = number
  default     = null

  validation {
    condition     = coalesce(var.provisioned_concurrent_executions, 0) <= coalesce(var.reserved_concurrent_executions, 1000000)
    error_message = "The provisioned concurrency is a part of the reserved: raise reserved_concurrent_executions, or lower provisioned_concurrent_executions."
  }
}

variable "reserved_concurrent_executions" {
  description = <<-EOT
    How many calls may run at once, kept free from the account's concurrency; null means as many as the account has left.
    Beware: a confirmation above that fails, and only the next sweep stores the user. 1 call takes some 50 ms.
  EOT
  type        = number
  default     = null

  validation {
    condition     = coalesce(var.reserved_concurrent_executions, 1) >= 1
    error_message = "The reserved concurrency is a whole number from 1 up, because 0 would stop the function; or null for none."
  }
}

variable "s3_object" {
  description = <<-EOT
    Where in S3 the function's zip file is, in place of filename, so that a consumer needs no Python. The bucket is in
    the function's Region and has versioning; a new version of the object is deployed when its number is given here.
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

variable "statements" {
  description = "What the function may do beside writing records and its log, as statements of an IAM policy."
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
  description = "How many seconds a call may take. Cognito waits no longer than 5."
  type        = number
  default     = 5
  nullable    = false
}
