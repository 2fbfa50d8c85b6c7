# --------------------------------------------------------------------------------------------------
# Required: set in environments/<environment>.tfvars
# --------------------------------------------------------------------------------------------------

variable "environment" {
  description = "Name of the environment; also the name of its workspace and of its file in terraform/environments."
  type        = string
  nullable    = false

  validation {
    condition     = var.environment != "default" && can(regex("^[a-z0-9-]{1,15}$", var.environment))
    error_message = "The name of an environment has 1 to 15 lower case letters, digits or hyphens, and is not \"default\"."
  }

  validation {
    condition     = fileexists("${path.module}/environments/${var.environment}.tfvars")
    error_message = "There is no environment \"${var.environment}\". Use one of ${join(", ", [for file in fileset("${path.module}/environments", "*.tfvars") : trimsuffix(file, ".tfvars")])}, or copy terraform/environments/dev.tfvars to terraform/environments/${var.environment}.tfvars and set `environment` in it."
  }

  # One state per environment: the variables of one must never be applied to the resources of another.
  validation {
    condition     = var.environment == terraform.workspace
    error_message = "These are the variables of environment \"${var.environment}\", but the selected workspace is \"${terraform.workspace}\". Use `make plan ENV=${var.environment}` and the like, or first run `terraform workspace select -or-create ${var.environment}`."
  }
}

variable "region" {
  description = "AWS Region of all resources."
  type        = string
  nullable    = false
}

# --------------------------------------------------------------------------------------------------
# Optional
# --------------------------------------------------------------------------------------------------

variable "alarm_email_addresses" {
  description = "Addresses that get a mail for every alarm. Each gets one first that asks to confirm the subscription."
  type        = set(string)
  default     = []
  nullable    = false
}

variable "allowed_account_ids" {
  description = "Ids of the AWS accounts that the environment may be deployed to; empty means any."
  type        = set(string)
  default     = []
  nullable    = false

  validation {
    condition     = alltrue([for id in var.allowed_account_ids : can(regex("^[0-9]{12}$", id))])
    error_message = "The id of an AWS account has 12 digits, quotes around it and no hyphens, as `aws sts get-caller-identity` shows it."
  }
}

variable "architecture" {
  description = "Processor of the functions: arm64, or x86_64. The zip file runs on both; arm64 costs a fifth less."
  type        = string
  default     = "arm64"
  nullable    = false
}

variable "clients" {
  description = <<-EOT
    App clients: name => how users sign in through it; all of it is described in terraform/modules/cognito.
    `write_attributes` is all that users may write of themselves through the client: name a custom attribute there
    (`custom:firstName`), but none that says what a user may do.
  EOT
  type = map(object({
    access_token_validity  = optional(number, 60)
    callback_urls          = optional(set(string), [])
    explicit_auth_flows    = optional(set(string), ["ALLOW_REFRESH_TOKEN_AUTH", "ALLOW_USER_SRP_AUTH"])
    generate_secret        = optional(bool, false)
    id_token_validity      = optional(number, 60)
    logout_urls            = optional(set(string), [])
    refresh_token_validity = optional(number, 30)
    write_attributes       = optional(set(string))
  }))
  default = {
    app = { write_attributes = ["custom:firstName", "custom:lastName", "email", "family_name", "given_name"] }
  }
  nullable = false
}

variable "custom_attributes" {
  description = <<-EOT
    Custom attributes of the users: name without the prefix `custom:` => what it holds.
    `type` is String, Number, Boolean or DateTime. A String may have `min_length` and `max_length` (0 to 2048 if left
    out); a Number needs `min_value` and `max_value`. `mutable = false` means set at sign-up and never again.
    Attributes can be added at any time. Cognito never changes or removes one.
  EOT
  type = map(object({
    type       = optional(string, "String")
    min_length = optional(number)
    max_length = optional(number)
    min_value  = optional(number)
    max_value  = optional(number)
    mutable    = optional(bool, true)
  }))
  # The widest lengths: too narrow a limit refuses sign-ups and cannot be changed later.
  default = {
    firstName = {}
    lastName  = {}
  }
  nullable = false
}

variable "deletion_protection_enabled" {
  description = "Whether AWS refuses to delete the user pool and the table."
  type        = bool
  default     = true
  nullable    = false
}

variable "domain_prefix" {
  description = "First part of the address of managed login, https://<prefix>.auth.<region>.amazoncognito.com; nobody else in the Region may have it. null means no managed login."
  type        = string
  default     = null
}

variable "email_configuration" {
  description = "Amazon SES sends the pool's mails: ARN of the identity, sender, and where answers go. null means Cognito's own address, which sends about 50 mails a day."
  type = object({
    source_arn             = string
    from_email_address     = string
    reply_to_email_address = optional(string)
  })
  default = null
}

