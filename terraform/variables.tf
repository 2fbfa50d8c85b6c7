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

variable "alarms" {
  description = "Who is told of alarms: `email_addresses` get a mail for each. Every address first gets a mail that asks to confirm the subscription."
  type = object({
    email_addresses = optional(set(string), [])
  })
  default  = {}
  nullable = false
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

variable "clients" {
  description = <<-EOT
    App clients: name => how users sign in through it; all of it is described in terraform/modules/cognito.
    `write_attributes` lists the attributes that users can edit through the client: name a custom attribute there
    (`custom:firstName`), but never one that grants permissions.
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
    Custom attributes of the users: name without the prefix `custom:` => what it holds.
    `type` is String, Number, Boolean or DateTime. A String may have `min_length` and `max_length` (0 to 2048 if left
    out); a Number needs `min_value` and `max_value`. `mutable = false` means set at sign-up and never again: never map
    such an attribute from an identity provider, or its users can sign in only once. Attributes can be added at any time.
    Cognito never changes or removes one.
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

variable "function" {
  description = <<-EOT
    The trigger's function; terraform/modules/lambda describes each attribute, and has the defaults. `architecture`,
    `filename`, `kms_key_arn`, `log_retention_in_days` and `s3_object` are also those of the sweep's function.
    `filename` is the zip file's path, relative to the folder terraform: ../dist/function.zip, which `make package`
    builds, unless `s3_object` says where in S3 the zip file is.
    `kms_key_arn` is a customer managed key for the environment and the log.
    `provisioned_concurrent_executions` keeps environments started, so that no user waits for a cold start.
    `reserved_concurrent_executions` limits how many calls run at once; a confirmation above that fails until the next sweep.
    `store_at_sign_in` has Cognito call the function after each sign-in, too, so that a user without a record has one
    before the app gets the first token. A sign-in then waits for it, and is refused if Lambda cannot run the function:
    see README.
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
    error_message = "With store_at_sign_in the trigger post_authentication calls this project's function. Take it out of user_pool.lambda_triggers, or set store_at_sign_in = false."
  }
}

variable "identity_providers" {
  description = <<-EOT
    Identity providers (Google, Facebook, LoginWithAmazon, SignInWithApple, OIDC, SAML) that users may come from; all of
    it is described in terraform/modules/cognito. Its details hold secrets, so give it as TF_VAR_identity_providers (HCL
    or JSON) and not in a file that is committed. Terraform's state has the secrets as they are.
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

variable "stored_attributes" {
  description = <<-EOT
    What is stored of a user: name of the item's attribute => where its value comes from.
    `sources` are Cognito attributes, and the first with a value wins: standard ones (`email`), custom ones
    (`custom:firstName`), `cognito:username`, or `cognito:user_create_date` (when the user was created; Cognito tells
    this to sweeps only, so a record that the trigger writes lacks it). `type` is DynamoDB's: S (text), N (number) or
    BOOL (true or false).
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

variable "sweep" {
  description = <<-EOT
    How the user pool is searched for users without a record; terraform/modules/reconcile describes each attribute, and
    has the defaults: once an hour, 15 pages of 60 users in a second. `schedule_enabled = false` means only by hand.
    `update_records` also brings the stored attributes of records to what the user pool has now.
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
    Options of the table; terraform/modules/dynamodb describes each attribute.
    `email_index_enabled` adds an index `Email`, to find a user's `UserID` by the address. It finds everyone who has ever
    had the address, as it was typed; look the `UserID` up in the user pool before you act on it.
    `kms_key_arn` is a customer managed key; the key's policy must let IAM policies decide. Without one AWS owns the key.
    `stream_view_type` switches on a stream that tells others of new users: KEYS_ONLY, NEW_IMAGE, OLD_IMAGE or
    NEW_AND_OLD_IMAGES.
  EOT
  type = object({
    email_index_enabled = optional(bool, false)
    kms_key_arn         = optional(string)
    stream_view_type    = optional(string)
  })
  default  = {}
  nullable = false

  # DynamoDB refuses an item whose key of an index is not of the declared type, or has more than 2,048 bytes.
  validation {
    condition     = !var.table.email_index_enabled || try(join(" ", var.stored_attributes.Email.sources) == "email" && var.stored_attributes.Email.type == "S", false)
    error_message = "The index is over the stored attribute Email, as text: stored_attributes needs Email = { sources = [\"email\"] }, with no other source."
  }
}

variable "user_pool" {
  description = <<-EOT
    How people sign up and in. What is left out gets the default of terraform/modules/cognito, which describes it all.
    `username_attributes`: email (the default), phone_number or both. `default_email_option`: CONFIRM_WITH_CODE or
    CONFIRM_WITH_LINK. `allowed_first_auth_factors`: PASSWORD, and EMAIL_OTP, SMS_OTP, WEB_AUTHN. `mfa_configuration`: OFF,
    OPTIONAL or ON. `sms_enabled` is for phone numbers and SMS_OTP. `domain_prefix` is for managed login.
    `email_configuration` sends mails with Amazon SES. `lambda_triggers` are your own, besides this project's
    post_confirmation; GitHub's role can permit the pool to call them only if their names begin with
    <project>-<environment>-.
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
    error_message = "The trigger post_confirmation calls this project's function. Take it out of lambda_triggers; what else has to be done for a new user can follow the table's stream."
  }
}
