variables {
  region       = "eu-west-1"
  environments = ["dev", "prod"]
  github       = "octo-org@123456/app@456789"
}

run "bucket" {
  command = plan

  assert {
    condition     = aws_s3_bucket.state.bucket == "confirmed-users-state-123456789012-eu-west-1"
    error_message = "The bucket is named ${aws_s3_bucket.state.bucket}."
  }

  assert {
    condition     = one(aws_s3_bucket_versioning.state.versioning_configuration[*].status) == "Enabled"
    error_message = "The bucket does not keep old versions of a state."
  }

  assert {
    condition = alltrue([
      aws_s3_bucket_public_access_block.state.block_public_acls,
      aws_s3_bucket_public_access_block.state.block_public_policy,
      aws_s3_bucket_public_access_block.state.ignore_public_acls,
      aws_s3_bucket_public_access_block.state.restrict_public_buckets,
    ])
    error_message = "The bucket could be made public."
  }

  assert {
    condition     = one(aws_s3_bucket_ownership_controls.state.rule[*].object_ownership) == "BucketOwnerEnforced"
    error_message = "Another account could own objects in the bucket."
  }

  assert {
    condition     = one(flatten([for rule in aws_s3_bucket_server_side_encryption_configuration.state.rule : rule.apply_server_side_encryption_by_default[*].sse_algorithm])) == "AES256"
    error_message = "States are not encrypted."
  }

  assert {
    condition = jsondecode(aws_s3_bucket_policy.state.policy).Statement == [{
      Sid       = "OnlyOverTLS"
      Effect    = "Deny"
      Principal = "*"
      Action    = "s3:*"
      Resource  = ["arn:aws:s3:::confirmed-users-state-123456789012-eu-west-1/*", "arn:aws:s3:::confirmed-users-state-123456789012-eu-west-1"]
      Condition = { Bool = { "aws:SecureTransport" = "false" } }
    }]
    error_message = "The bucket's policy is ${aws_s3_bucket_policy.state.policy}."
  }
}

run "old_versions_and_locks_expire" {
  command = plan

  assert {
    condition = {
      for rule in aws_s3_bucket_lifecycle_configuration.state.rule :
      rule.filter[0].prefix => rule.noncurrent_version_expiration[0].noncurrent_days
      } == {
      ""                                                   = 90
      "confirmed-users/bootstrap.tfstate.tflock"           = 1
      "env:/dev/confirmed-users/terraform.tfstate.tflock"  = 1
      "env:/prod/confirmed-users/terraform.tfstate.tflock" = 1
    }
    error_message = "The lifecycle rules are ${jsonencode(aws_s3_bucket_lifecycle_configuration.state.rule)}"
  }
}

run "a_customer_managed_key" {
  command = plan

  variables {
    state_kms_key_arn = "arn:aws:kms:eu-west-1:123456789012:key/11111111-2222-3333-4444-555555555555"
  }

  assert {
    condition     = one(flatten([for rule in aws_s3_bucket_server_side_encryption_configuration.state.rule : rule.apply_server_side_encryption_by_default[*].kms_master_key_id])) == var.state_kms_key_arn
    error_message = "The key does not encrypt the states."
  }
}

run "without_github_there_are_no_roles" {
  command = plan

  variables {
    github = null
  }

  assert {
    condition     = length(module.environment) == 0 && length(aws_iam_openid_connect_provider.this) == 0
    error_message = "Without `github` there are roles or an identity provider."
  }
}

run "an_identity_provider_that_is_there_stays_without_github" {
  command = plan

  variables {
    github                   = null
    identity_provider_exists = true
  }

  assert {
    condition     = length(module.environment) == 0 && length(aws_iam_openid_connect_provider.this) == 1
    error_message = "The account's identity provider would be deleted."
  }
}

run "repository_without_owner" {
  command = plan
  variables {
    github = "app"
  }
  expect_failures = [var.github]
}

run "repository_as_url" {
  command = plan
  variables {
    github = "https://github.com/octo-org/app"
  }
  expect_failures = [var.github]
}

run "repository_with_the_prefix_of_the_subject" {
  command = plan
  variables {
    github = "repo:octo-org/app"
  }
  expect_failures = [var.github]
}

run "repository_with_one_id" {
  command = plan
  variables {
    github = "octo-org@12/app"
  }
  expect_failures = [var.github]
}

run "repository_with_the_other_id" {
  command = plan
  variables {
    github = "octo-org/app@34"
  }
  expect_failures = [var.github]
}

run "repository_with_a_whole_subject" {
  command = plan
  variables {
    github = "octo-org/app:environment:prod"
  }
  expect_failures = [var.github]
}

run "repository_as_a_pattern" {
  command = plan
  variables {
    github = "octo-org/*"
  }
  expect_failures = [var.github]
}

run "an_environment_that_reaches_into_another" {
  command = plan
  variables {
    environments = ["dev", "dev-2"]
  }
  expect_failures = [var.environments]
}

run "no_environment" {
  command = plan
  variables {
    environments = []
  }
  expect_failures = [var.environments]
}

run "a_project_that_makes_the_bucket_s_name_too_long" {
  command = plan
  variables {
    project = "confirmed-users-of-our-shops-1"
    region  = "ap-southeast-2"
  }
  expect_failures = [var.project]
}

run "not_the_arn_of_a_key" {
  command = plan
  variables {
    kms_key_arns = ["alias/mine"]
  }
  expect_failures = [var.kms_key_arns]
}
