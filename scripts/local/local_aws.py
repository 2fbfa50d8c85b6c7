"""Starts, uses and stops the local AWS, for the tests, the demo and the snapshot.

    with LocalAWS() as aws:
        aws.client("dynamodb").list_tables()

When the block ends, however it ends, no process and no file is left.
"""

import functools
import http.client
import io
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import zipfile
from collections.abc import Mapping, Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from typing import Any, Self

import boto3
import botocore.session
from botocore.config import Config

from scripts.local.cognito_triggers import RESPONSE_SECONDS
from scripts.local.server import ACCOUNT_ID, HOST, REGION

ROOT = Path(__file__).parents[2]
PYTHON = ROOT / ".venv-local" / "bin" / "python"

_POLL_SECONDS = 0.02
_STOP_SECONDS = 5.0
_LOG_LINES = 20
_CONNECTIONS = 50
_CODE = re.compile(r"(?<![\w#])\d{6}(?!\w)")
_PLATFORM_LINES = ("START RequestId: ", "END RequestId: ", "REPORT RequestId: ")
_PROBE = """
import botocore.exceptions
import botocore.session
from botocore import xform_name

def handler(event, context):
    session = botocore.session.get_session()
    outcomes = []
    for service, operation, parameters in event:
        client = session.create_client(service)
        try:
            getattr(client, xform_name(operation))(**parameters)
            outcomes.append("ok")
        except botocore.exceptions.ClientError as error:
            outcomes.append(error.response["Error"]["Code"])
    return outcomes
"""


class LocalAWSError(Exception):
    """The local AWS did not start, or does not have what was asked for."""


@dataclass(frozen=True)
class Credentials:
    """A set of AWS credentials. The default is the emulator's administrator."""

    access_key_id: str = "test"
    secret_access_key: str = "test"  # noqa: S105 - the emulator's own
    session_token: str | None = None


@dataclass(frozen=True)
class Call:
    """One API call, in boto3's words: `Call("dynamodb", "GetItem", {"TableName": ...})`."""

    service: str
    operation: str
    parameters: Mapping[str, Any]


@dataclass(frozen=True)
class Mail:
    """A mail that AWS would have sent."""

    to: tuple[str, ...]
    subject: str
    body: str


@functools.cache
def _session() -> Any:
    """A boto3 session that reads no AWS profile and no AWS file."""
    nowhere = {
        "profile": (None, None, None, None),
        "config_file": (None, None, os.devnull, None),
        "credentials_file": (None, None, os.devnull, None),
    }
    return boto3.session.Session(botocore_session=botocore.session.Session(session_vars=nowhere))


