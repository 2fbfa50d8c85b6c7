environment                 = "prod"
region                      = "us-east-1"
deletion_protection_enabled = true
