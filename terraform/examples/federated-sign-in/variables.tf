# --------------------------------------------------------------------------------------------------
# Required
# --------------------------------------------------------------------------------------------------

variable "callback_urls" {
  description = "Addresses of your app to which Cognito may send users after they sign in, with a code."
  type        = set(string)
  nullable    = false
}

variable "domain_prefix" {
  description = "First part of the address of the sign-in page: https://<prefix>.auth.<region>.amazoncognito.com. It must be unique in the Region."
  type        = string
  nullable    = false
}

variable "google_client_id" {
  description = "Id of your OAuth client at Google."
  type        = string
  nullable    = false
}

variable "google_client_secret" {
  description = "Secret of your OAuth client at Google. Set the environment variable TF_VAR_google_client_secret and do not write it into a file. Terraform's state has it in plain text."
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
  description = "Path of the function's zip file, which `make package` builds."
  type        = string
  default     = "../../../dist/function.zip"
  nullable    = false
}

variable "logout_urls" {
  description = "Addresses of your app to which Cognito may send users after they sign out."
  type        = set(string)
  default     = []
  nullable    = false
}

variable "web_acl_arn" {
  description = "ARN of a regional AWS WAF web ACL in front of the pool. null means none."
  type        = string
  default     = null
}
