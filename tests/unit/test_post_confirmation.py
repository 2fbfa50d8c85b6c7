import copy
import json
import re
from collections.abc import Callable
from types import ModuleType, SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest

from tests import events

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

type Stored = Callable[[], list[dict[str, Any]]]
type Logged = Callable[[], dict[str, Any]]

CONTEXT = SimpleNamespace(
    aws_request_id="8f507cfc-xmpl-4697-b07a-ac58fc914c95",
    get_remaining_time_in_millis=lambda: 5000,
)
SUB = "5b0a7c1e-2f4d-4c0b-9a53-6d1d5f3f8a10"
ADA = {
    "UserID": {"S": SUB},
    "Email": {"S": "ada@example.com"},
    "FirstName": {"S": "Ada"},
    "LastName": {"S": "Lovelace"},
    "Username": {"S": SUB},
}


def event_with(**attributes: Any) -> Any:
    event = events.load("confirm_sign_up")
    event["request"]["userAttributes"] = {"sub": SUB} | attributes
    return event


def test_a_user_who_confirms_is_stored_and_logged(
    post_confirmation: ModuleType, stored: Stored, logged: Logged
) -> None:
    event = events.load("confirm_sign_up")
    before = copy.deepcopy(event)
    assert post_confirmation.handler(event, CONTEXT) is event
    assert event == before
    (item,) = stored()
    created_at = item.pop("CreatedAt")["S"]
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", created_at)
    assert item == ADA
    line = logged()
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", line.pop("timestamp"))
    assert line == {
        "level": "INFO",
        "outcome": "stored",
        "requestId": CONTEXT.aws_request_id,
        "triggerSource": "PostConfirmation_ConfirmSignUp",
        "source": "trigger",
        "sub": SUB,
    }


@pytest.mark.parametrize("second", ["confirm_sign_up", "confirm_forgot_password"])
def test_a_record_that_is_there_is_left_as_it_is(
    post_confirmation: ModuleType, stored: Stored, logged: Logged, second: str
) -> None:
    post_confirmation.handler(events.load("confirm_sign_up"), CONTEXT)
    assert logged()["outcome"] == "stored"
    before = stored()
    again = events.load(second)
    again["request"]["userAttributes"]["custom:firstName"] = "Augusta"
    assert post_confirmation.handler(again, CONTEXT) is again
    assert logged()["outcome"] == "already_stored"
    assert stored() == before


@pytest.mark.parametrize(
    ("name", "remaining", "seconds"),
    [
        ("confirm_sign_up", 5000, 4.0),
        ("confirm_sign_up", 4600, 4.0),
        ("confirm_sign_up", 3000, 2.5),
        ("confirm_sign_up", 400, -0.1),
        ("sign_in", 5000, 1.0),
        ("sign_in", 1200, 0.7),
    ],
)
def test_the_write_ends_before_lambda_stops_the_function(
    post_confirmation: ModuleType,
    monkeypatch: pytest.MonkeyPatch,
    name: str,
    remaining: int,
    seconds: float,
) -> None:
    given = []
    _, table = post_confirmation._load()
    monkeypatch.setattr(table, "put_if_absent", lambda _, allowed: given.append(allowed))
    context = SimpleNamespace(aws_request_id="1", get_remaining_time_in_millis=lambda: remaining)
    post_confirmation.handler(events.load(name), context)
    assert given == [pytest.approx(seconds)]


@pytest.mark.parametrize(
    ("name", "attributes"),
    [
        ("no_names", {"Email", "Username"}),
        ("phone_only", {"Username"}),
        ("admin_confirm_sign_up", {"Email", "FirstName", "LastName", "Username"}),
        ("federated_sign_in", {"Email", "FirstName", "LastName", "Username"}),
        ("extra_fields", {"Email", "FirstName", "LastName", "Username"}),
    ],
)
def test_every_kind_of_user_is_stored_with_the_attributes_that_they_have(
    post_confirmation: ModuleType, stored: Stored, logged: Logged, name: str, attributes: set[str]
) -> None:
    event = events.load(name)
    assert post_confirmation.handler(event, CONTEXT) == events.load(name)
    (item,) = stored()
    assert set(item) == attributes | {"UserID", "CreatedAt"}
    assert item["UserID"]["S"] == event["request"]["userAttributes"]["sub"]
    assert item["Username"]["S"] == event["userName"]
    assert logged()["outcome"] == "stored"


