provider "aws" {
  region              = var.region
  allowed_account_ids = var.allowed_account_ids

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

  function_zip = var.function_s3_object == null ? var.function_zip : null

  # What `make bootstrap` made for this environment, once it did.
  bootstrap_file       = "${path.module}/environments/${var.environment}.bootstrap.json"
  bootstrap            = fileexists(local.bootstrap_file) ? jsondecode(file(local.bootstrap_file)) : { permissions_boundary = null }
  permissions_boundary = var.permissions_boundary != null ? var.permissions_boundary : local.bootstrap.permissions_boundary
}

module "dynamodb" {
  source = "./modules/dynamodb"

  table_name                  = local.name
  deletion_protection_enabled = var.deletion_protection_enabled
  email_index_enabled         = var.email_index_enabled
  kms_key_arn                 = var.table_kms_key_arn
  stream_view_type            = var.stream_view_type
}

module "lambda" {
  source = "./modules/lambda"

  function_name                     = "${local.name}-post-confirmation"
  filename                          = local.function_zip
  s3_object                         = var.function_s3_object
  stored_attributes                 = var.stored_attributes
  table_arn                         = module.dynamodb.table_arn
  architecture                      = var.architecture
  kms_key_arn                       = var.function_kms_key_arn
  log_level                         = var.log_level
  log_retention_in_days             = var.log_retention_in_days
  memory_size                       = var.memory_size
  permissions_boundary              = local.permissions_boundary
  provisioned_concurrent_executions = var.provisioned_concurrent_executions
  reserved_concurrent_executions    = var.reserved_concurrent_executions
  alarm_topic_arn                   = module.monitoring.alarm_topic_arn
}

module "reconcile" {
  source = "./modules/reconcile"

  function_name     = "${local.name}-reconcile"
  stored_attributes = var.stored_attributes
  table_arn         = module.dynamodb.table_arn
  user_pool_arn     = module.cognito.user_pool_arn
  function = {
    architecture          = var.architecture
    filename              = local.function_zip
    kms_key_arn           = var.function_kms_key_arn
    log_retention_in_days = var.log_retention_in_days
    s3_object             = var.function_s3_object
  }
  pages_per_second     = var.reconcile_pages_per_second
  schedule_enabled     = var.reconcile_schedule_expression != null
  schedule_expression  = var.reconcile_schedule_expression
  permissions_boundary = local.permissions_boundary
  alarm_topic_arn      = module.monitoring.alarm_topic_arn
}

module "cognito" {
  source = "./modules/cognito"

  user_pool_name              = local.name
  clients                     = var.clients
  custom_attributes           = var.custom_attributes
  deletion_protection_enabled = var.deletion_protection_enabled
  domain_prefix               = var.domain_prefix
  email_configuration         = var.email_configuration
  mfa_configuration           = var.mfa_configuration

  lambda_triggers = {
    post_confirmation = { arn = module.lambda.alias_arn }
  }
}

module "monitoring" {
  source = "./modules/monitoring"

  name                    = local.name
  email_addresses         = var.alarm_email_addresses
  trigger_function_name   = module.lambda.function_name
  reconcile_function_name = module.reconcile.function_name
  state_machine_arn       = module.reconcile.state_machine_arn
}
