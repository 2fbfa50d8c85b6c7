# The environment that the local AWS is made from; see README.md.
environment                   = "local"
region                        = "us-east-1"
deletion_protection_enabled   = false
log_retention_in_days         = 30
reconcile_schedule_expression = null # Nothing starts by itself; a sweep is started by hand.
