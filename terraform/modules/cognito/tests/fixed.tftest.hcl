# What cannot be changed without losing the user pool is refused while planning.

# Keys of nobody: against the real AWS these runs fail instead of making something.
provider "aws" {
  region     = "us-east-1"
  access_key = "test"
  secret_key = "test"
}

provider "aws" {
  alias      = "elsewhere"
  region     = "eu-central-1"
  access_key = "test"
  secret_key = "test"
}

variables {
  user_pool_name               = "users-test"
  post_confirmation_lambda_arn = "arn:aws:lambda:us-east-1:123456789012:function:users-test-post-confirmation:live"
  deletion_protection_enabled  = false # So that the pool can be deleted when the tests end.
}

run "created" {}

run "refuses_another_region" {
  command = plan

  providers = {
    aws = aws.elsewhere
  }

  expect_failures = [aws_cognito_user_pool.this]
}

# In place, or the ARN would be unknown until apply and the run would fail.
run "everything_else_is_changed_in_place" {
  command = plan

  variables {
    user_pool_name    = "users-renamed"
    clients           = { app = { explicit_auth_flows = ["ALLOW_USER_AUTH"], access_token_validity = 5 }, web = {} }
    custom_attributes = { firstName = {} }
    mfa_configuration = "ON"
    email_configuration = {
      source_arn         = "arn:aws:ses:us-east-1:123456789012:identity/example.com"
      from_email_address = "no-reply@example.com"
    }
  }

  assert {
    condition     = output.user_pool_arn == run.created.user_pool_arn && aws_cognito_user_pool_client.this["app"].id == run.created.user_pool_client_ids.app
    error_message = "The user pool or its app client is replaced."
  }
}
