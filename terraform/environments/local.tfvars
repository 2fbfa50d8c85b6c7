# The environment that the local AWS is made from; see README.md.
environment                 = "local"
region                      = "us-east-1"
deletion_protection_enabled = false
function                    = { log_retention_in_days = 30 }
sweep                       = { schedule_enabled = false } # Nothing starts by itself; you start a sweep by hand.
