# --------------------------------------------------------------------------------------------------
# Required
# --------------------------------------------------------------------------------------------------

variable "user_pool_name" {
  description = "Name of the user pool."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[A-Za-z0-9_ +=,.@-]{1,128}$", var.user_pool_name))
    error_message = "The name of a user pool has 1 to 128 letters, digits, spaces or signs of _+=,.@-"
  }
}

# --------------------------------------------------------------------------------------------------
# Optional
# --------------------------------------------------------------------------------------------------

variable "allowed_first_auth_factors" {
  description = <<-EOT
    What users may sign in with: always PASSWORD, and if you like EMAIL_OTP (a code by mail), SMS_OTP (a code by SMS) and
    WEB_AUTHN (a passkey). These three need user_pool_tier ESSENTIALS or PLUS, mfa_configuration OFF, and ALLOW_USER_AUTH
    among the explicit_auth_flows of a client.
  EOT
  type        = set(string)
  default     = ["PASSWORD"]
  nullable    = false

  validation {
    condition     = contains(var.allowed_first_auth_factors, "PASSWORD")
    error_message = "allowed_first_auth_factors must include PASSWORD: Cognito demands it, although a user need not have one."
  }

  validation {
    condition     = var.allowed_first_auth_factors == toset(["PASSWORD"]) || var.user_pool_tier != "LITE"
    error_message = "Sign-in without a password needs user_pool_tier ESSENTIALS or PLUS."
  }

  validation {
    condition     = var.allowed_first_auth_factors == toset(["PASSWORD"]) || var.mfa_configuration == "OFF"
    error_message = "Sign-in without a password and MFA exclude each other: set mfa_configuration to OFF, or allowed_first_auth_factors to [\"PASSWORD\"]."
  }

  validation {
    condition     = var.allowed_first_auth_factors == toset(["PASSWORD"]) || length(var.clients) == 0 || anytrue([for client in values(var.clients) : contains(client.explicit_auth_flows, "ALLOW_USER_AUTH")])
    error_message = "Sign-in without a password needs ALLOW_USER_AUTH among the explicit_auth_flows of a client."
  }

  validation {
    condition     = !contains(var.allowed_first_auth_factors, "WEB_AUTHN") || var.domain_prefix != null || var.web_authn_relying_party_id != null
    error_message = "A passkey belongs to a domain: set domain_prefix (the pool's own) or web_authn_relying_party_id (that of your app)."
  }

  validation {
    condition     = var.web_authn_relying_party_id == null || contains(var.allowed_first_auth_factors, "WEB_AUTHN")
    error_message = "web_authn_relying_party_id is of use to passkeys only: add WEB_AUTHN to allowed_first_auth_factors."
  }
}

variable "attributes_require_verification_before_update" {
  description = "Of `email` and `phone_number` those that keep the old value until the user has verified the new one; left out, all of auto_verified_attributes. [] means none."
  type        = set(string)
  default     = null

  validation {
    condition     = var.attributes_require_verification_before_update == null ? true : length(setsubtract(var.attributes_require_verification_before_update, local.auto_verified_attributes)) == 0
    error_message = "Cognito can verify before an update only what it verifies at all: attributes_require_verification_before_update are among auto_verified_attributes (here: ${coalesce(join(", ", local.auto_verified_attributes), "none")})."
  }
}

variable "auto_verified_attributes" {
  description = "Of `email` and `phone_number` those that users verify when they sign up; left out, what they sign in with. [] means none: then an administrator or a trigger confirms users. With `phone_number` the module needs sms_enabled."
  type        = set(string)
  default     = null
}

variable "clients" {
  description = <<-EOT
    App clients: name => how users sign in through it.
    `explicit_auth_flows` are Cognito's (ALLOW_USER_SRP_AUTH, ALLOW_REFRESH_TOKEN_AUTH, ALLOW_USER_AUTH,
    ALLOW_CUSTOM_AUTH, ...); by default the app proves the password (SRP) and never sends it.
    `generate_secret` is for servers; a browser or a mobile app cannot keep one.
    Access and ID tokens are valid for 60 minutes, refresh tokens for 30 days, unless you say otherwise.
    With `callback_urls` the client uses managed login (code grant, scopes openid, email and profile), and offers there
    the `supported_identity_providers`: COGNITO (the users of the pool) and names in identity_providers.
    `write_attributes` lists the attributes that users can edit through the client; by default every standard
    attribute and no custom one. Name custom ones with their prefix, such as `custom:firstName`, but never one that grants
    permissions.
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
    error_message = "explicit_auth_flows and write_attributes name something, or are left out: Cognito takes an empty set for its own default, which allows more."
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
    error_message = "callback_urls and logout_urls are https://..., http://localhost... for trying out, or your app's own scheme (shop://...), without a fragment (#...)."
  }

  validation {
    condition     = alltrue([for client in values(var.clients) : length(client.logout_urls) == 0 || length(client.callback_urls) > 0])
    error_message = "logout_urls are of use to managed login only, which needs callback_urls."
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
    error_message = "supported_identity_providers name something. Other than COGNITO they are reached through managed login only, which needs callback_urls."
  }

  validation {
    condition = alltrue([
      for attribute in flatten([for client in values(var.clients) : tolist(coalesce(client.write_attributes, []))]) : contains(concat(local.standard_attributes, local.custom_attributes), attribute)
    ])
    error_message = "write_attributes are Cognito's standard attributes (email, given_name, ...; not sub, email_verified or phone_number_verified, which Cognito writes) and custom:<name> for names in custom_attributes (declared there: ${coalesce(join(", ", keys(var.custom_attributes)), "none")}), written the same way. Name others in `clients`."
  }
}

