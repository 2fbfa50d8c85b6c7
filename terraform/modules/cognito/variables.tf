# --------------------------------------------------------------------------------------------------
# Required
# --------------------------------------------------------------------------------------------------

variable "user_pool_name" {
  description = "Name of the user pool."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[A-Za-z0-9_ +=,.@-]{1,128}$", var.user_pool_name))
    error_message = "The name of a user pool has 1 to 128 characters: letters, digits, spaces and _+=,.@-"
  }
}

# --------------------------------------------------------------------------------------------------
# Optional
# --------------------------------------------------------------------------------------------------

variable "allowed_first_auth_factors" {
  description = <<-EOT
    What users may sign in with. PASSWORD is required. You can add EMAIL_OTP (a code by mail), SMS_OTP (a code by SMS) and
    WEB_AUTHN (a passkey). These three need user_pool_tier ESSENTIALS or PLUS, mfa_configuration OFF, and ALLOW_USER_AUTH
    among the explicit_auth_flows of an app client.
  EOT
  type        = set(string)
  default     = ["PASSWORD"]
  nullable    = false

  validation {
    condition     = contains(var.allowed_first_auth_factors, "PASSWORD")
    error_message = "allowed_first_auth_factors must include PASSWORD. Cognito requires it, even if users have no password."
  }

  validation {
    condition     = var.allowed_first_auth_factors == toset(["PASSWORD"]) || var.user_pool_tier != "LITE"
    error_message = "Sign-in without a password needs user_pool_tier ESSENTIALS or PLUS."
  }

  validation {
    condition     = var.allowed_first_auth_factors == toset(["PASSWORD"]) || var.mfa_configuration == "OFF"
    error_message = "Sign-in without a password cannot be combined with MFA: set mfa_configuration to OFF, or allowed_first_auth_factors to [\"PASSWORD\"]."
  }

  validation {
    condition     = var.allowed_first_auth_factors == toset(["PASSWORD"]) || length(var.clients) == 0 || anytrue([for client in values(var.clients) : contains(client.explicit_auth_flows, "ALLOW_USER_AUTH")])
    error_message = "Sign-in without a password needs ALLOW_USER_AUTH among the explicit_auth_flows of an app client."
  }

  validation {
    condition     = !contains(var.allowed_first_auth_factors, "WEB_AUTHN") || var.domain_prefix != null || var.web_authn_relying_party_id != null
    error_message = "A passkey belongs to a domain: set domain_prefix (for the pool's own domain) or web_authn_relying_party_id (for your app's domain)."
  }

  validation {
    condition     = var.web_authn_relying_party_id == null || contains(var.allowed_first_auth_factors, "WEB_AUTHN")
    error_message = "web_authn_relying_party_id is for passkeys only: add WEB_AUTHN to allowed_first_auth_factors, or remove it."
  }
}

variable "attributes_require_verification_before_update" {
  description = "Which of `email` and `phone_number` keep their old value until the user has verified the new one. null means all of auto_verified_attributes. [] means none."
  type        = set(string)
  default     = null

  validation {
    condition     = var.attributes_require_verification_before_update == null ? true : length(setsubtract(var.attributes_require_verification_before_update, local.auto_verified_attributes)) == 0
    error_message = "Each of attributes_require_verification_before_update must also be in auto_verified_attributes (here: ${coalesce(join(", ", local.auto_verified_attributes), "none")})."
  }
}

variable "auto_verified_attributes" {
  description = "Which of `email` and `phone_number` users verify at sign-up. null means those that they sign in with. [] means none; an administrator or a pre-sign-up trigger then has to confirm users. `phone_number` needs sms_enabled."
  type        = set(string)
  default     = null
}

