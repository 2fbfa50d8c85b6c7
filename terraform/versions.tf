terraform {
  # 1.11 is the first version with state locks in S3. 1.15.0 has a bug, which 1.15.1 corrected.
  # https://github.com/hashicorp/terraform/pull/36338
  required_version = ">= 1.11, != 1.15.0"

  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = ">= 6.30, < 7"
    }
  }
}
