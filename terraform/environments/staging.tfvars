environment                 = "staging"
region                      = "us-east-1"
deletion_protection_enabled = true
# allowed_account_ids = ["<account id>"] # Terraform refuses any other account.
