provider "aws" {
  region = var.region
}

module "lambda" {
  source = "../../modules/lambda"

  function_name     = "example-existing-table-post-confirmation"
  filename          = var.function_zip
  stored_attributes = { Email = { sources = ["email"] } } # type S, because it is the key of the table's index
  table_arn         = aws_dynamodb_table.existing.arn
}

module "cognito" {
  source = "../../modules/cognito"

  user_pool_name  = "example-existing-table"
  lambda_triggers = { post_confirmation = { arn = module.lambda.alias_arn } }
}
