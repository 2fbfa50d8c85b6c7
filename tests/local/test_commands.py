"""`make demo` and `make local`, as a user runs them."""

import contextlib
import os
import re
import shutil
import signal
import socket
import subprocess
import urllib.request
from pathlib import Path

import boto3
import pytest

from scripts.local.local_aws import PYTHON, ROOT


def run(module: str, *arguments: str, scratch: Path, project: Path = ROOT) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [PYTHON, "-m", f"scripts.local.{module}", *arguments],
        cwd=project,
        env={"PATH": os.environ["PATH"], "TMPDIR": str(scratch), "PYTHONUNBUFFERED": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


def free_port() -> int:
    """A free port, of which the next one is free, too, for the page."""
    while True:
        with (
            contextlib.suppress(OSError, OverflowError),
            socket.create_server(("127.0.0.1", 0)) as first,
            socket.create_server(("127.0.0.1", first.getsockname()[1] + 1)),
        ):
            return int(first.getsockname()[1])


def is_left(process: subprocess.Popen[str]) -> bool:
    """Whether the process, or one that it started, still runs."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, 0)
        return True
    return False


def test_the_demo_shows_the_record_and_leaves_nothing_behind(tmp_path: Path) -> None:
    process = run("demo", scratch=tmp_path)
    out, err = process.communicate()
    assert (process.returncode, err) == (0, "")
    assert re.search(r"\| Email     \| ada@example\.com +\|", out)
    assert out.count("refused, as it should be") == 5
    assert "All as expected." in out
    record = r"^  \| (\w+) +\| "
    shown = re.findall(record, (ROOT / "README.md").read_text(), re.MULTILINE)
    assert re.findall(record, out, re.MULTILINE) == shown
    assert not is_left(process)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("good", "bad", "message"),
    [
        (
            '"dynamodb:PutItem"',
            '"dynamodb:*"',
            "read the record: ok, and not refused",
        ),
        ('"users.post_confirmation.handler"', '"users.nothing.handler"', "PostConfirmation failed"),
        ('"aws_lambda_alias"', '"aws_sqs_queue"', "no way is known to deploy aws_sqs_queue"),
    ],
)
def test_a_demo_with_an_unexpected_outcome_fails_and_says_why(
    tmp_path: Path, good: str, bad: str, message: str
) -> None:
    project, scratch = tmp_path / "prüf mich", tmp_path / "scratch"
    scratch.mkdir()
    shutil.copytree(ROOT / "scripts", project / "scripts")
    (project / ".venv-local").symlink_to(ROOT / ".venv-local")
    (project / "dist").symlink_to(ROOT / "dist")
    stack = project / "scripts" / "local" / "stack.json"
    assert good in stack.read_text()
    stack.write_text(stack.read_text().replace(good, bad))
    process = run("demo", project=project, scratch=scratch)
    out, err = process.communicate()
    assert process.returncode == 1
    assert message in err
    assert "Traceback" not in err
    assert "All as expected" not in out
    assert list(scratch.iterdir()) == []


def test_make_local_serves_until_it_is_interrupted(tmp_path: Path) -> None:
    port = free_port()
    process = run("serve", "--port", str(port), scratch=tmp_path)
    assert process.stdout is not None
    said = ""
    while "Press Ctrl-C" not in said:
        line = process.stdout.readline()
        assert line, process.communicate()[1]
        said += line
    assert f"export AWS_ENDPOINT_URL=http://127.0.0.1:{port} AWS_REGION=us-east-1" in said
    client = boto3.client(
        "dynamodb",
        endpoint_url=f"http://127.0.0.1:{port}",
        region_name="us-east-1",
        aws_access_key_id="test",
        aws_secret_access_key="test",  # noqa: S106 - the emulator's own
    )
    assert client.list_tables()["TableNames"] == ["confirmed-users-local"]
    exported = dict(re.findall(r"([A-Z_]+)=(\S+)", said))
    assert exported["TABLE_NAME"] == "confirmed-users-local"
    assert re.fullmatch(r"[A-Za-z0-9]+", exported["USER_POOL_CLIENT_ID"])
    client.close()
    page = f"http://127.0.0.1:{port + 1}"
    assert f"Open {page} " in said
    with urllib.request.urlopen(page) as answer:
        assert b"<title>confirmed-users" in answer.read()

    # First the port of the local AWS is taken, and then only the port of the page.
    for wanted, taken in ((port, port), (port - 1, port)):
        second = run("serve", "--port", str(wanted), scratch=tmp_path)
        assert second.communicate()[1].startswith(f"Port {taken}: Address already in use")
        assert second.returncode == 1

    process.send_signal(signal.SIGINT)
    out, err = process.communicate()
    assert (process.returncode, err) == (0, "")
    assert "The local AWS has stopped" in out
    assert not is_left(process)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("port", ["0", "65535", "80000", "http"])
def test_make_local_refuses_what_is_not_a_port(tmp_path: Path, port: str) -> None:
    process = run("serve", "--port", port, scratch=tmp_path)
    err = process.communicate()[1]
    assert process.returncode == 2
    assert "Traceback" not in err
