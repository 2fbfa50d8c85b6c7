output "bucket" {
  description = "Name of the bucket that keeps the states."
  value       = aws_s3_bucket.state.bucket
}

output "environments" {
  description = "What each environment has: AWS_ROLE_ARN of its GitHub environments <environment> and <environment>-plan, and the permissions boundary of the roles that it makes. Empty without `github`."
  value       = module.environment
}
