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

run "by_phone_alone" {
  command = plan

  variables {
    username_attributes = ["phone_number"]
    sms_enabled         = true
  }

  assert {
    condition     = aws_cognito_user_pool.this.auto_verified_attributes == toset(["phone_number"]) && [for mechanism in aws_cognito_user_pool.this.account_recovery_setting[0].recovery_mechanism : mechanism.name] == ["verified_phone_number"]
    error_message = "Verification and recovery are by ${jsonencode([aws_cognito_user_pool.this.auto_verified_attributes, aws_cognito_user_pool.this.account_recovery_setting])}."
  }
}

run "refuses_a_phone_without_sms" {
  command = plan

  variables {
    username_attributes = ["phone_number"]
  }

  expect_failures = [var.sms_enabled]
}

run "by_phone_or_email" {
  variables {
    username_attributes  = ["email", "phone_number"]
    permissions_boundary = "arn:aws:iam::123456789012:policy/boundary"
    sms_enabled          = true
  }

  assert {
    condition     = aws_cognito_user_pool.this.username_attributes == toset(["email", "phone_number"]) && aws_cognito_user_pool.this.auto_verified_attributes == toset(["email", "phone_number"])
    error_message = "Sign-in and verification are by ${jsonencode([aws_cognito_user_pool.this.username_attributes, aws_cognito_user_pool.this.auto_verified_attributes])}."
  }

  assert {
    condition     = aws_cognito_user_pool.this.user_attribute_update_settings[0].attributes_require_verification_before_update == toset(["email", "phone_number"])
    error_message = "Attributes to verify before an update are ${jsonencode(aws_cognito_user_pool.this.user_attribute_update_settings)}."
  }

  assert {
    condition     = { for mechanism in aws_cognito_user_pool.this.account_recovery_setting[0].recovery_mechanism : mechanism.name => mechanism.priority } == { verified_email = 1, verified_phone_number = 2 }
    error_message = "Users recover accounts by ${jsonencode(aws_cognito_user_pool.this.account_recovery_setting)}."
  }

  assert {
    condition     = [for sms in aws_cognito_user_pool.this.sms_configuration : sms.sns_caller_arn] == [aws_iam_role.sms["sms"].arn] && aws_iam_role.sms["sms"].permissions_boundary == var.permissions_boundary
    error_message = "Cognito sends SMS with ${jsonencode(aws_cognito_user_pool.this.sms_configuration)}."
  }

  assert {
    condition = jsondecode(aws_iam_role.sms["sms"].assume_role_policy).Statement == [{
      Effect    = "Allow"
      Action    = "sts:AssumeRole"
      Principal = { Service = "cognito-idp.amazonaws.com" }
      Condition = { StringEquals = {
        "aws:SourceAccount" = "123456789012"
        "sts:ExternalId"    = aws_cognito_user_pool.this.sms_configuration[0].external_id
      } }
    }]
    error_message = "The role for SMS trusts ${aws_iam_role.sms["sms"].assume_role_policy}."
  }

  assert {
    condition     = jsondecode(aws_iam_role_policy.sms["sms"].policy).Statement == [{ Sid = "SendTextMessages", Effect = "Allow", Action = "sns:Publish", NotResource = "arn:aws:sns:*:*:*" }]
    error_message = "The role for SMS may ${aws_iam_role_policy.sms["sms"].policy}."
  }
}

# A role with another name would be a new role, and Cognito would refuse it.
run "a_pool_that_is_renamed_keeps_its_role" {
  command = plan

  variables {
    user_pool_name       = "users-renamed"
    username_attributes  = ["email", "phone_number"]
    permissions_boundary = "arn:aws:iam::123456789012:policy/boundary"
    sms_enabled          = true
  }

  assert {
    condition     = aws_iam_role.sms["sms"].name == "users-test-sms" && aws_cognito_user_pool.this.sms_configuration[0].sns_caller_arn == aws_iam_role.sms["sms"].arn
    error_message = "The role for SMS is ${aws_iam_role.sms["sms"].name}."
  }
}

run "refuses_to_switch_sms_off" {
  command = plan

  variables {
    username_attributes      = ["email", "phone_number"]
    auto_verified_attributes = ["email"]
  }

  expect_failures = [aws_cognito_user_pool.this]
}
