data "aws_partition" "current" {}

data "aws_region" "current" {}

locals {
  # What Cognito takes at creation only. Another value would replace the user pool. (A key added here is not in states that exist.)
  fixed = {
    case_sensitive      = false # Jane@example.com and jane@example.com are one user.
    region              = data.aws_region.current.region
    username_attributes = ["email"]
  }

  # https://docs.aws.amazon.com/govcloud-us/latest/UserGuide/govcloud-cog.html
  login_host = "${data.aws_partition.current.partition == "aws-us-gov" ? "auth-fips" : "auth"}.${local.fixed.region}.amazoncognito.com"

  custom_attributes = [for name in keys(var.custom_attributes) : "custom:${name}"]

  # All but those that Cognito alone writes: sub, email_verified and phone_number_verified.
  standard_attributes = [
    "address", "birthdate", "email", "family_name", "gender", "given_name", "locale", "middle_name", "name", "nickname",
    "phone_number", "picture", "preferred_username", "profile", "updated_at", "website", "zoneinfo",
  ]
}

# Remembers what the user pool was created with, for the precondition below.
resource "terraform_data" "fixed" {
  input = local.fixed

  lifecycle {
    ignore_changes = [input]
  }
}

resource "aws_cognito_user_pool" "this" {
  name                     = var.user_pool_name
  username_attributes      = local.fixed.username_attributes
  auto_verified_attributes = ["email"]
  deletion_protection      = var.deletion_protection_enabled ? "ACTIVE" : "INACTIVE"
  mfa_configuration        = var.mfa_configuration

  username_configuration {
    case_sensitive = local.fixed.case_sensitive
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

  lambda_config {
    post_confirmation = var.post_confirmation_lambda_arn
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
    precondition {
      condition     = jsonencode(terraform_data.fixed.output) == jsonencode(local.fixed)
      error_message = "This would delete the user pool with all its users and make an empty one: ${join(", ", [for argument, value in local.fixed : "${argument} from ${jsonencode(terraform_data.fixed.output[argument])} to ${jsonencode(value)}" if jsonencode(terraform_data.fixed.output[argument]) != jsonencode(value)])}. Undo the change. For a user pool with other values make a second one (a new environment, or another instance of this module), move the users over, and destroy this one when nobody signs in to it."
    }
  }
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

# Before there was a map of them there was one client; it keeps its id.
moved {
  from = aws_cognito_user_pool_client.this
  to   = aws_cognito_user_pool_client.this["app"]
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
