output "alias_arn" {
  description = "ARN of the function's alias `live`, which the state machine calls."
  value       = module.function.alias_arn
}

output "function_name" {
  description = "Name of the function, and of the namespace of the metrics `stored` and `failed`."
  value       = module.function.function_name
}

output "state_machine_arn" {
  description = "ARN of the state machine, of which each execution is a sweep."
  value       = aws_sfn_state_machine.this.arn
}