@pytest.mark.parametrize(
    "event",
    [
        events.load("pre_sign_up"),
        {"triggerSource": "PostConfirmation_SomethingNew", "request": {"userAttributes": {}}},
        {"triggerSource": ["PostConfirmation_ConfirmSignUp"]},
        {},
        [],
        None,
        "PostConfirmation_ConfirmSignUp",
        42,
    ],
)
def test_any_other_event_is_returned_and_logged_as_ignored(
    post_confirmation: ModuleType, stored: Stored, logged: Logged, event: Any
) -> None:
    assert post_confirmation.handler(event, CONTEXT) is event
    line = logged()
    assert (line["level"], line["outcome"]) == ("WARN", "ignored")
    assert stored() == []


@pytest.mark.parametrize(
    "change",
    [
        {},
        {"request": None},
        {"request": []},
        {"request": {}},
        {"request": {"userAttributes": None}},
        {"request": {"userAttributes": {}}},
        {"request": {"userAttributes": {"email": "ada@example.com"}}},
        {"request": {"userAttributes": {"email": "ada@example.com", "sub": ""}}},
        {"request": {"userAttributes": {"sub": "x" * 2049}}},  # longer than a key may be
    ],
)
def test_a_confirmation_without_a_usable_sub_fails_and_is_logged(
    post_confirmation: ModuleType, stored: Stored, logged: Logged, change: dict[str, Any]
) -> None:
    event = events.load("confirm_sign_up")
    del event["request"]
    with pytest.raises(post_confirmation.UserNotStoredError, match="your account is confirmed"):
        post_confirmation.handler(event | change, CONTEXT)
    line = logged()
    assert (line["level"], line["outcome"], line["error"]) == ("ERROR", "failed", "NoSub")
    assert stored() == []


def test_a_bad_attribute_is_left_out_and_logged_without_its_value(
    post_confirmation: ModuleType, stored: Stored, logged: Logged
) -> None:
    event = event_with(**{"custom:age": "secret", "custom:newsletter": "secret", "email": "a@b.c"})
    post_confirmation.handler(event, CONTEXT)
    (item,) = stored()
    assert set(item) == {"UserID", "CreatedAt", "Email", "Username"}
    line = logged()
    assert (line["level"], line["outcome"]) == ("WARN", "stored")
    assert line["leftOut"] == [
        {"attribute": "Age", "reason": "not a number"},
        {"attribute": "Newsletter", "reason": "neither true nor false"},
    ]
    assert "secret" not in json.dumps(line)


def test_a_failed_write_shows_the_user_nothing_internal_or_personal(
    post_confirmation: ModuleType,
    dynamodb: "DynamoDBClient",
    logged: Logged,
) -> None:
    dynamodb.delete_table(TableName="users")
    with pytest.raises(post_confirmation.UserNotStoredError) as raised:
        post_confirmation.handler(events.load("confirm_sign_up"), CONTEXT)
    assert str(raised.value) == post_confirmation.FAILED_MESSAGE
    assert raised.value.__context__ is None  # its text could quote the item
    line = logged()
    assert (line["level"], line["outcome"]) == ("ERROR", "failed")
    assert (line["sub"], line["error"]) == (SUB, "ResourceNotFoundException")
    assert "ada@example.com" not in json.dumps(line)


