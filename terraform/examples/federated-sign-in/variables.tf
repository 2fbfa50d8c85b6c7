# --------------------------------------------------------------------------------------------------
# Required
# --------------------------------------------------------------------------------------------------

variable "callback_urls" {
  description = "Addresses of your app that users may be sent back to with a code."
  type        = set(string)
  nullable    = false
}

variable "domain_prefix" {
  description = "First part of the sign-in page's address, https://<prefix>.auth.<region>.amazoncognito.com; nobody else in the Region may have it."
  type        = string
  nullable    = false
}

variable "google_client_id" {
  description = "Id of the OAuth client that you made at Google."
  type        = string
  nullable    = false
}

variable "google_client_secret" {
  description = "Secret of that client. Set it as TF_VAR_google_client_secret, not in a file. Terraform's state has it in plain text."
  type        = string
  nullable    = false
  sensitive   = true
}

variable "region" {
  description = "AWS Region of all resources."
  type        = string
  nullable    = false
}

# --------------------------------------------------------------------------------------------------
# Optional
# --------------------------------------------------------------------------------------------------

variable "function_zip" {
  description = "Path of the function's zip file; `make package` builds it."
  type        = string
  default     = "../../../dist/function.zip"
  nullable    = false
}

variable "logout_urls" {
  description = "Addresses of your app that users may be sent to after they signed out."
  type        = set(string)
  default     = []
  nullable    = false
}

variable "web_acl_arn" {
  description = "ARN of a regional AWS WAF web ACL in front of the pool; null means none."
  type        = string
  default     = null
}