variable "clients" {
  description = <<-EOT
    App clients, through which your apps use the pool: name => settings.
    `explicit_auth_flows` are Cognito's names (ALLOW_USER_SRP_AUTH, ALLOW_REFRESH_TOKEN_AUTH, ALLOW_USER_AUTH,
    ALLOW_CUSTOM_AUTH, ...). By default the app proves that it knows the password (SRP) and never sends it.
    `generate_secret` is for servers, because a browser or a mobile app cannot keep a secret.
    By default access and ID tokens are valid for 60 minutes and refresh tokens for 30 days.
    With `callback_urls` the app client uses managed login (code grant; scopes openid, email and profile). Its pages offer
    the `supported_identity_providers`: COGNITO (the users of the pool) and names in identity_providers.
    `write_attributes` lists the attributes that users can edit through the app client; by default all standard
    attributes and no custom ones. Write custom ones with their prefix, such as `custom:firstName`. Never list an attribute
    that grants permissions.
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
  default  = { app = {} }
  nullable = false

  # https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_CreateUserPoolClient.html
  validation {
    condition = alltrue([
      for client in values(var.clients) : length(client.explicit_auth_flows) > 0 && (client.write_attributes == null ? true : length(client.write_attributes) > 0)
    ])
    error_message = "explicit_auth_flows and write_attributes must not be empty: list something or leave them out. Cognito replaces an empty set with its own default, which allows more."
  }

  validation {
    condition = alltrue(flatten([
      for client in values(var.clients) : [
        for minutes in [client.access_token_validity, client.id_token_validity] :
        minutes >= 5 && minutes <= 1440 && floor(minutes) == minutes
      ]
    ]))
    error_message = "access_token_validity and id_token_validity are whole minutes from 5 to 1440 (a day)."
  }

  validation {
    condition     = alltrue([for client in values(var.clients) : client.refresh_token_validity >= 1 && client.refresh_token_validity <= 3650 && floor(client.refresh_token_validity) == client.refresh_token_validity])
    error_message = "refresh_token_validity is a whole number of days from 1 to 3650."
  }

  validation {
    condition = alltrue([
      for url in flatten([for client in values(var.clients) : [for urls in [client.callback_urls, client.logout_urls] : tolist(urls)]]) :
      can(regex("^(https://[^#]+|http://localhost([:/][^#]*)?|[a-zA-Z][a-zA-Z0-9+.-]*://[^#]*)$", url)) && (!startswith(url, "http://") || can(regex("^http://localhost([:/]|$)", url)))
    ])
    error_message = "callback_urls and logout_urls are https://..., http://localhost... for development, or your app's own scheme (shop://...), without a fragment (#...)."
  }

  validation {
    condition     = alltrue([for client in values(var.clients) : length(client.logout_urls) == 0 || length(client.callback_urls) > 0])
    error_message = "logout_urls are for managed login only, which needs callback_urls: set callback_urls, or remove logout_urls."
  }

  validation {
    condition = alltrue([
      for name in flatten([for client in values(var.clients) : tolist(client.supported_identity_providers)]) : contains(concat(["COGNITO"], nonsensitive(keys(var.identity_providers))), name)
    ])
    error_message = "supported_identity_providers are COGNITO (the users of the pool itself) and names in identity_providers (declared there: ${coalesce(join(", ", nonsensitive(keys(var.identity_providers))), "none")})."
  }

  validation {
    condition = alltrue([
      for client in values(var.clients) : length(client.supported_identity_providers) > 0 && (client.supported_identity_providers == toset(["COGNITO"]) || length(client.callback_urls) > 0)
    ])
    error_message = "supported_identity_providers must not be empty. Providers other than COGNITO work only through managed login, which needs callback_urls."
  }

  validation {
    condition = alltrue([
      for attribute in flatten([for client in values(var.clients) : tolist(coalesce(client.write_attributes, []))]) : contains(concat(local.standard_attributes, local.custom_attributes), attribute)
    ])
    error_message = "write_attributes are standard attributes (email, given_name, ...; not sub, email_verified or phone_number_verified, which only Cognito writes) and custom:<name> for names in custom_attributes (declared there: ${coalesce(join(", ", keys(var.custom_attributes)), "none")}). Upper and lower case count. Correct write_attributes in `clients`."
  }
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
  default  = {}
  nullable = false

  validation {
    condition     = alltrue([for name in keys(var.custom_attributes) : !startswith(name, "custom:")])
    error_message = "Write the name of a custom attribute without the prefix \"custom:\". Cognito adds it."
  }

  validation {
    condition     = alltrue([for name in keys(var.custom_attributes) : can(regex("^[!-~]{1,20}$", name))])
    error_message = "The name of a custom attribute has 1 to 20 letters (A to Z), digits or signs such as _ and -, and no spaces."
  }

  validation {
    condition = alltrue([
      for attribute in values(var.custom_attributes) : attribute.type == "String" || (attribute.min_length == null && attribute.max_length == null)
    ])
    error_message = "Only a String has min_length and max_length. Remove them from the other custom attributes."
  }

  validation {
    condition = alltrue([
      for attribute in values(var.custom_attributes) : attribute.type == "Number"
      ? attribute.min_value != null && attribute.max_value != null
      : attribute.min_value == null && attribute.max_value == null
    ])
    error_message = "A Number needs both min_value and max_value; other types have neither."
  }

  validation {
    condition = alltrue(flatten([
      for attribute in values(var.custom_attributes) : [
        for length in [coalesce(attribute.min_length, 0), coalesce(attribute.max_length, 2048)] :
        length >= 0 && length <= 2048 && floor(length) == length
      ]
    ]))
    error_message = "min_length and max_length are whole numbers from 0 to 2048."
  }

  validation {
    condition = alltrue(flatten([
      for attribute in values(var.custom_attributes) : [
        for value in [coalesce(attribute.min_value, 0), coalesce(attribute.max_value, 0)] : floor(value) == value
      ]
    ]))
    error_message = "min_value and max_value are whole numbers."
  }

  validation {
    condition = alltrue([
      for attribute in values(var.custom_attributes) :
      coalesce(attribute.max_length, 2048) >= coalesce(attribute.min_length, 0) && coalesce(attribute.max_value, 0) >= coalesce(attribute.min_value, 0)
    ])
    error_message = "The maximum of a custom attribute must not be below its minimum."
  }
}

