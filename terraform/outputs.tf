output "alias_arn" {
  description = "ARN of the trigger's alias `live`, which Cognito calls."
  value       = module.lambda.alias_arn
}

output "deletion_protection_enabled" {
  description = "Whether AWS refuses to delete the user pool and the table. `make destroy` checks this first."
  value       = var.deletion_protection_enabled
}

output "function_name" {
  description = "Name of the trigger's function."
  value       = module.lambda.function_name
}

output "managed_login_url" {
  description = "Address of Cognito's own pages for sign-up and sign-in (managed login); null without domain_prefix."
  value       = module.cognito.managed_login_url
}

output "mfa_configuration" {
  description = "Whether users need a second factor (MFA): OFF, OPTIONAL or ON."
  value       = module.cognito.mfa_configuration
}

output "reconcile_alias_arn" {
  description = "ARN of the alias `live` of the sweep's function, which the state machine calls."
  value       = module.reconcile.alias_arn
}

output "reconcile_function_name" {
  description = "Name of the sweep's function."
  value       = module.reconcile.function_name
}

output "region" {
  description = "AWS Region of all resources."
  value       = var.region
}

output "state_machine_arn" {
  description = "ARN of the state machine. Each execution of it is a sweep."
  value       = module.reconcile.state_machine_arn
}

output "stored_attributes" {
  description = "What is stored of a user: name of the record's attribute => sources and type. `make e2e` checks records against it."
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
  description = "ARN of the table's stream; null if the table has none."
  value       = module.dynamodb.stream_arn
}

output "user_pool_arn" {
  description = "ARN of the user pool."
  value       = module.cognito.user_pool_arn
}

output "user_pool_client_ids" {
  description = "Ids of the app clients, by the name in `clients`."
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
