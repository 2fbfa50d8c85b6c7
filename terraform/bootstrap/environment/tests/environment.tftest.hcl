variables {
  project               = "confirmed-users"
  environment           = "dev"
  region                = "eu-west-1"
  account_id            = "123456789012"
  partition             = "aws"
  identity_provider     = "token.actions.githubusercontent.com"
  identity_provider_arn = "arn:aws:iam::123456789012:oidc-provider/token.actions.githubusercontent.com"
  github                = "octo-org@123456/app@456789"
  state                 = { bucket_arn = "arn:aws:s3:::states", key = "env:/dev/confirmed-users/terraform.tfstate" }
  kms_key_arns          = []
  function_s3_buckets   = []
}

run "trust" {
  command = plan

  assert {
    condition = {
      for name, role in aws_iam_role.this : name => one(jsondecode(role.assume_role_policy).Statement)
      } == {
      for name, environment in { deploy = "dev", plan = "dev-plan" } : name => {
        Effect                          = "Allow"
        Action                          = "sts:AssumeRoleWithWebIdentity"
        Principal                       = { Federated = var.identity_provider_arn }
        Condition = {
          StringEquals = {
            "token.actions.githubusercontent.com:aud" = "sts.amazonaws.com"
            "token.actions.githubusercontent.com:sub" = "repo:octo-org@123456/app@456789:environment:${environment}"
          }
        }
      }
    }
    error_message = "The roles can be assumed by others: ${jsonencode([for role in aws_iam_role.this : role.assume_role_policy])}"
  }
}

run "subject_without_ids" {
  command = plan

  variables {
    github = "octo-org/app"
  }

  assert {
    condition     = jsondecode(aws_iam_role.this["deploy"].assume_role_policy).Statement[0].Condition.StringEquals["token.actions.githubusercontent.com:sub"] == "repo:octo-org/app:environment:dev"
    error_message = "The subject is ${aws_iam_role.this["deploy"].assume_role_policy}."
  }
}

run "what_bootstrap_makes_is_out_of_the_deploying_role_s_reach" {
  command = plan

  assert {
    condition     = alltrue([for one in concat(values(aws_iam_role.this)[*].path, values(aws_iam_policy.this)[*].path, [aws_iam_policy.boundary.path]) : one == "/bootstrap/"])
    error_message = "The deploying role could change a role or a policy that `make bootstrap` created."
  }
}

run "longest_names" {
  command = plan

  variables {
    project             = "confirmed-users-of-our-shop-12"
    environment         = "production-2026"
    region              = "ap-southeast-2"
    partition           = "aws-us-gov"
    kms_key_arns        = [for i in range(5) : "arn:aws-us-gov:kms:ap-southeast-2:123456789012:key/11111111-2222-3333-4444-55555555555${i}"]
    function_s3_buckets = ["a-bucket-with-the-longest-name-that-a-bucket-can-have-of-63-chars"]
  }

  # https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
  assert {
    condition     = alltrue([for policy in concat(values(aws_iam_policy.this), [aws_iam_policy.boundary]) : length(jsonencode(jsondecode(policy.policy))) <= 6144])
    error_message = "A policy is longer than AWS takes: ${jsonencode({ for name, policy in aws_iam_policy.this : name => length(jsonencode(jsondecode(policy.policy))) })}"
  }

  assert {
    condition     = alltrue([for role in aws_iam_role.this : length(role.name) <= 64])
    error_message = "A role's name is longer than AWS takes: ${jsonencode(values(aws_iam_role.this)[*].name)}"
  }
}