def test_the_username_comes_from_the_event_and_not_from_an_attribute(
    post_confirmation: ModuleType, stored: Stored
) -> None:
    post_confirmation.handler(event_with(**{"cognito:username": "not this"}), CONTEXT)
    (item,) = stored()
    assert item["Username"] == {"S": SUB}


def test_a_call_without_a_context_stores_the_user(
    post_confirmation: ModuleType, stored: Stored, logged: Logged
) -> None:
    post_confirmation.handler(events.load("confirm_sign_up"), None)
    assert logged()["requestId"] is None
    assert len(stored()) == 1


@pytest.mark.parametrize(
    ("name", "source"),
    [
        ("confirm_sign_up", "trigger"),
        ("confirm_forgot_password", "trigger"),
        ("sign_in", "sign_in"),
    ],
)
def test_the_log_says_whether_the_trigger_or_a_sign_in_stored_the_user(
    post_confirmation: ModuleType,
    monkeypatch: pytest.MonkeyPatch,
    stored: Stored,
    logged: Logged,
    name: str,
    source: str,
) -> None:
    # moto on a busy machine can take longer than a sign-in waits.
    monkeypatch.setattr(post_confirmation, "SIGN_IN_WRITE_SECONDS", 10.0)
    for outcome in ("stored", "already_stored"):
        post_confirmation.handler(events.load(name), CONTEXT)
        line = logged()
        assert (line["outcome"], line["source"]) == (outcome, source)
    assert len(stored()) == 1


@pytest.mark.parametrize(
    ("change", "error"),
    [
        ({}, "ResourceNotFoundException"),
        ({"request": None}, "NoSub"),
        ({"userName": 42}, "ResourceNotFoundException"),
    ],
)
@pytest.mark.parametrize(
    ("name", "source"), [("confirm_forgot_password", "trigger"), ("sign_in", "sign_in")]
)
def test_a_reset_and_a_sign_in_succeed_even_if_the_record_cannot_be_stored(
    post_confirmation: ModuleType,
    dynamodb: "DynamoDBClient",
    logged: Logged,
    name: str,
    source: str,
    change: dict[str, Any],
    error: str,
) -> None:
    dynamodb.delete_table(TableName="users")
    event = events.load(name) | change
    assert post_confirmation.handler(event, CONTEXT) is event
    line = logged()
    assert (line["level"], line["outcome"], line["source"]) == ("ERROR", "failed", source)
    assert (line["sub"], line["error"]) == (None if error == "NoSub" else SUB, error)


def configuration_is_wrong(post_confirmation: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STORED_ATTRIBUTES", "not JSON")
    monkeypatch.setattr(post_confirmation, "_load", post_confirmation._load.__wrapped__)


def a_bug(post_confirmation: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: Any) -> None:
        raise ValueError("ada@example.com")

    monkeypatch.setattr(post_confirmation, "to_item", broken)


@pytest.mark.parametrize(
    ("fault", "error"), [(configuration_is_wrong, "ConfigurationError"), (a_bug, "ValueError")]
)
@pytest.mark.parametrize("name", ["confirm_sign_up", "confirm_forgot_password", "sign_in"])
def test_any_failure_is_logged_and_only_a_confirmation_reports_it(
    post_confirmation: ModuleType,
    monkeypatch: pytest.MonkeyPatch,
    logged: Logged,
    fault: Callable[[ModuleType, pytest.MonkeyPatch], None],
    error: str,
    name: str,
) -> None:
    fault(post_confirmation, monkeypatch)
    event = events.load(name)
    if name == "confirm_sign_up":
        with pytest.raises(post_confirmation.UserNotStoredError, match="your account is confirmed"):
            post_confirmation.handler(event, CONTEXT)
    else:
        assert post_confirmation.handler(event, CONTEXT) is event
    line = logged()
    assert (line["outcome"], line["error"]) == ("failed", error)
    assert ("STORED_ATTRIBUTES is not valid JSON" in line.get("message", "")) == (
        error == "ConfigurationError"
    )
    assert "ada@example.com" not in json.dumps(line)
