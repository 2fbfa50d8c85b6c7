output "function_name" {
  description = "Name of the function, and of the namespace of the metrics `healed` and `failed`."
  value       = aws_lambda_function.this.function_name
}

output "state_machine_arn" {
  description = "ARN of the state machine, of which each execution is a sweep."
  value       = aws_sfn_state_machine.this.arn
}
