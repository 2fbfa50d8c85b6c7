# Stands for your user pool. Add only `lambda_config` and the permission below to yours.
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

  # Keep the triggers that you already have. The trigger must be in the resource of the pool and cannot come from a
  # module, because each update of a pool resets what it does not contain.
  # https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_UpdateUserPool.html
  lambda_config {
    post_confirmation = module.lambda.alias_arn
  }
}

# lambda_config alone does not permit Cognito to call the function. AWS deletes this permission together with the
# function. When Terraform replaces the function, the alias's ARN is unknown in the plan. The qualifier is read from the
# ARN, so it is unknown too, and Terraform replaces the permission in the same apply.
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
