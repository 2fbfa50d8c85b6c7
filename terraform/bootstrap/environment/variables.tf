variable "project" {
  description = "First part of the name of every resource; also the value of their tag Project."
  type        = string
  nullable    = false
}

variable "environment" {
  description = "Name of the environment, the second part of the name of every resource; also the value of their tag Environment."
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
  description = "Host of GitHub's identity provider, the prefix of its condition keys."
  type        = string
  nullable    = false
}

variable "identity_provider_arn" {
  description = "ARN of GitHub's identity provider in this account."
  type        = string
  nullable    = false
}

variable "github" {
  description = "GitHub repository as the subject of its tokens names it: owner/name, or owner@<id>/name@<id>."
  type        = string
  nullable    = false
}

variable "state" {
  description = "Where Terraform keeps the environment's state: ARN of the bucket, key, and ARN of the key that encrypts it, null for S3's own."
  type = object({
    bucket_arn  = string
    key         = string
    kms_key_arn = optional(string)
  })
  nullable = false
}

variable "kms_key_arns" {
  description = "ARNs of the customer managed KMS keys of the table and the functions."
  type        = set(string)
  nullable    = false
}

variable "function_s3_buckets" {
  description = "Names of the S3 buckets from which the functions' zip file is taken."
  type        = set(string)
  nullable    = false
}
