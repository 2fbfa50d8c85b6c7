import itertools
import json
import random
import time
from collections.abc import Callable, Iterator
from types import ModuleType
from typing import TYPE_CHECKING, Any
from unittest import mock

import boto3
import pytest
from botocore.exceptions import ClientError, ReadTimeoutError
from botocore.stub import Stubber

from users.calls import CallError, call
from users.records import Records
from users.user_pool import Page, User, UserPool

if TYPE_CHECKING:
    from mypy_boto3_cognito_idp import CognitoIdentityProviderClient
    from mypy_boto3_dynamodb import DynamoDBClient

type Stored = Callable[[], list[dict[str, Any]]]

PASSWORD = "Correct-1-horse"  # noqa: S105 - of users in moto
NO_COUNTS = {
    "seen": 0,
    "stored": 0,
    "already_stored": 0,
    "updated": 0,
    "not_eligible": 0,
    "missing": 0,
    "outdated": 0,
    "failed": 0,
}


class Context:
    """Lambda's context, with so many milliseconds left."""

    aws_request_id = "8f507cfc-xmpl-4697-b07a-ac58fc914c95"

    def __init__(self, milliseconds: int = 300_000) -> None:
        self._milliseconds = milliseconds

    def get_remaining_time_in_millis(self) -> int:
        return self._milliseconds


class Calls:
    """The operations that the sweep has called, and what runs before each call of an operation."""

    def __init__(self) -> None:
        self.made: list[str] = []
        self.before: dict[str, Callable[[], object]] = {}

    def note(self, model: Any, **_: Any) -> None:
        """Record a call that is about to be made."""
        self.made.append(model.name)
        self.before.get(model.name, lambda: None)()

    def fail(self, operation: str, code: str, after: int = 0) -> None:
        """Have one call of the operation fail, after so many that do not."""
        outcomes = itertools.chain([None] * after, [answered(code)], itertools.repeat(None))
        self.before[operation] = mock.Mock(side_effect=outcomes)


def answered(code: str, status: int = 400) -> ClientError:
    """The error that boto3 raises for an answer with this code."""
    metadata: Any = {"HTTPStatusCode": status}
    error: Any = {"Code": code, "Message": "about ada@example.com"}
    return ClientError({"Error": error, "ResponseMetadata": metadata}, "AnOperation")


@pytest.fixture
def calls(reconcile: ModuleType) -> Iterator[Calls]:
    """The calls of the sweep's boto3 clients."""
    watched = Calls()
    clients = [reconcile._pool._client, reconcile._records._client]
    for client in clients:
        client.meta.events.register("before-parameter-build", watched.note)
    yield watched
    for client in clients:
        client.meta.events.unregister("before-parameter-build", watched.note)


