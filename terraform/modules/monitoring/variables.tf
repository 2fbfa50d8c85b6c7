# --------------------------------------------------------------------------------------------------
# Required
# --------------------------------------------------------------------------------------------------

variable "name" {
  description = "Name of the dashboard. The topic's name starts with it."
  type        = string
  nullable    = false
}

variable "reconcile_function_name" {
  description = "Name of the sweep's function, and of the namespace of its metrics."
  type        = string
  nullable    = false
}

variable "state_machine_arn" {
  description = "ARN of the state machine that runs sweeps."
  type        = string
  nullable    = false
}

variable "trigger_function_name" {
  description = "Name of the trigger (the function that Cognito calls), and of the namespace of its metrics."
  type        = string
  nullable    = false
}

# --------------------------------------------------------------------------------------------------
# Optional
# --------------------------------------------------------------------------------------------------

variable "email_addresses" {
  description = "Addresses that get a mail for every alarm. SNS first sends each address a link, and no alarms until somebody opens the link."
  type        = set(string)
  default     = []
  nullable    = false

  validation {
    condition     = alltrue([for address in var.email_addresses : can(regex("^[^@[:space:]]+@[^@[:space:]]+\\.[^@[:space:]]+$", address))])
    error_message = "An email address has the form name@example.com, without spaces and without a name in front."
  }
}
