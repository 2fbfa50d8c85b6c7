"""Sign up, confirm, sign in, and reset a forgotten password with pycognito."""

import os
import sys

import requests
from pycognito import Cognito

email, password, new_password = sys.argv[1:]
pool_id = os.environ["USER_POOL_ID"]
# boto3 reads AWS_ENDPOINT_URL, which you do not set on AWS.
user = Cognito(pool_id, os.environ["USER_POOL_CLIENT_ID"], username=email)
if endpoint := os.environ.get("AWS_ENDPOINT_URL"):
    # pycognito verifies tokens with these keys. On AWS it finds them without this.
    keys = requests.get(f"{endpoint}/{pool_id}/.well-known/jwks.json", timeout=10)
    user.pool_jwk = keys.json()

user.set_base_attributes(email=email)
user.add_custom_attributes(firstName="Ada", lastName="Lovelace")
user.register(email, password)
user.confirm_sign_up(input("Code: "))

user.authenticate(password)  # by SRP: the password itself is not sent
print("Signed in as", user.id_claims["sub"])

user.initiate_forgot_password()
user.confirm_forgot_password(input("Code: "), new_password)
user.authenticate(new_password)
print("Signed in as", user.id_claims["sub"])
