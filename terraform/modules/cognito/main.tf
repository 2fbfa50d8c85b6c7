locals {
  custom_attributes = [for name in keys(var.custom_attributes) : "custom:${name}"]

  # What an app client may write by default. Cognito alone writes sub, email_verified and phone_number_verified.
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

  # Jane@example.com and jane@example.com are one user. Fixed at creation.
  username_configuration {
    case_sensitive = false
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
}

resource "aws_cognito_user_pool_client" "this" {
  name         = var.user_pool_name
  user_pool_id = aws_cognito_user_pool.this.id

  # A browser or a mobile app cannot keep a secret.
  generate_secret = false

  explicit_auth_flows = concat(
    ["ALLOW_USER_SRP_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"],
    var.password_auth_enabled ? ["ALLOW_USER_PASSWORD_AUTH"] : [],
  )

  # Whether an address has an account is nobody else's business.
  prevent_user_existence_errors = "ENABLED"
  enable_token_revocation       = true

  # By default a client may not write custom attributes, and a sign-up with one is refused.
  read_attributes  = concat(local.standard_attributes, ["email_verified", "phone_number_verified"], local.custom_attributes)
  write_attributes = concat(local.standard_attributes, local.custom_attributes)
}
