data "aws_partition" "current" {}

data "aws_region" "current" {}

data "aws_caller_identity" "current" {}

locals {
  # https://docs.aws.amazon.com/govcloud-us/latest/UserGuide/govcloud-cog.html
  login_host = "${data.aws_partition.current.partition == "aws-us-gov" ? "auth-fips" : "auth"}.${data.aws_region.current.region}.amazoncognito.com"

  custom_attributes = [for name in keys(var.custom_attributes) : "custom:${name}"]

  # All but those that Cognito alone writes: sub, email_verified and phone_number_verified.
  standard_attributes = [
    "address", "birthdate", "email", "family_name", "gender", "given_name", "locale", "middle_name", "name", "nickname",
    "phone_number", "picture", "preferred_username", "profile", "updated_at", "website", "zoneinfo",
  ]
}

resource "aws_cognito_user_pool" "this" {
  name                     = var.user_pool_name
  username_attributes      = ["email"]
  auto_verified_attributes = ["email"]
  deletion_protection      = var.deletion_protection_enabled ? "ACTIVE" : "INACTIVE"
  mfa_configuration        = var.mfa_configuration

  username_configuration {
    case_sensitive = false # Jane@example.com and jane@example.com are one user.
  }

  # Cognito wants a method as soon as MFA is possible, and none before.
  dynamic "software_token_mfa_configuration" {
    for_each = var.mfa_configuration == "OFF" ? [] : [true]

    content {
      enabled = software_token_mfa_configuration.value
    }
  }

  # Always written out: to leave the block out changes nothing for the provider, and SES would go on sending.
  email_configuration {
    email_sending_account  = var.email_configuration == null ? "COGNITO_DEFAULT" : "DEVELOPER"
    source_arn             = one(var.email_configuration[*].source_arn)
    from_email_address     = one(var.email_configuration[*].from_email_address)
    reply_to_email_address = one(var.email_configuration[*].reply_to_email_address)
  }

  admin_create_user_config {
    allow_admin_create_user_only = false
  }

  # The old address counts until the new one is verified: a typing error locks nobody out.
  user_attribute_update_settings {
    attributes_require_verification_before_update = ["email"]
  }

  password_policy {
    minimum_length                   = 12
    require_lowercase                = true
    require_numbers                  = true
    require_symbols                  = true
    require_uppercase                = true
    temporary_password_validity_days = 7
  }

  account_recovery_setting {
    recovery_mechanism {
      name     = "verified_email"
      priority = 1
    }
  }

  dynamic "lambda_config" {
    for_each = length(var.lambda_triggers) > 0 ? [{ for name, trigger in var.lambda_triggers : name => trigger.arn }] : []

    content {
      create_auth_challenge          = lookup(lambda_config.value, "create_auth_challenge", null)
      custom_message                 = lookup(lambda_config.value, "custom_message", null)
      define_auth_challenge          = lookup(lambda_config.value, "define_auth_challenge", null)
      kms_key_id                     = var.custom_sender_kms_key_arn
      post_authentication            = lookup(lambda_config.value, "post_authentication", null)
      post_confirmation              = lookup(lambda_config.value, "post_confirmation", null)
      pre_authentication             = lookup(lambda_config.value, "pre_authentication", null)
      pre_sign_up                    = lookup(lambda_config.value, "pre_sign_up", null)
      user_migration                 = lookup(lambda_config.value, "user_migration", null)
      verify_auth_challenge_response = lookup(lambda_config.value, "verify_auth_challenge_response", null)

      dynamic "custom_email_sender" {
        for_each = { for name, trigger in var.lambda_triggers : name => trigger if name == "custom_email_sender" }

        content {
          lambda_arn     = custom_email_sender.value.arn
          lambda_version = coalesce(custom_email_sender.value.lambda_version, "V1_0")
        }
      }

      dynamic "custom_sms_sender" {
        for_each = { for name, trigger in var.lambda_triggers : name => trigger if name == "custom_sms_sender" }

        content {
          lambda_arn     = custom_sms_sender.value.arn
          lambda_version = coalesce(custom_sms_sender.value.lambda_version, "V1_0")
        }
      }

      dynamic "pre_token_generation_config" {
        for_each = { for name, trigger in var.lambda_triggers : name => trigger if name == "pre_token_generation" }

        content {
          lambda_arn     = pre_token_generation_config.value.arn
          lambda_version = coalesce(pre_token_generation_config.value.lambda_version, "V1_0")
        }
      }
    }
  }

  # Every argument is set: what is left out here, Cognito fills in, and Terraform would plan to change it for ever.
  dynamic "schema" {
    for_each = var.custom_attributes

    content {
      name                     = schema.key
      attribute_data_type      = schema.value.type
      developer_only_attribute = false
      mutable                  = schema.value.mutable
      required                 = false

      dynamic "string_attribute_constraints" {
        for_each = schema.value.type == "String" ? [schema.value] : []

        content {
          min_length = coalesce(string_attribute_constraints.value.min_length, 0)
          max_length = coalesce(string_attribute_constraints.value.max_length, 2048)
        }
      }

      dynamic "number_attribute_constraints" {
        for_each = schema.value.type == "Number" ? [schema.value] : []

        content {
          min_value = number_attribute_constraints.value.min_value
          max_value = number_attribute_constraints.value.max_value
        }
      }
    }
  }

  lifecycle {
    # https://github.com/hashicorp/terraform-provider-aws/issues/45529
    postcondition {
      condition     = length(flatten(self.lambda_config[*].pre_token_generation_config)) == (contains(keys(var.lambda_triggers), "pre_token_generation") ? 1 : 0)
      error_message = "The AWS provider cannot remove the trigger pre_token_generation while the user pool has other triggers: Cognito would go on calling the function. Remove it by hand (Cognito console: the user pool, Extensions, Lambda triggers), then plan again. Until then leave it in lambda_triggers."
    }
  }
}

