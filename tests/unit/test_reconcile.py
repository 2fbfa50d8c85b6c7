import json
from collections.abc import Callable
from types import ModuleType
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from botocore.exceptions import ReadTimeoutError
from botocore.stub import Stubber

if TYPE_CHECKING:
    from mypy_boto3_cognito_idp import CognitoIdentityProviderClient
    from mypy_boto3_dynamodb import DynamoDBClient

type Stored = Callable[[], list[dict[str, Any]]]

PASSWORD = "Correct-1-horse"  # noqa: S105 - of users in moto
NO_COUNTS = {
    "seen": 0,
    "stored": 0,
    "alreadyStored": 0,
    "notEligible": 0,
    "missing": 0,
    "failed": 0,
}


class Context:
    """Lambda's context with all the time in the world, or as little as is given."""

    aws_request_id = "8f507cfc-xmpl-4697-b07a-ac58fc914c95"

    def __init__(self, milliseconds: int = 60_000) -> None:
        self._milliseconds = milliseconds

    def get_remaining_time_in_millis(self) -> int:
        return self._milliseconds


@pytest.fixture
def pool(
    dynamodb: "DynamoDBClient", reconcile: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> "CognitoIdentityProviderClient":
    """A client whose account has the pool that is swept, empty."""
    cognito = boto3.client("cognito-idp")
    pool_id = cognito.create_user_pool(PoolName="users")["UserPool"]["Id"]
    monkeypatch.setattr(reconcile, "_sweep", reconcile._sweep._replace(user_pool_id=pool_id))
    return cognito


def add(cognito: "CognitoIdentityProviderClient", pool_id: str, number: int) -> str:
    """A confirmed user as an administrator makes one, without a trigger; its `sub`."""
    user = cognito.admin_create_user(
        UserPoolId=pool_id,
        Username=f"user-{number:04}",
        UserAttributes=[
            {"Name": "email", "Value": f"user-{number}@example.com"},
            {"Name": "given_name", "Value": f"Name {number}"},
        ],
    )["User"]
    cognito.admin_set_user_password(
        UserPoolId=pool_id, Username=user["Username"], Password=PASSWORD, Permanent=True
    )
    return next(entry["Value"] for entry in user["Attributes"] if entry["Name"] == "sub")


def lines(capsys: pytest.CaptureFixture[str]) -> list[dict[str, Any]]:
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def sweep(reconcile: ModuleType, event: Any = None, milliseconds: int = 60_000) -> Any:
    """Call until there is no further page, as the state machine does; the calls' answers."""
    answers = [reconcile.handler(event or {}, Context(milliseconds))]
    while answers[-1]["paginationToken"]:
        again = json.loads(json.dumps(answers[-1]))  # as it passes through the state machine
        answers.append(reconcile.handler(again, Context(milliseconds)))
    return answers


def test_who_has_no_record_gets_one(
    reconcile: ModuleType,
    pool: "CognitoIdentityProviderClient",
    stored: Stored,
    capsys: pytest.CaptureFixture[str],
) -> None:
    pool_id = reconcile._sweep.user_pool_id
    subs = [add(pool, pool_id, number) for number in range(3)]
    (answer,) = sweep(reconcile)
    assert answer == {
        "dryRun": False,
        "paginationToken": None,
        "counts": NO_COUNTS | {"seen": 3, "stored": 3},
    }
    items = {item["UserID"]["S"]: item for item in stored()}
    assert set(items) == set(subs)
    for number, sub in enumerate(subs):
        item = items[sub]
        assert item["Email"] == {"S": f"user-{number}@example.com"}
        assert item["FirstName"] == {"S": f"Name {number}"}
        assert item["Username"] == {"S": f"user-{number:04}"}
        assert item["SignedUpAt"]["S"] <= item["CreatedAt"]["S"]
    logged = lines(capsys)
    assert sorted(line["sub"] for line in logged if line["outcome"] == "healed") == sorted(subs)
    assert logged[-1]["outcome"] == "swept"
    assert logged[-1]["stored"] == 3
    assert "example.com" not in json.dumps(logged)


def test_a_second_sweep_changes_nothing(
    reconcile: ModuleType, pool: "CognitoIdentityProviderClient", stored: Stored
) -> None:
    for number in range(3):
        add(pool, reconcile._sweep.user_pool_id, number)
    sweep(reconcile)
    before = stored()
    (answer,) = sweep(reconcile)
    assert answer["counts"] == NO_COUNTS | {"seen": 3, "alreadyStored": 3}
    assert stored() == before


def test_only_confirmed_users_count_and_disabled_ones_do(
    reconcile: ModuleType, pool: "CognitoIdentityProviderClient", stored: Stored
) -> None:
    pool_id = reconcile._sweep.user_pool_id
    disabled = add(pool, pool_id, 1)
    pool.admin_disable_user(UserPoolId=pool_id, Username="user-0001")
    pool.admin_create_user(UserPoolId=pool_id, Username="invited")  # FORCE_CHANGE_PASSWORD
    (answer,) = sweep(reconcile)
    assert answer["counts"] == NO_COUNTS | {"seen": 2, "stored": 1, "notEligible": 1}
    assert [item["UserID"]["S"] for item in stored()] == [disabled]


@pytest.mark.parametrize(
    ("status", "outcome"),
    [
        ("CONFIRMED", "stored"),
        ("EXTERNAL_PROVIDER", "stored"),
        ("UNCONFIRMED", "notEligible"),
        ("FORCE_CHANGE_PASSWORD", "notEligible"),
        ("RESET_REQUIRED", "notEligible"),
        ("ARCHIVED", "notEligible"),
        ("UNKNOWN", "notEligible"),
        (None, "notEligible"),
    ],
)
def test_statuses(reconcile: ModuleType, stored: Stored, status: str, outcome: str) -> None:
    user = {"UserStatus": status, "Attributes": [{"Name": "sub", "Value": "1"}]}
    assert reconcile._reconcile(user, dry_run=False) == outcome
    assert len(stored()) == (outcome == "stored")


def test_a_dry_run_only_counts(
    reconcile: ModuleType,
    pool: "CognitoIdentityProviderClient",
    stored: Stored,
    capsys: pytest.CaptureFixture[str],
) -> None:
    pool_id = reconcile._sweep.user_pool_id
    add(pool, pool_id, 1)
    sweep(reconcile)
    missing = add(pool, pool_id, 2)
    before = stored()
    capsys.readouterr()
    (answer,) = sweep(reconcile, {"dryRun": True})
    assert answer["dryRun"] is True
    assert answer["counts"] == NO_COUNTS | {"seen": 2, "alreadyStored": 1, "missing": 1}
    assert stored() == before
    assert [line["sub"] for line in lines(capsys) if line["outcome"] == "missing"] == [missing]


def test_many_pages_in_one_call_and_over_many_calls(
    reconcile: ModuleType, pool: "CognitoIdentityProviderClient", stored: Stored
) -> None:
    for number in range(130):
        add(pool, reconcile._sweep.user_pool_id, number)
    answers = sweep(reconcile, milliseconds=1)
    assert [answer["counts"]["seen"] for answer in answers] == [60, 120, 130]
    assert answers[-1]["counts"] == NO_COUNTS | {"seen": 130, "stored": 130}
    assert len(stored()) == 130
    (answer,) = sweep(reconcile)
    assert answer["counts"] == NO_COUNTS | {"seen": 130, "alreadyStored": 130}


def test_pages_are_asked_for_no_faster_than_configured(
    reconcile: ModuleType,
    pool: "CognitoIdentityProviderClient",
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for number in range(130):
        add(pool, reconcile._sweep.user_pool_id, number)
    now = [0.0]
    slept = []

    def sleep(seconds: float) -> None:
        slept.append(seconds)
        now[0] += seconds

    monkeypatch.setattr(reconcile.time, "monotonic", lambda: now[0])
    monkeypatch.setattr(reconcile.time, "sleep", sleep)
    monkeypatch.setattr(reconcile, "_sweep", reconcile._sweep._replace(pages_per_second=2))
    sweep(reconcile)
    assert slept == [0.5, 0.5]


def test_a_user_who_cannot_be_stored_is_counted_and_the_others_are_stored(
    reconcile: ModuleType,
    pool: "CognitoIdentityProviderClient",
    stored: Stored,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    pool_id = reconcile._sweep.user_pool_id
    good = [add(pool, pool_id, number) for number in range(2)]
    listed = pool.list_users(UserPoolId=pool_id)["Users"]
    page = [
        *listed,
        {"UserStatus": "CONFIRMED", "Attributes": [{"Name": "sub", "Value": "x" * 2049}]},
        {"UserStatus": "CONFIRMED", "Attributes": [{"Name": "email", "Value": "a@example.com"}]},
    ]
    monkeypatch.setattr(reconcile, "_list_users", lambda _: (page, None))
    (answer,) = sweep(reconcile)
    assert answer["counts"] == NO_COUNTS | {"seen": 4, "stored": 2, "failed": 2}
    assert {item["UserID"]["S"] for item in stored()} == set(good)
    failed = [line for line in lines(capsys) if line["outcome"] == "failed"]
    assert {line["error"] for line in failed} == {"ValidationException", "NoSub"}


def test_a_bad_attribute_is_left_out_and_named(
    reconcile: ModuleType, stored: Stored, capsys: pytest.CaptureFixture[str]
) -> None:
    attributes = [{"Name": "sub", "Value": "1"}, {"Name": "custom:age", "Value": "secret"}]
    user = {"UserStatus": "CONFIRMED", "Attributes": attributes}
    assert reconcile._reconcile(user, dry_run=False) == "stored"
    (line,) = lines(capsys)
    assert line["leftOut"] == [{"attribute": "Age", "reason": "not a number"}]
    assert "secret" not in json.dumps(line)


@pytest.mark.parametrize(
    ("code", "token", "error", "message"),
    [
        ("InvalidParameterException", "old", "PaginationTokenExpiredError", ""),
        ("InvalidParameterException", None, "ListUsersError", "InvalidParameterException"),
        ("TooManyRequestsException", "a", "TooManyRequestsError", ""),
        ("ThrottlingException", None, "TooManyRequestsError", ""),
        ("ResourceNotFoundException", None, "ListUsersError", "ResourceNotFoundException"),
    ],
)
def test_what_the_state_machine_is_told(
    reconcile: ModuleType, code: str, token: str | None, error: str, message: str
) -> None:
    with Stubber(reconcile._cognito) as stubber:
        for _ in range(3):
            stubber.add_client_error("list_users", code, "ada@example.com")
        with pytest.raises(getattr(reconcile, error)) as raised:
            reconcile.handler({"paginationToken": token}, Context())
    assert str(raised.value) == message
    assert raised.value.__context__ is None


def test_an_answer_that_does_not_come_is_told_by_its_kind(
    reconcile: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    def list_users(**_: Any) -> None:
        raise ReadTimeoutError(endpoint_url="https://example.com")

    monkeypatch.setattr(reconcile._cognito, "list_users", list_users)
    with pytest.raises(reconcile.ListUsersError, match="ReadTimeoutError"):
        reconcile.handler({}, Context())
