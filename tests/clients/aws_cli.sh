#!/bin/sh
# Sign up, confirm, and reset a forgotten password with the AWS CLI. It cannot sign in: it has no SRP,
# and the app client takes no password.
set -eu

email=$1 password=$2 new_password=$3

# These calls need no credentials, but a Region (AWS_DEFAULT_REGION). The CLI reads AWS_ENDPOINT_URL by
# itself; on AWS leave it out.
cognito() { # the command, and what it needs besides the app client
  command=$1
  shift
  aws cognito-idp "$command" --no-sign-request --client-id "$USER_POOL_CLIENT_ID" --username "$email" "$@"
}

cognito sign-up --password "$password" --user-attributes \
  "Name=email,Value=$email" Name=custom:firstName,Value=Ada Name=custom:lastName,Value=Lovelace
printf 'Code: '
read -r code
cognito confirm-sign-up --confirmation-code "$code"

cognito forgot-password
printf 'Code: '
read -r code
cognito confirm-forgot-password --confirmation-code "$code" --password "$new_password"
