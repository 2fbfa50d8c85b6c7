# These credentials are not valid, so against the real AWS each run fails and creates nothing.
provider "aws" {
  region     = "us-east-1"
  access_key = "test"
  secret_key = "test"
}

variables {
  user_pool_name              = "users-test"
  lambda_triggers             = { post_confirmation = { arn = "arn:aws:lambda:us-east-1:123456789012:function:users-test-post-confirmation:live" } }
  deletion_protection_enabled = false # Terraform deletes the pool when the tests end.
  custom_attributes           = { firstName = {}, role = {} }
}

run "clients" {
  variables {
    clients = {
      app = { write_attributes = ["email", "custom:firstName"] }
      web = {
        access_token_validity  = 5
        callback_urls          = ["https://shop.example.com/in", "http://localhost:3000/in", "shop://in"]
        explicit_auth_flows    = ["ALLOW_USER_PASSWORD_AUTH"]
        generate_secret        = true
        id_token_validity      = 1440
        logout_urls            = ["https://shop.example.com/"]
        refresh_token_validity = 3650
      }
    }
  }

  assert {
    condition     = keys(output.user_pool_client_ids) == ["app", "web"] && output.user_pool_client_ids.web == aws_cognito_user_pool_client.this["web"].id
    error_message = "The ids of the app clients are not given by name."
  }

  assert {
    condition     = aws_cognito_user_pool_client.this["app"].write_attributes == toset(["email", "custom:firstName"])
    error_message = "Users may write other attributes through the app client than write_attributes lists."
  }

  assert {
    condition     = !anytrue([for attribute in aws_cognito_user_pool_client.this["web"].write_attributes : startswith(attribute, "custom:")])
    error_message = "Users may write a custom attribute that write_attributes does not list."
  }

  assert {
    condition = [
      aws_cognito_user_pool_client.this["web"].access_token_validity, aws_cognito_user_pool_client.this["web"].id_token_validity,
      aws_cognito_user_pool_client.this["web"].refresh_token_validity,
    ] == [5, 1440, 3650]
    error_message = "The tokens' lifetimes have no effect."
  }

  assert {
    condition     = aws_cognito_user_pool_client.this["web"].generate_secret && aws_cognito_user_pool_client.this["web"].explicit_auth_flows == toset(["ALLOW_USER_PASSWORD_AUTH"])
    error_message = "generate_secret or explicit_auth_flows have no effect."
  }

  assert {
    condition = [
      aws_cognito_user_pool_client.this["web"].allowed_oauth_flows_user_pool_client, aws_cognito_user_pool_client.this["web"].allowed_oauth_flows,
      aws_cognito_user_pool_client.this["web"].allowed_oauth_scopes, toset(aws_cognito_user_pool_client.this["web"].supported_identity_providers),
      toset(aws_cognito_user_pool_client.this["web"].callback_urls), toset(aws_cognito_user_pool_client.this["web"].logout_urls),
      ] == [
      true, toset(["code"]), toset(["email", "openid", "profile"]), toset(["COGNITO"]),
      toset(["https://shop.example.com/in", "http://localhost:3000/in", "shop://in"]), toset(["https://shop.example.com/"]),
    ]
    error_message = "An app client with callback URLs does not use managed login with the code grant."
  }

  assert {
    condition     = length(aws_cognito_managed_login_branding.this) == 0
    error_message = "There is a style for managed login without a domain."
  }
}

run "no_clients" {
  command = plan

  variables {
    clients = {}
  }

  assert {
    condition     = length(output.user_pool_client_ids) == 0
    error_message = "There is an app client, although `clients` is empty."
  }
}

run "managed_login" {
  variables {
    domain_prefix = "shop"
    clients       = { app = {}, web = { callback_urls = ["https://shop.example.com/in"] } }
  }

  assert {
    condition     = [for domain in aws_cognito_user_pool_domain.this : "${domain.domain} ${domain.managed_login_version}"] == ["shop 2"]
    error_message = "There is no managed login at the prefix."
  }

  assert {
    condition = { for name, branding in aws_cognito_managed_login_branding.this : name => [branding.client_id, branding.use_cognito_provided_values] } == {
      web = [aws_cognito_user_pool_client.this["web"].id, true]
    }
    error_message = "Exactly the app client with callback URLs must have Cognito's style."
  }

  assert {
    condition     = output.managed_login_url == "https://shop.auth.us-east-1.amazoncognito.com"
    error_message = "managed_login_url differs."
  }
}

# The plan LITE has the classic hosted UI in place of managed login.
run "classic_hosted_ui_on_the_small_plan" {
  command = plan

  variables {
    domain_prefix  = "shop"
    clients        = { web = { callback_urls = ["https://shop.example.com/in"] } }
    user_pool_tier = "LITE"
  }

  assert {
    condition     = [for domain in aws_cognito_user_pool_domain.this : domain.managed_login_version] == [1] && length(aws_cognito_managed_login_branding.this) == 0
    error_message = "The plan LITE has no managed login: ${jsonencode([for domain in aws_cognito_user_pool_domain.this : domain.managed_login_version])}"
  }
}

run "optional_mfa" {
  command = plan

  variables {
    mfa_configuration = "OPTIONAL"
  }

  assert {
    condition     = aws_cognito_user_pool.this.mfa_configuration == "OPTIONAL" && aws_cognito_user_pool.this.software_token_mfa_configuration[0].enabled
    error_message = "Users cannot choose to use an authenticator app."
  }
}

