data "aws_partition" "current" {}

data "aws_region" "current" {}

data "aws_caller_identity" "current" {}

locals {
  # https://docs.aws.amazon.com/govcloud-us/latest/UserGuide/govcloud-cog.html
  login_host = "${data.aws_partition.current.partition == "aws-us-gov" ? "auth-fips" : "auth"}.${data.aws_region.current.region}.amazoncognito.com"

  auto_verified_attributes = coalesce(var.auto_verified_attributes, var.username_attributes)

  attributes_require_verification_before_update = coalesce(var.attributes_require_verification_before_update, local.auto_verified_attributes)
}

resource "aws_cognito_user_pool" "this" {
  name                     = var.user_pool_name
  user_pool_tier           = var.user_pool_tier
  username_attributes      = var.username_attributes
  auto_verified_attributes = local.auto_verified_attributes
  deletion_protection      = var.deletion_protection_enabled ? "ACTIVE" : "INACTIVE"
  mfa_configuration        = var.mfa_configuration

  username_configuration {
    case_sensitive = false # Jane@example.com and jane@example.com are the same user.
  }

  # Always set, like other blocks below, because the provider keeps the old value of a block that is left out.
  sign_in_policy {
    allowed_first_auth_factors = var.allowed_first_auth_factors
  }

  # Cognito accepts a relying party only if passkeys are allowed. Without one it uses the pool's own domain.
  dynamic "web_authn_configuration" {
    for_each = var.web_authn_relying_party_id[*]

    content {
      relying_party_id  = web_authn_configuration.value
      user_verification = "preferred"
    }
  }

  # Cognito requires an MFA method if MFA is on, and refuses one if it is off.
  dynamic "software_token_mfa_configuration" {
    for_each = var.mfa_configuration == "OFF" ? [] : [true]

    content {
      enabled = software_token_mfa_configuration.value
    }
  }

  # Always set, because without the block the pool would go on sending through SES.
  email_configuration {
    email_sending_account  = var.email_configuration == null ? "COGNITO_DEFAULT" : "DEVELOPER"
    source_arn             = one(var.email_configuration[*].source_arn)
    from_email_address     = one(var.email_configuration[*].from_email_address)
    reply_to_email_address = one(var.email_configuration[*].reply_to_email_address)
  }

  admin_create_user_config {
    allow_admin_create_user_only = false
  }

  verification_message_template {
    default_email_option = var.default_email_option
  }

  dynamic "sms_configuration" {
    for_each = aws_iam_role.sms

    content {
      external_id    = local.sms_external_id
      sns_caller_arn = sms_configuration.value.arn
    }
  }

  # Users sign in with the old address or number until they verify the new one, so a typing error locks nobody out.
  dynamic "user_attribute_update_settings" {
    for_each = length(local.attributes_require_verification_before_update) > 0 ? [local.attributes_require_verification_before_update] : []

    content {
      attributes_require_verification_before_update = user_attribute_update_settings.value
    }
  }

  password_policy {
    minimum_length                   = var.password_policy.minimum_length
    password_history_size            = var.password_policy.password_history_size
    require_lowercase                = var.password_policy.require_lowercase
    require_numbers                  = var.password_policy.require_numbers
    require_symbols                  = var.password_policy.require_symbols
    require_uppercase                = var.password_policy.require_uppercase
    temporary_password_validity_days = var.password_policy.temporary_password_validity_days
  }

  # Mail first, because it costs less and cannot be taken over with a SIM card.
  account_recovery_setting {
    dynamic "recovery_mechanism" {
      for_each = sort(length(local.auto_verified_attributes) > 0 ? local.auto_verified_attributes : var.username_attributes)

      content {
        name     = "verified_${recovery_mechanism.value}"
        priority = recovery_mechanism.key + 1
      }
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

  # Every argument is set, because Cognito fills in a missing one and every later plan would then show a change.
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

  # Cognito accepts the role only if it may already send messages.
  depends_on = [aws_iam_role_policy.sms]

  lifecycle {
    # https://registry.terraform.io/providers/hashicorp/aws/latest/docs/resources/cognito_user_pool#sms_configuration-1
    postcondition {
      condition     = length(self.sms_configuration) == (var.sms_enabled ? 1 : 0)
      error_message = "Cognito cannot remove an SMS configuration. If Terraform deleted its role, Cognito would refuse every later change of the user pool. Leave sms_enabled = true. Cognito sends no messages unless users verify phone numbers or sign in with them."
    }

    # https://github.com/hashicorp/terraform-provider-aws/issues/45529
    postcondition {
      condition     = length(flatten(self.lambda_config[*].pre_token_generation_config)) == (contains(keys(var.lambda_triggers), "pre_token_generation") ? 1 : 0)
      error_message = "The AWS provider cannot remove the trigger pre_token_generation while the user pool has other triggers, so Cognito would still call the function. Remove the trigger in the Cognito console (the user pool, Extensions, Lambda triggers), then plan again. Until then leave it in lambda_triggers."
    }
  }
}

# lambda_config alone does not permit Cognito to call a function. AWS stores the permission with the function or alias
# and deletes it with them. When Terraform replaces one of them, its ARN is unknown in the plan. The arguments below are
# read from the ARN, so they are unknown too, and Terraform replaces the permission in the same apply.
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

# A pool has at most one prefix. The constant key makes Terraform delete an old prefix before it creates a new one.
resource "aws_cognito_user_pool_domain" "this" {
  for_each = { for prefix in var.domain_prefix[*] : "prefix" => prefix }

  domain                = each.value
  user_pool_id          = aws_cognito_user_pool.this.id
  managed_login_version = var.user_pool_tier == "LITE" ? 1 : 2 # 1 is the classic hosted UI.
}

# Only a warning, because some Regions may use identities of other Regions, and an account may share an identity.
# https://docs.aws.amazon.com/cognito/latest/developerguide/user-pool-email.html
check "ses_identity" {
  assert {
    condition     = var.email_configuration == null ? true : startswith(var.email_configuration.source_arn, "arn:${data.aws_partition.current.partition}:ses:${data.aws_region.current.region}:${data.aws_caller_identity.current.account_id}:")
    error_message = "The SES identity of email_configuration is not in the Region and the account of the user pool (${data.aws_region.current.region}, ${data.aws_caller_identity.current.account_id}). Cognito accepts another Region only for some pools, and another account only if the identity's policy lets this account send."
  }
}
