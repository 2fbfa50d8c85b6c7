output "alias_arn" {
  description = "ARN of the function's alias that Cognito calls."
  value       = module.lambda.alias_arn
}

output "deletion_protection_enabled" {
  description = "Whether AWS refuses to delete the user pool and the table; `make destroy` asks this first."
  value       = var.deletion_protection_enabled
}

output "function_name" {
  description = "Name of the function."
  value       = module.lambda.function_name
}

output "managed_login_url" {
  description = "Address of Cognito's own pages for sign-up and sign-in (managed login); null without domain_prefix."
  value       = module.cognito.managed_login_url
}

output "mfa_configuration" {
  description = "Whether users sign in with a second factor: OFF, OPTIONAL or ON."
  value       = module.cognito.mfa_configuration
}

output "reconcile_alias_arn" {
  description = "ARN of the alias of the sweep's function, which the state machine calls."
  value       = module.reconcile.alias_arn
}

output "reconcile_function_name" {
  description = "Name of the function that goes through the user pool for users without a record."
  value       = module.reconcile.function_name
}

output "region" {
  description = "Region of all resources."
  value       = var.region
}

output "state_machine_arn" {
  description = "ARN of the state machine, of which each execution is a sweep through the user pool."
  value       = module.reconcile.state_machine_arn
}

output "stored_attributes" {
  description = "What is stored of a user: name of the item's attribute => sources and type; `make e2e` expects it."
  value       = var.stored_attributes
}

output "table_arn" {
  description = "ARN of the table that holds the records."
  value       = module.dynamodb.table_arn
}

output "table_name" {
  description = "Name of the table that holds the records."
  value       = module.dynamodb.table_name
}

output "table_stream_arn" {
  description = "ARN of the table's stream; null without one."
  value       = module.dynamodb.stream_arn
}

output "user_pool_arn" {
  description = "ARN of the user pool."
  value       = module.cognito.user_pool_arn
}

output "user_pool_client_ids" {
  description = "Ids of the app clients that users sign up and in with, by name."
  value       = module.cognito.user_pool_client_ids
}

output "user_pool_clients_with_secret" {
  description = "Names of the app clients that have a secret."
  value       = module.cognito.user_pool_clients_with_secret
}

output "user_pool_id" {
  description = "Id of the user pool."
  value       = module.cognito.user_pool_id
}

output "username_attributes" {
  description = "What users sign up and sign in with: `email`, `phone_number` or both."
  value       = module.cognito.username_attributes
}
