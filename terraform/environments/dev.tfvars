environment                 = "dev"
region                      = "us-east-1"
deletion_protection_enabled = false
log_retention_in_days       = 30