variable "custom_attributes" {
  description = <<-EOT
    Custom attributes of the users: name without the prefix `custom:` => what it holds.
    `type` is String, Number, Boolean or DateTime. A String may have `min_length` and `max_length` (0 to 2048 if left
    out); a Number needs `min_value` and `max_value`. `mutable = false` means set at sign-up and never again:
    never map such an attribute from an identity provider, or its users can sign in only once. Cognito adds attributes to
    a pool, but never changes or removes one.
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
    error_message = "Write the name of a custom attribute without the prefix \"custom:\"; Cognito puts it there itself."
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
    ARN of the customer managed KMS key with which Cognito encrypts the codes that it hands to the triggers
    custom_email_sender and custom_sms_sender; null without these triggers. The key is in the pool's Region. The
    functions need kms:Decrypt, and whoever applies needs kms:CreateGrant on it.
  EOT
  type        = string
  default     = null

  validation {
    condition     = var.custom_sender_kms_key_arn == null || can(regex("^arn:[^:]+:kms:${data.aws_region.current.region}:[0-9]{12}:key/[^/]+$", var.custom_sender_kms_key_arn))
    error_message = "custom_sender_kms_key_arn is the ARN of a key itself, not of an alias, in the Region of the user pool: arn:aws:kms:${data.aws_region.current.region}:<account>:key/<id>."
  }

  validation {
    condition     = (var.custom_sender_kms_key_arn != null) == (length(setintersection(keys(var.lambda_triggers), ["custom_email_sender", "custom_sms_sender"])) > 0)
    error_message = "custom_sender_kms_key_arn and the triggers custom_email_sender or custom_sms_sender need each other: set both or neither."
  }
}

variable "default_email_option" {
  description = "Whether the mail that confirms a sign-up has a code (CONFIRM_WITH_CODE) or a link (CONFIRM_WITH_LINK). A link needs domain_prefix, because it leads to Cognito's own page."
  type        = string
  default     = "CONFIRM_WITH_CODE"
  nullable    = false

  validation {
    condition     = var.default_email_option != "CONFIRM_WITH_LINK" || (var.domain_prefix != null && contains(local.auto_verified_attributes, "email"))
    error_message = "A link in the mail leads to a page of the user pool: CONFIRM_WITH_LINK needs domain_prefix, and email among auto_verified_attributes."
  }
}

variable "deletion_protection_enabled" {
  description = "Whether AWS refuses to delete the user pool. Switch it off in an apply of its own before a destroy."
  type        = bool
  default     = true
  nullable    = false
}

variable "domain_prefix" {
  description = "First part of the address of managed login, https://<prefix>.auth.<region>.amazoncognito.com; nobody else in the Region may have it. null means no managed login."
  type        = string
  default     = null

  validation {
    condition     = var.domain_prefix == null ? true : can(regex("^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$", var.domain_prefix)) && !can(regex("aws|amazon|cognito", var.domain_prefix))
    error_message = "The domain prefix has 1 to 63 lower case letters, digits or hyphens, no hyphen at its ends, and none of the words aws, amazon and cognito in it."
  }
}