variable "custom_sender_kms_key_arn" {
  description = <<-EOT
    ARN of the customer managed KMS key with which Cognito encrypts the codes that it passes to the triggers
    custom_email_sender and custom_sms_sender. null if you use neither. The key must be in the pool's Region. On this key
    the functions need kms:Decrypt, and the person or role that applies needs kms:CreateGrant.
  EOT
  type        = string
  default     = null

  validation {
    condition     = var.custom_sender_kms_key_arn == null || can(regex("^arn:[^:]+:kms:${data.aws_region.current.region}:[0-9]{12}:key/[^/]+$", var.custom_sender_kms_key_arn))
    error_message = "custom_sender_kms_key_arn is the ARN of a key, not of an alias, in the Region of the user pool: arn:aws:kms:${data.aws_region.current.region}:<account>:key/<id>."
  }

  validation {
    condition     = (var.custom_sender_kms_key_arn != null) == (length(setintersection(keys(var.lambda_triggers), ["custom_email_sender", "custom_sms_sender"])) > 0)
    error_message = "custom_sender_kms_key_arn and the triggers custom_email_sender or custom_sms_sender need each other: set both or neither."
  }
}

variable "default_email_option" {
  description = "Whether the mail after a sign-up contains a code (CONFIRM_WITH_CODE) or a link (CONFIRM_WITH_LINK). A link needs domain_prefix, because it opens Cognito's own page."
  type        = string
  default     = "CONFIRM_WITH_CODE"
  nullable    = false

  validation {
    condition     = var.default_email_option != "CONFIRM_WITH_LINK" || (var.domain_prefix != null && contains(local.auto_verified_attributes, "email"))
    error_message = "CONFIRM_WITH_LINK needs domain_prefix, because the link opens a page of the user pool, and email among auto_verified_attributes."
  }
}

variable "deletion_protection_enabled" {
  description = "Whether AWS refuses to delete the user pool. Before you destroy the pool, set this to false and apply that first."
  type        = bool
  default     = true
  nullable    = false
}

variable "domain_prefix" {
  description = "First part of the address of managed login (Cognito's own pages for sign-up and sign-in): https://<prefix>.auth.<region>.amazoncognito.com. It must be unique in the Region. null means no managed login."
  type        = string
  default     = null

  validation {
    condition     = var.domain_prefix == null ? true : can(regex("^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$", var.domain_prefix)) && !can(regex("aws|amazon|cognito", var.domain_prefix))
    error_message = "The domain prefix has 1 to 63 lower case letters, digits or hyphens. It does not start or end with a hyphen, and does not contain aws, amazon or cognito."
  }
}

