"""A deployed stack, in the local AWS or in an account, with what the tests do to it.

It reads the configuration (attributes, app clients, MFA, sign-in by phone) from Terraform's outputs
and from Cognito, so the scenarios work with any configuration.
"""

import base64
import hashlib
import hmac
import json
import secrets
import time
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

from cryptography.hazmat.primitives.hashes import SHA1
from cryptography.hazmat.primitives.twofactor.totp import TOTP
from pycognito.aws_srp import AWSSRP

if TYPE_CHECKING:
    from mypy_boto3_cognito_idp import CognitoIdentityProviderClient
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_lambda import LambdaClient

PASSWORD = "correct-Horse-1-battery"  # noqa: S105 - of users that a test deletes

# Values for the standard attributes for which Cognito does not accept every text.
# https://docs.aws.amazon.com/cognito/latest/developerguide/user-pool-settings-attributes.html
VALUES = {
    "birthdate": "1815-12-10",
    "locale": "en-GB",
    "picture": "https://example.com/ada.png",
    "profile": "https://example.com/ada",
    "updated_at": "1815",
    "website": "https://example.com",
    "zoneinfo": "Europe/London",
}
TEXT = "Zoë 李 👩‍👩‍👧 <b> "
NUMBER = 42

type Item = dict[str, Any]


