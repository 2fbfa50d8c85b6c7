"""What the page shows of the stack in the local AWS, and what its buttons do to it."""

import json
from collections.abc import Iterator
from typing import Any

from scripts.local.deploy import Outputs
from scripts.local.local_aws import LocalAWS

type Answer = dict[str, Any]

_NO_WRITE = "no-write"
_NO_WRITE_POLICY = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Deny", "Action": "dynamodb:PutItem", "Resource": "*"}],
}
_LOG_LINES = 50
_EMAIL = "email"


class SweepError(Exception):
    """The sweep's function failed; `code` is its error's type."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


class Stack:
    """The deployed stack. Threads may share it."""

    def __init__(self, aws: LocalAWS, outputs: Outputs) -> None:
        self._aws = aws
        self._outputs = outputs
        self._function = aws.client("lambda").get_function_configuration(
            FunctionName=outputs.function_name
        )
        self._role_name = self._function["Role"].rpartition("/")[2]
        # The app client `app` takes no password as text, and the page has no library for SRP.
        client = self._app_client()
        made = aws.client("cognito-idp").create_user_pool_client(
            UserPoolId=outputs.user_pool_id,
            ClientName="page",
            ExplicitAuthFlows=["ALLOW_USER_PASSWORD_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"],
            ReadAttributes=client["ReadAttributes"],
            WriteAttributes=client["WriteAttributes"],
        )
        self._sign_in_client_id = made["UserPoolClient"]["ClientId"]

    def _app_client(self) -> Answer:
        answer = self._aws.client("cognito-idp").describe_user_pool_client(
            UserPoolId=self._outputs.user_pool_id, ClientId=self._outputs.app_client_id
        )
        client: Answer = answer["UserPoolClient"]
        return client

    def description(self) -> Answer:
        """What does not change while the page is open."""
        cognito, outputs = self._aws.client("cognito-idp"), self._outputs
        pool = cognito.describe_user_pool(UserPoolId=outputs.user_pool_id)["UserPool"]
        sweep = self._aws.client("lambda").get_function_configuration(
            FunctionName=outputs.reconcile_function_name
        )
        return {
            "endpoint": self._aws.endpoint_url,
            "region": outputs.region,
            "userPoolId": outputs.user_pool_id,
            "clientId": outputs.app_client_id,
            "signInClientId": self._sign_in_client_id,
            "tableName": outputs.table_name,
            "storeAtSignIn": pool["LambdaConfig"].get("PostAuthentication") == outputs.alias_arn,
            "updateRecords": sweep["Environment"]["Variables"]["UPDATE_RECORDS"] == "true",
            "passwordPolicy": pool["Policies"]["PasswordPolicy"],
            "fields": list(self._fields()),
        }

    def _fields(self) -> Iterator[Answer]:
        """The attributes that a user can write, without the e-mail address.

        `item` is the name in the record, if the attribute is the first one for that name.
        """
        writable = set(self._app_client()["WriteAttributes"]) - {_EMAIL}
        stored = json.loads(self._function["Environment"]["Variables"]["STORED_ATTRIBUTES"])
        first = {stored[name]["sources"][0]: name for name in stored}
        other = [source for name in stored for source in stored[name]["sources"][1:]]
        custom = sorted(name for name in writable if name.startswith("custom:"))
        for attribute in dict.fromkeys([*first, *other, *custom]):
            if attribute in writable:
                yield {"attribute": attribute, "item": first.get(attribute)}

    def state(self) -> Answer:
        """What changes while the page is open; the newest first."""
        return {
            "userPoolId": self._outputs.user_pool_id,
            "users": self._users(),
            "records": self._records(),
            "mails": [vars(mail) for mail in reversed(self._aws.mails())],
            "log": self._log(),
            "mayWrite": self._may_write(),
        }

    def _users(self) -> list[Answer]:
        paginator = self._aws.client("cognito-idp").get_paginator("list_users")
        pages = paginator.paginate(UserPoolId=self._outputs.user_pool_id)
        users = []
        for user in (user for page in pages for user in page["Users"]):
            attributes = {entry["Name"]: entry["Value"] for entry in user["Attributes"]}
            users.append(
                {
                    "sub": attributes["sub"],
                    "email": attributes.get(_EMAIL, user["Username"]),
                    "attributes": attributes,
                    "status": user["UserStatus"],
                    "created": user["UserCreateDate"].isoformat(),
                }
            )
        return sorted(users, key=lambda user: user["created"], reverse=True)

    def _records(self) -> dict[str, Answer]:
        """Each record by its user's `sub`, as text."""
        paginator = self._aws.client("dynamodb").get_paginator("scan")
        pages = paginator.paginate(TableName=self._outputs.table_name, ConsistentRead=True)
        records = {}
        for item in (item for page in pages for item in page["Items"]):
            # A value is {"S": ...}, {"N": ...} or {"BOOL": ...}; Cognito has "true" for a BOOL.
            texts = {name: str(*value.values()) for name, value in item.items()}
            texts |= {
                name: str(value["BOOL"]).lower() for name, value in item.items() if "BOOL" in value
            }
            records[texts["UserID"]] = texts
        return records

    def _log(self) -> list[Answer]:
        """What the functions logged, without the traceback that the emulator adds as text."""
        names = (self._outputs.function_name, self._outputs.reconcile_function_name)
        lines = [line for name in names for line in self._aws.function_logs(name)]
        parsed = [json.loads(line) for line in lines if line.startswith("{")]
        return sorted(parsed, key=lambda line: str(line["timestamp"]), reverse=True)[:_LOG_LINES]

    def _may_write(self) -> bool:
        policies = self._aws.client("iam").list_role_policies(RoleName=self._role_name)
        return _NO_WRITE not in policies["PolicyNames"]

    def create_user(self, password: str, attributes: dict[str, str]) -> Answer:
        """Create a user as an administrator does. Cognito calls no function for this."""
        cognito, pool_id = self._aws.client("cognito-idp"), self._outputs.user_pool_id
        email = attributes.get(_EMAIL, "")
        verified = attributes | {"email_verified": "true"}
        cognito.admin_create_user(
            UserPoolId=pool_id,
            Username=email,
            UserAttributes=[{"Name": name, "Value": verified[name]} for name in verified],
            MessageAction="SUPPRESS",
        )
        cognito.admin_set_user_password(
            UserPoolId=pool_id, Username=email, Password=password, Permanent=True
        )
        return {}

    def delete_user(self, sub: str) -> Answer:
        """Delete a user as an administrator does. Cognito calls no function for this."""
        self._aws.client("cognito-idp").admin_delete_user(
            UserPoolId=self._outputs.user_pool_id, Username=sub
        )
        return {}

    def set_may_write(self, *, allowed: bool) -> Answer:
        """Take the function's permission to write away, or give it back.

        A denial wins over the role's own policy, which stays as Terraform made it.
        """
        iam = self._aws.client("iam")
        if not allowed:
            iam.put_role_policy(
                RoleName=self._role_name,
                PolicyName=_NO_WRITE,
                PolicyDocument=json.dumps(_NO_WRITE_POLICY),
            )
        elif not self._may_write():
            iam.delete_role_policy(RoleName=self._role_name, PolicyName=_NO_WRITE)
        return {}

    def sweep(self) -> Answer:
        """Sweep the whole pool; how many users the sweep saw, stored, and so on.

        Raises SweepError if the function fails.
        """
        progress: Answer = {}
        while True:
            answer = self._aws.client("lambda").invoke(
                FunctionName=self._outputs.reconcile_function_name, Payload=json.dumps(progress)
            )
            progress = json.loads(answer["Payload"].read())
            if "FunctionError" in answer:
                raise SweepError(progress["errorType"], progress["errorMessage"])
            if progress["done"]:
                return {"counts": progress["counts"]}
