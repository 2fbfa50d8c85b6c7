provider "aws" {
  region = var.region
}

module "dynamodb" {
  source = "../../modules/dynamodb"

  table_name = "example-minimal"
}

module "lambda" {
  source = "../../modules/lambda"

  function_name     = "example-minimal-post-confirmation"
  filename          = var.function_zip
  stored_attributes = { Email = { sources = ["email"] } }
  table_arn         = module.dynamodb.table_arn
}

module "cognito" {
  source = "../../modules/cognito"

  user_pool_name  = "example-minimal"
  lambda_triggers = { post_confirmation = { arn = module.lambda.alias_arn } }
}