variable "email_configuration" {
  description = <<-EOT
    Sends the pool's mails through Amazon SES: the ARN of the SES identity, the sender (`no-reply@example.com` or
    `Shop <no-reply@example.com>`) and the address for replies. null means that Cognito sends, about 50 mails a day at
    most. The identity must be in the pool's Region; some pools can use other Regions. While the account is in the SES
    sandbox of that Region, only verified addresses get mail. The first apply in an account needs the permission
    iam:CreateServiceLinkedRole, because AWS then creates the role with which Cognito sends:
    https://docs.aws.amazon.com/cognito/latest/developerguide/user-pool-email.html
  EOT
  type = object({
    source_arn             = string
    from_email_address     = string
    reply_to_email_address = optional(string)
  })
  default = null

  validation {
    condition     = var.email_configuration == null ? true : can(regex("^arn:[^:]+:ses:[^:]+:[0-9]{12}:identity/[^/]+$", var.email_configuration.source_arn))
    error_message = "source_arn is the ARN of an identity that is verified in Amazon SES: arn:aws:ses:<region>:<account>:identity/<domain or address>."
  }

  validation {
    condition = var.email_configuration == null ? true : alltrue([
      for address in [var.email_configuration.from_email_address, coalesce(var.email_configuration.reply_to_email_address, "a@example.com")] :
      can(regex("^([^<>@]+ <)?[^<>@ ]+@[^<>@ ]+\\.[^<>@ ]+>?$", address)) && strcontains(address, "<") == endswith(address, ">")
    ])
    error_message = "from_email_address and reply_to_email_address have the form no-reply@example.com or Shop <no-reply@example.com>."
  }

  validation {
    condition = var.email_configuration == null ? true : anytrue([
      for identity in [lower(split("/", "${var.email_configuration.source_arn}/")[1])] : [
        for address in [lower(trimsuffix(reverse(split("<", var.email_configuration.from_email_address))[0], ">"))] :
        strcontains(identity, "@") ? address == identity : endswith(address, "@${identity}") || endswith(address, ".${identity}")
      ][0]
    ])
    error_message = "from_email_address must be the identity of source_arn, or an address of its domain."
  }
}

variable "identity_providers" {
  description = <<-EOT
    Identity providers with which users can sign in: name => settings. An app client offers those that its
    supported_identity_providers lists. `provider_type` is Google, Facebook, LoginWithAmazon or SignInWithApple (the name
    must be the same), OIDC or SAML. `provider_details` has Cognito's keys: client_id, client_secret, authorize_scopes, ...
    (https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_CreateIdentityProvider.html). For
    Google you can leave out those that Cognito fills in. `attribute_mapping` is Cognito's attribute => the provider's
    attribute. Do not map an attribute with mutable = false. Terraform's state has the details, including the secrets, in
    plain text.
  EOT
  type = map(object({
    provider_type     = string
    provider_details  = map(string)
    attribute_mapping = map(string)
  }))
  default   = {}
  nullable  = false
  sensitive = true

  validation {
    condition     = alltrue([for name, provider in var.identity_providers : contains(["OIDC", "SAML"], provider.provider_type) || name == provider.provider_type])
    error_message = "The name of an identity provider of the type Google, Facebook, LoginWithAmazon or SignInWithApple must be its type. You choose the name only for the types OIDC and SAML."
  }

  validation {
    condition = alltrue([
      for provider in values(var.identity_providers) : length(setsubtract(lookup({
        OIDC            = ["attributes_request_method", "authorize_scopes", "client_id", "oidc_issuer"]
        SAML            = []
        SignInWithApple = ["authorize_scopes", "client_id", "key_id", "private_key", "team_id"]
      }, provider.provider_type, ["authorize_scopes", "client_id", "client_secret"]), keys(provider.provider_details))) == 0
    ])
    error_message = "For Google, Facebook and LoginWithAmazon provider_details need client_id, client_secret and authorize_scopes; for OIDC client_id, authorize_scopes, oidc_issuer and attributes_request_method; for SignInWithApple client_id, team_id, key_id, private_key and authorize_scopes."
  }

  validation {
    condition = alltrue([
      for provider in values(var.identity_providers) : provider.provider_type != "SAML" || length(setintersection(keys(provider.provider_details), ["MetadataFile", "MetadataURL"])) == 1
    ])
    error_message = "provider_details of a SAML provider need either MetadataURL or MetadataFile, and not both."
  }

  validation {
    condition = alltrue([
      for attribute in flatten([for provider in values(var.identity_providers) : keys(provider.attribute_mapping)]) :
      contains(concat(local.standard_attributes, ["email_verified", "phone_number_verified", "username"], local.custom_attributes), attribute)
    ])
    error_message = "attribute_mapping is Cognito's attribute => the provider's attribute. Cognito's are the standard attributes (email, email_verified, given_name, ...), username, and custom:<name> for names in custom_attributes (declared there: ${coalesce(join(", ", keys(var.custom_attributes)), "none")})."
  }

  validation {
    condition = length(setintersection(
      flatten([for provider in values(var.identity_providers) : keys(provider.attribute_mapping)]),
      [for name, attribute in var.custom_attributes : "custom:${name}" if !attribute.mutable],
    )) == 0
    error_message = "attribute_mapping names a custom attribute with mutable = false. Cognito writes mapped attributes at every sign-in, so users could not sign in a second time."
  }
}

