#!/bin/sh
# Sign up, confirm, and reset a forgotten password with the AWS CLI. It cannot sign in, because it does not
# know SRP, and the app client accepts no plain password.
set -eu

email=$1 password=$2 new_password=$3

# These calls need a Region (AWS_DEFAULT_REGION) and no credentials. The CLI reads AWS_ENDPOINT_URL, which you
# do not set on AWS.
cognito() { # the command, and its arguments other than the app client and the user
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
