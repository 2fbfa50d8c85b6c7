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

variable "log_level" {
  description = <<-EOT
    From which level on the function logs: INFO (every call), WARN or ERROR (failures only). With the last two the
    metrics `stored` and `already_stored` miss most calls, for they are counted in the log; alarms are not affected.
  EOT
  type        = string
  default     = "INFO"
  nullable    = false

  validation {
    condition     = contains(["INFO", "WARN", "ERROR"], var.log_level)
    error_message = "The log level is INFO, WARN or ERROR. Above ERROR nobody would learn of a failure; the function has nothing to say below INFO."
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

variable "permissions_boundary" {
  description = "ARN of the IAM policy that bounds the function's role, where an account asks for one; null means none."
  type        = string
  default     = null

  validation {
    condition     = var.permissions_boundary == null || can(regex("^arn:[^:]+:iam::([0-9]{12}|aws):policy/.+$", var.permissions_boundary))
    error_message = "The permissions boundary must be given as the ARN of a policy (arn:aws:iam::<account>:policy/<name>), or left out."
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
    condition     = var.provisioned_concurrent_executions == null ? true : var.provisioned_concurrent_executions >= 1 && floor(var.provisioned_concurrent_executions) == var.provisioned_concurrent_executions
    error_message = "The provisioned concurrency is a whole number from 1 up, or null for none."
  }

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
    condition     = var.reserved_concurrent_executions == null ? true : var.reserved_concurrent_executions >= 1 && floor(var.reserved_concurrent_executions) == var.reserved_concurrent_executions
    error_message = "The reserved concurrency is a whole number from 1 up (0 would stop the function), or null for none."
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

variable "table_kms_key_arn" {
  description = "ARN of the customer managed KMS key that encrypts the table; null if the table uses an AWS managed key."
  type        = string
  default     = null

  validation {
    condition     = var.table_kms_key_arn == null || can(regex("^arn:[^:]+:kms:[^:]+:[0-9]{12}:key/[^/]+$", var.table_kms_key_arn))
    error_message = "The table's KMS key must be given as the ARN of the key itself (arn:aws:kms:<region>:<account>:key/<id>), not as an id or an alias; or leave it out."
  }
}