variable "email_configuration" {
  description = <<-EOT
    Amazon SES sends the pool's mails: the identity's ARN, the sender (`no-reply@example.com` or
    `Shop <no-reply@example.com>`) and where answers go. null means Cognito's own address, which sends about 50 mails a
    day. The identity is in the pool's Region; for some pools others are allowed. The account must be out of the SES
    sandbox there, or only verified addresses get mail. The first apply in an account needs the permission
    iam:CreateServiceLinkedRole, because Cognito sends with a role that AWS creates then:
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
    Identity providers that users may come from: name => what Cognito knows of it. A client offers those that its
    supported_identity_providers name. `provider_type` is Google, Facebook, LoginWithAmazon or SignInWithApple (the name
    is then the same), OIDC or SAML. `provider_details` are Cognito's: client_id, client_secret, authorize_scopes, ...
    (https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_CreateIdentityProvider.html); what
    Cognito fills in for Google may be left out. `attribute_mapping` is Cognito's attribute => the provider's. No
    immutable attribute may be mapped. The details are in Terraform's state as they are, secrets too.
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
    error_message = "An identity provider of the type Google, Facebook, LoginWithAmazon or SignInWithApple has its type as its name. Only those of the types OIDC and SAML have names of your own."
  }

  validation {
    condition = alltrue([
      for provider in values(var.identity_providers) : length(setsubtract(lookup({
        OIDC            = ["attributes_request_method", "authorize_scopes", "client_id", "oidc_issuer"]
        SAML            = []
        SignInWithApple = ["authorize_scopes", "client_id", "key_id", "private_key", "team_id"]
      }, provider.provider_type, ["authorize_scopes", "client_id", "client_secret"]), keys(provider.provider_details))) == 0
    ])
    error_message = "provider_details need client_id, client_secret and authorize_scopes; for OIDC client_id, authorize_scopes, oidc_issuer and attributes_request_method; for SignInWithApple client_id, team_id, key_id, private_key and authorize_scopes."
  }

  validation {
    condition = alltrue([
      for provider in values(var.identity_providers) : provider.provider_type != "SAML" || length(setintersection(keys(provider.provider_details), ["MetadataFile", "MetadataURL"])) == 1
    ])
    error_message = "provider_details of a SAML provider have either MetadataURL or MetadataFile."
  }

  validation {
    condition = alltrue([
      for attribute in flatten([for provider in values(var.identity_providers) : keys(provider.attribute_mapping)]) :
      contains(concat(local.standard_attributes, ["email_verified", "phone_number_verified", "username"], local.custom_attributes), attribute)
    ])
    error_message = "attribute_mapping is Cognito's attribute => the provider's. Cognito's are the standard ones (email, email_verified, given_name, ...), username, and custom:<name> for names in custom_attributes (declared there: ${coalesce(join(", ", keys(var.custom_attributes)), "none")})."
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
    Functions that the user pool calls: name of the trigger => ARN of the function, or better of an alias of it. The
    names are the AWS provider's: create_auth_challenge, custom_email_sender, custom_message, custom_sms_sender,
    define_auth_challenge, post_authentication, post_confirmation, pre_authentication, pre_sign_up,
    pre_token_generation, user_migration and verify_auth_challenge_response. The module permits the pool to call each of
    them. `lambda_version` is the version of the event: V1_0 (the default), V2_0 or V3_0 for pre_token_generation.
    Triggers that are attached elsewhere are lost at the next change of the pool, because Cognito forgets what is
    missing in an update.
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
    error_message = "The functions of the triggers are in the Region and the account of the user pool: their ARNs begin with arn:${data.aws_partition.current.partition}:lambda:${data.aws_region.current.region}:${data.aws_caller_identity.current.account_id}:."
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
  description = "Whether users sign in with a second factor, an authenticator app (TOTP) or, with sms_enabled, a code by SMS: OFF, OPTIONAL (each user decides) or ON (all must)."
  type        = string
  default     = "OFF"
  nullable    = false
}

variable "password_policy" {
  description = "What a password needs. `password_history_size` is how many former passwords a user may not choose again; it needs user_pool_tier ESSENTIALS or PLUS."
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
  description = "ARN of the IAM policy that bounds the role for SMS, where an account asks for one; null means none."
  type        = string
  default     = null
}

variable "sms_enabled" {
  description = <<-EOT
    Whether Cognito may send text messages. It needs to for verifying phone numbers and for the factor SMS_OTP. The module
    makes the role with which Cognito sends. With MFA, users may then also choose SMS as their second factor. The account
    must be out of the SMS sandbox of Amazon SNS, or only verified numbers get messages. Each message costs. Cognito never
    gives up an SMS configuration, so you cannot switch it off again.
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
  description = "Feature plan, which decides what the pool can do and what an active user costs: LITE (with the classic hosted UI in place of managed login), ESSENTIALS or PLUS. https://docs.aws.amazon.com/cognito/latest/developerguide/cognito-sign-in-feature-plans.html"
  type        = string
  default     = "ESSENTIALS"
  nullable    = false
}

variable "username_attributes" {
  description = "What people sign up and in with: `email`, `phone_number`, or both (each user chooses). Fixed when the pool is created."
  type        = set(string)
  default     = ["email"]
  nullable    = false

  validation {
    condition     = length(var.username_attributes) > 0
    error_message = "username_attributes are email, phone_number or both: this module makes no pool in which users choose a name."
  }
}

variable "web_authn_relying_party_id" {
  description = "Domain that passkeys belong to, for sign-in in your own app (`example.com`); null means that of the pool's managed login. Passkeys are lost when it changes."
  type        = string
  default     = null

  validation {
    condition     = var.web_authn_relying_party_id == null ? true : can(regex("^([a-z0-9]([a-z0-9-]*[a-z0-9])?\\.)+[a-z]{2,}$", var.web_authn_relying_party_id))
    error_message = "web_authn_relying_party_id is a domain in lower case, such as example.com."
  }
}
