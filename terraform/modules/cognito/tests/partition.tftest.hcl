# These credentials are not valid, so against the real AWS the run fails and creates nothing.
provider "aws" {
  region     = "us-gov-west-1"
  access_key = "test"
  secret_key = "test"
}

run "govcloud" {
  variables {
    user_pool_name              = "users-test"
    lambda_triggers             = { post_confirmation = { arn = "arn:aws-us-gov:lambda:us-gov-west-1:123456789012:function:users-test:live" } }
    deletion_protection_enabled = false # Terraform deletes the pool when the tests end.
    domain_prefix               = "shop"
  }

  assert {
    condition     = output.managed_login_url == "https://shop.auth-fips.us-gov-west-1.amazoncognito.com" && startswith(output.user_pool_arn, "arn:aws-us-gov:")
    error_message = "managed_login_url or user_pool_arn are of another partition."
  }
}