variable "lambda_triggers" {
  description = <<-EOT
    Lambda functions that the user pool calls: name of the trigger => ARN of the function, or better of an alias of the
    function. The names are those of the AWS provider: create_auth_challenge, custom_email_sender, custom_message,
    custom_sms_sender, define_auth_challenge, post_authentication, post_confirmation, pre_authentication, pre_sign_up,
    pre_token_generation, user_migration and verify_auth_challenge_response. The module permits the pool to call each of
    them. `lambda_version` is the version of the event: V1_0 (the default), or V2_0 or V3_0 for pre_token_generation.
    List all triggers here: the next change of the pool removes a trigger that was added in another way.
  EOT
  type = map(object({
    arn            = string
    lambda_version = optional(string)
  }))
  default  = {}
  nullable = false

  validation {
    condition = alltrue([
      for name in keys(var.lambda_triggers) : contains([
        "create_auth_challenge", "custom_email_sender", "custom_message", "custom_sms_sender", "define_auth_challenge",
        "post_authentication", "post_confirmation", "pre_authentication", "pre_sign_up", "pre_token_generation",
        "user_migration", "verify_auth_challenge_response",
      ], name)
    ])
    error_message = "The triggers of a user pool are create_auth_challenge, custom_email_sender, custom_message, custom_sms_sender, define_auth_challenge, post_authentication, post_confirmation, pre_authentication, pre_sign_up, pre_token_generation, user_migration and verify_auth_challenge_response."
  }

  validation {
    condition = alltrue([
      for trigger in values(var.lambda_triggers) : can(regex("^arn:[^:]+:lambda:[^:]+:[0-9]{12}:function:[A-Za-z0-9_-]+(:[0-9]*[A-Za-z_-][A-Za-z0-9_-]*)?$", trigger.arn))
    ])
    error_message = "The arn of a trigger is that of a function or of an alias (arn:aws:lambda:<region>:<account>:function:<name>:<alias>). Cognito does not take the ARN of a numbered version."
  }

  validation {
    condition = alltrue([
      for trigger in values(var.lambda_triggers) : startswith(trigger.arn, "arn:${data.aws_partition.current.partition}:lambda:${data.aws_region.current.region}:${data.aws_caller_identity.current.account_id}:")
    ])
    error_message = "The functions of the triggers must be in the Region and the account of the user pool: their ARNs begin with arn:${data.aws_partition.current.partition}:lambda:${data.aws_region.current.region}:${data.aws_caller_identity.current.account_id}:."
  }

  validation {
    condition = alltrue([
      for name, trigger in var.lambda_triggers : trigger.lambda_version == null ? true : contains(
        lookup({ custom_email_sender = ["V1_0"], custom_sms_sender = ["V1_0"], pre_token_generation = ["V1_0", "V2_0", "V3_0"] }, name, []),
        trigger.lambda_version
      )
    ])
    error_message = "lambda_version is V1_0, V2_0 or V3_0 for pre_token_generation and V1_0 for custom_email_sender and custom_sms_sender; other triggers have none."
  }

  validation {
    condition     = var.user_pool_tier != "LITE" || alltrue([for trigger in values(var.lambda_triggers) : trigger.lambda_version == null ? true : trigger.lambda_version == "V1_0"])
    error_message = "pre_token_generation with lambda_version V2_0 or V3_0, which changes access tokens, needs user_pool_tier ESSENTIALS or PLUS."
  }
}

