# --------------------------------------------------------------------------------------------------
# Required: `make bootstrap` sets them from the files in terraform/environments
# --------------------------------------------------------------------------------------------------

variable "region" {
  description = "AWS Region of the bucket and of the environments whose states it holds."
  type        = string
  nullable    = false
}

variable "environments" {
  description = "Names of the environments whose states the bucket holds."
  type        = set(string)
  nullable    = false

  validation {
    condition     = length(var.environments) > 0 && alltrue([for name in var.environments : can(regex("^[a-z0-9-]{1,15}$", name))])
    error_message = "At least one environment is needed. Its name has 1 to 15 lower case letters, digits or hyphens."
  }

  # The policies recognize resources by the prefix <project>-<environment>-.
  validation {
    condition = alltrue(flatten([
      for one in var.environments : [for other in var.environments : !startswith(other, "${one}-")]
    ]))
    error_message = "The name of an environment must not start with the name of another one and a hyphen (dev and dev-2), because the roles of the first could change the resources of the second. Rename one, for example to dev2."
  }
}

# --------------------------------------------------------------------------------------------------
# Optional: you set them in terraform.tfvars; `make bootstrap` sets `project` and `allowed_account_ids`
# --------------------------------------------------------------------------------------------------

variable "project" {
  description = "First part of the name of every resource."
  type        = string
  default     = "confirmed-users"
  nullable    = false

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{1,28}[a-z0-9]$", var.project))
    error_message = "The project's name has 3 to 30 lower case letters, digits or hyphens, starts with a letter and does not end with a hyphen."
  }

  # https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html
  validation {
    condition     = length("${var.project}-state-123456789012-${var.region}") <= 63
    error_message = "The name of the bucket, <project>-state-<account>-<region>, would be longer than the 63 characters that S3 allows. In this Region the project's name may have ${63 - length("-state-123456789012-${var.region}")} characters."
  }
}

variable "allowed_account_ids" {
  description = "Ids of the AWS accounts that this may be applied to. Empty means any account."
  type        = set(string)
  default     = []
  nullable    = false
}

variable "github" {
  description = "GitHub repository whose workflows may assume the roles, as written in the subject of its tokens: `owner/name`, or `owner@<id>/name@<id>` for a repository that was created, renamed or moved since 15 July 2026. null means no identity provider and no roles."
  type        = string
  default     = null

  validation {
    condition     = var.github == null || can(regex("^([A-Za-z0-9_-]+/[A-Za-z0-9._-]+|[A-Za-z0-9_-]+@[0-9]+/[A-Za-z0-9._-]+@[0-9]+)$", var.github))
    error_message = "github is owner/name, or owner@<id>/name@<id> with both ids. This command prints it after \"repo:\": gh api repos/OWNER/NAME/actions/oidc/customization/sub --jq .sub_claim_prefix"
  }
}

variable "state_kms_key_arn" {
  description = "ARN of a customer managed KMS key that encrypts the states. Its policy must let IAM policies grant access. null means a key that S3 manages."
  type        = string
  default     = null
}

variable "kms_key_arns" {
  description = "ARNs of the customer managed KMS keys that the environments use for the table or the functions. Their policies must let IAM policies grant access."
  type        = set(string)
  default     = []
  nullable    = false

  validation {
    condition     = alltrue([for arn in var.kms_key_arns : can(regex("^arn:[^:]+:kms:[^:]+:[0-9]{12}:key/.+$", arn))])
    error_message = "kms_key_arns are ARNs of keys, not ids or aliases: arn:<partition>:kms:<region>:<account>:key/<id>."
  }
}

variable "function_s3_buckets" {
  description = "Names of the S3 buckets that contain the zip file of the functions (s3_object of `function`)."
  type        = set(string)
  default     = []
  nullable    = false
}

# --------------------------------------------------------------------------------------------------
# `make bootstrap` sets them
# --------------------------------------------------------------------------------------------------

variable "bucket_exists" {
  description = "Whether the bucket already exists. Terraform then imports it."
  type        = bool
  default     = false
  nullable    = false
}

variable "identity_provider_exists" {
  description = "Whether the account already has GitHub's identity provider. Terraform then imports it."
  type        = bool
  default     = false
  nullable    = false
}
