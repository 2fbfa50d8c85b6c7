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

run "without_triggers" {
  assert {
    condition     = length(aws_cognito_user_pool.this.lambda_config) == 0 && length(aws_lambda_permission.trigger) == 0
    error_message = "The pool calls a function, although lambda_triggers is empty: ${jsonencode(aws_cognito_user_pool.this.lambda_config)}"
  }
}

run "every_trigger" {
  variables {
    custom_sender_kms_key_arn = "arn:aws:kms:us-east-1:123456789012:key/11111111-2222-3333-4444-555555555555"
    lambda_triggers = {
      create_auth_challenge          = { arn = "arn:aws:lambda:us-east-1:123456789012:function:create_auth_challenge" }
      custom_email_sender            = { arn = "arn:aws:lambda:us-east-1:123456789012:function:custom_email_sender:live" }
      custom_message                 = { arn = "arn:aws:lambda:us-east-1:123456789012:function:custom_message" }
      custom_sms_sender              = { arn = "arn:aws:lambda:us-east-1:123456789012:function:custom_sms_sender", lambda_version = "V1_0" }
      define_auth_challenge          = { arn = "arn:aws:lambda:us-east-1:123456789012:function:define_auth_challenge" }
      post_authentication            = { arn = "arn:aws:lambda:us-east-1:123456789012:function:post_authentication" }
      post_confirmation              = { arn = "arn:aws:lambda:us-east-1:123456789012:function:post_confirmation:live" }
      pre_authentication             = { arn = "arn:aws:lambda:us-east-1:123456789012:function:pre_authentication" }
      pre_sign_up                    = { arn = "arn:aws:lambda:us-east-1:123456789012:function:pre_sign_up" }
      pre_token_generation           = { arn = "arn:aws:lambda:us-east-1:123456789012:function:pre_token_generation", lambda_version = "V2_0" }
      user_migration                 = { arn = "arn:aws:lambda:us-east-1:123456789012:function:user_migration" }
      verify_auth_challenge_response = { arn = "arn:aws:lambda:us-east-1:123456789012:function:verify_auth_challenge_response:2nd" }
    }
  }

  # The pool calls each function for its own trigger.
  assert {
    condition = alltrue([
      for name, trigger in var.lambda_triggers : aws_cognito_user_pool.this.lambda_config[0][name] == trigger.arn
      if !contains(["custom_email_sender", "custom_sms_sender", "pre_token_generation"], name)
    ])
    error_message = "A trigger calls the function of another trigger: ${jsonencode(aws_cognito_user_pool.this.lambda_config)}"
  }

  assert {
    condition = jsonencode(concat(
      aws_cognito_user_pool.this.lambda_config[0].custom_email_sender,
      aws_cognito_user_pool.this.lambda_config[0].custom_sms_sender,
      aws_cognito_user_pool.this.lambda_config[0].pre_token_generation_config,
      )) == jsonencode([
      { lambda_arn = var.lambda_triggers.custom_email_sender.arn, lambda_version = "V1_0" },
      { lambda_arn = var.lambda_triggers.custom_sms_sender.arn, lambda_version = "V1_0" },
      { lambda_arn = var.lambda_triggers.pre_token_generation.arn, lambda_version = "V2_0" },
    ])
    error_message = "A trigger with a version has the wrong function or version: ${jsonencode(aws_cognito_user_pool.this.lambda_config)}"
  }

  assert {
    condition     = aws_cognito_user_pool.this.lambda_config[0].kms_key_id == var.custom_sender_kms_key_arn
    error_message = "The codes for the custom senders are encrypted with ${coalesce(aws_cognito_user_pool.this.lambda_config[0].kms_key_id, "no key")}."
  }

  # Only this pool of this account may call them.
  assert {
    condition = { for name, permission in aws_lambda_permission.trigger : name => join(":", compact([permission.function_name, permission.qualifier])) } == {
      for name, trigger in var.lambda_triggers : name => split(":function:", trigger.arn)[1]
    }
    error_message = "The pool must be permitted to call exactly the triggers' functions and aliases: ${jsonencode({ for name, permission in aws_lambda_permission.trigger : name => [permission.function_name, permission.qualifier] })}"
  }

  assert {
    condition = jsonencode(distinct([for permission in values(aws_lambda_permission.trigger) : [
      permission.action, permission.principal, permission.source_arn, permission.source_account,
      ]])) == jsonencode([
      ["lambda:InvokeFunction", "cognito-idp.amazonaws.com", aws_cognito_user_pool.this.arn, "123456789012"],
    ])
    error_message = "Somebody other than this pool of this account may call a function."
  }

  assert {
    condition     = length(distinct([for permission in values(aws_lambda_permission.trigger) : permission.statement_id])) == 12 && alltrue([for permission in values(aws_lambda_permission.trigger) : startswith(permission.statement_id, aws_cognito_user_pool.this.id)])
    error_message = "Two pools or two triggers with the same function would have the same statement id."
  }
}

