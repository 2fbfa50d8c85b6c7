output "alias_arn" {
  description = "ARN of the alias `live`, for whoever calls the function."
  value       = aws_lambda_alias.this.arn
}

output "function_name" {
  description = "Name of the function, and of the namespace of the metrics that count its outcomes."
  value       = aws_lambda_function.this.function_name
}
