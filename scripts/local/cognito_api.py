"""What the parts of the local AWS's Cognito share: the emulator's public API, and an error."""

import json
from typing import Any

import boto3
from botocore.config import Config

CONNECTIONS = 64


class CognitoError(Exception):
    """An answer of Cognito that is an error: `code` is its `__type`, the text its `message`."""

    def __init__(self, code: str, message: str, status: int = 400) -> None:
        super().__init__(message)
        self.code = code
        self.status = status


class Emulator:
    """The emulator at `endpoint_url`, which plays `region` of the account `account_id`."""

    def __init__(self, endpoint_url: str, region: str, account_id: str) -> None:
        self.account_id = account_id
        self._endpoint_url = endpoint_url
        self._region = region
        self.cognito = self.client("cognito-idp")
        self._pool_of_client: dict[str, str] = {}

    def client(self, service: str, read_seconds: float = 60) -> Any:
        """A boto3 client that waits for an answer for `read_seconds`, and calls once."""
        make_client: Any = boto3.client  # its stubs want the service's name as a literal
        return make_client(
            service,
            endpoint_url=self._endpoint_url,
            region_name=self._region,
            aws_access_key_id="test",
            aws_secret_access_key="test",  # noqa: S106 - the emulator's own
            config=Config(
                read_timeout=read_seconds,
                retries={"total_max_attempts": 1},
                max_pool_connections=CONNECTIONS,
                proxies={},
            ),
        )

    def pool_id(self, request: dict[str, Any]) -> str:
        """The id of the user pool that a request is for.

        Raises LookupError if the request names neither a pool nor an app client of this region.
        """
        if "UserPoolId" in request:
            return str(request["UserPoolId"])
        client_id = request["ClientId"]
        if client_id in self._pool_of_client:
            return self._pool_of_client[client_id]
        pages = self.cognito.get_paginator("list_user_pools").paginate(
            PaginationConfig={"PageSize": 60}
        )
        for pool in (pool for page in pages for pool in page["UserPools"]):
            if self._has_client(pool["Id"], client_id):
                self._pool_of_client[client_id] = pool["Id"]
                return str(pool["Id"])
        raise LookupError(f"no user pool has the app client {client_id}")

    def _has_client(self, pool_id: str, client_id: str) -> bool:
        try:
            self.app_client(pool_id, client_id)
        except self.cognito.exceptions.ResourceNotFoundException:
            return False
        return True

    def pool(self, pool_id: str) -> dict[str, Any]:
        """The user pool, as DescribeUserPool tells of it."""
        pool: dict[str, Any] = self.cognito.describe_user_pool(UserPoolId=pool_id)["UserPool"]
        return pool

    def app_client(self, pool_id: str, client_id: str) -> dict[str, Any]:
        """The app client, as DescribeUserPoolClient tells of it."""
        answer = self.cognito.describe_user_pool_client(UserPoolId=pool_id, ClientId=client_id)
        client: dict[str, Any] = answer["UserPoolClient"]
        return client

    def user(self, pool_id: str, username: str) -> dict[str, Any]:
        """The user, as AdminGetUser tells of them; `Attributes` has the attributes by name."""
        user: dict[str, Any] = self.cognito.admin_get_user(UserPoolId=pool_id, Username=username)
        return user | {"Attributes": {one["Name"]: one["Value"] for one in user["UserAttributes"]}}


def json_object(body: bytes) -> dict[str, Any]:
    """The JSON object in `body`; an empty one for anything else."""
    try:
        value = json.loads(body)
    except ValueError:
        return {}
    return value if isinstance(value, dict) else {}
