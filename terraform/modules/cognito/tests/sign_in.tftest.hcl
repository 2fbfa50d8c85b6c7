# These credentials are not valid, so against the real AWS each run fails and creates nothing.
provider "aws" {
  region     = "us-east-1"
  access_key = "test"
  secret_key = "test"
}

variables {
  user_pool_name              = "users-test"
  deletion_protection_enabled = false # Terraform deletes the pool when the tests end.
}

run "by_email_with_a_code" {
  assert {
    condition     = [aws_cognito_user_pool.this.user_pool_tier, aws_cognito_user_pool.this.sign_in_policy[0].allowed_first_auth_factors, aws_cognito_user_pool.this.verification_message_template[0].default_email_option] == ["ESSENTIALS", toset(["PASSWORD"]), "CONFIRM_WITH_CODE"]
    error_message = "Plan, factors or confirmation are ${jsonencode([aws_cognito_user_pool.this.user_pool_tier, aws_cognito_user_pool.this.sign_in_policy, aws_cognito_user_pool.this.verification_message_template])}."
  }

  assert {
    condition     = length(aws_iam_role.sms) == 0 && length(aws_cognito_user_pool.this.sms_configuration) == 0 && length(aws_cognito_user_pool.this.web_authn_configuration) == 0
    error_message = "By default there must be no role for SMS and no relying party."
  }
}

run "by_link" {
  command = plan

  variables {
    default_email_option = "CONFIRM_WITH_LINK"
    domain_prefix        = "shop"
  }

  assert {
    condition     = aws_cognito_user_pool.this.verification_message_template[0].default_email_option == "CONFIRM_WITH_LINK"
    error_message = "The mail has ${aws_cognito_user_pool.this.verification_message_template[0].default_email_option}."
  }
}

run "nothing_verified" {
  command = plan

  variables {
    auto_verified_attributes = []
  }

  assert {
    condition     = length(aws_cognito_user_pool.this.auto_verified_attributes) == 0 && length(aws_cognito_user_pool.this.user_attribute_update_settings) == 0
    error_message = "Verified are ${jsonencode([aws_cognito_user_pool.this.auto_verified_attributes, aws_cognito_user_pool.this.user_attribute_update_settings])}."
  }
}

run "updates_without_verification" {
  command = plan

  variables {
    attributes_require_verification_before_update = []
  }

  assert {
    condition     = length(aws_cognito_user_pool.this.user_attribute_update_settings) == 0
    error_message = "Attributes to verify before an update are ${jsonencode(aws_cognito_user_pool.this.user_attribute_update_settings)}."
  }
}

run "password_policy" {
  command = plan

  variables {
    password_policy = { minimum_length = 8, password_history_size = 5, require_symbols = false }
  }

  assert {
    condition = alltrue([for policy in aws_cognito_user_pool.this.password_policy :
      policy.minimum_length == 8 && policy.password_history_size == 5 && !policy.require_symbols && policy.require_lowercase && policy.temporary_password_validity_days == 7
    ])
    error_message = "The password policy is ${jsonencode(aws_cognito_user_pool.this.password_policy)}."
  }
}

run "passkeys_and_codes" {
  command = plan

  variables {
    allowed_first_auth_factors = ["EMAIL_OTP", "PASSWORD", "WEB_AUTHN"]
    clients                    = { app = { explicit_auth_flows = ["ALLOW_USER_AUTH"] } }
    user_pool_tier             = "PLUS"
    web_authn_relying_party_id = "example.com"
  }

  assert {
    condition     = aws_cognito_user_pool.this.sign_in_policy[0].allowed_first_auth_factors == toset(["EMAIL_OTP", "PASSWORD", "WEB_AUTHN"]) && aws_cognito_user_pool.this.user_pool_tier == "PLUS"
    error_message = "Users sign in with ${jsonencode(aws_cognito_user_pool.this.sign_in_policy)}, on the plan ${aws_cognito_user_pool.this.user_pool_tier}."
  }

  assert {
    condition     = [for configuration in aws_cognito_user_pool.this.web_authn_configuration : "${configuration.relying_party_id} ${configuration.user_verification}"] == ["example.com preferred"]
    error_message = "Passkeys belong to ${jsonencode(aws_cognito_user_pool.this.web_authn_configuration)}."
  }
}