# lambda_config alone permits nothing. A permission lives on the function or alias and goes with it. When Terraform
# replaces one of them, its ARN is unknown in the plan; the arguments that are read from the ARN are then unknown too,
# and that replaces the permission in the same apply.
resource "aws_lambda_permission" "trigger" {
  for_each = var.lambda_triggers

  statement_id   = "${aws_cognito_user_pool.this.id}-${each.key}" # Two pools may call the same function.
  action         = "lambda:InvokeFunction"
  function_name  = split(":", each.value.arn)[6] # arn:<partition>:lambda:<region>:<account>:function:<name>[:<alias>]
  qualifier      = try(split(":", each.value.arn)[7], null)
  principal      = "cognito-idp.amazonaws.com"
  source_arn     = aws_cognito_user_pool.this.arn
  source_account = split(":", aws_cognito_user_pool.this.arn)[4]
}

resource "aws_cognito_user_pool_client" "this" {
  for_each = var.clients

  name            = each.key
  user_pool_id    = aws_cognito_user_pool.this.id
  generate_secret = each.value.generate_secret

  explicit_auth_flows = each.value.explicit_auth_flows

  access_token_validity  = each.value.access_token_validity
  id_token_validity      = each.value.id_token_validity
  refresh_token_validity = each.value.refresh_token_validity

  token_validity_units {
    access_token  = "minutes"
    id_token      = "minutes"
    refresh_token = "days"
  }

  # A client with somewhere to send users back to uses managed login. Others: none of it, as null leaves what was there.
  allowed_oauth_flows_user_pool_client = length(each.value.callback_urls) > 0
  allowed_oauth_flows                  = length(each.value.callback_urls) > 0 ? ["code"] : []
  allowed_oauth_scopes                 = length(each.value.callback_urls) > 0 ? ["email", "openid", "profile"] : []
  supported_identity_providers         = length(each.value.callback_urls) > 0 ? ["COGNITO"] : []
  callback_urls                        = each.value.callback_urls
  logout_urls                          = each.value.logout_urls

  # Whether an address has an account is nobody else's business.
  prevent_user_existence_errors = "ENABLED"
  enable_token_revocation       = true

  # Users write through a client: what says what a user may do, no client of theirs may write.
  read_attributes  = concat(local.standard_attributes, ["email_verified", "phone_number_verified"], local.custom_attributes)
  write_attributes = coalesce(each.value.write_attributes, local.standard_attributes)
}

# A pool has one prefix at most, so one address for all: a new prefix is made only when the old one is gone.
resource "aws_cognito_user_pool_domain" "this" {
  for_each = { for prefix in var.domain_prefix[*] : "prefix" => prefix }

  domain                = each.value
  user_pool_id          = aws_cognito_user_pool.this.id
  managed_login_version = 2
}

# Without a style for its client the page says that it is unavailable.
# https://docs.aws.amazon.com/cognito/latest/developerguide/managed-login-branding.html
resource "aws_cognito_managed_login_branding" "this" {
  for_each = { for name, client in var.clients : name => client if length(client.callback_urls) > 0 && var.domain_prefix != null }

  user_pool_id                = aws_cognito_user_pool.this.id
  client_id                   = aws_cognito_user_pool_client.this[each.key].id
  use_cognito_provided_values = true
}
