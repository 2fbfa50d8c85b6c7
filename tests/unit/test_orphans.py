import sys
import tracemalloc
import uuid
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import boto3
import pytest

from scripts import orphans

if TYPE_CHECKING:
    from mypy_boto3_cognito_idp import CognitoIdentityProviderClient
    from mypy_boto3_dynamodb import DynamoDBClient

OLD = "2026-01-01T00:00:00.000Z"

type Run = Callable[..., int]


@pytest.fixture
def cognito(dynamodb: "DynamoDBClient") -> "CognitoIdentityProviderClient":
    return boto3.client("cognito-idp")


@pytest.fixture
def pool_id(
    dynamodb: "DynamoDBClient",
    cognito: "CognitoIdentityProviderClient",
    monkeypatch: pytest.MonkeyPatch,
) -> str:
    pool_id = cognito.create_user_pool(PoolName="users")["UserPool"]["Id"]
    outputs = {
        "region": "eu-west-1",
        "table_arn": dynamodb.describe_table(TableName="users")["Table"]["TableArn"],
        "user_pool_id": pool_id,
    }
    monkeypatch.setattr(orphans, "read_outputs", lambda *_: outputs)
    return pool_id


@pytest.fixture
def run(pool_id: str, monkeypatch: pytest.MonkeyPatch) -> Run:
    """`make orphans`; the exit status."""

    def run_with(*arguments: str) -> int:
        monkeypatch.setattr(sys, "argv", ["orphans", "dev", *arguments])
        return orphans.main()

    return run_with


def put(dynamodb: "DynamoDBClient", user_id: str, created_at: str | None) -> None:
    item: Any = {"UserID": {"S": user_id}, "Email": {"S": "ada@example.com"}}
    dynamodb.put_item(
        TableName="users", Item=item | ({"CreatedAt": {"S": created_at}} if created_at else {})
    )


def young() -> str:
    """The time just short of an hour ago: of the test, because a whole run can take that long."""
    made = datetime.now(UTC) - timedelta(minutes=50)
    return made.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def keys(dynamodb: "DynamoDBClient") -> set[str]:
    return {item["UserID"]["S"] for item in dynamodb.scan(TableName="users")["Items"]}


def test_a_record_whose_user_is_gone_is_listed_and_deleted_if_asked_to(
    run: Run,
    pool_id: str,
    cognito: "CognitoIdentityProviderClient",
    dynamodb: "DynamoDBClient",
    capsys: pytest.CaptureFixture[str],
) -> None:
    gone, new = str(uuid.uuid4()), str(uuid.uuid4())
    user = cognito.admin_create_user(UserPoolId=pool_id, Username="Google_1")["User"]
    (there,) = (one["Value"] for one in user["Attributes"] if one["Name"] == "sub")
    kept = {there: OLD, new: young(), "an app's own": OLD, str(uuid.uuid4()): None}
    for user_id, created_at in ({gone: OLD} | kept).items():
        put(dynamodb, user_id, created_at)

    assert run() == 1
    out = capsys.readouterr().out
    assert f"{gone}  {OLD}\n" in out
    assert "1 records have no user, 0 of them were deleted." in out
    assert "make orphans ENV=dev DELETE=1" in out
    assert "example.com" not in out
    assert keys(dynamodb) == {gone, *kept}

    assert run("--delete") == 0
    assert "1 of them were deleted" in capsys.readouterr().out
    assert keys(dynamodb) == kept.keys()
    assert run() == 0


def test_a_user_whom_only_the_search_finds_is_not_gone(
    run: Run, dynamodb: "DynamoDBClient", monkeypatch: pytest.MonkeyPatch
) -> None:
    moved = str(uuid.uuid4())
    put(dynamodb, moved, OLD)

    def subs(_cognito: Any, _pool: str, **parameters: str) -> Any:
        return iter([moved] if parameters == {"Filter": f'sub = "{moved}"'} else [])

    monkeypatch.setattr(orphans, "_subs", subs)
    assert run("--delete") == 0
    assert keys(dynamodb) == {moved}


def test_the_pool_is_listed_after_the_table_was_read(
    run: Run, dynamodb: "DynamoDBClient", monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who signs up between the two has a record that is not among the suspects."""
    new, order = str(uuid.uuid4()), []
    records, subs = orphans._records, orphans._subs

    def read_table(*arguments: Any) -> Any:
        order.append("table")
        yield from records(*arguments)
        put(dynamodb, new, OLD)

    def list_users(*arguments: Any, **parameters: str) -> Any:
        order.append("pool")
        return subs(*arguments, **parameters)

    monkeypatch.setattr(orphans, "_records", read_table)
    monkeypatch.setattr(orphans, "_subs", list_users)
    assert run("--delete") == 0
    assert order == ["table", "pool"]
    assert keys(dynamodb) == {new}


@pytest.mark.parametrize("meanwhile", ["deleted", "made again"])
def test_a_record_that_has_changed_since_is_not_deleted(
    run: Run, dynamodb: "DynamoDBClient", monkeypatch: pytest.MonkeyPatch, meanwhile: str
) -> None:
    gone = str(uuid.uuid4())
    put(dynamodb, gone, OLD)
    created_at = orphans._created_at

    def change(*arguments: Any) -> str | None:
        if meanwhile == "deleted":
            dynamodb.delete_item(TableName="users", Key={"UserID": {"S": gone}})
        seen = created_at(*arguments)
        if meanwhile == "made again":
            put(dynamodb, gone, young())
        return seen

    monkeypatch.setattr(orphans, "_created_at", change)
    assert run("--delete") == (0 if meanwhile == "deleted" else 1)
    assert keys(dynamodb) == (set() if meanwhile == "deleted" else {gone})


def test_nothing_is_deleted_when_the_pool_cannot_be_listed(
    run: Run,
    pool_id: str,
    cognito: "CognitoIdentityProviderClient",
    dynamodb: "DynamoDBClient",
    capsys: pytest.CaptureFixture[str],
) -> None:
    record = str(uuid.uuid4())
    put(dynamodb, record, OLD)
    cognito.delete_user_pool(UserPoolId=pool_id)
    assert run("--delete") == 1
    assert "ResourceNotFoundException" in capsys.readouterr().err
    assert keys(dynamodb) == {record}


def test_interrupted_it_says_that_it_can_be_run_again(
    run: Run, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def interrupt(*_: Any) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(orphans, "_records", interrupt)
    assert run() == 130
    assert "can be run again" in capsys.readouterr().err


def test_a_million_records_take_less_than_200_megabytes() -> None:
    """Beside what Python and the SDK take; measured with a fiftieth of them."""
    items = (
        {"UserID": {"S": str(uuid.UUID(int=number))}, "CreatedAt": {"S": OLD}}
        for number in range(20_000)
    )
    tracemalloc.start()
    try:
        assert len(orphans.old_records(items)) == 20_000
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 4e6