variable "mfa_configuration" {
  description = "Whether users need a second factor (MFA): OFF, OPTIONAL (each user decides) or ON (all users). It is an authenticator app (TOTP) or, with sms_enabled, a code by SMS."
  type        = string
  default     = "OFF"
  nullable    = false
}

variable "password_policy" {
  description = "What a password must contain. `password_history_size` is the number of former passwords that a user cannot choose again; it needs user_pool_tier ESSENTIALS or PLUS."
  type = object({
    minimum_length                   = optional(number, 12)
    password_history_size            = optional(number, 0)
    require_lowercase                = optional(bool, true)
    require_numbers                  = optional(bool, true)
    require_symbols                  = optional(bool, true)
    require_uppercase                = optional(bool, true)
    temporary_password_validity_days = optional(number, 7)
  })
  default  = {}
  nullable = false

  validation {
    condition     = var.password_policy.password_history_size == 0 || var.user_pool_tier != "LITE"
    error_message = "password_history_size needs user_pool_tier ESSENTIALS or PLUS."
  }
}

variable "permissions_boundary" {
  description = "ARN of the IAM policy that is the permissions boundary of the role for SMS, if your account requires one. null means none."
  type        = string
  default     = null
}

variable "sms_enabled" {
  description = <<-EOT
    Whether Cognito may send text messages. This is needed to verify phone numbers and for SMS_OTP. The module creates the
    role with which Cognito sends. With MFA, users can then also choose SMS as their second factor. While the account is in
    the SMS sandbox of Amazon SNS, only verified numbers get messages. Each message costs money. You cannot switch this off
    again, because Cognito cannot remove an SMS configuration.
  EOT
  type        = bool
  default     = false
  nullable    = false

  validation {
    condition     = var.sms_enabled || !(contains(local.auto_verified_attributes, "phone_number") || contains(var.allowed_first_auth_factors, "SMS_OTP"))
    error_message = "Verified phone numbers and the factor SMS_OTP need sms_enabled = true."
  }
}

variable "user_pool_tier" {
  description = "Feature plan of the pool: LITE (with the classic hosted UI in place of managed login), ESSENTIALS or PLUS. It decides what the pool can do and what each active user costs. https://docs.aws.amazon.com/cognito/latest/developerguide/cognito-sign-in-feature-plans.html"
  type        = string
  default     = "ESSENTIALS"
  nullable    = false
}

variable "username_attributes" {
  description = "What users sign up and sign in with: `email`, `phone_number`, or both (each user chooses). It cannot be changed after the pool is created."
  type        = set(string)
  default     = ["email"]
  nullable    = false

  validation {
    condition     = length(var.username_attributes) > 0
    error_message = "username_attributes are email, phone_number or both. This module does not support pools in which users choose a username."
  }
}

variable "web_authn_relying_party_id" {
  description = "Domain that passkeys belong to if users sign in on your app's own pages (`example.com`). null means the domain of the pool's managed login. If you change it, users lose their passkeys."
  type        = string
  default     = null

  validation {
    condition     = var.web_authn_relying_party_id == null ? true : can(regex("^([a-z0-9]([a-z0-9-]*[a-z0-9])?\\.)+[a-z]{2,}$", var.web_authn_relying_party_id))
    error_message = "web_authn_relying_party_id is a domain in lower case, such as example.com."
  }
}
