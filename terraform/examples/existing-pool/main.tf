provider "aws" {
  region = var.region
}

locals {
  # The same for the trigger and the sweep: it must not matter which of them stores a user.
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

# Stores the users that are older than the trigger, in its first sweep.
module "reconcile" {
  source = "../../modules/reconcile"

  function_name     = "example-existing-pool-reconcile"
  function          = { filename = var.function_zip }
  stored_attributes = local.stored_attributes
  table_arn         = module.dynamodb.table_arn
  user_pool_arn     = aws_cognito_user_pool.existing.arn
}
