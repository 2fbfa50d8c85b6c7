locals {
  custom_attributes = [for name in keys(var.custom_attributes) : "custom:${name}"]

  # All standard attributes except those that only Cognito may write.
  standard_attributes = sort(setsubtract(jsondecode(file("${path.module}/standard_attributes.json")), ["email_verified", "phone_number_verified", "sub"]))

  # Cognito fills these in if they are left out. Every later plan would then try to remove them.
  # https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_CreateIdentityProvider.html
  provider_details = {
    Google = {
      attributes_url                = "https://people.googleapis.com/v1/people/me?personFields="
      attributes_url_add_attributes = "true"
      authorize_url                 = "https://accounts.google.com/o/oauth2/v2/auth"
      oidc_issuer                   = "https://accounts.google.com"
      token_request_method          = "POST"
      token_url                     = "https://www.googleapis.com/oauth2/v4/token"
    }
  }

  # The identity provider's unique id of a user. Cognito adds this mapping automatically.
  username_mapping = { Facebook = "id", Google = "sub", LoginWithAmazon = "user_id", OIDC = "sub", SignInWithApple = "sub" }
}

# provider_details hold secrets. A plan may show the rest, hence nonsensitive().
resource "aws_cognito_identity_provider" "this" {
  for_each = nonsensitive(toset(keys(var.identity_providers)))

  user_pool_id  = aws_cognito_user_pool.this.id
  provider_name = each.key
  provider_type = nonsensitive(var.identity_providers[each.key].provider_type)

  provider_details = merge(
    lookup(local.provider_details, nonsensitive(var.identity_providers[each.key].provider_type), {}),
    var.identity_providers[each.key].provider_details,
  )

  attribute_mapping = merge(
    { for type, name in local.username_mapping : "username" => name if type == nonsensitive(var.identity_providers[each.key].provider_type) },
    nonsensitive(var.identity_providers[each.key].attribute_mapping),
  )
}

# Only a warning, because the module cannot see identity providers that are configured outside it.
check "immutable_attributes" {
  assert {
    condition     = nonsensitive(length(var.identity_providers)) == 0 || alltrue([for attribute in values(var.custom_attributes) : attribute.mutable])
    error_message = "Custom attributes with mutable = false: ${join(", ", [for name, attribute in var.custom_attributes : name if !attribute.mutable])}. Cognito writes mapped attributes at every sign-in. If an identity provider maps one of these, its users can sign in only once. Cognito cannot make an attribute mutable later."
  }
}

resource "aws_cognito_user_pool_client" "this" {
  for_each = var.clients

  name            = each.key
  user_pool_id    = aws_cognito_user_pool.this.id
  generate_secret = each.value.generate_secret

  explicit_auth_flows = each.value.explicit_auth_flows

  access_token_validity  = each.value.access_token_validity
  id_token_validity      = each.value.id_token_validity
  refresh_token_validity = each.value.refresh_token_validity

  token_validity_units {
    access_token  = "minutes"
    id_token      = "minutes"
    refresh_token = "days"
  }

  # Only an app client with callback URLs uses managed login. The others need [], because null would keep an old value.
  allowed_oauth_flows_user_pool_client = length(each.value.callback_urls) > 0
  allowed_oauth_flows                  = length(each.value.callback_urls) > 0 ? ["code"] : []
  allowed_oauth_scopes                 = length(each.value.callback_urls) > 0 ? ["email", "openid", "profile"] : []
  supported_identity_providers         = length(each.value.callback_urls) > 0 ? [for name in each.value.supported_identity_providers : name == "COGNITO" ? name : aws_cognito_identity_provider.this[name].provider_name] : []
  callback_urls                        = each.value.callback_urls
  logout_urls                          = each.value.logout_urls

  # At sign-in, confirmation and recovery Cognito does not reveal whether an address has an account. At sign-up it does.
  prevent_user_existence_errors = "ENABLED"
  enable_token_revocation       = true

  # Users can edit these attributes, so none of them may grant permissions.
  read_attributes  = concat(local.standard_attributes, ["email_verified", "phone_number_verified"], local.custom_attributes)
  write_attributes = coalesce(each.value.write_attributes, local.standard_attributes)
}

# Managed login shows an error for an app client without a style. The classic hosted UI has no styles.
# https://docs.aws.amazon.com/cognito/latest/developerguide/managed-login-branding.html
resource "aws_cognito_managed_login_branding" "this" {
  for_each = { for name, client in var.clients : name => client if length(client.callback_urls) > 0 && var.domain_prefix != null && var.user_pool_tier != "LITE" }

  user_pool_id                = aws_cognito_user_pool.this.id
  client_id                   = aws_cognito_user_pool_client.this[each.key].id
  use_cognito_provided_values = true
}