run "email_through_ses" {
  command = plan

  variables {
    email_configuration = {
      source_arn             = "arn:aws:ses:us-east-1:123456789012:identity/example.com"
      from_email_address     = "Shop <no-reply@mail.example.com>"
      reply_to_email_address = "help@example.org"
    }
  }

  assert {
    condition = [for email in aws_cognito_user_pool.this.email_configuration : [
      email.email_sending_account, email.source_arn, email.from_email_address, email.reply_to_email_address,
      ]] == [[
      "DEVELOPER", "arn:aws:ses:us-east-1:123456789012:identity/example.com", "Shop <no-reply@mail.example.com>", "help@example.org",
    ]]
    error_message = "The pool does not send mails through the SES identity, from the given address."
  }
}

run "email_of_an_address_that_is_the_identity" {
  command = plan

  variables {
    email_configuration = {
      source_arn         = "arn:aws:ses:us-east-1:123456789012:identity/jane@example.com"
      from_email_address = "Jane@example.com"
    }
  }
}

run "email_of_an_address_with_a_tag" {
  command = plan

  variables {
    email_configuration = {
      source_arn         = "arn:aws:ses:us-east-1:123456789012:identity/jane+shop@example.com"
      from_email_address = "Shop <jane+shop@example.com>"
    }
  }
}

run "refuses_no_flow" {
  command = plan

  variables {
    clients = { app = { explicit_auth_flows = [] } }
  }

  expect_failures = [var.clients]
}

run "refuses_to_write_nothing" {
  command = plan

  variables {
    clients = { app = { write_attributes = [] } }
  }

  expect_failures = [var.clients]
}

run "refuses_a_token_for_4_minutes" {
  command = plan

  variables {
    clients = { app = { id_token_validity = 4 } }
  }

  expect_failures = [var.clients]
}

run "refuses_a_token_for_more_than_a_day" {
  command = plan

  variables {
    clients = { app = { access_token_validity = 1441 } }
  }

  expect_failures = [var.clients]
}

run "refuses_a_refresh_token_for_half_a_day" {
  command = plan

  variables {
    clients = { app = { refresh_token_validity = 0.5 } }
  }

  expect_failures = [var.clients]
}

run "refuses_a_refresh_token_for_more_than_10_years" {
  command = plan

  variables {
    clients = { app = { refresh_token_validity = 3651 } }
  }

  expect_failures = [var.clients]
}

run "refuses_a_callback_without_tls" {
  command = plan

  variables {
    clients = { app = { callback_urls = ["http://example.com/"] } }
  }

  expect_failures = [var.clients]
}

run "refuses_a_callback_that_only_looks_like_this_machine" {
  command = plan

  variables {
    clients = { app = { callback_urls = ["http://localhost.example.com/"] } }
  }

  expect_failures = [var.clients]
}

run "refuses_a_callback_with_a_fragment" {
  command = plan

  variables {
    clients = { app = { callback_urls = ["https://example.com/#in"] } }
  }

  expect_failures = [var.clients]
}

run "refuses_a_logout_without_a_callback" {
  command = plan

  variables {
    clients = { app = { logout_urls = ["https://example.com/"] } }
  }

  expect_failures = [var.clients]
}

run "refuses_writing_an_undeclared_attribute" {
  command = plan

  variables {
    clients = { app = { write_attributes = ["custom:plan"] } }
  }

  expect_failures = [var.clients]
}

run "refuses_writing_what_cognito_writes" {
  command = plan

  variables {
    clients = { app = { write_attributes = ["email_verified"] } }
  }

  expect_failures = [var.clients]
}

run "refuses_a_long_name_of_a_pool" {
  command = plan

  variables {
    user_pool_name = join("", [for _ in range(129) : "n"])
  }

  expect_failures = [var.user_pool_name]
}

run "refuses_a_domain_prefix_with_a_reserved_word" {
  command = plan

  variables {
    domain_prefix = "my-cognito"
  }

  expect_failures = [var.domain_prefix]
}

run "refuses_a_domain_prefix_in_capitals" {
  command = plan

  variables {
    domain_prefix = "Shop"
  }

  expect_failures = [var.domain_prefix]
}

run "refuses_a_domain_prefix_with_a_hyphen_at_its_end" {
  command = plan

  variables {
    domain_prefix = "shop-"
  }

  expect_failures = [var.domain_prefix]
}

run "refuses_a_domain_for_an_identity" {
  command = plan

  variables {
    email_configuration = { source_arn = "example.com", from_email_address = "a@example.com" }
  }

  expect_failures = [var.email_configuration]
}

run "refuses_a_sender_of_another_domain" {
  command = plan

  variables {
    email_configuration = { source_arn = "arn:aws:ses:us-east-1:123456789012:identity/example.com", from_email_address = "a@notexample.com" }
  }

  expect_failures = [var.email_configuration]
}

run "refuses_a_sender_other_than_the_identity" {
  command = plan

  variables {
    email_configuration = { source_arn = "arn:aws:ses:us-east-1:123456789012:identity/jane@example.com", from_email_address = "john@example.com" }
  }

  expect_failures = [var.email_configuration]
}

run "refuses_a_sender_that_ends_like_the_identity" {
  command = plan

  variables {
    email_configuration = { source_arn = "arn:aws:ses:us-east-1:123456789012:identity/jane@example.com", from_email_address = "mary.jane@example.com" }
  }

  expect_failures = [var.email_configuration]
}

run "refuses_a_sender_without_an_at" {
  command = plan

  variables {
    email_configuration = { source_arn = "arn:aws:ses:us-east-1:123456789012:identity/example.com", from_email_address = "Shop <example.com>" }
  }

  expect_failures = [var.email_configuration]
}

run "refuses_half_a_bracket" {
  command = plan

  variables {
    email_configuration = { source_arn = "arn:aws:ses:us-east-1:123456789012:identity/example.com", from_email_address = "a@example.com", reply_to_email_address = "Shop <b@example.com" }
  }

  expect_failures = [var.email_configuration]
}
