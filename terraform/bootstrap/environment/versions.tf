terraform {
  # 1.9 is the first whose validations see other variables; 1.15.0 fails with an error of its own, which 1.15.1 corrected.
  required_version = ">= 1.9, != 1.15.0"

  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = ">= 6.30, < 7"
    }
  }
}
