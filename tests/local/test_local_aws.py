"""How the local AWS starts and stops, and what its functions can reach."""

import io
import json
import os
import signal
import socket
import subprocess
import sys
import time
import zipfile
from pathlib import Path

import pytest

from scripts.local.local_aws import ROOT, Call, LocalAWS, LocalAWSError

TRUST = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Effect": "Allow",
            "Principal": {"Service": "lambda.amazonaws.com"},
            "Action": "sts:AssumeRole",
        }
    ],
}
# Starts a local AWS with a running function in it, prints a line, and ends as `then` says.
HOLDER = """
import sys, time
sys.path.insert(0, ".")
from tests.local.test_local_aws import call_function
from scripts.local.local_aws import LocalAWS
with LocalAWS() as aws:
    call_function(aws, "def handler(event, _):\\n  return event")
    print("started", flush=True)
    {then}
"""


def make_role(aws: LocalAWS, name: str, *statements: dict[str, str]) -> str:
    iam = aws.client("iam")
    role = iam.create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps(TRUST))["Role"]
    if statements:
        policy = {"Version": "2012-10-17", "Statement": statements}
        iam.put_role_policy(RoleName=name, PolicyName="own", PolicyDocument=json.dumps(policy))
    return str(role["Arn"])


def call_function(aws: LocalAWS, code: str, name: str = "caller") -> object:
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as file:
        file.writestr("main.py", code)
    functions = aws.client("lambda")
    functions.create_function(
        FunctionName=name,
        Runtime="python3.13",
        Role=make_role(aws, name),
        Handler="main.handler",
        Code={"ZipFile": archive.getvalue()},
    )
    answer = functions.invoke(FunctionName=name, Payload=json.dumps({"n": 1}))
    return json.loads(answer["Payload"].read())


