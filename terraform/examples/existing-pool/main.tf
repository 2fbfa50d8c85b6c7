provider "aws" {
  region = var.region
}

locals {
  # The same for the trigger and the sweep, so that all records have the same attributes.
  stored_attributes = {
    Email     = { sources = ["email"] }
    GivenName = { sources = ["given_name"] }
    SignedUp  = { sources = ["cognito:user_create_date"] }
    Username  = { sources = ["cognito:username"] }
  }
}

module "dynamodb" {
  source = "../../modules/dynamodb"

  table_name = "example-existing-pool"
}

module "lambda" {
  source = "../../modules/lambda"

  function_name     = "example-existing-pool-post-confirmation"
  filename          = var.function_zip
  stored_attributes = local.stored_attributes
  table_arn         = module.dynamodb.table_arn
}

# The first sweep adds records for the users who are older than the trigger.
module "reconcile" {
  source = "../../modules/reconcile"

  function_name     = "example-existing-pool-reconcile"
  function          = { filename = var.function_zip }
  stored_attributes = local.stored_attributes
  table_arn         = module.dynamodb.table_arn
  user_pool_arn     = aws_cognito_user_pool.existing.arn
}