@dataclass
class Deployment:
    """The boto3 clients, Terraform's outputs, and the users and records to delete in the end."""

    cognito: "CognitoIdentityProviderClient"
    dynamodb: "DynamoDBClient"
    functions: "LambdaClient"
    outputs: dict[str, Any]
    _usernames: list[str] = field(default_factory=list)
    _subs: list[str] = field(default_factory=list)

    @cached_property
    def pool(self) -> Mapping[str, Any]:
        """The user pool, as Cognito describes it."""
        pool_id = self.outputs["user_pool_id"]
        return self.cognito.describe_user_pool(UserPoolId=pool_id)["UserPool"]

    @cached_property
    def client(self) -> Mapping[str, Any]:
        """The app client that users sign up with: `app`, unless only another accepts passwords."""
        ids = self.outputs["user_pool_client_ids"]
        described = [
            self.cognito.describe_user_pool_client(
                UserPoolId=self.outputs["user_pool_id"], ClientId=ids[name]
            )["UserPoolClient"]
            for name in sorted(ids, key=lambda name: (name != "app", name))
        ]
        return min(described, key=lambda one: not _password_flows(one))

    @property
    def client_id(self) -> str:
        """Id of the app client that users sign up with."""
        return str(self.client["ClientId"])

    @cached_property
    def password(self) -> str:
        """The password of every user, which is as long as the pool demands."""
        policy = self.pool.get("Policies", {}).get("PasswordPolicy", {})
        return PASSWORD * (int(policy.get("MinimumLength", 0)) // len(PASSWORD) + 1)

    def sign_up(self, **attributes: str) -> tuple[str, str]:
        """Sign a user up. Returns what they sign in with, and their `sub`.

        An address belongs to Amazon's mailbox simulator, which accepts every mail.
        https://docs.aws.amazon.com/ses/latest/dg/send-an-email-from-console.html
        A phone number is one of those that are reserved for fiction.
        """
        username, own = f"success+{uuid.uuid4()}@simulator.amazonses.com", "email"
        if own not in self.pool.get("UsernameAttributes", [own]):
            username = f"+1{200 + secrets.randbelow(700)}55501{secrets.randbelow(100):02}"
            own = "phone_number"
        required = {
            name: self._value(name, "S")
            for name, schema in self._schema.items()
            if schema.get("Required") and name != "sub"
        }
        self._usernames.append(username)
        answer = self.cognito.sign_up(
            ClientId=self.client_id,
            Username=username,
            Password=self.password,
            UserAttributes=[
                {"Name": name, "Value": value}
                for name, value in (required | attributes | {own: username}).items()
            ],
            **self._secret_hash("SecretHash", username),
        )
        self._subs.append(answer["UserSub"])
        return username, answer["UserSub"]

    def create(self) -> tuple[str, str]:
        """Create a user with a password as an administrator. Returns the address and the `sub`.

        Cognito calls no PostConfirmation trigger for such a user.
        """
        email = f"success+{uuid.uuid4()}@simulator.amazonses.com"
        pool_id = self.outputs["user_pool_id"]
        self._usernames.append(email)
        user = self.cognito.admin_create_user(
            UserPoolId=pool_id,
            Username=email,
            MessageAction="SUPPRESS",
            UserAttributes=[{"Name": "email", "Value": email}],
        )["User"]
        (sub,) = (one["Value"] for one in user["Attributes"] if one["Name"] == "sub")
        self._subs.append(sub)
        self.cognito.admin_set_user_password(
            UserPoolId=pool_id, Username=email, Password=PASSWORD, Permanent=True
        )
        return email, sub

    def confirm(self, username: str) -> None:
        """Confirm the user as an administrator, which needs no code."""
        pool_id = self.outputs["user_pool_id"]
        self.cognito.admin_confirm_sign_up(UserPoolId=pool_id, Username=username)

    def status(self, username: str) -> str:
        """The user's status in the pool, such as CONFIRMED."""
        return str(self._user(username)["UserStatus"])

    def attributes(self, username: str) -> dict[str, str]:
        """The user's attributes in the pool, by name."""
        found = self._user(username)["UserAttributes"]
        return {attribute["Name"]: attribute["Value"] for attribute in found}

    def sign_in(self, username: str, password: str | None = None) -> str | None:
        """The user's access token; None if Cognito asks for a code from their mailbox or phone.

        If the pool demands a second factor, this sets up an authenticator app.
        """
        password = password or self.password
        secret = self.client.get("ClientSecret")
        if "ALLOW_USER_SRP_AUTH" in self.client["ExplicitAuthFlows"]:
            srp = AWSSRP(
                username=username,
                password=password,
                pool_id=self.outputs["user_pool_id"],
                client_id=self.client_id,
                client=self.cognito,
                client_secret=secret,
            )
            answer: Any = srp.authenticate_user()
        else:
            answer = self.cognito.initiate_auth(
                ClientId=self.client_id,
                AuthFlow="USER_PASSWORD_AUTH",
                AuthParameters={
                    "USERNAME": username,
                    "PASSWORD": password,
                    **self._secret_hash("SECRET_HASH", username),
                },
            )
        # The list is a string: https://docs.aws.amazon.com/cognito/latest/developerguide/
        # amazon-cognito-user-pools-authentication-flow-methods.html
        can_set_up = str(answer.get("ChallengeParameters", {}).get("MFAS_CAN_SETUP"))
        if "SOFTWARE_TOKEN_MFA" in can_set_up:
            answer = self._set_up_mfa(username, answer["Session"])
        if "AuthenticationResult" in answer:
            return str(answer["AuthenticationResult"]["AccessToken"])
        assert "ChallengeName" in answer
        return None

    @property
    def takes_passwords(self) -> bool:
        """Whether a user can sign in with a password through an app client."""
        return _password_flows(self.client)

    def event(self, trigger: str, sub: str, **attributes: str) -> dict[str, Any]:
        """Cognito's event for this pool; `trigger` is ConfirmSignUp or ConfirmForgotPassword."""
        self._subs.append(sub)
        return {
            "version": "1",
            "region": self.outputs["region"],
            "userPoolId": self.outputs["user_pool_id"],
            "userName": sub,
            "callerContext": {
                "awsSdkVersion": "aws-sdk-unknown-unknown",
                "clientId": self.client_id,
            },
            "triggerSource": f"PostConfirmation_{trigger}",
            "request": {"userAttributes": {"sub": sub} | attributes},
            "response": {},
        }

    def invoke(self, event: Any) -> Any:
        """What the trigger's function returns for an event. It must not fail."""
        answer = self.functions.invoke(
            FunctionName=self.outputs["alias_arn"], Payload=json.dumps(event).encode()
        )
        returned = json.loads(answer["Payload"].read())
        assert "FunctionError" not in answer, returned
        return returned

    def values(self) -> dict[str, str]:
        """A value for each source that users may write at sign-up."""
        writable = self.client.get("WriteAttributes") or [
            name for name in self._schema if not name.startswith("custom:")
        ]
        # A source can be stored as two types. The stricter type comes last, so its value is used.
        stored = sorted(
            self.outputs["stored_attributes"].values(), key=lambda one: one["type"] != "S"
        )
        return {
            source: self._value(source, one["type"])
            for one in stored
            for source in one["sources"]
            if source in writable and source not in ("email", "phone_number")
        }

    def first_sources(self) -> set[str]:
        """The sources that have a second source after them."""
        stored = self.outputs["stored_attributes"].values()
        return {one["sources"][0] for one in stored if len(one["sources"]) > 1}

    def expected(self, username: str, attributes: Mapping[str, str]) -> Item:
        """The record of a user with these attributes, without the time."""
        # Only a sweep knows when the user was created.
        values = {**attributes, "cognito:username": username, "cognito:user_create_date": ""}
        item: Item = {"UserID": {"S": attributes["sub"]}}
        for name, stored in self.outputs["stored_attributes"].items():
            value = next((values[one] for one in stored["sources"] if values.get(one)), None)
            if value is not None:
                kind = stored["type"]
                item[name] = {kind: value == "true" if kind == "BOOL" else value}
        return item

    def item(self, sub: str) -> Item | None:
        """The record of a user, if there is one."""
        answer = self.dynamodb.get_item(
            TableName=self.outputs["table_name"],
            Key={"UserID": {"S": sub}},
            ConsistentRead=True,
        )
        return answer.get("Item")

    def delete_item(self, sub: str) -> None:
        """Delete a record, as if the write at the confirmation had failed."""
        self.dynamodb.delete_item(TableName=self.outputs["table_name"], Key={"UserID": {"S": sub}})

    def clean_up(self) -> None:
        """Delete the users and records that the tests made, and then raise the first failure."""
        failures: list[Exception] = []

        def attempt(delete: Callable[[str], object], name: str) -> None:
            try:
                delete(name)
            except self.cognito.exceptions.UserNotFoundException:
                pass
            except Exception as error:  # noqa: BLE001 - the others must be deleted, too
                failures.append(error)

        for username in self._usernames:
            attempt(self._delete_user, username)
        for sub in self._subs:
            attempt(self.delete_item, sub)
        if failures:
            raise failures[0]

    def _delete_user(self, username: str) -> None:
        pool_id = self.outputs["user_pool_id"]
        self.cognito.admin_delete_user(UserPoolId=pool_id, Username=username)

    def _user(self, username: str) -> Any:
        pool_id = self.outputs["user_pool_id"]
        return self.cognito.admin_get_user(UserPoolId=pool_id, Username=username)

    @property
    def _schema(self) -> dict[str, Mapping[str, Any]]:
        return {attribute["Name"]: attribute for attribute in self.pool["SchemaAttributes"]}

    def _value(self, source: str, stored_type: str) -> str:
        """A value that Cognito accepts for the attribute, and DynamoDB for the stored type."""
        schema = self._schema[source]
        if source in VALUES:
            return VALUES[source]
        if stored_type == "BOOL" or schema["AttributeDataType"] == "Boolean":
            return "true"
        if schema["AttributeDataType"] == "DateTime":
            return "1815-12-10T00:00:00Z"
        if stored_type == "N" or schema["AttributeDataType"] == "Number":
            limits = schema.get("NumberAttributeConstraints", {})
            low, high = limits.get("MinValue", NUMBER), limits.get("MaxValue", NUMBER)
            return str(min(max(int(low), NUMBER), int(high)))
        limits = schema.get("StringAttributeConstraints", {})
        length = min(max(int(limits.get("MinLength", 0)), len(TEXT)), int(limits["MaxLength"]))
        return (TEXT * (length // len(TEXT) + 1))[:length].replace(" ", "_")

    def _secret_hash(self, parameter: str, username: str) -> dict[str, Any]:
        """The parameter that proves the app client's secret, if it has one.

        https://docs.aws.amazon.com/cognito/latest/developerguide/signing-up-users-in-your-app.html
        """
        secret = self.client.get("ClientSecret")
        if secret is None:
            return {}
        message = (username + self.client_id).encode()
        digest = hmac.new(secret.encode(), message, hashlib.sha256).digest()
        return {parameter: base64.b64encode(digest).decode()}

    def _set_up_mfa(self, username: str, session: str) -> Any:
        """Set up an authenticator app. Returns Cognito's answer to the challenge MFA_SETUP."""
        app = self.cognito.associate_software_token(Session=session)
        secret = app["SecretCode"]
        key = base64.b32decode(secret + "=" * (-len(secret) % 8), casefold=True)
        code = TOTP(key, 6, SHA1(), 30, enforce_key_length=False).generate(int(time.time()))  # noqa: S303 - authenticator apps use it
        verified = self.cognito.verify_software_token(
            Session=app.get("Session", session), UserCode=code.decode()
        )
        return self.cognito.respond_to_auth_challenge(
            ClientId=self.client_id,
            ChallengeName="MFA_SETUP",
            Session=verified.get("Session", session),
            ChallengeResponses={
                "USERNAME": username,
                **self._secret_hash("SECRET_HASH", username),
            },
        )


def _password_flows(client: Mapping[str, Any]) -> bool:
    """Whether users can sign in with a password through an app client."""
    flows = client.get("ExplicitAuthFlows", [])
    return "ALLOW_USER_SRP_AUTH" in flows or "ALLOW_USER_PASSWORD_AUTH" in flows
