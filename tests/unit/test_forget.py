import io
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest
from botocore.client import BaseClient

from scripts import forget
from scripts.command import CommandError
from tests.unit.conftest import Terminal

if TYPE_CHECKING:
    from mypy_boto3_cognito_idp import CognitoIdentityProviderClient
    from mypy_boto3_dynamodb import DynamoDBClient

NOBODY = "11111111-2222-4333-8444-555555555555"

type Forget = Callable[..., int]
type Add = Callable[..., str]


@pytest.fixture
def run(outputs: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> Forget:
    """Runs `make forget` with a USER_ID and without its pauses; gives the exit status.

    Without an answer on stdin, it runs with YES=1.
    """
    monkeypatch.setattr(forget, "read_outputs", lambda *_: outputs)
    monkeypatch.setattr(forget, "SETTLE_SECONDS", 0)
    monkeypatch.setattr(forget, "POLL_SECONDS", 0)

    def run_with(user: str, stdin: io.StringIO | None = None) -> int:
        monkeypatch.setattr(sys, "argv", ["forget", "dev", user, *([] if stdin else ["--yes"])])
        monkeypatch.setattr(sys, "stdin", stdin or io.StringIO())
        return forget.main()

    return run_with


@pytest.fixture
def add(
    outputs: dict[str, Any], cognito: "CognitoIdentityProviderClient", dynamodb: "DynamoDBClient"
) -> Add:
    """Makes a user with a record; gives the UserID."""

    def make(email: str, username: str) -> str:
        user = cognito.admin_create_user(
            UserPoolId=outputs["user_pool_id"],
            Username=username,
            UserAttributes=[{"Name": "email", "Value": email}],
        )["User"]
        (sub,) = (one["Value"] for one in user["Attributes"] if one["Name"] == "sub")
        dynamodb.put_item(TableName="users", Item={"UserID": {"S": sub}, "Email": {"S": email}})
        return sub

    return make


@pytest.fixture
def left(
    outputs: dict[str, Any], cognito: "CognitoIdentityProviderClient", dynamodb: "DynamoDBClient"
) -> Callable[[], tuple[set[str], set[str]]]:
    """Gives the usernames in the pool and the keys in the table."""
    return lambda: (
        {
            user["Username"]
            for user in cognito.list_users(UserPoolId=outputs["user_pool_id"])["Users"]
        },
        {item["UserID"]["S"] for item in dynamodb.scan(TableName="users")["Items"]},
    )


@pytest.mark.parametrize("by", ["e-mail", "UserID"])
def test_the_user_and_the_record_are_deleted(
    run: Forget, add: Add, left: Any, capsys: pytest.CaptureFixture[str], by: str
) -> None:
    sub, other = add("ada@example.com", "Google_1"), add("bob@example.com", "bob")
    assert run("ada@example.com" if by == "e-mail" else sub) == 0
    assert left() == ({"bob"}, {other})
    out = capsys.readouterr().out
    assert out.splitlines()[:3] == [
        f"UserID {sub}: FORCE_CHANGE_PASSWORD",
        "Deleted the user from the user pool.",
        "Deleted the record.",
    ]
    assert "(35 days)" in out
    assert "example.com" not in out


def test_it_shows_the_user_and_asks_before_it_deletes(
    run: Forget, add: Add, left: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    sub = add("ada@example.com", "ada")
    assert run("ada@example.com", Terminal("yes\n")) == 0
    assert left() == (set(), set())
    shown, asked, *_ = capsys.readouterr().out.splitlines()
    assert shown == f"UserID {sub}: FORCE_CHANGE_PASSWORD"
    assert asked.startswith("Delete this user and the user's record for good? Only yes is accepted")


@pytest.mark.parametrize(
    ("stdin", "message"),
    [
        (Terminal("no\n"), "The answer was not yes, so nothing was deleted."),
        (Terminal(""), "The answer was not yes, so nothing was deleted."),
        (io.StringIO("yes\n"), "To approve beforehand: make forget ENV=dev USER_ID="),
    ],
    ids=["no", "Ctrl-D", "no terminal"],
)
def test_without_a_yes_nothing_is_deleted(
    run: Forget,
    add: Add,
    left: Any,
    capsys: pytest.CaptureFixture[str],
    stdin: io.StringIO,
    message: str,
) -> None:
    sub = add("ada@example.com", "ada")
    assert run(sub, stdin) == 1
    assert message in capsys.readouterr().err
    assert left() == ({"ada"}, {sub})


def test_an_address_of_several_users_is_refused(
    run: Forget, add: Add, left: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    subs = {add("ada@example.com", "one"), add("ada@example.com", "two")}
    assert run("ada@example.com") == 1
    assert left() == ({"one", "two"}, subs)
    err = capsys.readouterr().err
    assert "2 users have this address, so nothing was deleted" in err
    assert all(sub in err for sub in subs)


@pytest.mark.parametrize(
    ("user", "message"),
    [
        ("eve@example.com", "No user in the user pool has exactly this address"),
        ('" or email = "ada@example.com', "No user in the user pool has exactly this address"),
        ("ada", "neither an e-mail address nor a UserID"),
        ("", "neither an e-mail address nor a UserID"),
        (NOBODY.replace("-", ""), "neither an e-mail address nor a UserID"),
    ],
)
def test_an_unknown_or_malformed_user_is_refused_and_nothing_is_deleted(
    run: Forget,
    add: Add,
    left: Any,
    capsys: pytest.CaptureFixture[str],
    user: str,
    message: str,
) -> None:
    sub = add("ada@example.com", "ada")
    assert run(user) == 1
    assert message in capsys.readouterr().err
    assert left() == ({"ada"}, {sub})


def test_a_quote_in_an_address_cannot_change_the_search(
    outputs: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[Any] = []

    def call(_: Any, operation: str, parameters: Any) -> Any:
        asked.append(parameters["Filter"])
        return {"Users": []}

    monkeypatch.setattr(BaseClient, "_make_api_call", call)
    with pytest.raises(CommandError):
        forget.Pool(outputs).find('a"\\b@example.com')
    assert asked == ['email = "a\\"\\\\b@example.com"']


@pytest.mark.parametrize("cut_off_in", ["wait_until_gone", "_settle", "_delete_record"])
def test_an_interrupted_deletion_is_finished_with_the_user_id(
    run: Forget,
    add: Add,
    left: Any,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    cut_off_in: str,
) -> None:
    sub = add("ada@example.com", "ada")

    def interrupt(*_: Any) -> None:
        raise KeyboardInterrupt

    owner: Any = forget.Pool if cut_off_in == "wait_until_gone" else forget
    with monkeypatch.context() as cut_off:
        cut_off.setattr(owner, cut_off_in, interrupt)
        assert run("ada@example.com") == 130
    captured = capsys.readouterr()
    assert sub in captured.out
    assert "To go on: make forget ENV=dev USER_ID=<UserID>" in captured.err
    assert left() == (set(), {sub})

    assert run(sub) == 0
    assert left() == (set(), set())
    assert run(sub) == 0  # a further run does no harm


def test_the_record_is_kept_while_the_pool_still_lists_the_user(
    run: Forget,
    add: Add,
    left: Any,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    sub = add("ada@example.com", "ada")
    monkeypatch.setattr(forget.Pool, "delete", lambda *_: None)
    monkeypatch.setattr(forget, "POLLS", 3)
    assert run(sub) == 1
    assert "still shows" in capsys.readouterr().err
    assert left() == ({"ada"}, {sub})


def test_it_reports_a_record_that_something_wrote_again_meanwhile(
    run: Forget,
    add: Add,
    dynamodb: "DynamoDBClient",
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    sub = add("ada@example.com", "ada")
    delete = forget._delete_record

    def delete_and_store(outputs: dict[str, Any], user_id: str) -> bool:
        had = delete(outputs, user_id)
        dynamodb.put_item(TableName="users", Item={"UserID": {"S": user_id}})
        return had

    monkeypatch.setattr(forget, "_delete_record", delete_and_store)
    assert run(sub) == 1
    assert f"{sub} is there again" in capsys.readouterr().err


def test_after_an_error_of_aws_it_says_how_to_continue(
    run: Forget, outputs: dict[str, Any], capsys: pytest.CaptureFixture[str]
) -> None:
    outputs["user_pool_id"] = "eu-west-1_gone"
    assert run(NOBODY) == 1
    err = capsys.readouterr().err
    assert "ResourceNotFoundException" in err
    assert "To go on: make forget" in err
