"""Runs the zip under AWS's own runtime client, with a Runtime API that the tests serve.

https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html
"""

import json
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import awslambdaric

from tests.package.conftest import ENVIRONMENT
from tests.server import http, serving, silent

SITE_PACKAGES = Path(awslambdaric.__file__).parents[1]
# The runtime client and its dependencies, which Lambda keeps apart from the function.
_CLIENT = ("awslambdaric", "runtime_client*", "simplejson", "snapshot_restore_py")
FUNCTION_ARN = "arn:aws:lambda:eu-west-1:123456789012:function:f"
REQUEST_ID = "8f507cfc-0000-4697-b07a-ac58fc914c95"


class Invocation(NamedTuple):
    """What the runtime client reports about an invocation, and the lines that it printed.

    `kind` is `response`, `error`, or `init/error`; `body` is the JSON that came with it.
    """

    kind: str
    body: Any
    lines: list[str]


def link_client(folder: Path) -> Path:
    """Fill the folder with links to the runtime client, and nothing else."""
    for pattern in _CLIENT:
        for path in SITE_PACKAGES.glob(pattern):
            (folder / path.name).symlink_to(path)
    return folder


def invoke(
    path: Sequence[Path], handler: str, event: Any, environment: Mapping[str, str]
) -> Invocation:
    """Start the runtime client with `path` as its search path, and give it one event."""
    ended = threading.Event()
    reports: list[tuple[str, Any]] = []
    give_event = http(
        "200 OK",
        json.dumps(event),
        "Content-Type: application/json\r\n"  # without it the client crashes
        f"Lambda-Runtime-Aws-Request-Id: {REQUEST_ID}\r\n"
        f"Lambda-Runtime-Deadline-Ms: {int((time.time() + 5) * 1000)}\r\n"
        f"Lambda-Runtime-Invoked-Function-Arn: {FUNCTION_ARN}\r\n",
    )

    def runtime_api(connection: socket.socket, request: bytes) -> None:
        head, _, body = request.partition(b"\r\n\r\n")
        method, place = head.decode().split()[:2]
        if method == "POST":
            kind = place.removeprefix("/2018-06-01/runtime/")
            reports.append((kind.removeprefix(f"invocation/{REQUEST_ID}/"), json.loads(body)))
            http("202 Accepted", "")(connection, request)
        elif not reports:
            give_event(connection, request)
        else:
            ended.set()
            silent(connection, request)

    def end_with(process: subprocess.Popen[str]) -> None:
        process.wait()
        ended.set()

    with serving(runtime_api) as server:
        process = subprocess.Popen(
            [sys.executable, "-S", "-m", "awslambdaric", handler],
            env=ENVIRONMENT
            | {
                "PYTHONPATH": ":".join(map(str, path)),
                "PYTHONDONTWRITEBYTECODE": "1",
                "AWS_REGION": "eu-west-1",
                "AWS_LAMBDA_RUNTIME_API": f"127.0.0.1:{server.port}",
                "AWS_LAMBDA_FUNCTION_NAME": "f",
                "AWS_LAMBDA_LOG_FORMAT": "JSON",
                "AWS_LAMBDA_LOG_LEVEL": "INFO",
            }
            | dict(environment),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        # A process that fails at import ends; any other asks for a second event.
        threading.Thread(target=end_with, args=[process], daemon=True).start()
        assert ended.wait(60)
        process.kill()
        printed, _ = process.communicate()
    assert len(reports) == 1, printed
    ((kind, body),) = reports
    return Invocation(kind, body, printed.splitlines())
