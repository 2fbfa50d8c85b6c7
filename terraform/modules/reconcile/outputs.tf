output "alias_arn" {
  description = "ARN of the alias `live` of the sweep's function, which the state machine calls."
  value       = module.function.alias_arn
}

output "function_name" {
  description = "Name of the sweep's function, and of the namespace of its metrics `stored` and `failed`."
  value       = module.function.function_name
}

output "state_machine_arn" {
  description = "ARN of the state machine. Each execution of it is a sweep."
  value       = aws_sfn_state_machine.this.arn
}
