output "deploy_role_arn" {
  description = "ARN of the role that deploys: AWS_ROLE_ARN of the GitHub environment <environment>."
  value       = aws_iam_role.this["deploy"].arn
}

output "plan_role_arn" {
  description = "ARN of the role that only plans: AWS_ROLE_ARN of the GitHub environment <environment>-plan."
  value       = aws_iam_role.this["plan"].arn
}

output "permissions_boundary" {
  description = "ARN of the policy that bounds every role that the environment makes."
  value       = aws_iam_policy.boundary.arn
}
