output "alias_arn" {
  description = "ARN of the function's alias that Cognito calls."
  value       = module.lambda.alias_arn
}

output "redirect_url" {
  description = "Address that Google must know as an authorised redirect URI."
  value       = "${module.cognito.managed_login_url}/oauth2/idpresponse"
}

output "table_name" {
  description = "Name of the table that holds the records."
  value       = module.dynamodb.table_name
}

output "user_pool_client_id" {
  description = "Id of the app client that users sign up and in with."
  value       = module.cognito.user_pool_client_ids["web"]
}

output "user_pool_id" {
  description = "Id of the user pool."
  value       = module.cognito.user_pool_id
}
