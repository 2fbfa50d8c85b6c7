"""A deployed stack as the scenarios use it, in the local AWS or the real one."""

import json
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from mypy_boto3_cognito_idp import CognitoIdentityProviderClient
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_lambda import LambdaClient

PASSWORD = "correct-Horse-1-battery"  # noqa: S105 - of users that live as long as a test

type Item = dict[str, Any]


@dataclass
class Deployment:
    """The clients, Terraform's outputs, and what was made, so that it can be deleted."""

    cognito: "CognitoIdentityProviderClient"
    dynamodb: "DynamoDBClient"
    functions: "LambdaClient"
    outputs: dict[str, Any]
    _usernames: list[str] = field(default_factory=list)
    _subs: list[str] = field(default_factory=list)

    @property
    def client_id(self) -> str:
        """Id of the app client `app`."""
        return str(self.outputs["user_pool_client_ids"]["app"])

    def sign_up(self, **attributes: str) -> tuple[str, str]:
        """A new user who is not confirmed yet: its e-mail address and its `sub`.

        The address is one of Amazon's mailbox simulator, which takes every mail and bounces none.
        https://docs.aws.amazon.com/ses/latest/dg/send-an-email-from-console.html
        """
        email = f"success+{uuid.uuid4()}@simulator.amazonses.com"
        self._usernames.append(email)
        answer = self.cognito.sign_up(
            ClientId=self.client_id,
            Username=email,
            Password=PASSWORD,
            UserAttributes=[
                {"Name": name, "Value": value}
                for name, value in ({"email": email} | attributes).items()
            ],
        )
        self._subs.append(answer["UserSub"])
        return email, answer["UserSub"]

    def confirm(self, email: str) -> None:
        """Confirm the user as an administrator, which needs no code."""
        self.cognito.admin_confirm_sign_up(UserPoolId=self.outputs["user_pool_id"], Username=email)

    def status(self, email: str) -> str:
        """The user's status in the pool, such as CONFIRMED."""
        answer = self.cognito.admin_get_user(
            UserPoolId=self.outputs["user_pool_id"], Username=email
        )
        return answer["UserStatus"]

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
        """What the function behind the alias returns for an event; it must not have failed."""
        answer = self.functions.invoke(
            FunctionName=self.outputs["alias_arn"], Payload=json.dumps(event).encode()
        )
        returned = json.loads(answer["Payload"].read())
        assert "FunctionError" not in answer, returned
        return returned

    def item(self, sub: str) -> Item | None:
        """The record of a user, if there is one."""
        answer = self.dynamodb.get_item(
            TableName=self.outputs["table_name"],
            Key={"UserID": {"S": sub}},
            ConsistentRead=True,
        )
        return answer.get("Item")

    def delete_item(self, sub: str) -> None:
        """Delete a record, as if its first write had failed."""
        self.dynamodb.delete_item(TableName=self.outputs["table_name"], Key={"UserID": {"S": sub}})

    def clean_up(self) -> None:
        """Delete the users and records that were made; tries all, then raises the first failure."""
        failures: list[Exception] = []

        def attempt(delete: Callable[[str], object], name: str) -> None:
            try:
                delete(name)
            except self.cognito.exceptions.UserNotFoundException:
                pass
            except Exception as error:  # noqa: BLE001 - the others are still to be deleted
                failures.append(error)

        for email in self._usernames:
            attempt(self._delete_user, email)
        for sub in self._subs:
            attempt(self.delete_item, sub)
        if failures:
            raise failures[0]

    def _delete_user(self, email: str) -> None:
        self.cognito.admin_delete_user(UserPoolId=self.outputs["user_pool_id"], Username=email)
