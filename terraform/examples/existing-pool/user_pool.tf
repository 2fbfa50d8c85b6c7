# Stands for the pool that you have. Of all this only `lambda_config` is new to it.
resource "aws_cognito_user_pool" "existing" {
  name                     = "example-existing-pool"
  alias_attributes         = ["email", "preferred_username"]
  auto_verified_attributes = ["email"]
  deletion_protection      = "ACTIVE"

  password_policy {
    minimum_length                   = 14
    require_lowercase                = true
    require_numbers                  = true
    require_symbols                  = true
    require_uppercase                = true
    temporary_password_validity_days = 3
  }

  # Beside the triggers that are here already. Cognito forgets whatever is missing from an update, so the trigger
  # belongs where the rest of the pool is; no module can add it from outside.
  # https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_UpdateUserPool.html
  lambda_config {
    post_confirmation = module.lambda.alias_arn
  }
}

resource "aws_cognito_user_pool_client" "existing" {
  name                          = "example-existing-pool"
  user_pool_id                  = aws_cognito_user_pool.existing.id
  explicit_auth_flows           = ["ALLOW_USER_SRP_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"]
  prevent_user_existence_errors = "ENABLED"
}
