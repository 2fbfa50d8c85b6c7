provider "aws" {
  region = var.region
}

locals {
  # Google provides these attributes by the attribute mapping below; other users enter them at sign-up.
  stored_attributes = {
    Email     = { sources = ["email"] }
    FirstName = { sources = ["given_name"] }
    LastName  = { sources = ["family_name"] }
  }
}

module "dynamodb" {
  source = "../../modules/dynamodb"

  table_name = "example-federated-sign-in"
}

module "lambda" {
  source = "../../modules/lambda"

  function_name     = "example-federated-sign-in-post-confirmation"
  filename          = var.function_zip
  stored_attributes = local.stored_attributes
  table_arn         = module.dynamodb.table_arn
}

module "cognito" {
  source = "../../modules/cognito"

  user_pool_name  = "example-federated-sign-in"
  lambda_triggers = { post_confirmation = { arn = module.lambda.alias_arn } }
  domain_prefix   = var.domain_prefix

  identity_providers = {
    Google = {
      provider_type = "Google"

      provider_details = {
        authorize_scopes = "openid email profile"
        client_id        = var.google_client_id
        client_secret    = var.google_client_secret
      }

      # Cognito's attribute => Google's.
      attribute_mapping = {
        email          = "email"
        email_verified = "email_verified"
        family_name    = "family_name"
        given_name     = "given_name"
      }
    }
  }

  # A browser cannot keep a secret, so the app client has none. PKCE protects the code instead.
  clients = {
    web = {
      callback_urls                = var.callback_urls
      logout_urls                  = var.logout_urls
      supported_identity_providers = ["COGNITO", "Google"]
    }
  }
}

# Optional. You can add other resources for the pool in the same way, with the module's outputs.
resource "aws_wafv2_web_acl_association" "this" {
  for_each = toset(var.web_acl_arn[*])

  resource_arn = module.cognito.user_pool_arn
  web_acl_arn  = each.value
}
