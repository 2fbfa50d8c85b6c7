"""Both functions with their environment variables, on a table and a user pool in moto."""

import importlib
import io
import json
import os
from collections.abc import Callable, Iterator
from types import ModuleType
from typing import TYPE_CHECKING, Any
from unittest import mock

import boto3
import pytest
import requests
from moto.server import ThreadedMotoServer

if TYPE_CHECKING:
    from mypy_boto3_cognito_idp import CognitoIdentityProviderClient
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_dynamodb.type_defs import AttributeValueTypeDef

TABLE_NAME = "users"
# The default of the Terraform variable stored_attributes, and one of each other type.
STORED_ATTRIBUTES = {
    "Email": {"sources": ["email"], "type": "S"},
    "FirstName": {"sources": ["custom:firstName", "given_name"], "type": "S"},
    "LastName": {"sources": ["custom:lastName", "family_name"], "type": "S"},
    "Username": {"sources": ["cognito:username"], "type": "S"},
    "Age": {"sources": ["custom:age"], "type": "N"},
    "Newsletter": {"sources": ["custom:newsletter"], "type": "BOOL"},
    "SignedUpAt": {"sources": ["cognito:user_create_date"], "type": "S"},
}
ENVIRONMENT = {
    "AWS_ACCESS_KEY_ID": "testing",
    "AWS_SECRET_ACCESS_KEY": "testing",
    "AWS_DEFAULT_REGION": "eu-west-1",
    "AWS_REGION": "eu-west-1",
    "TABLE_NAME": TABLE_NAME,
    "STORED_ATTRIBUTES": json.dumps(STORED_ATTRIBUTES),
    "USER_POOL_ID": "eu-west-1_aBcDeFgHi",
    "PAGES_PER_SECOND": "1000",
}


class Terminal(io.StringIO):
    """A terminal on which somebody types this."""

    def isatty(self) -> bool:
        return True


@pytest.fixture(scope="session", autouse=True)
def environment(moto: str) -> Iterator[None]:
    """Set the function's variables and remove the caller's, so that no test reaches an account."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    settings = kept | ENVIRONMENT | {"AWS_ENDPOINT_URL": moto}
    with mock.patch.dict(os.environ, settings, clear=True):
        yield


@pytest.fixture(scope="session")
def moto() -> Iterator[str]:
    """The address of moto's server, which every boto3 client calls instead of AWS."""
    server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture
def dynamodb(moto: str) -> "DynamoDBClient":
    """A client of an account in which there is nothing but the empty table."""
    requests.post(f"{moto}/moto-api/reset", timeout=10).raise_for_status()
    client = boto3.client("dynamodb")
    client.create_table(
        TableName=TABLE_NAME,
        BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[{"AttributeName": "UserID", "AttributeType": "S"}],
        KeySchema=[{"AttributeName": "UserID", "KeyType": "HASH"}],
    )
    return client


@pytest.fixture
def cognito(dynamodb: "DynamoDBClient") -> "CognitoIdentityProviderClient":
    """A client of the same account."""
    return boto3.client("cognito-idp")


@pytest.fixture
def outputs(dynamodb: "DynamoDBClient", cognito: "CognitoIdentityProviderClient") -> dict[str, Any]:
    """Terraform's outputs of a stack that has the table and a new user pool."""
    return {
        "region": "eu-west-1",
        "table_arn": dynamodb.describe_table(TableName=TABLE_NAME)["Table"]["TableArn"],
        "user_pool_id": cognito.create_user_pool(PoolName="users")["UserPool"]["Id"],
    }


@pytest.fixture
def stored(dynamodb: "DynamoDBClient") -> Callable[[], list[dict[str, "AttributeValueTypeDef"]]]:
    """Gives all items of the table."""
    return lambda: dynamodb.scan(TableName=TABLE_NAME)["Items"]


@pytest.fixture(scope="session")
def post_confirmation(environment: None) -> Iterator[ModuleType]:
    """The trigger's module, which reads the environment variables when it is imported."""
    module = importlib.import_module("users.post_confirmation")
    yield module
    _, table = module._load()
    table.close()


@pytest.fixture(scope="session")
def reconcile(environment: None) -> ModuleType:
    """The sweep's module, which reads them, too."""
    return importlib.import_module("users.reconcile")


@pytest.fixture
def logged(capsys: pytest.CaptureFixture[str]) -> Callable[[], dict[str, Any]]:
    """Gives the fields of the one line that was logged since it was last called."""

    def read() -> dict[str, Any]:
        captured = capsys.readouterr()
        assert captured.err == ""
        (line,) = captured.out.splitlines()
        fields = json.loads(line)
        assert isinstance(fields, dict)
        return fields

    return read
