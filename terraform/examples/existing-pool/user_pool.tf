# Stands for the pool that you have. Of all this only `lambda_config` and the permission are new to it.
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

# The one permission that your pool needs; lambda_config alone permits nothing. It goes when Terraform replaces the
# function. The ARN of the alias, unlike its name, is unknown in such a plan; so what is read from the ARN replaces the
# permission in the same apply.
resource "aws_lambda_permission" "post_confirmation" {
  statement_id   = "AllowCognitoUserPool"
  action         = "lambda:InvokeFunction"
  function_name  = module.lambda.function_name
  qualifier      = split(":", module.lambda.alias_arn)[7]
  principal      = "cognito-idp.amazonaws.com"
  source_arn     = aws_cognito_user_pool.existing.arn
  source_account = split(":", aws_cognito_user_pool.existing.arn)[4]
}

resource "aws_cognito_user_pool_client" "existing" {
  name                          = "example-existing-pool"
  user_pool_id                  = aws_cognito_user_pool.existing.id
  explicit_auth_flows           = ["ALLOW_USER_SRP_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"]
  prevent_user_existence_errors = "ENABLED"
}
