variable "project" {
  description = "First part of the name of every resource, and the value of the tag Project."
  type        = string
  nullable    = false
}

variable "environment" {
  description = "Name of the environment: the second part of the name of every resource, and the value of the tag Environment."
  type        = string
  nullable    = false
}

variable "region" {
  description = "AWS Region of the environment."
  type        = string
  nullable    = false
}

variable "account_id" {
  description = "Id of the AWS account."
  type        = string
  nullable    = false
}

variable "partition" {
  description = "AWS partition: aws, aws-cn or aws-us-gov."
  type        = string
  nullable    = false
}

variable "identity_provider" {
  description = "Host of GitHub's identity provider. It is the prefix of the condition keys."
  type        = string
  nullable    = false
}

variable "identity_provider_arn" {
  description = "ARN of GitHub's identity provider in this account."
  type        = string
  nullable    = false
}

variable "github" {
  description = "GitHub repository as written in the subject of its tokens: owner/name, or owner@<id>/name@<id>."
  type        = string
  nullable    = false
}

variable "state" {
  description = "Where Terraform stores the environment's state: `bucket_arn` and `key` of the object, and `kms_key_arn` of the KMS key that encrypts it; null means a key that S3 manages."
  type = object({
    bucket_arn  = string
    key         = string
    kms_key_arn = optional(string)
  })
  nullable = false
}

variable "kms_key_arns" {
  description = "ARNs of the customer managed KMS keys for the table and the functions."
  type        = set(string)
  nullable    = false
}

variable "function_s3_buckets" {
  description = "Names of the S3 buckets that contain the zip file of the functions."
  type        = set(string)
  nullable    = false
}
