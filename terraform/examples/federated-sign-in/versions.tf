terraform {
  # 1.9 is the first version whose validations can use other variables. 1.15.0 has a bug, which 1.15.1 corrected.
  required_version = ">= 1.9, != 1.15.0"

  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = ">= 6.30, < 7"
    }
  }
}
