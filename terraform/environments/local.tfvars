# The local AWS (`make local`) gets the resources of this environment. It is not meant for an AWS account.
environment                 = "local"
region                      = "us-east-1"
deletion_protection_enabled = false
function                    = { log_retention_in_days = 30 }
sweep                       = { schedule_enabled = false } # You start sweeps by hand.
