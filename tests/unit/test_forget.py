import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from botocore.client import BaseClient

from scripts import forget

if TYPE_CHECKING:
    from mypy_boto3_cognito_idp import CognitoIdentityProviderClient
    from mypy_boto3_dynamodb import DynamoDBClient

NOBODY = "11111111-2222-4333-8444-555555555555"

type Forget = Callable[[str], int]
type Add = Callable[..., str]


@pytest.fixture
def cognito(dynamodb: "DynamoDBClient") -> "CognitoIdentityProviderClient":
    return boto3.client("cognito-idp")


@pytest.fixture
def outputs(
    dynamodb: "DynamoDBClient",
    cognito: "CognitoIdentityProviderClient",
    monkeypatch: pytest.MonkeyPatch,
) -> dict[str, Any]:
    """Terraform's outputs of a stack in moto; nothing is waited for."""
    of_the_stack = {
        "region": "eu-west-1",
        "table_arn": dynamodb.describe_table(TableName="users")["Table"]["TableArn"],
        "user_pool_id": cognito.create_user_pool(PoolName="users")["UserPool"]["Id"],
    }
    monkeypatch.setattr(forget, "read_outputs", lambda *_: of_the_stack)
    monkeypatch.setattr(forget, "SETTLE_SECONDS", 0)
    monkeypatch.setattr(forget, "POLL_SECONDS", 0)
    return of_the_stack


@pytest.fixture
def run(outputs: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> Forget:
    """`make forget` with USER_ID; the exit status."""

    def run_with(user: str) -> int:
        monkeypatch.setattr(sys, "argv", ["forget", "dev", user])
        return forget.main()

    return run_with


@pytest.fixture
def add(
    outputs: dict[str, Any], cognito: "CognitoIdentityProviderClient", dynamodb: "DynamoDBClient"
) -> Add:
    """A user with a record; the UserID."""

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
    """The usernames in the pool, and the keys in the table."""
    return lambda: (
        {
            user["Username"]
            for user in cognito.list_users(UserPoolId=outputs["user_pool_id"])["Users"]
        },
        {item["UserID"]["S"] for item in dynamodb.scan(TableName="users")["Items"]},
    )


@pytest.mark.parametrize("by", ["e-mail", "UserID"])
def test_user_and_record_are_deleted(
    run: Forget, add: Add, left: Any, capsys: pytest.CaptureFixture[str], by: str
) -> None:
    sub, other = add("ada@example.com", "Google_1"), add("bob@example.com", "bob")
    assert run("ada@example.com" if by == "e-mail" else sub) == 0
    assert left() == ({"bob"}, {other})
    out = capsys.readouterr().out
    assert out.splitlines()[:3] == [
        f"UserID {sub}: FORCE_CHANGE_PASSWORD",
        "Deleted from the user pool.",
        "Deleted the record.",
    ]
    assert "for 35 days" in out
    assert "example.com" not in out


def test_an_address_that_several_have_is_refused(
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
        ("eve@example.com", "Nobody in the user pool has this address"),
        ('" or email = "ada@example.com', "Nobody in the user pool has this address"),
        ("ada", "neither an e-mail address nor a UserID"),
        ("", "neither an e-mail address nor a UserID"),
        (NOBODY.replace("-", ""), "neither an e-mail address nor a UserID"),
    ],
)
def test_who_is_not_named_rightly_is_not_deleted(
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


def test_a_quote_in_an_address_stays_a_quote(
    outputs: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[Any] = []

    def call(_: Any, operation: str, parameters: Any) -> Any:
        asked.append(parameters["Filter"])
        return {"Users": []}

    monkeypatch.setattr(BaseClient, "_make_api_call", call)
    with pytest.raises(forget.ForgetError):
        forget.Pool(outputs).find('a"\\b@example.com')
    assert asked == ['email = "a\\"\\\\b@example.com"']


@pytest.mark.parametrize("cut_off_in", ["wait_until_gone", "_settle", "_delete_record"])
def test_cut_off_it_is_gone_on_with_by_the_user_id(
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
    assert run(sub) == 0  # and once more does no harm


def test_the_record_stays_while_the_pool_still_shows_the_user(
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


def test_who_is_stored_again_meanwhile_is_told(
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


def test_an_error_of_aws_says_how_to_go_on(
    run: Forget, outputs: dict[str, Any], capsys: pytest.CaptureFixture[str]
) -> None:
    outputs["user_pool_id"] = "eu-west-1_gone"
    assert run(NOBODY) == 1
    err = capsys.readouterr().err
    assert "ResourceNotFoundException" in err
    assert "To go on: make forget" in err
