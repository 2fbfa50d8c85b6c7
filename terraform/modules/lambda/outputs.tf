output "alias_arn" {
  description = "ARN of the alias that Cognito calls."
  value       = aws_lambda_alias.this.arn
}

output "function_name" {
  description = "Name of the function."
  value       = aws_lambda_function.this.function_name
}
