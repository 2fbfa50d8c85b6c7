"""How the local AWS's Cognito calls triggers, tested with small functions."""

import io
import itertools
import json
import time
import urllib.request
import zipfile
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError
from pycognito.aws_srp import AWSSRP

from scripts.local.local_aws import LocalAWS

PASSWORD = "Correct-horse-7"  # noqa: S105 - of a user in the local AWS
# A function runs as a process on this machine, so it can write the event to a file.
NOTES_EVENT = """
import json

def handler(event, _):
  with open({path!r}, "a") as file:
    file.write(json.dumps(event) + "\\n")
"""
CONFIRM = "PostConfirmation_ConfirmSignUp"
FLOWS = ("ADMIN_USER_PASSWORD_AUTH", "USER_PASSWORD_AUTH", "USER_SRP_AUTH")

_numbers = itertools.count()


@dataclass
class Pool:
    """A user pool with an app client, and perhaps with a function behind the alias `live`."""

    aws: LocalAWS
    id: str
    arn: str
    client_id: str
    function_name: str
    notes: Path

    @property
    def cognito(self) -> Any:
        """A client for its Cognito."""
        return self.aws.client("cognito-idp")

    def sign_up(self, address: str = "jane@example.com", **more: Any) -> dict[str, Any]:
        """Sign a user up under a mail address."""
        answer: dict[str, Any] = self.cognito.sign_up(
            ClientId=self.client_id,
            Username=address,
            Password=PASSWORD,
            UserAttributes=[{"Name": "email", "Value": address}],
            **more,
        )
        return answer

    def confirm(self, address: str = "jane@example.com", **more: Any) -> None:
        """Confirm a user with the code from the mail."""
        self.cognito.confirm_sign_up(
            ClientId=self.client_id,
            Username=address,
            ConfirmationCode=self.aws.latest_code(address),
            **more,
        )

    def admin_confirm(self, address: str = "jane@example.com", **more: Any) -> None:
        """Confirm a user as an administrator."""
        self.cognito.admin_confirm_sign_up(UserPoolId=self.id, Username=address, **more)

    def sign_in(self, flow: str = "USER_PASSWORD_AUTH", password: str = PASSWORD) -> Any:
        """Sign jane in by a flow. Gives the tokens."""
        address = "jane@example.com"
        if flow == "USER_SRP_AUTH":
            answer = AWSSRP(address, password, self.id, self.client_id, client=self.cognito)
            return answer.authenticate_user()["AuthenticationResult"]
        parameters = {
            "ClientId": self.client_id,
            "AuthFlow": flow,
            "AuthParameters": {"USERNAME": address, "PASSWORD": password},
            "ClientMetadata": {"from": "shop"},
        }
        if flow.startswith("ADMIN"):
            answer = self.cognito.admin_initiate_auth(UserPoolId=self.id, **parameters)
        else:
            answer = self.cognito.initiate_auth(**parameters)
        return answer["AuthenticationResult"]

    def status(self, address: str = "jane@example.com") -> str:
        """The user's status."""
        return str(self._user(address)["UserStatus"])

    def attributes(self, address: str = "jane@example.com") -> dict[str, str]:
        """The user's attributes."""
        return {one["Name"]: one["Value"] for one in self._user(address)["UserAttributes"]}

    def events(self) -> list[dict[str, Any]]:
        """The events that the function got so far."""
        lines = self.notes.read_text().splitlines() if self.notes.exists() else []
        return [json.loads(line) for line in lines]

    def _user(self, address: str) -> dict[str, Any]:
        user: dict[str, Any] = self.cognito.admin_get_user(UserPoolId=self.id, Username=address)
        return user


