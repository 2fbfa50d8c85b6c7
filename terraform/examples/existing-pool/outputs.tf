output "alias_arn" {
  description = "ARN of the function's alias `live`, which Cognito calls."
  value       = module.lambda.alias_arn
}

output "state_machine_arn" {
  description = "ARN of the state machine. Each execution of it is a sweep."
  value       = module.reconcile.state_machine_arn
}

output "table_name" {
  description = "Name of the table that holds the records."
  value       = module.dynamodb.table_name
}

output "user_pool_client_id" {
  description = "Id of the app client for your app."
  value       = aws_cognito_user_pool_client.existing.id
}

output "user_pool_id" {
  description = "Id of the user pool."
  value       = aws_cognito_user_pool.existing.id
}