@pytest.fixture
def pool(
    dynamodb: "DynamoDBClient", reconcile: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> "CognitoIdentityProviderClient":
    """A client for the pool that is swept, which is empty."""
    cognito = boto3.client("cognito-idp")
    pool_id = cognito.create_user_pool(PoolName="users")["UserPool"]["Id"]
    monkeypatch.setattr(reconcile._pool, "_id", pool_id)
    return cognito


@pytest.fixture
def updating(reconcile: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    """Has the sweep update records, too."""
    names = [attribute.name for attribute in reconcile._configuration.stored_attributes]
    records = Records("users", None, names)
    monkeypatch.setattr(records, "_client", reconcile._records._client)  # which is watched
    monkeypatch.setattr(reconcile, "_sweep", reconcile._sweep._replace(update_records=True))
    monkeypatch.setattr(reconcile, "_records", records)


def add(reconcile: ModuleType, cognito: "CognitoIdentityProviderClient", number: int) -> str:
    """Create a confirmed user as an administrator, which calls no trigger. Gives the `sub`."""
    pool_id = reconcile._pool._id
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


def sweep(reconcile: ModuleType, event: Any = None, milliseconds: int = 300_000) -> Any:
    """Call the sweep until it is done, as the state machine does. Gives the answers."""
    answers = [reconcile.handler(event or {}, Context(milliseconds))]
    while not answers[-1]["done"]:
        again = json.loads(json.dumps(answers[-1]))  # as it passes through the state machine
        answers.append(reconcile.handler(again, Context(milliseconds)))
    return answers


def test_a_user_without_a_record_gets_one(
    reconcile: ModuleType,
    pool: "CognitoIdentityProviderClient",
    stored: Stored,
    capsys: pytest.CaptureFixture[str],
) -> None:
    subs = [add(reconcile, pool, number) for number in range(3)]
    (answer,) = sweep(reconcile)
    assert answer == {
        "dryRun": False,
        "paginationToken": None,
        "counts": NO_COUNTS | {"seen": 3, "stored": 3},
        "statuses": {},
        "restarts": 0,
        "throttled": False,
        "done": True,
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
    assert sorted(line["sub"] for line in logged if line["outcome"] == "stored") == sorted(subs)
    assert {line["source"] for line in logged} == {"sweep"}
    assert logged[-1]["outcome"] == "swept"
    assert logged[-1]["stored"] == 3
    assert "example.com" not in json.dumps(logged)


def test_a_page_of_users_with_records_costs_one_read_and_no_write(
    reconcile: ModuleType, pool: "CognitoIdentityProviderClient", stored: Stored, calls: Calls
) -> None:
    for number in range(60):
        add(reconcile, pool, number)
    sweep(reconcile)
    before = stored()
    calls.made.clear()
    (answer,) = sweep(reconcile)
    assert answer["counts"] == NO_COUNTS | {"seen": 60, "already_stored": 60}
    assert stored() == before
    assert calls.made == ["ListUsers", "BatchGetItem"]


def test_missing_records_cost_one_more_list_and_one_write_each(
    reconcile: ModuleType,
    pool: "CognitoIdentityProviderClient",
    dynamodb: "DynamoDBClient",
    calls: Calls,
) -> None:
    subs = [add(reconcile, pool, number) for number in range(60)]
    sweep(reconcile)
    for sub in subs[:3]:
        dynamodb.delete_item(TableName="users", Key={"UserID": {"S": sub}})
    calls.made.clear()
    (answer,) = sweep(reconcile)
    assert answer["counts"] == NO_COUNTS | {"seen": 60, "already_stored": 57, "stored": 3}
    assert calls.made == ["ListUsers", "BatchGetItem", "ListUsers", *["PutItem"] * 3]


def test_a_record_that_the_trigger_writes_meanwhile_is_left_as_it_is(
    reconcile: ModuleType,
    pool: "CognitoIdentityProviderClient",
    dynamodb: "DynamoDBClient",
    stored: Stored,
    calls: Calls,
) -> None:
    sub = add(reconcile, pool, 1)
    item: Any = {"UserID": {"S": sub}, "Email": {"S": "the trigger's"}}

    calls.before["PutItem"] = lambda: dynamodb.put_item(TableName="users", Item=item)
    (answer,) = sweep(reconcile)
    assert answer["counts"] == NO_COUNTS | {"seen": 1, "already_stored": 1}
    assert stored() == [item]


@pytest.fixture(params=["listed again", "looked up"])
def look_again(
    request: pytest.FixtureRequest, calls: Calls
) -> Callable[[Callable[[], object]], None]:
    """Runs a function after the first list of users and before the second look at them.

    The second look lists the page again or, if that is refused, looks each user up.
    """

    def meanwhile(act: Callable[[], object]) -> None:
        calls.before["BatchGetItem"] = act
        if request.param == "looked up":
            calls.fail("ListUsers", "InvalidParameterException", after=1)

    return meanwhile


def test_a_user_who_is_deleted_after_the_list_is_not_stored(
    reconcile: ModuleType,
    pool: "CognitoIdentityProviderClient",
    stored: Stored,
    look_again: Callable[[Callable[[], object]], None],
) -> None:
    kept, deleted = add(reconcile, pool, 1), add(reconcile, pool, 2)
    look_again(lambda: pool.admin_delete_user(UserPoolId=reconcile._pool._id, Username="user-0002"))
    (answer,) = sweep(reconcile)
    assert answer["counts"] == NO_COUNTS | {"seen": 2, "stored": 1, "not_eligible": 1}
    assert answer["statuses"] == {"gone": 1}
    assert [item["UserID"]["S"] for item in stored()] == [kept]
    assert deleted not in json.dumps(stored())


class FakePool:
    """A pool with these pages. Each call raises the next of `errors`, unless that is None."""

    def __init__(self, *pages: list[User]) -> None:
        self.pages = list(pages)
        self.asked: list[str | None] = []
        self.errors: list[CallError | None] = []

    def show(self, *pages: list[User]) -> None:
        """Have the pool show these pages from now on."""
        self.pages = list(pages)

    def page(self, token: str | None) -> Page:
        self.asked.append(token)
        if self.errors and (error := self.errors.pop(0)):
            raise error
        number = int(token or 0)
        return Page(self.pages[number], str(number + 1) if number + 1 < len(self.pages) else None)


type MakePool = Callable[..., FakePool]


@pytest.fixture
def make_pool(dynamodb: Any, reconcile: ModuleType, monkeypatch: pytest.MonkeyPatch) -> MakePool:
    """Has the sweep go through a pool with given pages; the records are in moto."""

    def make(*pages: list[User]) -> FakePool:
        fake = FakePool(*pages)
        monkeypatch.setattr(reconcile, "_pool", fake)
        return fake

    return make


def user(sub: str | None, status: str = "CONFIRMED", **attributes: str) -> User:
    return User(sub, status, {"sub": sub, **attributes})


REFUSED = CallError("InvalidParameterException", refused=True)
THROTTLED = CallError("TooManyRequestsException", throttled=True)
DOWN = CallError("InternalErrorException")


@pytest.mark.parametrize(
    ("status", "outcome"),
    [
        ("CONFIRMED", "stored"),
        ("EXTERNAL_PROVIDER", "stored"),
        ("RESET_REQUIRED", "stored"),
        ("UNCONFIRMED", "not_eligible"),
        ("FORCE_CHANGE_PASSWORD", "not_eligible"),
        ("ARCHIVED", "not_eligible"),
        ("UNKNOWN", "not_eligible"),
    ],
)
def test_users_are_stored_or_counted_by_their_status(
    reconcile: ModuleType, make_pool: MakePool, stored: Stored, status: str, outcome: str
) -> None:
    make_pool([user("1", status)])
    (answer,) = sweep(reconcile)
    assert answer["counts"] == NO_COUNTS | {"seen": 1, outcome: 1}
    assert answer["statuses"] == ({status: 1} if outcome == "not_eligible" else {})
    assert len(stored()) == (outcome == "stored")


def test_users_who_are_not_confirmed_are_counted_by_status_over_all_calls(
    reconcile: ModuleType, make_pool: MakePool, calls: Calls, capsys: pytest.CaptureFixture[str]
) -> None:
    make_pool(
        [user("1", "UNCONFIRMED"), user("2", "UNCONFIRMED"), user("3", "ARCHIVED")],
        [user("4", "UNCONFIRMED")],
    )
    answer = sweep(reconcile, milliseconds=1)[-1]
    assert answer["counts"] == NO_COUNTS | {"seen": 4, "not_eligible": 4}
    assert answer["statuses"] == {"UNCONFIRMED": 3, "ARCHIVED": 1}
    assert lines(capsys)[-1]["statuses"] == answer["statuses"]
    assert calls.made == [], "it looked for records of users who are not confirmed"


def test_a_user_who_is_no_longer_confirmed_at_the_second_look_is_not_stored(
    reconcile: ModuleType, make_pool: MakePool, stored: Stored, calls: Calls
) -> None:
    fake = make_pool([user("1")])

    calls.before["BatchGetItem"] = lambda: fake.show(
        [user("1", "FORCE_CHANGE_PASSWORD"), user("2")]
    )
    (answer,) = sweep(reconcile)
    assert answer["counts"] == NO_COUNTS | {"seen": 1, "not_eligible": 1}
    assert answer["statuses"] == {"FORCE_CHANGE_PASSWORD": 1}
    assert stored() == []


def test_the_attributes_of_the_second_look_are_stored(
    reconcile: ModuleType, make_pool: MakePool, stored: Stored, calls: Calls
) -> None:
    fake = make_pool([user("1", email="old@example.com")])

    calls.before["BatchGetItem"] = lambda: fake.show([user("1", email="new@example.com")])
    sweep(reconcile)
    assert stored()[0]["Email"] == {"S": "new@example.com"}


def test_a_dry_run_only_counts(
    reconcile: ModuleType,
    pool: "CognitoIdentityProviderClient",
    stored: Stored,
    calls: Calls,
    capsys: pytest.CaptureFixture[str],
) -> None:
    add(reconcile, pool, 1)
    sweep(reconcile)
    missing = add(reconcile, pool, 2)
    before = stored()
    capsys.readouterr()
    calls.made.clear()
    (answer,) = sweep(reconcile, {"dryRun": True})
    assert answer["dryRun"] is True
    assert answer["counts"] == NO_COUNTS | {"seen": 2, "already_stored": 1, "missing": 1}
    assert stored() == before
    assert calls.made == ["ListUsers", "BatchGetItem", "ListUsers"]
    assert [line["sub"] for line in lines(capsys) if line["outcome"] == "missing"] == [missing]


def test_a_sweep_goes_through_all_pages_in_one_call_or_in_many(
    reconcile: ModuleType, pool: "CognitoIdentityProviderClient", stored: Stored
) -> None:
    for number in range(61):
        add(reconcile, pool, number)
    answers = sweep(reconcile, milliseconds=1)
    assert [answer["counts"]["seen"] for answer in answers] == [60, 61]
    assert answers[-1]["counts"] == NO_COUNTS | {"seen": 61, "stored": 61}
    assert len(stored()) == 61
    (answer,) = sweep(reconcile)
    assert answer["counts"] == NO_COUNTS | {"seen": 61, "already_stored": 61}


def test_the_pool_is_called_no_faster_than_configured(
    pool: "CognitoIdentityProviderClient",
    reconcile: ModuleType,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    now = [0.0]
    slept = []

    def sleep(seconds: float) -> None:
        slept.append(seconds)
        now[0] += seconds

    monkeypatch.setattr(time, "monotonic", lambda: now[0])
    monkeypatch.setattr(time, "sleep", sleep)
    users = UserPool(reconcile._pool._id, 2)
    users.page(None)
    users.page(None)
    users.find("nobody")
    assert slept == [0, 0.5, 0.5]


def test_a_user_is_found_behind_an_empty_page() -> None:
    users = UserPool("eu-west-1_a", 1000)
    found = {"Username": "ada", "Attributes": [{"Name": "sub", "Value": "1"}]}
    asked = {"UserPoolId": "eu-west-1_a", "Limit": 60, "Filter": 'sub = "1"'}
    with Stubber(users._client) as stubber:
        stubber.add_response("list_users", {"Users": [], "PaginationToken": "next"}, asked)
        stubber.add_response("list_users", {"Users": [found]}, asked | {"PaginationToken": "next"})
        assert users.find("1") == User("1", "UNKNOWN", {"sub": "1", "cognito:username": "ada"})
        stubber.add_response("list_users", {"Users": []}, asked)
        assert users.find("1") is None


def test_users_who_cannot_be_stored_are_counted_and_the_others_are_stored(
    reconcile: ModuleType,
    make_pool: MakePool,
    stored: Stored,
    calls: Calls,
    capsys: pytest.CaptureFixture[str],
) -> None:
    make_pool([user("1"), user("2"), user("3"), user(None)])

    calls.fail("PutItem", "ValidationException", after=1)
    (answer,) = sweep(reconcile)
    assert answer["counts"] == NO_COUNTS | {"seen": 4, "stored": 2, "failed": 2}
    failed = {line["error"]: line["sub"] for line in lines(capsys) if line["outcome"] == "failed"}
    assert failed.keys() == {"ValidationException", "NoSub"}
    assert failed["NoSub"] is None
    there = {item["UserID"]["S"] for item in stored()}
    assert there == {"1", "2", "3"} - {failed["ValidationException"]}


def test_a_bad_attribute_is_left_out_and_logged_without_its_value(
    reconcile: ModuleType,
    make_pool: MakePool,
    stored: Stored,
    capsys: pytest.CaptureFixture[str],
) -> None:
    make_pool([user("1", **{"custom:age": "secret"})])
    sweep(reconcile)
    line = lines(capsys)[0]
    assert line["outcome"] == "stored"
    assert line["leftOut"] == [{"attribute": "Age", "reason": "not a number"}]
    assert "secret" not in json.dumps(line)
    assert len(stored()) == 1


def test_keys_that_dynamodb_leaves_out_are_asked_for_again(
    dynamodb: "DynamoDBClient", monkeypatch: pytest.MonkeyPatch
) -> None:
    slept: list[float] = []
    monkeypatch.setattr(time, "sleep", slept.append)
    table = Records("users", None)
    left = {"users": {"Keys": [{"UserID": {"S": "2"}}], "ProjectionExpression": "#0"}}
    with Stubber(table._client) as stubber:
        found: Any = {"users": [{"UserID": {"S": "1"}}]}
        stubber.add_response("batch_get_item", {"Responses": found, "UnprocessedKeys": left})
        found = {"users": [{"UserID": {"S": "2"}}]}
        asked_again = {"RequestItems": left}
        stubber.add_response("batch_get_item", {"Responses": found}, asked_again)
        assert table.read(["1", "2", "3"]).keys() == {"1", "2"}
    assert len(slept) == 1


def test_keys_that_dynamodb_keeps_leaving_out_count_as_throttling(
    dynamodb: "DynamoDBClient", monkeypatch: pytest.MonkeyPatch
) -> None:
    slept: list[float] = []
    monkeypatch.setattr(time, "sleep", slept.append)
    monkeypatch.setattr(time, "monotonic", lambda: sum(slept))
    monkeypatch.setattr(random, "uniform", lambda _, most: most)
    table = Records("users", None)
    left: Any = {"users": {"Keys": [{"UserID": {"S": "1"}}]}}
    with Stubber(table._client) as stubber:
        for _ in range(20):
            stubber.add_response("batch_get_item", {"Responses": {}, "UnprocessedKeys": left})
        with pytest.raises(CallError, match="UnprocessedKeys") as raised:
            table.read(["1"])
    assert raised.value.throttled
    assert sum(slept) <= 5


@pytest.mark.parametrize("region", [None, "us-east-2"])
def test_the_table_is_called_in_its_region(region: str | None) -> None:
    assert Records("users", region)._client.meta.region_name == (region or "eu-west-1")


def test_the_table_may_be_an_arn(dynamodb: "DynamoDBClient", stored: Stored) -> None:
    arn = dynamodb.describe_table(TableName="users")["Table"]["TableArn"]
    table = Records(arn, "eu-west-1")
    assert table.put_if_absent({"UserID": {"S": "1"}})
    assert not table.put_if_absent({"UserID": {"S": "1"}})
    assert table.read(["1", "2"]) == {"1": {"UserID": {"S": "1"}}}
    assert table.update("1", {"Email": {"S": "ada@example.com"}})
    assert stored() == [{"UserID": {"S": "1"}, "Email": {"S": "ada@example.com"}}]


@pytest.mark.parametrize(
    ("error", "code", "throttled", "refused"),
    [
        (answered("InvalidParameterException"), "InvalidParameterException", False, True),
        (answered("AccessDeniedException"), "AccessDeniedException", False, True),
        (answered("TooManyRequestsException"), "TooManyRequestsException", True, False),
        (answered("ThrottlingException"), "ThrottlingException", True, False),
        (answered("ProvisionedThroughputExceededException"), None, True, False),
        (answered("InternalErrorException", 500), "InternalErrorException", False, False),
        (ClientError({}, "AnOperation"), "ClientError", False, False),
        (ReadTimeoutError(endpoint_url="https://e"), "ReadTimeoutError", False, False),
        (ValueError("ada@example.com"), "ValueError", False, False),
    ],
)
def test_an_error_shows_its_code_and_nothing_else(
    error: Exception, code: str | None, throttled: bool, refused: bool
) -> None:
    def operation() -> None:
        raise error

    with pytest.raises(CallError) as raised:
        call(operation)
    assert str(raised.value) == f"operation: {raised.value.code}"
    assert code in (None, raised.value.code)
    assert (raised.value.throttled, raised.value.refused) == (throttled, refused)
    assert raised.value.__context__ is None  # its text may quote an attribute


# What the sweep answers to the state machine


def three_pages() -> list[list[User]]:
    return [[user("1")], [user("2")], [user("3")]]


@pytest.mark.parametrize("error", [DOWN, REFUSED])
def test_an_error_at_the_first_page_fails_the_call(
    reconcile: ModuleType, make_pool: MakePool, error: CallError
) -> None:
    make_pool([user("1")]).errors = [error]
    with pytest.raises(CallError, match=error.code):
        reconcile.handler({}, Context())


def test_an_error_after_the_first_page_ends_the_call_with_what_is_done(
    reconcile: ModuleType,
    make_pool: MakePool,
    stored: Stored,
    capsys: pytest.CaptureFixture[str],
) -> None:
    fake = make_pool(*three_pages())
    fake.errors = [None, None, DOWN]
    first, second = sweep(reconcile)
    assert (first["paginationToken"], first["done"], first["throttled"]) == ("1", False, False)
    assert first["counts"] == NO_COUNTS | {"seen": 1, "stored": 1}
    assert second["counts"] == NO_COUNTS | {"seen": 3, "stored": 3}
    assert len(stored()) == 3
    (interrupted,) = [line for line in lines(capsys) if line["outcome"] == "interrupted"]
    assert interrupted["error"] == "InternalErrorException"


@pytest.mark.parametrize("pages_done", [0, 1])
@pytest.mark.parametrize("operation", ["ListUsers", "BatchGetItem"])
def test_when_throttled_it_answers_with_what_is_done_and_asks_to_wait(
    reconcile: ModuleType, make_pool: MakePool, calls: Calls, pages_done: int, operation: str
) -> None:
    fake = make_pool(*three_pages())
    if operation == "ListUsers":
        fake.errors = [None, None, THROTTLED] if pages_done else [THROTTLED]
    else:
        calls.fail(operation, "ProvisionedThroughputExceededException", after=pages_done)
    first, second = sweep(reconcile)
    assert first["throttled"]
    assert first["paginationToken"] == ("1" if pages_done else None)
    assert first["counts"]["seen"] == pages_done
    assert not second["throttled"]
    assert second["counts"] == NO_COUNTS | {"seen": 3, "stored": 3}


def test_a_throttled_write_counts_as_failed_and_asks_to_wait(
    reconcile: ModuleType, make_pool: MakePool, calls: Calls
) -> None:
    make_pool(*three_pages())

    calls.fail("PutItem", "ThrottlingException")
    first, second = sweep(reconcile)
    assert first["throttled"]
    assert first["counts"] == NO_COUNTS | {"seen": 1, "failed": 1}
    assert second["counts"] == NO_COUNTS | {"seen": 3, "stored": 2, "failed": 1}


def test_a_refused_token_is_sent_once_more(reconcile: ModuleType, make_pool: MakePool) -> None:
    fake = make_pool(*three_pages())
    fake.errors = [None, None, REFUSED]
    (answer,) = sweep(reconcile)
    assert answer["counts"] == NO_COUNTS | {"seen": 3, "stored": 3}
    assert answer["restarts"] == 0
    assert fake.asked == [None, None, "1", "1", "1", "2", "2"]


def test_it_starts_over_when_the_token_is_refused_twice(
    reconcile: ModuleType, make_pool: MakePool, capsys: pytest.CaptureFixture[str]
) -> None:
    fake = make_pool(*three_pages())
    fake.errors = [None, None, REFUSED, REFUSED]
    (answer,) = sweep(reconcile, {"dryRun": True})
    assert answer["counts"] == NO_COUNTS | {"seen": 3, "missing": 3}, (
        "it counted the pages before the restart"
    )
    assert (answer["restarts"], answer["dryRun"]) == (1, True)
    assert fake.asked == [None, None, "1", "1", None, None, "1", "1", "2", "2"]
    assert [line["outcome"] for line in lines(capsys)].count("restarted") == 1


def test_a_refusal_without_a_token_fails_the_call(
    reconcile: ModuleType, make_pool: MakePool
) -> None:
    fake = make_pool(*three_pages())
    fake.errors = [CallError("NotAuthorizedException", refused=True)] * 3
    with pytest.raises(CallError, match="NotAuthorizedException"):
        reconcile.handler({"paginationToken": "1"}, Context())
    assert fake.asked == ["1", "1", None]


def test_an_outage_does_not_count_as_a_refused_token(
    reconcile: ModuleType, make_pool: MakePool
) -> None:
    fake = make_pool(*three_pages())
    fake.errors = [DOWN]
    with pytest.raises(CallError, match="InternalErrorException"):
        reconcile.handler({"paginationToken": "1"}, Context())
    assert fake.asked == ["1"]


def test_it_starts_over_three_times_at_most(reconcile: ModuleType, make_pool: MakePool) -> None:
    fake = make_pool(*three_pages())
    fake.errors = [None, None, REFUSED, REFUSED, *[None, REFUSED, REFUSED] * 3]
    answer = reconcile.handler({}, Context())
    assert answer["restarts"] == 3
    fake.errors = [REFUSED, REFUSED]
    with pytest.raises(CallError, match="InvalidParameterException"):
        reconcile.handler(answer, Context())


def test_nothing_is_written_when_the_second_look_fails(
    reconcile: ModuleType, make_pool: MakePool, stored: Stored
) -> None:
    make_pool([user("1")]).errors = [None, DOWN]
    with pytest.raises(CallError, match="InternalErrorException"):
        reconcile.handler({}, Context())
    assert stored() == []


# With UPDATE_RECORDS


def test_without_update_records_an_outdated_record_is_left_as_it_is(
    reconcile: ModuleType, make_pool: MakePool, stored: Stored
) -> None:
    fake = make_pool([user("1", email="old@example.com")])
    sweep(reconcile)
    fake.show([user("1", email="new@example.com")])
    (answer,) = sweep(reconcile)
    assert answer["counts"] == NO_COUNTS | {"seen": 1, "already_stored": 1}
    assert stored()[0]["Email"] == {"S": "old@example.com"}


def test_changed_attributes_are_set_or_removed_and_no_others_touched(
    reconcile: ModuleType,
    updating: None,
    make_pool: MakePool,
    dynamodb: "DynamoDBClient",
    stored: Stored,
    calls: Calls,
    capsys: pytest.CaptureFixture[str],
) -> None:
    before: Any = {
        "UserID": {"S": "1"},
        "CreatedAt": {"S": "2020-01-01T00:00:00.000Z"},
        "Email": {"S": "old@example.com"},
        "FirstName": {"S": "Ada"},
        "Age": {"N": "100"},
        "Plan": {"S": "an app's own"},
    }
    dynamodb.put_item(TableName="users", Item=before)
    now = {"email": "new@example.com", "family_name": "Lovelace", "custom:age": "1E+2"}
    make_pool([user("1", **now), user("2")])
    (answer,) = sweep(reconcile)
    assert answer["counts"] == NO_COUNTS | {"seen": 2, "updated": 1, "stored": 1}
    del before["FirstName"]
    (item,) = [item for item in stored() if item["UserID"] == {"S": "1"}]
    assert item == before | {"Email": {"S": "new@example.com"}, "LastName": {"S": "Lovelace"}}
    line = next(line for line in lines(capsys) if line["outcome"] == "updated")
    assert line["attributes"] == ["Email", "FirstName", "LastName"]
    assert "example.com" not in json.dumps(line)

    calls.made.clear()
    (answer,) = sweep(reconcile)
    assert answer["counts"] == NO_COUNTS | {"seen": 2, "already_stored": 2}
    assert calls.made == ["BatchGetItem"]


def test_a_dry_run_counts_outdated_records_and_changes_none(
    reconcile: ModuleType, updating: None, make_pool: MakePool, stored: Stored, calls: Calls
) -> None:
    fake = make_pool([user("1", email="old@example.com")])
    sweep(reconcile)
    fake.show([user("1", **{"custom:age": "many"})])
    before = stored()
    calls.made.clear()
    (answer,) = sweep(reconcile, {"dryRun": True})
    assert answer["counts"] == NO_COUNTS | {"seen": 1, "outdated": 1}
    assert stored() == before
    assert calls.made == ["BatchGetItem"]


def test_an_update_does_not_create_a_record_that_was_deleted_meanwhile(
    reconcile: ModuleType,
    updating: None,
    make_pool: MakePool,
    dynamodb: "DynamoDBClient",
    stored: Stored,
    calls: Calls,
) -> None:
    fake = make_pool([user("1", email="old@example.com")])
    sweep(reconcile)
    fake.show([user("1", email="new@example.com")])

    key: Any = {"UserID": {"S": "1"}}
    calls.before["UpdateItem"] = lambda: dynamodb.delete_item(TableName="users", Key=key)
    (answer,) = sweep(reconcile)
    assert answer["statuses"] == {"gone": 1}
    assert stored() == []


def test_an_update_that_fails_is_counted(
    reconcile: ModuleType, updating: None, make_pool: MakePool, calls: Calls
) -> None:
    fake = make_pool([user("1", email="old@example.com")])
    sweep(reconcile)
    fake.show([user("1")])

    calls.fail("UpdateItem", "AccessDeniedException")
    (answer,) = sweep(reconcile)
    assert answer["counts"] == NO_COUNTS | {"seen": 1, "failed": 1}
