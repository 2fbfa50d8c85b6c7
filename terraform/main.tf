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

  # The zip file is either in S3 or at the path `filename`, which has a default.
  function = merge(var.function, { filename = var.function.s3_object == null ? var.function.filename : null })

  # `make bootstrap` writes this file for the environment. Without it there is no permissions boundary.
  bootstrap_file       = "${path.module}/environments/${var.environment}.bootstrap.json"
  bootstrap            = fileexists(local.bootstrap_file) ? jsondecode(file(local.bootstrap_file)) : { permissions_boundary = null }
  permissions_boundary = var.permissions_boundary != null ? var.permissions_boundary : local.bootstrap.permissions_boundary
}

module "dynamodb" {
  source = "./modules/dynamodb"

  table_name                  = local.name
  deletion_protection_enabled = var.deletion_protection_enabled
  email_index_enabled         = var.table.email_index_enabled
  kms_key_arn                 = var.table.kms_key_arn
  stream_view_type            = var.table.stream_view_type
}

module "lambda" {
  source = "./modules/lambda"

  function_name                     = "${local.name}-post-confirmation"
  stored_attributes                 = var.stored_attributes
  table_arn                         = module.dynamodb.table_arn
  alarm_topic_arn                   = module.monitoring.alarm_topic_arn
  permissions_boundary              = local.permissions_boundary
  architecture                      = local.function.architecture
  filename                          = local.function.filename
  kms_key_arn                       = local.function.kms_key_arn
  log_level                         = local.function.log_level
  log_retention_in_days             = local.function.log_retention_in_days
  memory_size                       = local.function.memory_size
  provisioned_concurrent_executions = local.function.provisioned_concurrent_executions
  reserved_concurrent_executions    = local.function.reserved_concurrent_executions
  s3_object                         = local.function.s3_object
}

module "reconcile" {
  source = "./modules/reconcile"

  function_name        = "${local.name}-reconcile"
  function             = local.function
  stored_attributes    = var.stored_attributes
  table_arn            = module.dynamodb.table_arn
  user_pool_arn        = module.cognito.user_pool_arn
  alarm_topic_arn      = module.monitoring.alarm_topic_arn
  permissions_boundary = local.permissions_boundary
  pages_per_second     = var.sweep.pages_per_second
  schedule_enabled     = var.sweep.schedule_enabled
  schedule_expression  = var.sweep.schedule_expression
  update_records       = var.sweep.update_records
}

module "cognito" {
  source = "./modules/cognito"

  user_pool_name              = local.name
  clients                     = var.clients
  custom_attributes           = var.custom_attributes
  deletion_protection_enabled = var.deletion_protection_enabled
  identity_providers          = var.identity_providers
  permissions_boundary        = local.permissions_boundary

  lambda_triggers = merge(
    var.user_pool.lambda_triggers,
    { post_confirmation = { arn = module.lambda.alias_arn } },
    { for trigger in ["post_authentication"] : trigger => { arn = module.lambda.alias_arn } if var.function.store_at_sign_in },
  )

  allowed_first_auth_factors                    = var.user_pool.allowed_first_auth_factors
  attributes_require_verification_before_update = var.user_pool.attributes_require_verification_before_update
  auto_verified_attributes                      = var.user_pool.auto_verified_attributes
  custom_sender_kms_key_arn                     = var.user_pool.custom_sender_kms_key_arn
  default_email_option                          = var.user_pool.default_email_option
  domain_prefix                                 = var.user_pool.domain_prefix
  email_configuration                           = var.user_pool.email_configuration
  mfa_configuration                             = var.user_pool.mfa_configuration
  password_policy                               = var.user_pool.password_policy
  sms_enabled                                   = var.user_pool.sms_enabled
  user_pool_tier                                = var.user_pool.user_pool_tier
  username_attributes                           = var.user_pool.username_attributes
  web_authn_relying_party_id                    = var.user_pool.web_authn_relying_party_id
}

module "monitoring" {
  source = "./modules/monitoring"

  name                    = local.name
  email_addresses         = var.alarms.email_addresses
  trigger_function_name   = module.lambda.function_name
  reconcile_function_name = module.reconcile.function_name
  state_machine_arn       = module.reconcile.state_machine_arn
}
