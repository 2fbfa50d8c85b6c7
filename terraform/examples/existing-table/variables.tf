variable "function_zip" {
  description = "Path of the function's zip file, which `make package` builds."
  type        = string
  default     = "../../../dist/function.zip"
  nullable    = false
}

variable "region" {
  description = "AWS Region of all resources."
  type        = string
  nullable    = false
}
