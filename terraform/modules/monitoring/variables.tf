# --------------------------------------------------------------------------------------------------
# Required
# --------------------------------------------------------------------------------------------------

variable "name" {
  description = "Name of the dashboard; the topic's name starts with it."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[A-Za-z0-9_-]{1,249}$", var.name))
    error_message = "The name has 1 to 249 letters, digits, hyphens or underscores."
  }
}

variable "reconcile_function_name" {
  description = "Name of the function that goes through the user pool, and of the namespace of its metrics."
  type        = string
  nullable    = false
}

variable "state_machine_arn" {
  description = "ARN of the state machine, of which each execution is a sweep."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^arn:[^:]+:states:[^:]+:[0-9]{12}:stateMachine:[^:]+$", var.state_machine_arn))
    error_message = "The state machine must be given as its ARN: arn:aws:states:<region>:<account>:stateMachine:<name>."
  }
}

variable "trigger_function_name" {
  description = "Name of the function that Cognito calls, and of the namespace of its metrics."
  type        = string
  nullable    = false
}

# --------------------------------------------------------------------------------------------------
# Optional
# --------------------------------------------------------------------------------------------------

variable "email_addresses" {
  description = "Addresses that get a mail for every alarm. SNS sends each a mail first, and nothing more until its link is followed."
  type        = set(string)
  default     = []
  nullable    = false

  validation {
    condition     = alltrue([for address in var.email_addresses : can(regex("^[^@[:space:]]+@[^@[:space:]]+\\.[^@[:space:]]+$", address))])
    error_message = "An email address has the form name@example.com, without spaces and without a name in front."
  }
}
