output "managed_login_url" {
  description = "Address of Cognito's own pages for sign-up and sign-in (managed login); null without domain_prefix."
  value       = one([for domain in aws_cognito_user_pool_domain.this : "https://${domain.domain}.${local.login_host}"])
}

output "mfa_configuration" {
  description = "Whether users need a second factor (MFA): OFF, OPTIONAL or ON."
  value       = aws_cognito_user_pool.this.mfa_configuration
}

output "user_pool_arn" {
  description = "ARN of the user pool."
  value       = aws_cognito_user_pool.this.arn
}

output "user_pool_client_ids" {
  description = "Ids of the app clients, by the name in `clients`."
  value       = { for name, client in aws_cognito_user_pool_client.this : name => client.id }
}

output "user_pool_clients_with_secret" {
  description = "Names of the app clients that have a secret."
  value       = sort([for name, client in aws_cognito_user_pool_client.this : name if client.generate_secret])
}

output "user_pool_id" {
  description = "Id of the user pool."
  value       = aws_cognito_user_pool.this.id
}

output "username_attributes" {
  description = "What users sign up and sign in with: `email`, `phone_number` or both."
  value       = aws_cognito_user_pool.this.username_attributes
}
