resource "aws_cognito_identity_provider" "google" {
  user_pool_id  = module.cognito.user_pool_id
  provider_name = "Google"
  provider_type = "Google"

  provider_details = {
    authorize_scopes = "openid email profile"
    client_id        = var.google_client_id
    client_secret    = var.google_client_secret

    # Cognito fills these in. Named here, or many versions of the provider would plan to remove them for ever.
    attributes_url                = "https://people.googleapis.com/v1/people/me?personFields="
    attributes_url_add_attributes = "true"
    authorize_url                 = "https://accounts.google.com/o/oauth2/v2/auth"
    oidc_issuer                   = "https://accounts.google.com"
    token_request_method          = "POST"
    token_url                     = "https://www.googleapis.com/oauth2/v4/token"
  }

  # Cognito's attribute => Google's.
  attribute_mapping = {
    email          = "email"
    email_verified = "email_verified"
    family_name    = "family_name"
    given_name     = "given_name"
    username       = "sub"
  }
}

# An app client of its own, in place of the module's, which know nothing of Google.
resource "aws_cognito_user_pool_client" "web" {
  name         = "web"
  user_pool_id = module.cognito.user_pool_id

  # A browser cannot keep a secret; the code is protected by PKCE instead.
  generate_secret = false

  allowed_oauth_flows_user_pool_client = true
  allowed_oauth_flows                  = ["code"]
  allowed_oauth_scopes                 = ["openid", "email", "profile"]
  supported_identity_providers         = ["COGNITO", aws_cognito_identity_provider.google.provider_name]
  callback_urls                        = var.callback_urls
  logout_urls                          = var.logout_urls

  explicit_auth_flows           = ["ALLOW_USER_SRP_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"]
  prevent_user_existence_errors = "ENABLED"
  enable_token_revocation       = true
}

# Without a style for its client the page says that it is unavailable.
# https://docs.aws.amazon.com/cognito/latest/developerguide/managed-login-branding.html
resource "aws_cognito_managed_login_branding" "web" {
  user_pool_id                = module.cognito.user_pool_id
  client_id                   = aws_cognito_user_pool_client.web.id
  use_cognito_provided_values = true
}

# Whatever else you want to put before the pool goes beside it in the same way.
resource "aws_wafv2_web_acl_association" "this" {
  for_each = toset(var.web_acl_arn[*])

  resource_arn = module.cognito.user_pool_arn
  web_acl_arn  = each.value
}
