provider "aws" {
  region = var.region

  default_tags {
    tags = {
      Project     = var.project
      Environment = var.environment
      ManagedBy   = "Terraform"
    }
  }
}

locals {
  name = "${var.project}-${var.environment}"
}

module "dynamodb" {
  source = "./modules/dynamodb"

  table_name                  = local.name
  deletion_protection_enabled = var.deletion_protection_enabled
  kms_key_arn                 = var.table_kms_key_arn
}

module "lambda" {
  source = "./modules/lambda"

  function_name         = "${local.name}-post-confirmation"
  filename              = var.function_zip
  stored_attributes     = var.stored_attributes
  table_arn             = module.dynamodb.table_arn
  table_kms_key_arn     = var.table_kms_key_arn
  user_pool_arn         = module.cognito.user_pool_arn
  log_retention_in_days = var.log_retention_in_days
}

module "cognito" {
  source = "./modules/cognito"

  user_pool_name               = local.name
  custom_attributes            = var.custom_attributes
  deletion_protection_enabled  = var.deletion_protection_enabled
  password_auth_enabled        = var.password_auth_enabled
  post_confirmation_lambda_arn = module.lambda.alias_arn
}
