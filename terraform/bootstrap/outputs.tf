output "bucket" {
  description = "Name of the bucket for the states."
  value       = aws_s3_bucket.state.bucket
}

output "environments" {
  description = "For each environment: the AWS_ROLE_ARN of its two environments on GitHub, <environment> and <environment>-plan, and the permissions boundary of its roles. Empty without `github`."
  value       = module.environment
}
