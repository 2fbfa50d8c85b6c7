output "alias_arn" {
  description = "ARN of the function's alias `live`, which Cognito calls."
  value       = module.lambda.alias_arn
}

output "redirect_url" {
  description = "Address to add to the authorised redirect URIs of your OAuth client at Google."
  value       = "${module.cognito.managed_login_url}/oauth2/idpresponse"
}

output "table_name" {
  description = "Name of the table that holds the records."
  value       = module.dynamodb.table_name
}

output "user_pool_client_id" {
  description = "Id of the app client for your app."
  value       = module.cognito.user_pool_client_ids["web"]
}

output "user_pool_id" {
  description = "Id of the user pool."
  value       = module.cognito.user_pool_id
}
