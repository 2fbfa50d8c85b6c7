"""Compares our signatures with the SDK's, and sends them to a server that checks them."""

import datetime
import os
import re
import string
from collections.abc import Iterator
from typing import TYPE_CHECKING
from unittest import mock

import boto3
import botocore.auth
import pytest
import requests
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from hypothesis import given
from hypothesis import strategies as st

from tests.server import http, serving
from users import endpoint
from users.signature import authorization
from users.table import Table, WriteError

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

VISIBLE = st.text(string.ascii_letters + string.digits + "/+=-_", min_size=1, max_size=100)
TIMES = st.datetimes(datetime.datetime(2000, 1, 1), datetime.datetime(2099, 12, 31))  # noqa: DTZ001 - in UTC, as in the SDK
HOSTS = st.from_regex(r"[a-z][a-z0-9.-]{0,60}[a-z0-9](:[1-9][0-9]{3})?", fullmatch=True)


def signed_by_the_sdk(
    headers: dict[str, str],
    body: bytes,
    region: str,
    credentials: Credentials,
    time: datetime.datetime,
) -> dict[str, str]:
    """The headers of a request that botocore has signed, with their names in lower case."""
    others = {k: v for k, v in headers.items() if k not in ("host", "x-amz-date")}
    request = AWSRequest("POST", f"http://{headers['host']}/", others, body)
    with mock.patch.object(botocore.auth, "get_current_datetime", return_value=time):
        botocore.auth.SigV4Auth(credentials, "dynamodb", region).add_auth(request)
    return {name.lower(): value for name, value in request.headers.items()}


@given(
    body=st.binary(max_size=2000),
    access_key_id=VISIBLE,
    secret=VISIBLE,
    token=st.none() | VISIBLE,
    host=HOSTS,
    region=st.from_regex(r"[a-z]{2}-[a-z]{4,9}-[1-9]", fullmatch=True),
    time=TIMES,
)
def test_our_signature_equals_the_sdks(
    body: bytes,
    access_key_id: str,
    secret: str,
    token: str | None,
    host: str,
    region: str,
    time: datetime.datetime,
) -> None:
    headers = {
        "content-type": "application/x-amz-json-1.0",
        "host": host,
        "x-amz-date": time.strftime("%Y%m%dT%H%M%SZ"),
        "x-amz-target": "DynamoDB_20120810.PutItem",
    } | ({"x-amz-security-token": token} if token else {})
    expected = signed_by_the_sdk(
        headers, body, region, Credentials(access_key_id, secret, token), time
    )
    found = authorization(headers, body, region=region, access_key_id=access_key_id, secret=secret)
    assert {**headers, "authorization": found} == {**expected, "host": host}


@pytest.mark.parametrize("token", ["", "a-session-token"])
def test_the_request_that_is_sent_has_the_sdks_signature(
    monkeypatch: pytest.MonkeyPatch, token: str
) -> None:
    monkeypatch.setenv("AWS_SESSION_TOKEN", token)
    with serving(http("200 OK")) as server:
        url = f"http://127.0.0.1:{server.port}"
        table = Table("users", endpoint.resolve("eu-west-3", {"AWS_ENDPOINT_URL": url}))
        assert table.put_if_absent({"UserID": {"S": "Ünïcode"}}, 2)
        table.close()
    head, _, body = server.requests[0].partition(b"\r\n\r\n")
    first, *lines = head.decode().split("\r\n")
    assert first == "POST / HTTP/1.1"
    headers = dict(re.split(": ", line, maxsplit=1) for line in lines)
    found = headers.pop("authorization")
    assert headers.pop("content-length") == str(len(body))
    assert headers.pop("user-agent") == "confirmed-users"
    time = datetime.datetime.strptime(headers["x-amz-date"], "%Y%m%dT%H%M%SZ")  # noqa: DTZ007 - in UTC, as in the SDK
    now = datetime.datetime.now(datetime.UTC).replace(tzinfo=None)
    assert abs((now - time).total_seconds()) < 60
    credentials = Credentials("testing", "testing", token or None)
    assert (
        found == signed_by_the_sdk(headers, body, "eu-west-3", credentials, time)["authorization"]
    )


@pytest.fixture
def checked(
    moto: str, dynamodb: "DynamoDBClient", monkeypatch: pytest.MonkeyPatch
) -> Iterator[str]:
    """Moto's address, while it checks signatures. The environment has the credentials of a user."""
    iam = boto3.client("iam")
    iam.create_user(UserName="writer")
    iam.put_user_policy(
        UserName="writer",
        PolicyName="all",
        PolicyDocument='{"Version": "2012-10-17", "Statement": '
        '{"Effect": "Allow", "Action": "dynamodb:*", "Resource": "*"}}',
    )
    key = iam.create_access_key(UserName="writer")["AccessKey"]
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", key["AccessKeyId"])
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", key["SecretAccessKey"])
    requests.post(f"{moto}/moto-api/reset-auth", data="0", timeout=10).raise_for_status()
    yield moto
    requests.post(f"{moto}/moto-api/reset-auth", data="inf", timeout=10).raise_for_status()


def test_a_server_that_checks_signatures_accepts_ours(
    checked: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    table = Table("users", endpoint.resolve(None, os.environ))
    assert table.put_if_absent({"UserID": {"S": "1"}}, 4) is True
    assert table.put_if_absent({"UserID": {"S": "1"}}, 4) is False
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "another")
    with pytest.raises(WriteError, match="403"):
        table.put_if_absent({"UserID": {"S": "2"}}, 4)
    table.close()


def test_a_server_that_checks_signatures_refuses_a_changed_body(checked: str) -> None:
    with serving(http("200 OK")) as server:
        settings = os.environ | {"AWS_ENDPOINT_URL": f"http://127.0.0.1:{server.port}"}
        table = Table("users", endpoint.resolve(None, settings))
        table.put_if_absent({"UserID": {"S": "1"}}, 2)
        table.close()
    head, _, body = server.requests[0].partition(b"\r\n\r\n")
    headers = dict(line.split(": ", 1) for line in head.decode().split("\r\n")[1:])
    asked = [body, body.replace(b'"1"', b'"2"')]
    answers = [requests.post(checked, sent, headers=headers, timeout=10) for sent in asked]
    assert [answer.status_code for answer in answers] == [200, 403]
