output "alias_arn" {
  description = "ARN of the function's alias `live`, which Cognito calls."
  value       = module.lambda.alias_arn
}

output "table_name" {
  description = "Name of the table that holds the records."
  value       = module.dynamodb.table_name
}

output "user_pool_client_id" {
  description = "Id of the app client for your app."
  value       = module.cognito.user_pool_client_ids["app"]
}

output "user_pool_id" {
  description = "Id of the user pool."
  value       = module.cognito.user_pool_id
}
