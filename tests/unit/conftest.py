"""The function as Lambda has it: configured by environment variables, on a table in moto."""

import importlib
import json
import os
from collections.abc import Callable, Iterator
from types import ModuleType
from typing import TYPE_CHECKING, Any
from unittest import mock

import boto3
import pytest
from moto import mock_aws

if TYPE_CHECKING:
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


@pytest.fixture(scope="session", autouse=True)
def environment() -> Iterator[None]:
    """Only the function's own settings, so that no test can reach a real account."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    with mock.patch.dict(os.environ, kept | ENVIRONMENT, clear=True):
        yield


@pytest.fixture
def dynamodb() -> Iterator["DynamoDBClient"]:
    """A client of an account of its own that has the table, empty."""
    with mock_aws():
        client = boto3.client("dynamodb")
        client.create_table(
            TableName=TABLE_NAME,
            BillingMode="PAY_PER_REQUEST",
            AttributeDefinitions=[{"AttributeName": "UserID", "AttributeType": "S"}],
            KeySchema=[{"AttributeName": "UserID", "KeyType": "HASH"}],
        )
        yield client


@pytest.fixture
def stored(dynamodb: "DynamoDBClient") -> Callable[[], list[dict[str, "AttributeValueTypeDef"]]]:
    """All items of the table."""
    return lambda: dynamodb.scan(TableName=TABLE_NAME)["Items"]


@pytest.fixture(scope="session")
def post_confirmation(environment: None) -> ModuleType:
    """The handler's module, which reads its environment when it is imported."""
    return importlib.import_module("users.post_confirmation")


@pytest.fixture(scope="session")
def reconcile(environment: None) -> ModuleType:
    """The sweep's module."""
    return importlib.import_module("users.reconcile")


@pytest.fixture
def logged(capsys: pytest.CaptureFixture[str]) -> Callable[[], dict[str, Any]]:
    """The one line logged since the last call."""

    def read() -> dict[str, Any]:
        captured = capsys.readouterr()
        assert captured.err == ""
        (line,) = captured.out.splitlines()
        fields = json.loads(line)
        assert isinstance(fields, dict)
        return fields

    return read