class LocalAWS:
    """A context manager around one emulator process on 127.0.0.1.

    With `port` 0 it takes any free port. `python` is the interpreter that has ministack. Cognito
    waits for its function for `response_seconds`, and the start may take `start_seconds`. Entering
    raises LocalAWSError if the emulator does not start, and OSError if the port is taken.
    """

    account_id = ACCOUNT_ID
    region = REGION

    def __init__(
        self,
        *,
        port: int = 0,
        python: Path = PYTHON,
        response_seconds: float = RESPONSE_SECONDS,
        start_seconds: float = 30.0,
    ) -> None:
        self.port = port
        self._python = python
        self._response_seconds = response_seconds
        self._start_seconds = start_seconds
        self._scratch: Path | None = None
        self._process: subprocess.Popen[bytes] | None = None
        self._ready = False
        self._clients: dict[tuple[str, Credentials], Any] = {}
        self._making_client = threading.Lock()
        self._old_handlers: dict[int, Any] = {}

    @property
    def endpoint_url(self) -> str:
        """The one URL that serves every service."""
        return f"http://{HOST}:{self.port}"

    def __enter__(self) -> Self:
        if not self._python.is_file():
            raise LocalAWSError(
                f"no {self._python}: `make demo` and `make test` create it "
                "(Python 3.13 with the packages of the local AWS)"
            )
        self._catch_signals()
        try:
            self._start()
            self._wait_until_ready()
        except BaseException:
            self._stop()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self._stop()

    def client(self, service: str) -> Any:
        """A boto3 client with an administrator's rights, closed with the local AWS."""
        return self.client_as(service, Credentials())

    def client_as(self, service: str, credentials: Credentials) -> Any:
        """A boto3 client with `credentials`, closed with the local AWS.

        It reads nothing of the caller's environment and AWS configuration. Threads may share it.
        """
        key = service, credentials
        with self._making_client:
            if key not in self._clients:
                self._clients[key] = _session().client(
                    service,
                    region_name=self.region,
                    endpoint_url=self.endpoint_url,
                    aws_access_key_id=credentials.access_key_id,
                    aws_secret_access_key=credentials.secret_access_key,
                    aws_session_token=credentials.session_token,
                    config=Config(
                        retries={"total_max_attempts": 1},
                        max_pool_connections=_CONNECTIONS,
                        proxies={},
                    ),
                )
            return self._clients[key]

    def reset(self) -> None:
        """Delete everything in it, and end its functions' processes."""
        self._request("POST", "/_ministack/reset", seconds=_STOP_SECONDS)

    def try_as_function(self, role_arn: str, calls: Sequence[Call]) -> list[str]:
        """What a Lambda function with the role gets for each of `calls`: "ok" or an error code.

        This creates a function and deletes it again, because a function's role trusts only Lambda.
        Raises LocalAWSError if the function itself fails.
        """
        functions, name = self.client("lambda"), "role-probe"
        archive = io.BytesIO()
        with zipfile.ZipFile(archive, "w") as file:
            file.writestr("probe.py", _PROBE)
        functions.create_function(
            FunctionName=name,
            Runtime="python3.13",
            Role=role_arn,
            Handler="probe.handler",
            Code={"ZipFile": archive.getvalue()},
            Timeout=30,
        )
        try:
            functions.get_waiter("function_active_v2").wait(FunctionName=name)
            event = [[call.service, call.operation, call.parameters] for call in calls]
            response = functions.invoke(FunctionName=name, Payload=json.dumps(event))
            answer = json.loads(response["Payload"].read())
        finally:
            functions.delete_function(FunctionName=name)
            logs = self.client("logs")
            with suppress(logs.exceptions.ResourceNotFoundException):
                logs.delete_log_group(logGroupName=f"/aws/lambda/{name}")
        if not isinstance(answer, list):
            raise LocalAWSError(f"the probe of {role_arn} failed: {answer}")
        return [str(outcome) for outcome in answer]

    def mails(self, address: str | None = None) -> list[Mail]:
        """All mails, or those to `address`; oldest first."""
        _, answer = self._request("GET", f"/_ministack/ses/messages?account={self.account_id}")
        messages = json.loads(answer)["messages"].get(self.account_id, [])
        return [
            Mail(tuple(one["To"]), one["Subject"], one["BodyText"] or one["BodyHtml"] or "")
            for one in messages
            if address is None or address in one["To"]
        ]

    def latest_code(self, address: str) -> str:
        """The six digits in the latest mail to `address` that has any.

        Raises LocalAWSError if there is none.
        """
        for mail in reversed(self.mails(address)):
            if found := _CODE.search(mail.body):
                return found.group()
        raise LocalAWSError(f"no mail with a code for {address}")

    def function_logs(self, function_name: str) -> list[str]:
        """The lines that the function has logged so far in CloudWatch Logs, oldest line first.

        Lambda's own lines are left out. On a busy machine a line may be missing until the next
        call. Raises botocore's ClientError for a function that does not exist.
        """
        configuration = self.client("lambda").get_function_configuration(FunctionName=function_name)
        group = configuration.get("LoggingConfig", {}).get("LogGroup")
        logs = self.client("logs")
        pages = logs.get_paginator("filter_log_events").paginate(
            logGroupName=group or f"/aws/lambda/{function_name}"
        )
        try:
            lines = [str(event["message"]) for page in pages for event in page["events"]]
        except logs.exceptions.ResourceNotFoundException:
            return []
        return [line for line in lines if not line.startswith(_PLATFORM_LINES)]

    def server_log(self, lines: int = _LOG_LINES) -> str:
        """The last lines of the emulator's own log."""
        if self._scratch is None:
            return ""
        with suppress(OSError):
            text = (self._scratch / "server.log").read_text(errors="replace")
            return "\n".join(text.splitlines()[-lines:])
        return ""

    def _start(self) -> None:
        self._scratch = Path(tempfile.mkdtemp(prefix="confirmed-users-"))
        # The emulator inherits the socket, so that no other process can take the port in between.
        with (
            socket.create_server((HOST, self.port)) as listener,
            (self._scratch / "server.log").open("wb") as log,
        ):
            self.port = listener.getsockname()[1]
            command = [str(self._python), "-B", "-m", "scripts.local.server"]
            command += ["--fd", str(listener.fileno())]
            command += ["--response-seconds", str(self._response_seconds)]
            self._process = subprocess.Popen(  # noqa: S603 - our own server
                command,
                cwd=ROOT,
                env={"PATH": os.environ.get("PATH", os.defpath), "TMPDIR": str(self._scratch)},
                # The server stops at the end of its stdin, so it never outlives this process.
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=subprocess.STDOUT,
                pass_fds=[listener.fileno()],
                start_new_session=True,
            )

    def _wait_until_ready(self) -> None:
        deadline = time.monotonic() + self._start_seconds
        reason = f"was not ready after {self._start_seconds:g} s"
        while (left := deadline - time.monotonic()) > 0:
            if self._process is not None and self._process.poll() is not None:
                reason = f"stopped at once (exit status {self._process.returncode})"
                break
            with suppress(OSError, http.client.HTTPException):
                status, _ = self._request("GET", "/_ministack/ready", seconds=left)
                if status == http.client.OK:
                    self._ready = True
                    return
            time.sleep(_POLL_SECONDS)
        raise LocalAWSError(f"the local AWS {reason}; its log ends with:\n{self.server_log()}")

    def _stop(self) -> None:
        # All steps run, the last one first, even if one fails or is interrupted.
        with ExitStack() as steps:
            steps.callback(self._restore_signals)
            if self._scratch is not None:
                steps.callback(shutil.rmtree, self._scratch, ignore_errors=True)
            if self._process is not None:
                steps.callback(self._stop_process, self._process)
            for client in self._clients.values():
                steps.callback(client.close)
        self._clients.clear()
        self._process = self._scratch = None

    def _stop_process(self, process: subprocess.Popen[bytes]) -> None:
        try:
            if process.poll() is None:
                if self._ready:
                    self._ready = False
                    # Only the emulator can wait for its functions' processes, its children.
                    with suppress(OSError, http.client.HTTPException):
                        self.reset()
                process.terminate()
                with suppress(subprocess.TimeoutExpired):
                    process.wait(_STOP_SECONDS)
        finally:
            with suppress(ProcessLookupError, PermissionError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()
            if process.stdin is not None:
                process.stdin.close()

    def _request(self, method: str, path: str, *, seconds: float = 10.0) -> tuple[int, bytes]:
        """Call the emulator's own interface, which AWS does not have; the status and the body."""
        connection = http.client.HTTPConnection(HOST, self.port, timeout=seconds)
        try:
            connection.request(method, path)
            response = connection.getresponse()
            return response.status, response.read()
        finally:
            connection.close()

    def _catch_signals(self) -> None:
        """Have SIGTERM and SIGHUP raise SystemExit, so that the block ends as after an error."""
        if threading.current_thread() is not threading.main_thread():
            return

        def leave(number: int, _frame: FrameType | None) -> None:
            sys.exit(128 + number)

        for number in (signal.SIGTERM, signal.SIGHUP):
            if signal.getsignal(number) == signal.SIG_DFL:
                self._old_handlers[number] = signal.signal(number, leave)

    def _restore_signals(self) -> None:
        for number, handler in self._old_handlers.items():
            signal.signal(number, handler)
        self._old_handlers.clear()
