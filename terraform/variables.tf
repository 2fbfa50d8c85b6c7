# --------------------------------------------------------------------------------------------------
# Required: set in environments/<environment>.tfvars
# --------------------------------------------------------------------------------------------------

variable "environment" {
  description = "Name of the environment, such as dev. Its Terraform workspace and its file in terraform/environments have the same name."
  type        = string
  nullable    = false

  validation {
    condition     = var.environment != "default" && can(regex("^[a-z0-9-]{1,15}$", var.environment))
    error_message = "The name of an environment has 1 to 15 lower case letters, digits or hyphens and is not \"default\", which is Terraform's own workspace."
  }

  validation {
    condition     = fileexists("${path.module}/environments/${var.environment}.tfvars")
    error_message = "There is no environment \"${var.environment}\". Use one of ${join(", ", [for file in fileset("${path.module}/environments", "*.tfvars") : trimsuffix(file, ".tfvars")])}, or copy terraform/environments/dev.tfvars to terraform/environments/${var.environment}.tfvars and set `environment` in it."
  }

  # Each environment has its own state. Terraform must never apply the variables of one to the resources of another.
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

variable "alarms" {
  description = "Who gets alarms: `email_addresses` lists the addresses that get a mail for each alarm. SNS first sends each address a link, and no alarms until somebody opens the link."
  type = object({
    email_addresses = optional(set(string), [])
  })
  default  = {}
  nullable = false
}

variable "allowed_account_ids" {
  description = "Ids of the AWS accounts that the environment may be deployed to. Empty means any account."
  type        = set(string)
  default     = []
  nullable    = false

  validation {
    condition     = alltrue([for id in var.allowed_account_ids : can(regex("^[0-9]{12}$", id))])
    error_message = "The id of an AWS account has 12 digits, quotes around it and no hyphens, as `aws sts get-caller-identity` shows it."
  }
}

variable "clients" {
  description = <<-EOT
    App clients, through which your apps use the pool: name => settings, which terraform/modules/cognito describes.
    `write_attributes` lists the attributes that users can edit through the app client. List each custom attribute that
    users set (`custom:firstName`). Never list an attribute that grants permissions.
  EOT
  type = map(object({
    access_token_validity        = optional(number, 60)
    callback_urls                = optional(set(string), [])
    explicit_auth_flows          = optional(set(string), ["ALLOW_REFRESH_TOKEN_AUTH", "ALLOW_USER_SRP_AUTH"])
    generate_secret              = optional(bool, false)
    id_token_validity            = optional(number, 60)
    logout_urls                  = optional(set(string), [])
    refresh_token_validity       = optional(number, 30)
    supported_identity_providers = optional(set(string), ["COGNITO"])
    write_attributes             = optional(set(string))
  }))
  default = {
    app = { write_attributes = ["custom:firstName", "custom:lastName", "email", "family_name", "given_name"] }
  }
  nullable = false
}

variable "custom_attributes" {
  description = <<-EOT
    Custom attributes of the users: name without the prefix `custom:` => type and limits.
    `type` is String, Number, Boolean or DateTime. A String can have `min_length` and `max_length`; the defaults are 0 and
    2048. A Number needs `min_value` and `max_value`. An attribute with `mutable = false` is set at sign-up and can never
    change. Never map such an attribute from an identity provider, because its users could then sign in only once.
    You can add attributes at any time, but Cognito cannot change or remove one.
  EOT
  type = map(object({
    type       = optional(string, "String")
    min_length = optional(number)
    max_length = optional(number)
    min_value  = optional(number)
    max_value  = optional(number)
    mutable    = optional(bool, true)
  }))
  # The widest limits of a length, because Cognito refuses longer values and a limit cannot be changed later.
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

variable "function" {
  description = <<-EOT
    Settings of the trigger's function. terraform/modules/lambda describes each one and has the defaults. `architecture`,
    `filename`, `kms_key_arn`, `log_retention_in_days` and `s3_object` also apply to the sweep's function.
    `filename` is the path of the zip file, relative to the folder terraform. The default is the file that `make package`
    builds. `s3_object` names a zip file in S3 instead.
    `kms_key_arn` is a customer managed KMS key for the environment variables and the log.
    `provisioned_concurrent_executions` keeps instances of the function started, so users do not wait for a cold start.
    `reserved_concurrent_executions` limits how many calls run at once. A user whose call is above the limit is confirmed
    but sees an error, and has no record until the next sweep.
    `store_at_sign_in` makes Cognito call the function after each sign-in, too. A user without a record then gets one
    before the app gets its first token. The sign-in waits for the function and fails if Lambda cannot run it:
    see "Store at sign-in" in terraform/README.md.
  EOT
  type = object({
    architecture                      = optional(string)
    filename                          = optional(string, "../dist/function.zip")
    kms_key_arn                       = optional(string)
    log_level                         = optional(string)
    log_retention_in_days             = optional(number)
    memory_size                       = optional(number)
    provisioned_concurrent_executions = optional(number)
    reserved_concurrent_executions    = optional(number)
    s3_object = optional(object({
      bucket  = string
      key     = string
      version = string
    }))
    store_at_sign_in = optional(bool, false)
  })
  default  = {}
  nullable = false

  validation {
    condition     = !(var.function.store_at_sign_in && contains(keys(var.user_pool.lambda_triggers), "post_authentication"))
    error_message = "With store_at_sign_in, the trigger post_authentication calls this project's function. Remove post_authentication from user_pool.lambda_triggers, or set store_at_sign_in = false."
  }
}

variable "identity_providers" {
  description = <<-EOT
    Identity providers with which users can sign in (Google, Facebook, LoginWithAmazon, SignInWithApple, OIDC, SAML):
    name => settings, which terraform/modules/cognito describes. They contain secrets, so set the environment variable
    TF_VAR_identity_providers (HCL or JSON) and do not commit them. Terraform's state has the secrets in plain text.
  EOT
  type = map(object({
    provider_type     = string
    provider_details  = map(string)
    attribute_mapping = map(string)
  }))
  default   = {}
  nullable  = false
  sensitive = true
}

variable "permissions_boundary" {
  description = "ARN of the IAM policy that is the permissions boundary of every role. null means the one that `make bootstrap` created, or none if it created none."
  type        = string
  default     = null
}

variable "project" {
  description = "First part of the name of every resource."
  type        = string
  default     = "confirmed-users"
  nullable    = false

  # With an environment name of 15 characters the longest name (function, role) then has 64 characters, AWS's limit.
  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{1,28}[a-z0-9]$", var.project))
    error_message = "The project's name has 3 to 30 lower case letters, digits or hyphens, starts with a letter and does not end with a hyphen."
  }
}

variable "stored_attributes" {
  description = <<-EOT
    What is stored of a user: name of the record's attribute => the Cognito attributes that it comes from.
    `sources` lists Cognito attributes, and the first one that has a value is stored. A source is a standard attribute
    (`email`), a custom one (`custom:firstName`), `cognito:username`, or `cognito:user_create_date` (the time when the
    user was created; only a sweep can read it, so a record that the trigger wrote does not have it).
    `type` is the type in DynamoDB: S (text), N (number) or BOOL (true or false).
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
    error_message = "A source custom:<name> needs <name> in custom_attributes. Upper and lower case count. Declared there: ${coalesce(join(", ", keys(var.custom_attributes)), "none")}."
  }
}

