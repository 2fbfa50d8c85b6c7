# Settings of `make bootstrap` for all environments. variables.tf describes them.

# The repository whose workflows deploy. .github/README.md says how to find the value.
# github = "octo-org@123456/confirmed-users@456789"

# kms_key_arns        = ["arn:aws:kms:us-east-1:111122223333:key/..."]
# function_s3_buckets = ["our-artifacts"]
# state_kms_key_arn   = "arn:aws:kms:us-east-1:111122223333:key/..."
