output "managed_login_url" {
  description = "Address of the page that signs users up and in; null without a domain prefix."
  value       = one([for domain in aws_cognito_user_pool_domain.this : "https://${domain.domain}.${local.login_host}"])
}

output "user_pool_arn" {
  description = "ARN of the user pool."
  value       = aws_cognito_user_pool.this.arn
}

output "user_pool_client_ids" {
  description = "Ids of the app clients, by name."
  value       = { for name, client in aws_cognito_user_pool_client.this : name => client.id }
}

output "user_pool_id" {
  description = "Id of the user pool."
  value       = aws_cognito_user_pool.this.id
}
