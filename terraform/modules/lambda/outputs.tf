output "alias_arn" {
  description = "ARN of the function's alias `live`. Callers use this ARN, because it stays the same when a new version is deployed."
  value       = aws_lambda_alias.this.arn
}

output "function_name" {
  description = "Name of the function. The metrics that count its outcomes are in a namespace of the same name."
  value       = aws_lambda_function.this.function_name
}
