"""The zip under AWS's own runtime client, alone and beside a Lambda layer."""

import importlib
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from tests import events
from tests.package.runtime import REQUEST_ID, SITE_PACKAGES, invoke, link_client
from tests.server import error, http, serving

# Packages that are in other people's layers. They must not disturb the functions.
LAYER = ("aws_lambda_powertools", "awscrt", "boto3", "certifi", "requests")

TRIGGER = "users.post_confirmation.handler"
SWEEP = "users.reconcile.handler"


@pytest.fixture(scope="module", params=["alone", "with a layer"])
def path(
    request: pytest.FixtureRequest, unpacked: Path, tmp_path_factory: pytest.TempPathFactory
) -> Sequence[Path]:
    """The search path: the zip's content, and then the runtime client or a layer."""
    if request.param == "alone":
        return unpacked, link_client(tmp_path_factory.mktemp("client"))
    for name in LAYER:
        importlib.import_module(name)
    return unpacked, SITE_PACKAGES


def test_the_trigger_stores_a_user(path: Sequence[Path]) -> None:
    event = events.load("confirm_sign_up")
    with serving(http("200 OK")) as server:
        url = f"http://127.0.0.1:{server.port}"
        found = invoke(path, TRIGGER, event, {"AWS_ENDPOINT_URL": url})
    assert (found.kind, found.body) == ("response", event)
    (line,) = map(json.loads, found.lines)  # unchanged, because Lambda passes JSON on
    assert line.pop("timestamp")
    assert line == {
        "level": "INFO",
        "outcome": "stored",
        "requestId": REQUEST_ID,
        "triggerSource": "PostConfirmation_ConfirmSignUp",
        "source": "trigger",
        "sub": event["request"]["userAttributes"]["sub"],
    }


def test_the_trigger_writes_to_a_table_in_another_region_and_account(path: Sequence[Path]) -> None:
    arn = "arn:aws:dynamodb:eu-north-1:210987654321:table/users"
    with serving(http("200 OK")) as server:
        settings = {"AWS_ENDPOINT_URL": f"http://127.0.0.1:{server.port}", "TABLE_NAME": arn}
        invoke(path, TRIGGER, events.load("confirm_sign_up"), settings)
    head, _, body = server.requests[0].partition(b"\r\n\r\n")
    assert b"/eu-north-1/dynamodb/aws4_request" in head
    assert json.loads(body)["TableName"] == arn


def test_a_failed_write_ends_with_the_message_for_the_user(path: Sequence[Path]) -> None:
    event = events.load("confirm_sign_up")
    with serving(error("400 Bad Request", "AccessDeniedException")) as server:
        url = f"http://127.0.0.1:{server.port}"
        found = invoke(path, TRIGGER, event, {"AWS_ENDPOINT_URL": url})
    assert found.kind == "error"
    assert found.body["errorType"] == "UserNotStoredError"
    assert found.body["errorMessage"].startswith("your account is confirmed and you can sign in")
    lines = list(map(json.loads, found.lines))
    assert (lines[0]["outcome"], lines[0]["error"]) == ("failed", "AccessDeniedException")
    assert "ada@example.com" not in "".join(found.lines)


def test_a_wrong_configuration_does_not_keep_users_from_signing_in(path: Sequence[Path]) -> None:
    event = events.load("sign_in")
    found = invoke(path, TRIGGER, event, {"STORED_ATTRIBUTES": ""})
    assert (found.kind, found.body) == ("response", event)
    (line,) = map(json.loads, found.lines)
    assert (line["outcome"], line["error"]) == ("failed", "ConfigurationError")
    assert "STORED_ATTRIBUTES is not set: set it to a JSON object" in line["message"]


def test_the_sweep_fails_at_its_start_with_a_message_that_says_what_to_do(
    path: Sequence[Path],
) -> None:
    found = invoke(path, SWEEP, {}, {"STORED_ATTRIBUTES": ""})
    assert found.kind == "init/error"
    assert found.body["errorType"] == "ConfigurationError"
    assert "STORED_ATTRIBUTES is not set: set it to a JSON object" in found.body["errorMessage"]


def test_the_sweep_stores_a_user(path: Sequence[Path]) -> None:
    # One answer to all three: ListUsers, BatchGetItem and PutItem.
    answer: dict[str, Any] = {
        "Responses": {},
        "Users": [
            {
                "Username": "1",
                "UserStatus": "CONFIRMED",
                "Attributes": [{"Name": "sub", "Value": "1"}],
            }
        ],
    }
    with serving(http("200 OK", json.dumps(answer))) as server:
        url = f"http://127.0.0.1:{server.port}"
        found = invoke(path, SWEEP, {}, {"AWS_ENDPOINT_URL": url})
    assert found.kind == "response", found
    assert found.body["counts"]["stored"] == 1
    outcomes = [json.loads(line).get("outcome") for line in found.lines]
    assert outcomes[-1] == "swept"