def make_function(aws: LocalAWS, code: str, *, timeout: int = 5) -> tuple[str, str]:
    """Create a function with the alias `live`. Gives its name and the alias's ARN."""
    name = f"trigger-test-{next(_numbers)}"
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as file:
        file.writestr("main.py", code)
    trust = {"Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}
    role = aws.client("iam").create_role(
        RoleName=name,
        AssumeRolePolicyDocument=json.dumps(
            {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", **trust}]}
        ),
    )["Role"]
    functions = aws.client("lambda")
    functions.create_function(
        FunctionName=name,
        Runtime="python3.13",
        Role=role["Arn"],
        Handler="main.handler",
        Code={"ZipFile": archive.getvalue()},
        Timeout=timeout,
        Publish=True,
    )
    alias = functions.create_alias(FunctionName=name, Name="live", FunctionVersion="1")
    return name, alias["AliasArn"]


def allow(aws: LocalAWS, function_name: str, source_arn: str, **other: str) -> None:
    """Let Cognito call the alias for the pool with the ARN."""
    permission = {
        "StatementId": "cognito",
        "Action": "lambda:InvokeFunction",
        "Principal": "cognito-idp.amazonaws.com",
        "Qualifier": "live",
        "SourceArn": source_arn,
        "SourceAccount": aws.account_id,
    }
    aws.client("lambda").add_permission(FunctionName=function_name, **permission | other)


type MakePool = Callable[..., Pool]  # what the fixture `make_pool` gives


@pytest.fixture
def make_pool(aws: LocalAWS, tmp_path: Path) -> MakePool:
    """A function that makes a pool whose users sign in by mail address.

    Its `trigger` is a function that notes the event and ends with the Python statement `then`.
    `on` is the local AWS to use instead of the shared one.
    """
    shared = aws

    def make(
        then: str = "return event",
        *,
        on: LocalAWS | None = None,
        allowed: bool = True,
        trigger: str | None = "PostConfirmation",
        timeout: int = 5,
        pre_sign_up: str | None = None,
        verified: tuple[str, ...] = ("email",),
    ) -> Pool:
        aws = on or shared
        notes = tmp_path / f"events-{next(_numbers)}"
        code = f"{NOTES_EVENT.format(path=str(notes))}  {then}"
        function_name, alias_arn = make_function(aws, code, timeout=timeout)
        triggers = {trigger: alias_arn} if trigger else {}
        if pre_sign_up is not None:
            _, triggers["PreSignUp"] = make_function(aws, pre_sign_up)
        cognito = aws.client("cognito-idp")
        pool = cognito.create_user_pool(
            PoolName=f"trigger-test-{next(_numbers)}",
            UsernameAttributes=["email"],
            AutoVerifiedAttributes=verified,
            LambdaConfig=triggers,
        )["UserPool"]
        client = cognito.create_user_pool_client(
            UserPoolId=pool["Id"],
            ClientName="app",
            ExplicitAuthFlows=[f"ALLOW_{flow}" for flow in (*FLOWS, "REFRESH_TOKEN_AUTH")],
        )
        if allowed:
            allow(aws, function_name, pool["Arn"])
        client_id = client["UserPoolClient"]["ClientId"]
        return Pool(aws, pool["Id"], pool["Arn"], client_id, function_name, notes)

    return make


def error_of(call: Callable[[], object]) -> tuple[str, str]:
    """The code and the message of the error that a call must raise."""
    with pytest.raises(ClientError) as caught:
        call()
    error = caught.value.response["Error"]
    return error["Code"], error["Message"]


def refused(reason: str) -> tuple[str, str]:
    """Cognito's error for a function that it could not call."""
    message = f"PostConfirmation invocation failed due to error {reason}."
    return "UnexpectedLambdaException", message


def test_a_confirmation_by_code_calls_the_function_with_cognitos_event(
    aws: LocalAWS, make_pool: MakePool
) -> None:
    pool = make_pool()
    sub = pool.sign_up()["UserSub"]

    pool.confirm()

    assert pool.events() == [
        {
            "version": "1",
            "region": aws.region,
            "userPoolId": pool.id,
            "userName": sub,
            "callerContext": {
                "awsSdkVersion": "aws-sdk-unknown-unknown",
                "clientId": pool.client_id,
            },
            "triggerSource": CONFIRM,
            "request": {
                "userAttributes": {
                    "sub": sub,
                    "email": "jane@example.com",
                    "email_verified": "true",
                    "cognito:user_status": "CONFIRMED",
                }
            },
            "response": {},
        }
    ]
    assert pool.attributes()["email_verified"] == "true"


def test_a_code_by_sms_verifies_the_number_and_not_the_address(make_pool: MakePool) -> None:
    pool = make_pool(verified=("email", "phone_number"))
    both = {"email": "jane@example.com", "phone_number": "+15550100"}
    pool.cognito.sign_up(
        ClientId=pool.client_id,
        Username=both["email"],
        Password=PASSWORD,
        UserAttributes=[{"Name": name, "Value": value} for name, value in both.items()],
    )

    pool.confirm()

    (event,) = pool.events()
    attributes = event["request"]["userAttributes"]
    assert attributes["phone_number_verified"] == "true"
    assert "email_verified" not in attributes
    assert pool.attributes()["phone_number_verified"] == "true"


def test_a_confirmation_by_an_administrator_calls_the_function_and_verifies_nothing(
    make_pool: MakePool,
) -> None:
    pool = make_pool()
    sub = pool.sign_up()["UserSub"]

    pool.admin_confirm()

    (event,) = pool.events()
    assert event["triggerSource"] == CONFIRM
    assert event["userName"] == sub
    assert event["callerContext"]["clientId"] == "CLIENT_ID_NOT_APPLICABLE"
    # The administrator has not verified the address.
    assert "email_verified" not in event["request"]["userAttributes"]
    assert "email_verified" not in pool.attributes()


def test_a_password_reset_calls_the_function(aws: LocalAWS, make_pool: MakePool) -> None:
    pool = make_pool()
    pool.sign_up()
    pool.confirm()

    pool.cognito.forgot_password(ClientId=pool.client_id, Username="jane@example.com")
    pool.cognito.confirm_forgot_password(
        ClientId=pool.client_id,
        Username="jane@example.com",
        ConfirmationCode=aws.latest_code("jane@example.com"),
        Password=PASSWORD[::-1],
    )

    first, second = pool.events()
    assert second["triggerSource"] == "PostConfirmation_ConfirmForgotPassword"
    assert second == first | {"triggerSource": second["triggerSource"]}


@pytest.mark.parametrize("confirms", [True, False])
def test_the_function_is_called_if_a_pre_sign_up_function_confirms_the_user(
    make_pool: MakePool, confirms: bool
) -> None:
    answers = f"def handler(event, _):\n  event['response']['autoConfirmUser'] = {confirms}"
    pool = make_pool(pre_sign_up=f"{answers}\n  return event")

    answer = pool.sign_up(ClientMetadata={"from": "shop"})

    assert answer["UserConfirmed"] is confirms
    events = pool.events()
    assert [event["userName"] for event in events] == [answer["UserSub"]] * confirms
    for event in events:
        assert event["triggerSource"] == CONFIRM
        assert event["request"]["clientMetadata"] == {"from": "shop"}
        # Only `autoVerifyEmail` of the PreSignUp function would verify the address.
        assert "email_verified" not in event["request"]["userAttributes"]


def test_client_metadata_reaches_the_function(make_pool: MakePool) -> None:
    pool = make_pool()
    for address, confirm in (
        ("a@example.com", pool.confirm),
        ("b@example.com", pool.admin_confirm),
    ):
        pool.sign_up(address)
        confirm(address, ClientMetadata={"who": address})

    seen = [event["request"]["clientMetadata"]["who"] for event in pool.events()]
    assert seen == ["a@example.com", "b@example.com"]


def test_a_pool_without_a_trigger_confirms_users(make_pool: MakePool) -> None:
    pool = make_pool(trigger=None)
    pool.sign_up()
    pool.confirm()
    assert pool.status() == "CONFIRMED"
    assert pool.attributes()["email_verified"] == "true"


def test_without_a_permission_the_function_is_not_called(make_pool: MakePool) -> None:
    pool = make_pool(allowed=False)
    pool.sign_up()
    assert error_of(pool.confirm) == refused("AccessDeniedException")
    assert pool.status() == "CONFIRMED"
    assert pool.events() == []


@pytest.mark.parametrize(
    "wrong",
    [
        {"SourceArn": "arn:aws:cognito-idp:us-east-1:123456789012:userpool/us-east-1_Another01"},
        {"SourceAccount": "210987654321"},
        {"Principal": "s3.amazonaws.com"},
        {"Action": "lambda:GetFunction"},
        {"Qualifier": "1"},
    ],
    ids=lambda wrong: next(iter(wrong)),
)
def test_with_a_wrong_permission_the_function_is_not_called(
    aws: LocalAWS, make_pool: MakePool, wrong: dict[str, str]
) -> None:
    pool = make_pool(allowed=False)
    allow(aws, pool.function_name, pool.arn, **wrong)
    pool.sign_up()
    assert error_of(pool.admin_confirm) == refused("AccessDeniedException")
    assert pool.events() == []


def test_a_deleted_function_gives_cognitos_error(aws: LocalAWS, make_pool: MakePool) -> None:
    pool = make_pool()
    aws.client("lambda").delete_function(FunctionName=pool.function_name)
    pool.sign_up()
    assert error_of(pool.confirm) == refused("AccessDeniedException")


def test_a_throttled_function_gives_cognitos_error(aws: LocalAWS, make_pool: MakePool) -> None:
    pool = make_pool()
    # The emulator does not throttle an alias, so this pool calls the function itself.
    function = aws.client("lambda").get_function_configuration(FunctionName=pool.function_name)
    pool.cognito.update_user_pool(
        UserPoolId=pool.id,
        AutoVerifiedAttributes=["email"],
        LambdaConfig={"PostConfirmation": function["FunctionArn"]},
    )
    aws.client("lambda").add_permission(
        FunctionName=pool.function_name,
        StatementId="unqualified",
        Action="lambda:InvokeFunction",
        Principal="cognito-idp.amazonaws.com",
        SourceArn=pool.arn,
        SourceAccount=aws.account_id,
    )
    pool.sign_up("a@example.com")
    pool.confirm("a@example.com")
    assert len(pool.events()) == 1

    aws.client("lambda").put_function_concurrency(
        FunctionName=pool.function_name, ReservedConcurrentExecutions=0
    )
    pool.sign_up("b@example.com")
    assert error_of(lambda: pool.confirm("b@example.com")) == refused("TooManyRequestsException")
    assert pool.status("b@example.com") == "CONFIRMED"
    assert len(pool.events()) == 1


def test_an_exception_of_the_function_is_shown_and_the_user_stays_confirmed(
    make_pool: MakePool,
) -> None:
    pool = make_pool("raise RuntimeError('try again later')")
    pool.sign_up()
    expected = "PostConfirmation failed with error try again later."
    assert error_of(pool.confirm) == ("UserLambdaValidationException", expected)
    assert pool.status() == "CONFIRMED"
    # So the failed call cannot be repeated.
    assert error_of(pool.confirm)[0] == "NotAuthorizedException"


@pytest.mark.parametrize("result", ["None", "'yes'", "[event]", "{}", "{'response': None}"])
def test_an_answer_that_is_not_the_event_gives_cognitos_error(
    make_pool: MakePool, result: str
) -> None:
    pool = make_pool(f"return {result}")
    pool.sign_up()
    expected = ("InvalidLambdaResponseException", "Unrecognizable lambda output")
    assert error_of(pool.confirm) == expected
    assert pool.status() == "CONFIRMED"


@pytest.fixture
def impatient_aws() -> Iterator[LocalAWS]:
    """A local AWS in which Cognito waits for 1 s only."""
    with LocalAWS(response_seconds=1) as local:
        yield local


def test_a_function_that_does_not_answer_is_called_three_times(
    impatient_aws: LocalAWS, make_pool: MakePool
) -> None:
    # Lambda stops it after 2 s, which is 1 s after Cognito has stopped waiting.
    pool = make_pool("__import__('time').sleep(60)", on=impatient_aws, timeout=2)
    pool.sign_up()

    started = time.monotonic()
    expected = refused("Socket timeout while invoking Lambda function")
    assert error_of(pool.confirm) == expected
    assert 3 <= time.monotonic() - started < 30
    assert pool.status() == "CONFIRMED"
    deadline = time.monotonic() + 10
    while len(pool.events()) < 3 and time.monotonic() < deadline:
        time.sleep(0.05)  # A busy machine starts the last try late.
    first, *again = pool.events()
    assert again == [first, first]


@pytest.mark.parametrize("status", ["CONFIRMED", "FORCE_CHANGE_PASSWORD"])
def test_an_administrator_can_confirm_only_an_unconfirmed_user(
    make_pool: MakePool, status: str
) -> None:
    pool = make_pool()
    pool.cognito.admin_create_user(UserPoolId=pool.id, Username="jane@example.com")
    if status == "CONFIRMED":
        pool.cognito.admin_set_user_password(
            UserPoolId=pool.id, Username="jane@example.com", Password=PASSWORD, Permanent=True
        )
    expected = f"User cannot be confirmed. Current status is {status}"
    assert error_of(pool.admin_confirm) == ("NotAuthorizedException", expected)
    assert pool.status() == status
    assert pool.events() == []


def test_an_unknown_user_or_a_wrong_code_does_not_call_the_function(make_pool: MakePool) -> None:
    pool = make_pool()
    pool.sign_up()
    assert error_of(lambda: pool.admin_confirm("nobody@example.com"))[0] == "UserNotFoundException"
    wrong_code = {
        "ClientId": pool.client_id,
        "Username": "jane@example.com",
        "ConfirmationCode": "000000",
    }
    code, _ = error_of(lambda: pool.cognito.confirm_sign_up(**wrong_code))
    assert code == "CodeMismatchException"
    assert pool.status() == "UNCONFIRMED"
    assert pool.events() == []


def test_of_simultaneous_confirmations_of_a_user_one_succeeds(make_pool: MakePool) -> None:
    pool = make_pool()
    pool.sign_up()
    cognito = pool.cognito

    def confirm(_: int) -> str:
        try:
            cognito.admin_confirm_sign_up(UserPoolId=pool.id, Username="jane@example.com")
        except ClientError as error:
            return str(error.response["Error"]["Code"])
        return "ok"

    with ThreadPoolExecutor(10) as threads:
        outcomes = sorted(threads.map(confirm, range(10)))
    assert outcomes == ["NotAuthorizedException"] * 9 + ["ok"]
    assert len(pool.events()) == 1


def test_twenty_users_can_confirm_at_the_same_time(make_pool: MakePool) -> None:
    addresses = [f"user-{number}@example.com" for number in range(20)]
    # Twenty cold starts on two busy cores may take longer than Cognito's 5 s.
    with LocalAWS(response_seconds=60) as aws:
        pool = make_pool(on=aws)
        subs = [pool.sign_up(address)["UserSub"] for address in addresses]

        with ThreadPoolExecutor(len(addresses)) as threads:
            list(threads.map(pool.confirm, addresses))

        assert sorted(event["userName"] for event in pool.events()) == sorted(subs)


def test_an_error_has_the_status_headers_and_body_that_aws_sends(
    aws: LocalAWS, make_pool: MakePool
) -> None:
    pool = make_pool(allowed=False)
    pool.sign_up()
    body = {
        "ClientId": pool.client_id,
        "Username": "jane@example.com",
        "ConfirmationCode": "123456",
    }
    request = urllib.request.Request(  # noqa: S310 - http on 127.0.0.1
        aws.endpoint_url,
        json.dumps(body).encode(),
        {
            "Content-Type": "application/x-amz-json-1.1",
            "X-Amz-Target": "AWSCognitoIdentityProviderService.ConfirmSignUp",
            "Origin": "http://127.0.0.1:3000",
        },
    )
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with pytest.raises(urllib.request.HTTPError) as caught:
        opener.open(request)
    with caught.value as response:
        code, message = refused("AccessDeniedException")
        assert response.status == 400
        assert response.headers["x-amzn-errortype"] == code
        assert response.headers["Access-Control-Allow-Origin"] == "*"
        assert json.load(response) == {"__type": code, "message": message}


def confirmed_pool(make_pool: MakePool, then: str = "return event", **more: Any) -> Pool:
    """A pool that calls its trigger after each sign-in, with one confirmed user."""
    pool = make_pool(then, trigger="PostAuthentication", **more)
    pool.sign_up()
    pool.confirm()
    assert pool.events() == []
    return pool


@pytest.mark.parametrize("flow", FLOWS)
def test_a_sign_in_calls_the_function_with_cognitos_event(
    aws: LocalAWS, make_pool: MakePool, flow: str
) -> None:
    pool = confirmed_pool(make_pool)
    assert "AccessToken" in pool.sign_in(flow)
    (event,) = pool.events()
    sub = pool.attributes()["sub"]
    assert event == {
        "version": "1",
        "region": aws.region,
        "userPoolId": pool.id,
        "userName": sub,
        "callerContext": {"awsSdkVersion": "aws-sdk-unknown-unknown", "clientId": pool.client_id},
        "triggerSource": "PostAuthentication_Authentication",
        "request": {
            "userAttributes": {
                "sub": sub,
                "email": "jane@example.com",
                "email_verified": "true",
                "cognito:user_status": "CONFIRMED",
            },
            "newDeviceUsed": False,
        },
        "response": {},
    }


@pytest.mark.parametrize("admin", [True, False])
def test_a_first_sign_in_with_a_new_password_calls_the_function(
    make_pool: MakePool, admin: bool
) -> None:
    pool = make_pool(trigger="PostAuthentication")
    jane = "jane@example.com"
    pool.cognito.admin_create_user(
        UserPoolId=pool.id, Username=jane, TemporaryPassword=PASSWORD[::-1]
    )
    challenge = pool.cognito.initiate_auth(
        ClientId=pool.client_id,
        AuthFlow="USER_PASSWORD_AUTH",
        AuthParameters={"USERNAME": jane, "PASSWORD": PASSWORD[::-1]},
    )
    assert challenge["ChallengeName"] == "NEW_PASSWORD_REQUIRED"
    assert pool.events() == []
    answer = {
        "ClientId": pool.client_id,
        "ChallengeName": "NEW_PASSWORD_REQUIRED",
        "ChallengeResponses": {"USERNAME": jane, "NEW_PASSWORD": PASSWORD},
        "Session": challenge["Session"],
        "ClientMetadata": {"from": "shop"},
    }
    if admin:
        pool.cognito.admin_respond_to_auth_challenge(UserPoolId=pool.id, **answer)
    else:
        pool.cognito.respond_to_auth_challenge(**answer)
    (event,) = pool.events()
    assert event["request"]["userAttributes"]["cognito:user_status"] == "CONFIRMED"
    assert event["request"]["clientMetadata"] == {"from": "shop"}


def test_a_refresh_and_a_wrong_password_do_not_call_the_function(make_pool: MakePool) -> None:
    pool = confirmed_pool(make_pool)
    tokens = pool.sign_in()
    refreshed = pool.cognito.initiate_auth(
        ClientId=pool.client_id,
        AuthFlow="REFRESH_TOKEN_AUTH",
        AuthParameters={"REFRESH_TOKEN": tokens["RefreshToken"]},
    )
    assert "AccessToken" in refreshed["AuthenticationResult"]
    assert error_of(lambda: pool.sign_in(password="wrong"))[0] == "NotAuthorizedException"  # noqa: S106 - wrong
    assert len(pool.events()) == 1


def test_an_exception_of_the_function_fails_the_sign_in(make_pool: MakePool) -> None:
    pool = confirmed_pool(make_pool, "raise RuntimeError('not now')")
    expected = "PostAuthentication failed with error not now."
    assert error_of(pool.sign_in) == ("UserLambdaValidationException", expected)


def test_a_function_without_a_permission_fails_the_sign_in(make_pool: MakePool) -> None:
    pool = confirmed_pool(make_pool, allowed=False)
    expected = "PostAuthentication invocation failed due to error AccessDeniedException."
    assert error_of(pool.sign_in) == ("UnexpectedLambdaException", expected)


def test_a_pool_without_a_trigger_signs_users_in(make_pool: MakePool) -> None:
    pool = make_pool(trigger=None)
    pool.sign_up()
    pool.confirm()
    assert "AccessToken" in pool.sign_in()