run "warns_of_an_identity_of_another_region" {
  command = plan

  variables {
    email_configuration = {
      source_arn         = "arn:aws:ses:us-west-2:123456789012:identity/example.com"
      from_email_address = "no-reply@example.com"
    }
  }

  expect_failures = [check.ses_identity]
}

# Validations

run "refuses_user_names" {
  command = plan

  variables {
    username_attributes                           = []
    attributes_require_verification_before_update = []
  }

  expect_failures = [var.username_attributes]
}

run "refuses_sms_codes_without_sms" {
  command = plan

  variables {
    allowed_first_auth_factors = ["PASSWORD", "SMS_OTP"]
    clients                    = { app = { explicit_auth_flows = ["ALLOW_USER_AUTH"] } }
  }

  expect_failures = [var.sms_enabled]
}

run "refuses_to_verify_before_an_update_what_is_not_verified" {
  command = plan

  variables {
    attributes_require_verification_before_update = ["phone_number"]
  }

  expect_failures = [var.attributes_require_verification_before_update]
}

run "refuses_a_link_without_a_domain" {
  command = plan

  variables {
    default_email_option = "CONFIRM_WITH_LINK"
  }

  expect_failures = [var.default_email_option]
}

run "refuses_a_link_where_no_mail_is_sent" {
  command = plan

  variables {
    auto_verified_attributes = []
    default_email_option     = "CONFIRM_WITH_LINK"
    domain_prefix            = "shop"
  }

  expect_failures = [var.default_email_option]
}

run "refuses_no_password" {
  command = plan

  variables {
    allowed_first_auth_factors = ["EMAIL_OTP"]
    clients                    = { app = { explicit_auth_flows = ["ALLOW_USER_AUTH"] } }
  }

  expect_failures = [var.allowed_first_auth_factors]
}

run "refuses_codes_on_the_small_plan" {
  command = plan

  variables {
    allowed_first_auth_factors = ["EMAIL_OTP", "PASSWORD"]
    clients                    = { app = { explicit_auth_flows = ["ALLOW_USER_AUTH"] } }
    user_pool_tier             = "LITE"
  }

  expect_failures = [var.allowed_first_auth_factors]
}

run "refuses_codes_and_a_second_factor" {
  command = plan

  variables {
    allowed_first_auth_factors = ["EMAIL_OTP", "PASSWORD"]
    clients                    = { app = { explicit_auth_flows = ["ALLOW_USER_AUTH"] } }
    mfa_configuration          = "OPTIONAL"
  }

  expect_failures = [var.allowed_first_auth_factors]
}

run "refuses_codes_that_no_client_asks_for" {
  command = plan

  variables {
    allowed_first_auth_factors = ["EMAIL_OTP", "PASSWORD"]
  }

  expect_failures = [var.allowed_first_auth_factors]
}

run "refuses_passkeys_without_a_domain" {
  command = plan

  variables {
    allowed_first_auth_factors = ["PASSWORD", "WEB_AUTHN"]
    clients                    = { app = { explicit_auth_flows = ["ALLOW_USER_AUTH"] } }
  }

  expect_failures = [var.allowed_first_auth_factors]
}

run "refuses_a_domain_for_passkeys_that_nobody_may_use" {
  command = plan

  variables {
    web_authn_relying_party_id = "example.com"
  }

  expect_failures = [var.allowed_first_auth_factors]
}

run "refuses_an_address_as_the_domain_of_passkeys" {
  command = plan

  variables {
    allowed_first_auth_factors = ["PASSWORD", "WEB_AUTHN"]
    clients                    = { app = { explicit_auth_flows = ["ALLOW_USER_AUTH"] } }
    web_authn_relying_party_id = "https://example.com"
  }

  expect_failures = [var.web_authn_relying_party_id]
}

run "refuses_a_password_history_on_the_small_plan" {
  command = plan

  variables {
    password_policy = { password_history_size = 5 }
    user_pool_tier  = "LITE"
  }

  expect_failures = [var.password_policy]
}

run "refuses_access_tokens_changed_on_the_small_plan" {
  command = plan

  variables {
    lambda_triggers = { pre_token_generation = { arn = "arn:aws:lambda:us-east-1:123456789012:function:users-test", lambda_version = "V2_0" } }
    user_pool_tier  = "LITE"
  }

  expect_failures = [var.lambda_triggers]
}