variable "sweep" {
  description = <<-EOT
    Settings of the sweep, the run that adds missing records. terraform/modules/reconcile describes each one and has the
    defaults: a sweep starts every hour and reads 15 pages of 60 users per second. With `schedule_enabled = false` you
    start sweeps by hand. With `update_records` a sweep also updates the stored attributes of records that differ from the
    user pool.
  EOT
  type = object({
    pages_per_second    = optional(number)
    schedule_enabled    = optional(bool)
    schedule_expression = optional(string)
    update_records      = optional(bool)
  })
  default  = {}
  nullable = false
}

variable "table" {
  description = <<-EOT
    Settings of the table. terraform/modules/dynamodb describes each one.
    `email_index_enabled` adds an index `Email`, which finds a user's `UserID` by email address. It finds every record
    with the address. Look the `UserID` up in the user pool before you rely on it.
    `kms_key_arn` is a customer managed KMS key; its policy must let IAM policies grant access. null means a key that AWS
    owns.
    `stream_view_type` switches on a stream of changes, with which you can act on new users: KEYS_ONLY, NEW_IMAGE,
    OLD_IMAGE or NEW_AND_OLD_IMAGES.
  EOT
  type = object({
    email_index_enabled = optional(bool, false)
    kms_key_arn         = optional(string)
    stream_view_type    = optional(string)
  })
  default  = {}
  nullable = false

  # DynamoDB refuses an item whose index key has another type than declared, or more than 2,048 bytes.
  validation {
    condition     = !var.table.email_index_enabled || try(join(" ", var.stored_attributes.Email.sources) == "email" && var.stored_attributes.Email.type == "S", false)
    error_message = "The index needs the stored attribute Email as text: stored_attributes must contain Email = { sources = [\"email\"] }, with no other source."
  }
}

variable "user_pool" {
  description = <<-EOT
    How users sign up and sign in. terraform/modules/cognito describes each setting and has the defaults.
    `username_attributes`: email (the default), phone_number or both. `default_email_option`: CONFIRM_WITH_CODE or
    CONFIRM_WITH_LINK. `allowed_first_auth_factors`: PASSWORD, and EMAIL_OTP, SMS_OTP, WEB_AUTHN. `mfa_configuration`: OFF,
    OPTIONAL or ON. `sms_enabled` is for phone numbers and SMS_OTP. `domain_prefix` switches managed login on, which is
    Cognito's own pages for sign-up and sign-in. `email_configuration` sends mails through Amazon SES.
    `lambda_triggers` are your own Lambda functions for other triggers than post_confirmation. If GitHub Actions deploys,
    their names must begin with <project>-<environment>-, because its role can permit the pool to call only those.
  EOT
  type = object({
    allowed_first_auth_factors                    = optional(set(string))
    attributes_require_verification_before_update = optional(set(string))
    auto_verified_attributes                      = optional(set(string))
    custom_sender_kms_key_arn                     = optional(string)
    default_email_option                          = optional(string)
    domain_prefix                                 = optional(string)
    email_configuration = optional(object({
      source_arn             = string
      from_email_address     = string
      reply_to_email_address = optional(string)
    }))
    lambda_triggers = optional(map(object({
      arn            = string
      lambda_version = optional(string)
    })), {})
    mfa_configuration = optional(string)
    password_policy = optional(object({
      minimum_length                   = optional(number)
      password_history_size            = optional(number)
      require_lowercase                = optional(bool)
      require_numbers                  = optional(bool)
      require_symbols                  = optional(bool)
      require_uppercase                = optional(bool)
      temporary_password_validity_days = optional(number)
    }))
    sms_enabled                = optional(bool)
    user_pool_tier             = optional(string)
    username_attributes        = optional(set(string))
    web_authn_relying_party_id = optional(string)
  })
  default  = {}
  nullable = false

  validation {
    condition     = !contains(keys(var.user_pool.lambda_triggers), "post_confirmation")
    error_message = "The trigger post_confirmation calls this project's function. Remove post_confirmation from lambda_triggers. To do something else for a new user, read the table's stream (table.stream_view_type)."
  }
}
