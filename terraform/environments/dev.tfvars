environment                 = "dev"
region                      = "us-east-1"
deletion_protection_enabled = false
function                    = { log_retention_in_days = 30 }
# allowed_account_ids = ["<account id>"] # Terraform refuses any other account.
