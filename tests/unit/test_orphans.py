import io
import sys
import tracemalloc
import uuid
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from scripts import orphans
from tests.unit.conftest import Terminal

if TYPE_CHECKING:
    from mypy_boto3_cognito_idp import CognitoIdentityProviderClient
    from mypy_boto3_dynamodb import DynamoDBClient

OLD = "2026-01-01T00:00:00.000Z"

type Run = Callable[..., int]


@pytest.fixture
def pool_id(outputs: dict[str, Any]) -> str:
    return str(outputs["user_pool_id"])


@pytest.fixture
def run(outputs: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> Run:
    """Runs `make orphans`; gives the exit status."""
    monkeypatch.setattr(orphans, "read_outputs", lambda *_: outputs)

    def run_with(*arguments: str, stdin: io.StringIO | None = None) -> int:
        monkeypatch.setattr(sys, "argv", ["orphans", "dev", *arguments])
        monkeypatch.setattr(sys, "stdin", stdin or io.StringIO())
        return orphans.main()

    return run_with


def put(dynamodb: "DynamoDBClient", user_id: str, created_at: str | None) -> None:
    item: Any = {"UserID": {"S": user_id}, "Email": {"S": "ada@example.com"}}
    dynamodb.put_item(
        TableName="users", Item=item | ({"CreatedAt": {"S": created_at}} if created_at else {})
    )


def young() -> str:
    """50 minutes ago, counted now, because a run of all tests can take longer than an hour."""
    made = datetime.now(UTC) - timedelta(minutes=50)
    return made.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def keys(dynamodb: "DynamoDBClient") -> set[str]:
    return {item["UserID"]["S"] for item in dynamodb.scan(TableName="users")["Items"]}


def test_a_record_whose_user_is_gone_is_listed_and_is_deleted_on_request(
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
    assert "Records without a user: 1\n" in out
    assert "make orphans ENV=dev DELETE=1" in out
    assert "example.com" not in out
    assert keys(dynamodb) == {gone, *kept}

    assert run("--delete", "--yes") == 0
    assert "Records deleted: 1\n" in capsys.readouterr().out
    assert keys(dynamodb) == kept.keys()
    assert run() == 0


def test_it_asks_once_after_the_list_and_before_it_deletes(
    run: Run, dynamodb: "DynamoDBClient", capsys: pytest.CaptureFixture[str]
) -> None:
    records = {str(uuid.uuid4()) for _ in range(2)}
    for user_id in records:
        put(dynamodb, user_id, OLD)
    assert run("--delete", stdin=Terminal("yes\n")) == 0
    assert keys(dynamodb) == set()
    *listed, found, asked = capsys.readouterr().out.splitlines()
    assert {line.split()[0] for line in listed} == records
    assert found == "Records without a user: 2"
    assert asked == ("Delete these records for good? Only yes is accepted: Records deleted: 2")


@pytest.mark.parametrize(
    ("stdin", "message"),
    [
        (Terminal("y\n"), "The answer was not yes, so nothing was deleted."),
        (io.StringIO("yes\n"), "To approve beforehand: make orphans ENV=dev DELETE=1 YES=1"),
    ],
    ids=["y", "no terminal"],
)
def test_without_a_yes_nothing_is_deleted(
    run: Run,
    dynamodb: "DynamoDBClient",
    capsys: pytest.CaptureFixture[str],
    stdin: io.StringIO,
    message: str,
) -> None:
    record = str(uuid.uuid4())
    put(dynamodb, record, OLD)
    assert run("--delete", stdin=stdin) == 1
    assert message in capsys.readouterr().err
    assert keys(dynamodb) == {record}


@pytest.mark.parametrize("meanwhile", ["the user is found", "the record is another"])
def test_what_changes_before_the_answer_is_not_deleted(
    run: Run,
    dynamodb: "DynamoDBClient",
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    meanwhile: str,
) -> None:
    gone, changed = str(uuid.uuid4()), str(uuid.uuid4())
    for user_id in (gone, changed):
        put(dynamodb, user_id, OLD)

    def answer(_: str) -> None:
        if meanwhile == "the user is found":
            monkeypatch.setattr(orphans, "_is_user", lambda *arguments: arguments[2] == changed)
        else:
            put(dynamodb, changed, young())

    monkeypatch.setattr(orphans, "confirm", answer)
    assert run("--delete", stdin=Terminal()) == 1
    assert keys(dynamodb) == {changed}
    assert "Records deleted: 1\nSome have changed since" in capsys.readouterr().out


def test_a_user_that_only_the_search_finds_is_not_gone(
    run: Run, dynamodb: "DynamoDBClient", monkeypatch: pytest.MonkeyPatch
) -> None:
    moved = str(uuid.uuid4())
    put(dynamodb, moved, OLD)

    def subs(_cognito: Any, _pool: str, **parameters: str) -> Any:
        return iter([moved] if parameters == {"Filter": f'sub = "{moved}"'} else [])

    monkeypatch.setattr(orphans, "_subs", subs)
    assert run("--delete", "--yes") == 0
    assert keys(dynamodb) == {moved}


def test_the_table_is_read_before_the_pool(
    run: Run, dynamodb: "DynamoDBClient", monkeypatch: pytest.MonkeyPatch
) -> None:
    """So the record of a user who signs up between the two is not suspected."""
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
    assert run("--delete", "--yes") == 0
    assert order == ["table", "pool"]
    assert keys(dynamodb) == {new}


@pytest.mark.parametrize("meanwhile", ["deleted", "made again"])
def test_a_record_that_changed_meanwhile_is_not_deleted(
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
    assert run("--delete", "--yes") == (0 if meanwhile == "deleted" else 1)
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
    assert run("--delete", "--yes") == 1
    assert "ResourceNotFoundException" in capsys.readouterr().err
    assert keys(dynamodb) == {record}


def test_when_interrupted_it_says_that_it_can_be_run_again(
    run: Run, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def interrupt(*_: Any) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(orphans, "_records", interrupt)
    assert run() == 130
    assert "To go on, run the same command again." in capsys.readouterr().err


def test_a_million_records_take_less_than_200_megabytes() -> None:
    """Measured with a twentieth of them, and without what Python and the SDK take."""
    items = (
        {"UserID": {"S": str(uuid.UUID(int=number))}, "CreatedAt": {"S": OLD}}
        for number in range(50_000)
    )
    tracemalloc.start()
    try:
        assert len(orphans.old_records(items)) == 50_000
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 10e6
