locals {
  custom_attributes = [for name in keys(var.custom_attributes) : "custom:${name}"]

  # All but those that Cognito alone writes.
  standard_attributes = sort(setsubtract(jsondecode(file("${path.module}/standard_attributes.json")), ["email_verified", "phone_number_verified", "sub"]))

  # What Cognito fills in if it is left out, and the provider would then plan to remove for ever.
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

  # The provider's attribute that tells its users apart, which Cognito maps by itself.
  username_mapping = { Facebook = "id", Google = "sub", LoginWithAmazon = "user_id", OIDC = "sub", SignInWithApple = "sub" }
}

# The details hold secrets, the rest may be seen in a plan.
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

# Only a warning: whether an immutable attribute is mapped beside this module cannot be seen here.
check "immutable_attributes" {
  assert {
    condition     = nonsensitive(length(var.identity_providers)) == 0 || alltrue([for attribute in values(var.custom_attributes) : attribute.mutable])
    error_message = "Custom attributes with mutable = false: ${join(", ", [for name, attribute in var.custom_attributes : name if !attribute.mutable])}. Cognito writes what an identity provider maps at every sign-in. A user for whom one of these is mapped signs in once and never again. Cognito cannot make an attribute mutable later."
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

  # A client with somewhere to send users back to uses managed login. Others: none of it, as null leaves what was there.
  allowed_oauth_flows_user_pool_client = length(each.value.callback_urls) > 0
  allowed_oauth_flows                  = length(each.value.callback_urls) > 0 ? ["code"] : []
  allowed_oauth_scopes                 = length(each.value.callback_urls) > 0 ? ["email", "openid", "profile"] : []
  supported_identity_providers         = length(each.value.callback_urls) > 0 ? [for name in each.value.supported_identity_providers : name == "COGNITO" ? name : aws_cognito_identity_provider.this[name].provider_name] : []
  callback_urls                        = each.value.callback_urls
  logout_urls                          = each.value.logout_urls

  # Whether an address has an account is nobody else's business.
  prevent_user_existence_errors = "ENABLED"
  enable_token_revocation       = true

  # Users can edit these attributes, so none of them may grant permissions.
  read_attributes  = concat(local.standard_attributes, ["email_verified", "phone_number_verified"], local.custom_attributes)
  write_attributes = coalesce(each.value.write_attributes, local.standard_attributes)
}

# Without a style for its client, managed login says that it is unavailable. The classic hosted UI knows no styles.
# https://docs.aws.amazon.com/cognito/latest/developerguide/managed-login-branding.html
resource "aws_cognito_managed_login_branding" "this" {
  for_each = { for name, client in var.clients : name => client if length(client.callback_urls) > 0 && var.domain_prefix != null && var.user_pool_tier != "LITE" }

  user_pool_id                = aws_cognito_user_pool.this.id
  client_id                   = aws_cognito_user_pool_client.this[each.key].id
  use_cognito_provided_values = true
}
