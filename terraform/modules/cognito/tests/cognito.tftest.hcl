# These credentials are not valid, so against the real AWS each run fails and creates nothing.
provider "aws" {
  region     = "us-east-1"
  access_key = "test"
  secret_key = "test"
}

variables {
  user_pool_name  = "users-test"
  lambda_triggers = { post_confirmation = { arn = "arn:aws:lambda:us-east-1:123456789012:function:users-test-post-confirmation:live" } }
  custom_attributes = {
    firstName = {}
    lastName  = { min_length = 1, max_length = 100, mutable = false }
  }
}

run "defaults" {
  assert {
    condition     = aws_cognito_user_pool.this.lambda_config[0].post_confirmation == var.lambda_triggers.post_confirmation.arn
    error_message = "The trigger is not the given ARN."
  }

  assert {
    condition     = aws_cognito_user_pool.this.username_attributes == toset(["email"]) && !aws_cognito_user_pool.this.username_configuration[0].case_sensitive
    error_message = "Users do not sign in with their email address, or upper and lower case count."
  }

  assert {
    condition     = aws_cognito_user_pool.this.auto_verified_attributes == toset(["email"]) && aws_cognito_user_pool.this.user_attribute_update_settings[0].attributes_require_verification_before_update == toset(["email"])
    error_message = "An email address is not verified at sign-up and at a change."
  }

  assert {
    condition     = !aws_cognito_user_pool.this.admin_create_user_config[0].allow_admin_create_user_only
    error_message = "Users cannot sign themselves up."
  }

  assert {
    condition = alltrue([for policy in aws_cognito_user_pool.this.password_policy :
      policy.minimum_length == 12 && policy.require_lowercase && policy.require_uppercase && policy.require_numbers && policy.require_symbols
      && policy.temporary_password_validity_days == 7
    ])
    error_message = "The password policy differs."
  }

  assert {
    condition = [for mechanism in aws_cognito_user_pool.this.account_recovery_setting[0].recovery_mechanism : mechanism.name] == [
      "verified_email",
    ]
    error_message = "Users can recover an account without a verified email address."
  }

  assert {
    condition     = aws_cognito_user_pool.this.mfa_configuration == "OFF" && length(aws_cognito_user_pool.this.software_token_mfa_configuration) == 0 && length(aws_cognito_user_pool_domain.this) == 0 && output.managed_login_url == null
    error_message = "MFA or managed login is on by default."
  }

  assert {
    condition     = aws_cognito_user_pool.this.email_configuration[0].email_sending_account == "COGNITO_DEFAULT"
    error_message = "Cognito does not send the mails by default."
  }

  assert {
    condition     = aws_cognito_user_pool.this.deletion_protection == "ACTIVE"
    error_message = "The user pool is not protected by default."
  }

  assert {
    condition = { for attribute in aws_cognito_user_pool.this.schema : attribute.name => join(" ", [
      attribute.attribute_data_type, attribute.string_attribute_constraints[0].min_length, attribute.string_attribute_constraints[0].max_length,
      attribute.mutable, attribute.required, attribute.developer_only_attribute,
      ]) } == {
      firstName = "String 0 2048 true false false"
      lastName  = "String 1 100 false false false"
    }
    error_message = "The schema does not have the custom attributes with all arguments set."
  }

  # The app client

  assert {
    condition     = aws_cognito_user_pool_client.this["app"].user_pool_id == aws_cognito_user_pool.this.id && !aws_cognito_user_pool_client.this["app"].generate_secret
    error_message = "The app client has a secret, or belongs to another pool."
  }

  assert {
    condition     = aws_cognito_user_pool_client.this["app"].explicit_auth_flows == toset(["ALLOW_REFRESH_TOKEN_AUTH", "ALLOW_USER_SRP_AUTH"])
    error_message = "The app client allows more or less than SRP and refresh."
  }

  assert {
    condition     = aws_cognito_user_pool_client.this["app"].prevent_user_existence_errors == "ENABLED" && aws_cognito_user_pool_client.this["app"].enable_token_revocation
    error_message = "The app client reveals whether an address has an account, or its tokens cannot be revoked."
  }

  assert {
    condition = aws_cognito_user_pool_client.this["app"].write_attributes == toset([
      "address", "birthdate", "email", "family_name", "gender", "given_name", "locale",
      "middle_name", "name", "nickname", "phone_number", "picture", "preferred_username", "profile", "updated_at", "website",
      "zoneinfo",
    ])
    error_message = "By default the app client must let users write all standard attributes and no custom one."
  }

  assert {
    condition     = setsubtract(aws_cognito_user_pool_client.this["app"].read_attributes, aws_cognito_user_pool_client.this["app"].write_attributes) == toset(["custom:firstName", "custom:lastName", "email_verified", "phone_number_verified"]) && length(aws_cognito_user_pool_client.this["app"].read_attributes) == 21
    error_message = "The app client must let users read exactly the standard and custom attributes, email_verified and phone_number_verified."
  }

  assert {
    condition = [
      aws_cognito_user_pool_client.this["app"].access_token_validity, aws_cognito_user_pool_client.this["app"].id_token_validity,
      aws_cognito_user_pool_client.this["app"].refresh_token_validity, values(aws_cognito_user_pool_client.this["app"].token_validity_units[0]),
    ] == [60, 60, 30, ["minutes", "minutes", "days"]]
    error_message = "Access and ID tokens must be valid for an hour, refresh tokens for 30 days."
  }

  assert {
    condition     = !aws_cognito_user_pool_client.this["app"].allowed_oauth_flows_user_pool_client && length(coalesce(aws_cognito_user_pool_client.this["app"].callback_urls, [])) == 0
    error_message = "By default the app client must have no callback URL."
  }

  # Outputs

  assert {
    condition = (
      output.user_pool_arn == aws_cognito_user_pool.this.arn && output.user_pool_id == aws_cognito_user_pool.this.id
      && output.user_pool_client_ids == { app = aws_cognito_user_pool_client.this["app"].id }
      && can(regex("^arn:aws:cognito-idp:us-east-1:123456789012:userpool/us-east-1_", output.user_pool_arn))
    )
    error_message = "The outputs do not name pool and app client."
  }
}

# If the plan replaced pool or app client, their ids would be unknown and the run would fail.
run "an_added_attribute_changes_schema_and_client_only" {
  command = plan

  variables {
    custom_attributes = {
      firstName = {}
      lastName  = { min_length = 1, max_length = 100, mutable = false }
      age       = { type = "Number", min_value = 0, max_value = 150 }
    }
  }

  assert {
    condition     = aws_cognito_user_pool.this.id != "" && aws_cognito_user_pool_client.this["app"].id != ""
    error_message = "The user pool or its app client is replaced."
  }

  assert {
    condition     = sort(aws_cognito_user_pool.this.schema[*].name) == sort(["age", "firstName", "lastName"])
    error_message = "The schema does not have the new attribute."
  }

  assert {
    condition     = contains(aws_cognito_user_pool_client.this["app"].read_attributes, "custom:age") && !contains(aws_cognito_user_pool_client.this["app"].write_attributes, "custom:age")
    error_message = "The app client must let users read the new attribute, and not write it."
  }
}

# After this run Terraform can delete the pool when the tests end.
run "unprotected" {
  variables {
    deletion_protection_enabled = false
  }

  assert {
    condition     = aws_cognito_user_pool.this.deletion_protection == "INACTIVE"
    error_message = "deletion_protection_enabled = false does not switch the protection off."
  }
}
