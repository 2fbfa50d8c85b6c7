# Settings for `make bootstrap`, the same for every environment. variables.tf describes each.

# The repository whose workflows deploy; see .github/README.md for how to look it up.
# github = "octo-org@123456/confirmed-users@456789"

# kms_key_arns        = ["arn:aws:kms:us-east-1:111122223333:key/..."]
# function_s3_buckets = ["our-artifacts"]
# state_kms_key_arn   = "arn:aws:kms:us-east-1:111122223333:key/..."