def processes_with(text: str) -> list[str]:
    """The command lines of all processes with `text` in their environment or arguments."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            arguments = (process / "cmdline").read_bytes()
            everything = arguments + (process / "environ").read_bytes()
        except OSError:
            continue
        if text.encode() in everything:
            found.append(arguments.replace(b"\0", b" ").decode())
    return found


linux_only = pytest.mark.skipif(not Path("/proc/self/environ").exists(), reason="needs /proc")


@linux_only
@pytest.mark.parametrize(
    ("then", "number", "status"),
    [
        ("pass", None, 0),
        ("raise KeyError", None, 1),
        ("time.sleep(60)", signal.SIGINT, -signal.SIGINT),
        ("time.sleep(60)", signal.SIGTERM, 128 + signal.SIGTERM),
    ],
    ids=["end", "exception", "SIGINT", "SIGTERM"],
)
def test_it_leaves_no_process_and_no_file_however_it_ends(
    tmp_path: Path, then: str, number: int | None, status: int
) -> None:
    with subprocess.Popen(
        [sys.executable, "-B", "-c", HOLDER.format(then=then)],
        cwd=ROOT,
        env=os.environ | {"TMPDIR": str(tmp_path)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == b"started\n"
        if number is not None:
            assert len(processes_with(str(tmp_path))) == 3  # itself, the server, the function
            holder.send_signal(number)
        _, said = holder.communicate(timeout=30)
    assert holder.returncode == status, said.decode()
    assert processes_with(str(tmp_path)) == []
    assert list(tmp_path.iterdir()) == []


@linux_only
def test_the_server_ends_when_its_parent_is_killed(tmp_path: Path) -> None:
    with subprocess.Popen(
        [sys.executable, "-B", "-c", HOLDER.format(then="time.sleep(60)")],
        cwd=ROOT,
        env=os.environ | {"TMPDIR": str(tmp_path)},
        stdout=subprocess.PIPE,
    ) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == b"started\n"
        holder.kill()
    deadline = time.monotonic() + 10
    while left := processes_with(str(tmp_path)):
        assert time.monotonic() < deadline, left
        time.sleep(0.05)


@linux_only
def test_it_listens_on_the_loopback_address_only(aws: LocalAWS) -> None:
    listening = [
        line.split()[1]
        for table in ("tcp", "tcp6")
        for line in Path("/proc/net", table).read_text().splitlines()[1:]
        if line.split()[3] == "0A" and line.split()[1].endswith(f":{aws.port:04X}")
    ]
    assert listening == [f"0100007F:{aws.port:04X}"]


def test_a_function_sees_no_variables_of_the_host(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_PROFILE", "none")
    monkeypatch.setenv("SECRET_OF_THE_HOST", "hidden")
    with LocalAWS() as aws:
        seen = call_function(aws, "import os\ndef handler(event, _):\n  return dict(os.environ)")
    assert isinstance(seen, dict)
    assert "SECRET_OF_THE_HOST" not in seen
    assert "AWS_PROFILE" not in seen
    assert seen["AWS_REGION"] == aws.region
    assert seen["HOME"] != os.environ.get("HOME")


def test_a_function_can_do_only_what_its_role_allows(aws: LocalAWS) -> None:
    table = {
        "BillingMode": "PAY_PER_REQUEST",
        "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
        "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}],
    }
    for name in ("mine", "yours"):
        aws.client("dynamodb").create_table(TableName=name, **table)
    mine = f"arn:aws:dynamodb:{aws.region}:{aws.account_id}:table/mine"
    allowed = {"Effect": "Allow", "Action": "dynamodb:PutItem", "Resource": mine}
    item = {"id": {"S": "1"}}

    outcomes = aws.try_as_function(
        make_role(aws, "writer", allowed),
        [
            Call("dynamodb", "PutItem", {"TableName": "mine", "Item": item}),
            Call("dynamodb", "PutItem", {"TableName": "yours", "Item": item}),
            Call("dynamodb", "GetItem", {"TableName": "mine", "Key": item}),
            Call("cognito-idp", "ListUserPools", {"MaxResults": 1}),
        ],
    )

    assert outcomes == ["ok"] + ["AccessDeniedException"] * 3
    assert "role-probe" not in json.dumps(
        [aws.client("lambda").list_functions(), aws.client("logs").describe_log_groups()],
        default=str,
    )


def test_the_latest_code_is_read_from_the_mails_of_an_address(aws: LocalAWS) -> None:
    ses = aws.client("ses")
    ses.verify_email_identity(EmailAddress="shop@example.com")
    for text in ("Your code is 111111.", "Code #123456, a colour. Yours is 222222", "No code."):
        ses.send_email(
            Source="shop@example.com",
            Destination={"ToAddresses": ["mails@example.com"]},
            Message={"Subject": {"Data": "Hello"}, "Body": {"Text": {"Data": text}}},
        )
    assert aws.latest_code("mails@example.com") == "222222"
    assert [mail.body[-8:] for mail in aws.mails("mails@example.com")][2] == "No code."
    with pytest.raises(LocalAWSError, match=r"no mail with a code for nobody@example\.com"):
        aws.latest_code("nobody@example.com")


def test_the_lines_that_a_function_prints_are_its_logs(aws: LocalAWS) -> None:
    assert (
        call_function(aws, "def handler(event, _):\n  print('one')\n  print('two')", "printer")
        is None
    )
    # A busy emulator stores a line only at the function's next call.
    for _ in range(5):
        if len(lines := aws.function_logs("printer")) >= 2:
            break
        aws.client("lambda").invoke(FunctionName="printer")
    assert lines[:2] == ["one", "two"]


def test_it_takes_the_given_port_and_refuses_one_that_is_taken(aws: LocalAWS) -> None:
    with (
        pytest.raises(OSError, match="in use"),
        LocalAWS(port=aws.port),
    ):
        pass
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    with LocalAWS(port=port) as other:
        assert other.endpoint_url == f"http://127.0.0.1:{port}"
        assert other.client("dynamodb").list_tables()["TableNames"] == []


def test_without_its_python_it_says_what_to_run(tmp_path: Path) -> None:
    with (
        pytest.raises(LocalAWSError, match=r"no .*/python: `make demo`"),
        LocalAWS(python=tmp_path / "python"),
    ):
        pass


def test_a_server_that_does_not_start_is_an_error_with_its_output(tmp_path: Path) -> None:
    python = tmp_path / "python"
    python.write_text("#!/bin/sh\necho out of order\nexit 3\n")
    python.chmod(0o755)
    with (
        pytest.raises(LocalAWSError, match=r"(?s)exit status 3.*out of order"),
        LocalAWS(python=python),
    ):
        pass


def test_a_server_that_is_not_ready_in_time_is_an_error_with_its_output(tmp_path: Path) -> None:
    python = tmp_path / "python"
    python.write_text("#!/bin/sh\necho still thinking\nexec sleep 60\n")
    python.chmod(0o755)
    with (
        pytest.raises(LocalAWSError, match=r"(?s)not ready after 0.5 s.*thinking"),
        LocalAWS(python=python, start_seconds=0.5),
    ):
        pass