# The provider does not remove this trigger: https://github.com/hashicorp/terraform-provider-aws/issues/45529
run "refuses_to_leave_out_pre_token_generation_alone" {
  command = plan

  variables {
    lambda_triggers = {
      post_confirmation = { arn = "arn:aws:lambda:us-east-1:123456789012:function:post_confirmation:live" }
    }
  }

  expect_failures = [aws_cognito_user_pool.this]
}

run "all_are_removed" {
  assert {
    condition     = length(aws_cognito_user_pool.this.lambda_config) == 0 && length(aws_lambda_permission.trigger) == 0
    error_message = "The pool still calls a function: ${jsonencode(aws_cognito_user_pool.this.lambda_config)}"
  }
}

run "two_triggers" {
  variables {
    lambda_triggers = {
      post_confirmation = { arn = "arn:aws:lambda:us-east-1:123456789012:function:post_confirmation:live" }
      pre_sign_up       = { arn = "arn:aws:lambda:us-east-1:123456789012:function:pre_sign_up" }
    }
  }
}

run "one_of_two_is_removed" {
  command = plan

  variables {
    lambda_triggers = {
      post_confirmation = { arn = "arn:aws:lambda:us-east-1:123456789012:function:post_confirmation:live" }
    }
  }

  assert {
    condition     = aws_cognito_user_pool.this.lambda_config[0].pre_sign_up == null && keys(aws_lambda_permission.trigger) == ["post_confirmation"]
    error_message = "The pool still calls pre_sign_up: ${jsonencode(aws_cognito_user_pool.this.lambda_config)}"
  }
}

# Validations

run "refuses_an_unknown_trigger" {
  command = plan

  variables {
    lambda_triggers = { post_sign_up = { arn = "arn:aws:lambda:us-east-1:123456789012:function:users-test" } }
  }

  expect_failures = [var.lambda_triggers]
}

run "refuses_a_numbered_version" {
  command = plan

  variables {
    lambda_triggers = { post_confirmation = { arn = "arn:aws:lambda:us-east-1:123456789012:function:users-test:12" } }
  }

  expect_failures = [var.lambda_triggers]
}

run "refuses_a_function_of_another_region" {
  command = plan

  variables {
    lambda_triggers = { post_confirmation = { arn = "arn:aws:lambda:eu-central-1:123456789012:function:users-test" } }
  }

  expect_failures = [var.lambda_triggers]
}

run "refuses_a_function_of_another_account" {
  command = plan

  variables {
    lambda_triggers = { post_confirmation = { arn = "arn:aws:lambda:us-east-1:210987654321:function:users-test" } }
  }

  expect_failures = [var.lambda_triggers]
}

run "refuses_a_version_of_the_event_where_there_is_none" {
  command = plan

  variables {
    lambda_triggers = { post_confirmation = { arn = "arn:aws:lambda:us-east-1:123456789012:function:users-test", lambda_version = "V1_0" } }
  }

  expect_failures = [var.lambda_triggers]
}

run "refuses_an_unknown_version_of_the_event" {
  command = plan

  variables {
    lambda_triggers = { pre_token_generation = { arn = "arn:aws:lambda:us-east-1:123456789012:function:users-test", lambda_version = "V4_0" } }
  }

  expect_failures = [var.lambda_triggers]
}

run "refuses_a_custom_sender_without_a_key" {
  command = plan

  variables {
    lambda_triggers = { custom_sms_sender = { arn = "arn:aws:lambda:us-east-1:123456789012:function:users-test" } }
  }

  expect_failures = [var.custom_sender_kms_key_arn]
}

run "refuses_a_key_without_a_custom_sender" {
  command = plan

  variables {
    custom_sender_kms_key_arn = "arn:aws:kms:us-east-1:123456789012:key/11111111-2222-3333-4444-555555555555"
  }

  expect_failures = [var.custom_sender_kms_key_arn]
}

run "refuses_a_key_of_another_region" {
  command = plan

  variables {
    custom_sender_kms_key_arn = "arn:aws:kms:eu-central-1:123456789012:key/11111111-2222-3333-4444-555555555555"
    lambda_triggers           = { custom_email_sender = { arn = "arn:aws:lambda:us-east-1:123456789012:function:users-test" } }
  }

  expect_failures = [var.custom_sender_kms_key_arn]
}
