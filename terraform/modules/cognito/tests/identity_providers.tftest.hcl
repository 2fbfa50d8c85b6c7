# These credentials are not valid, so against the real AWS each run fails and creates nothing.
provider "aws" {
  region     = "us-east-1"
  access_key = "test"
  secret_key = "test"
}

variables {
  user_pool_name              = "users-test"
  deletion_protection_enabled = false # Terraform deletes the pool when the tests end.
  domain_prefix               = "shop"
  identity_providers = {
    Google = {
      provider_type     = "Google"
      provider_details  = { client_id = "id", client_secret = "s", authorize_scopes = "openid email" }
      attribute_mapping = { email = "email", "custom:team" = "hd" }
    }
    Staff = {
      provider_type     = "OIDC"
      provider_details  = { client_id = "id", oidc_issuer = "https://example.com", attributes_request_method = "GET", authorize_scopes = "openid" }
      attribute_mapping = { email = "email" }
    }
  }
  custom_attributes = { team = {} }
  clients = {
    app = {}
    web = { callback_urls = ["https://shop.example.com/in"], supported_identity_providers = ["COGNITO", "Google"] }
  }
}

run "set" {
  assert {
    condition     = toset(aws_cognito_user_pool_client.this["web"].supported_identity_providers) == toset(["COGNITO", "Google"]) && length(coalesce(aws_cognito_user_pool_client.this["app"].supported_identity_providers, [])) == 0
    error_message = "The clients offer ${jsonencode([for client in values(aws_cognito_user_pool_client.this) : client.supported_identity_providers])}."
  }

  assert {
    condition     = { for name, provider in aws_cognito_identity_provider.this : name => provider.provider_type } == { Google = "Google", Staff = "OIDC" }
    error_message = "The identity providers are ${jsonencode({ for name, provider in aws_cognito_identity_provider.this : name => provider.provider_type })}."
  }

  # The given details are there, and those that Cognito fills in.
  assert {
    condition = jsonencode(nonsensitive(aws_cognito_identity_provider.this["Google"].provider_details)) == jsonencode({
      attributes_url                = "https://people.googleapis.com/v1/people/me?personFields="
      attributes_url_add_attributes = "true"
      authorize_scopes              = "openid email"
      authorize_url                 = "https://accounts.google.com/o/oauth2/v2/auth"
      client_id                     = "id"
      client_secret                 = "s"
      oidc_issuer                   = "https://accounts.google.com"
      token_request_method          = "POST"
      token_url                     = "https://www.googleapis.com/oauth2/v4/token"
    })
    error_message = "Google's details must be the given ones and those that Cognito fills in."
  }

  assert {
    condition     = aws_cognito_identity_provider.this["Google"].attribute_mapping == tomap({ "custom:team" = "hd", email = "email", username = "sub" })
    error_message = "The attribute mapping of Google is ${jsonencode(aws_cognito_identity_provider.this["Google"].attribute_mapping)}."
  }

  assert {
    condition     = issensitive(aws_cognito_identity_provider.this["Google"].provider_details) && !issensitive(aws_cognito_identity_provider.this["Google"].attribute_mapping)
    error_message = "A plan would show the secrets of an identity provider, or hide values that are not secret."
  }
}

run "removed" {
  command = plan

  variables {
    identity_providers = {}
    clients            = { app = {}, web = { callback_urls = ["https://shop.example.com/in"] } }
  }

  assert {
    condition     = toset(aws_cognito_user_pool_client.this["web"].supported_identity_providers) == toset(["COGNITO"]) && length(aws_cognito_identity_provider.this) == 0
    error_message = "The client offers ${jsonencode(aws_cognito_user_pool_client.this["web"].supported_identity_providers)}."
  }
}

run "warns_of_immutable_attributes" {
  command = plan

  variables {
    custom_attributes = { team = {}, plan = { mutable = false } }
  }

  expect_failures = [check.immutable_attributes]
}

# Validations

run "refuses_to_map_an_immutable_attribute" {
  command = plan

  variables {
    custom_attributes = { team = { mutable = false } }
  }

  expect_failures = [var.identity_providers]
}

run "refuses_to_map_an_undeclared_attribute" {
  command = plan

  variables {
    custom_attributes = {}
  }

  expect_failures = [var.identity_providers]
}

run "refuses_another_name_for_google" {
  command = plan

  variables {
    clients            = {}
    identity_providers = { google = { provider_type = "Google", provider_details = { client_id = "id", client_secret = "s", authorize_scopes = "openid" }, attribute_mapping = {} } }
  }

  expect_failures = [var.identity_providers]
}

run "refuses_google_without_a_secret" {
  command = plan

  variables {
    clients            = {}
    identity_providers = { Google = { provider_type = "Google", provider_details = { client_id = "id", authorize_scopes = "openid" }, attribute_mapping = {} } }
  }

  expect_failures = [var.identity_providers]
}

run "refuses_saml_without_metadata" {
  command = plan

  variables {
    clients            = {}
    identity_providers = { Staff = { provider_type = "SAML", provider_details = {}, attribute_mapping = {} } }
  }

  expect_failures = [var.identity_providers]
}

run "refuses_a_provider_that_is_not_there" {
  command = plan

  variables {
    clients = { web = { callback_urls = ["https://shop.example.com/in"], supported_identity_providers = ["Facebook"] } }
  }

  expect_failures = [var.clients]
}

run "refuses_a_provider_without_managed_login" {
  command = plan

  variables {
    clients = { app = { supported_identity_providers = ["COGNITO", "Google"] } }
  }

  expect_failures = [var.clients]
}
