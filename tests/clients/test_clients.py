"""The example apps on the local AWS, each run by the command in README.md."""

import os
import shlex
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import pytest
from pycognito.aws_srp import AWSSRP

from scripts.local.local_aws import ROOT, LocalAWS
from tests.deployment import Deployment
from tests.tools import npm_packages

README = Path(__file__).with_name("README.md").read_text()
PROMPT = "Code: "


@dataclass(frozen=True)
class Command:
    """A command to type, and the user in it."""

    words: Sequence[str]
    email: str
    new_password: str


@pytest.fixture
def command(deployment: Deployment, request: pytest.FixtureRequest) -> Iterator[Command]:
    """README's command for a file. The user that it signs up is deleted after the test."""
    (line,) = (line for line in README.splitlines() if f"tests/clients/{request.param} " in line)
    words = shlex.split(line)
    yield Command(words, email=words[-3], new_password=words[-1])
    deployment.cognito.admin_delete_user(
        UserPoolId=deployment.outputs["user_pool_id"], Username=words[-3]
    )


def run(command: Command, aws: LocalAWS, deployment: Deployment, scratch: Path) -> str:
    """Run a command, and give it each code that it asks for. Returns what it prints."""
    environment = {
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        "HOME": str(scratch),
        "AWS_ENDPOINT_URL": aws.endpoint_url,
        "AWS_DEFAULT_REGION": aws.region,
        "USER_POOL_ID": deployment.outputs["user_pool_id"],
        "USER_POOL_CLIENT_ID": deployment.client_id,
    }
    with (
        (scratch / "errors").open("w+") as errors,
        subprocess.Popen(
            command.words,
            cwd=ROOT,
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
        ) as process,
    ):
        assert process.stdin is not None
        assert process.stdout is not None
        said = ""
        while more := read_until(process.stdout, PROMPT):
            said += more
            if more.endswith(PROMPT):
                process.stdin.write(f"{aws.latest_code(command.email)}\n")
                process.stdin.flush()
        assert process.wait() == 0, said + (scratch / "errors").read_text()
    return said


def read_until(stream: IO[str], end: str) -> str:
    """The text up to and with `end`, or up to the end of the stream."""
    text = ""
    while not text.endswith(end) and (character := stream.read(1)):
        text += character
    return text


def expect_record(deployment: Deployment, email: str) -> str:
    """Check that the user is confirmed and has a record. Returns the `sub`."""
    user = deployment.cognito.admin_get_user(
        UserPoolId=deployment.outputs["user_pool_id"], Username=email
    )
    assert user["UserStatus"] == "CONFIRMED"
    sub = {entry["Name"]: entry["Value"] for entry in user["UserAttributes"]}["sub"]
    item = deployment.item(sub)
    assert item is not None
    assert [item[name]["S"] for name in ("Email", "FirstName", "LastName")] == [
        email,
        "Ada",
        "Lovelace",
    ]
    return sub


@pytest.mark.parametrize("command", ["amplify.mjs", "pycognito_client.py"], indirect=True)
def test_an_app_signs_up_confirms_signs_in_and_resets_the_password(
    aws: LocalAWS, deployment: Deployment, command: Command, tmp_path: Path
) -> None:
    if command.words[0] == "node":
        npm_packages()
    said = run(command, aws, deployment, tmp_path)
    sub = expect_record(deployment, command.email)
    assert said.count(f"Signed in as {sub}") == 2


@pytest.mark.parametrize("command", ["aws_cli.sh"], indirect=True)
def test_the_aws_cli_signs_up_confirms_and_resets_the_password(
    aws: LocalAWS, deployment: Deployment, command: Command, tmp_path: Path
) -> None:
    run(command, aws, deployment, tmp_path)
    sub = expect_record(deployment, command.email)
    srp = AWSSRP(
        username=command.email,
        password=command.new_password,
        pool_id=deployment.outputs["user_pool_id"],
        client_id=deployment.client_id,
        client=deployment.cognito,
    )
    token = srp.authenticate_user()["AuthenticationResult"]["AccessToken"]
    attributes = deployment.cognito.get_user(AccessToken=token)["UserAttributes"]
    assert {"Name": "sub", "Value": sub} in attributes
