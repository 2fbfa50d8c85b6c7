output "deploy_role_arn" {
  description = "ARN of the role that deploys. Set it as AWS_ROLE_ARN of the environment <environment> on GitHub."
  value       = aws_iam_role.this["deploy"].arn
}

output "plan_role_arn" {
  description = "ARN of the role that only plans. Set it as AWS_ROLE_ARN of the environment <environment>-plan on GitHub."
  value       = aws_iam_role.this["plan"].arn
}

output "permissions_boundary" {
  description = "ARN of the policy that is the permissions boundary of all roles of the environment."
  value       = aws_iam_policy.boundary.arn
}
