provider "aws" {
  region = var.region
}

locals {
  # From Google by way of the attribute mapping, or from whoever signs up with a password.
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
  clients         = {} # sign_in.tf has one that knows Google.
  domain_prefix   = var.domain_prefix
}
