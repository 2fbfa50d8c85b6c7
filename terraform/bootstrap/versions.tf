terraform {
  required_version = ">= 1.11" # locks in S3: https://github.com/hashicorp/terraform/pull/36338

  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = "~> 6.30"
    }
  }
}
