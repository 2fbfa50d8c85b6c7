output "alias_arn" {
  description = "ARN of the alias that Cognito calls."
  value       = aws_lambda_alias.this.arn
}

output "function_name" {
  description = "Name of the function, and of the namespace of the metrics `stored`, `already_stored` and `failed`."
  value       = aws_lambda_function.this.function_name
}