variable "email_index_enabled" {
  description = "Whether the table has an index `Email`, to find a user's `UserID` by the address."
  type        = bool
  default     = false
  nullable    = false

  # DynamoDB refuses an item whose key of an index is not of the declared type, or has more than 2,048 bytes.
  validation {
    condition     = !var.email_index_enabled || try(join(" ", var.stored_attributes.Email.sources) == "email" && var.stored_attributes.Email.type == "S", false)
    error_message = "The index is over the stored attribute Email, as text: stored_attributes needs Email = { sources = [\"email\"] }, with no other source."
  }
}

variable "function_kms_key_arn" {
  description = "ARN of a customer managed KMS key for the functions' environment and logs, of which the policy lets IAM decide and CloudWatch Logs use it; null means keys that AWS owns."
  type        = string
  default     = null
}

variable "function_s3_object" {
  description = "Where in S3 the functions' zip file is, in place of function_zip; the bucket has versioning. null means function_zip."
  type = object({
    bucket  = string
    key     = string
    version = string
  })
  default = null
}

variable "function_zip" {
  description = "Path of the function's zip file, relative to the folder terraform; `make package` builds it."
  type        = string
  default     = "../dist/function.zip"
  nullable    = false
}

variable "log_level" {
  description = "From which level on the trigger's function logs: INFO (every call), WARN or ERROR (failures only). With the last two the metrics `stored` and `already_stored` miss most calls."
  type        = string
  default     = "INFO"
  nullable    = false
}

variable "log_retention_in_days" {
  description = "How many days the function's log is kept."
  type        = number
  default     = 365
  nullable    = false
}

variable "memory_size" {
  description = "Memory of the trigger's function in MB; CPU time grows with it. 512 is measured to be best: terraform/modules/lambda."
  type        = number
  default     = 512
  nullable    = false
}

variable "mfa_configuration" {
  description = "Whether users prove with an authenticator app (TOTP), too, who they are: OFF, OPTIONAL (each user decides) or ON (all must)."
  type        = string
  default     = "OFF"
  nullable    = false
}

variable "permissions_boundary" {
  description = "ARN of the IAM policy that bounds every role. null means the one that `make bootstrap` made, or none if it made none."
  type        = string
  default     = null
}

variable "project" {
  description = "First part of the name of every resource."
  type        = string
  default     = "confirmed-users"
  nullable    = false

  # With an environment of 15 characters the longest name (function, role) is then at AWS's limit of 64.
  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{1,28}[a-z0-9]$", var.project))
    error_message = "The project's name has 3 to 30 lower case letters, digits or hyphens, starts with a letter and does not end with a hyphen."
  }
}

variable "provisioned_concurrent_executions" {
  description = "How many environments of the trigger's function Lambda keeps started, so that no user waits for a cold start; null means none."
  type        = number
  default     = null
}

variable "reconcile_pages_per_second" {
  description = <<-EOT
    How many pages of 60 users a sweep asks Cognito for in a second at most. By default that is half of what Cognito
    allows in the account and Region (category UserList in
    https://docs.aws.amazon.com/cognito/latest/developerguide/quotas.html).
  EOT
  type        = number
  default     = 15
  nullable    = false
}

variable "reconcile_schedule_expression" {
  description = "How often a sweep goes through the user pool for users without a record, as rate(<number> <unit>); null means only by hand."
  type        = string
  default     = "rate(1 hour)"
}

variable "reserved_concurrent_executions" {
  description = "How many calls of the trigger's function may run at once; a confirmation above that fails until the next sweep. null means as many as the account has left."
  type        = number
  default     = null
}

variable "stored_attributes" {
  description = <<-EOT
    What is stored of a user: name of the item's attribute => where its value comes from.
    `sources` are Cognito attributes, of which the first with a value wins: standard ones (`email`), custom ones
    (`custom:firstName`), `cognito:username`, or `cognito:user_create_date` (when the user was created, which only
    sweeps are told: a record of the trigger lacks it). `type` is DynamoDB's: S (text), N (number) or BOOL (true or false).
  EOT
  type = map(object({
    sources = list(string)
    type    = optional(string, "S")
  }))
  default = {
    Email     = { sources = ["email"] }
    FirstName = { sources = ["custom:firstName", "given_name"] }
    LastName  = { sources = ["custom:lastName", "family_name"] }
  }
  nullable = false

  validation {
    condition = alltrue([
      for source in flatten(values(var.stored_attributes)[*].sources) :
      !startswith(source, "custom:") || contains(keys(var.custom_attributes), trimprefix(source, "custom:"))
    ])
    error_message = "A source custom:<name> needs <name> in custom_attributes, written the same way. Declared there: ${coalesce(join(", ", keys(var.custom_attributes)), "none")}."
  }
}

variable "stream_view_type" {
  description = "What the table's stream tells those who act on new users: KEYS_ONLY, NEW_IMAGE, OLD_IMAGE or NEW_AND_OLD_IMAGES; null means that there is no stream."
  type        = string
  default     = null
}

variable "table_kms_key_arn" {
  description = "ARN of a customer managed KMS key for the table, of which the policy lets IAM decide; null means a key that AWS manages."
  type        = string
  default     = null
}
