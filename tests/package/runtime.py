"""The functions' zip under AWS's own runtime client, with a Runtime API of the tests' own.

https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html
"""

import json
import subprocess
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, NamedTuple

import awslambdaric

from tests.package.conftest import ENVIRONMENT

SITE_PACKAGES = Path(awslambdaric.__file__).parents[1]
# The runtime client and what it needs itself; Lambda has them in a folder of its own.
_CLIENT = ("awslambdaric", "runtime_client*", "simplejson", "snapshot_restore_py")
FUNCTION_ARN = "arn:aws:lambda:eu-west-1:123456789012:function:f"
REQUEST_ID = "8f507cfc-0000-4697-b07a-ac58fc914c95"


class Invocation(NamedTuple):
    """What Lambda gets of an invocation, and what is printed meanwhile.

    `kind` is `response`, `error`, or `init/error`; `body` is the JSON that came with it.
    """

    kind: str
    body: Any
    lines: list[str]


def link_client(folder: Path) -> Path:
    """A folder with the runtime client alone."""
    for pattern in _CLIENT:
        for path in SITE_PACKAGES.glob(pattern):
            (folder / path.name).symlink_to(path)
    return folder


def invoke(
    path: Sequence[Path], handler: str, event: Any, environment: Mapping[str, str]
) -> Invocation:
    """Start the runtime client with `path` as its search path, and have it handle one event."""
    ended = threading.Event()
    reports: list[tuple[str, Any]] = []

    class RuntimeAPI(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            """Give the event out once, and after that none."""
            if reports:
                ended.set()
                ended_for_good.wait(60)
                return
            self.answer(
                200,
                json.dumps(event).encode(),
                {
                    "Content-Type": "application/json",  # without it the client crashes
                    "Lambda-Runtime-Aws-Request-Id": REQUEST_ID,
                    "Lambda-Runtime-Deadline-Ms": str(int((time.time() + 5) * 1000)),
                    "Lambda-Runtime-Invoked-Function-Arn": FUNCTION_ARN,
                },
            )

        def do_POST(self) -> None:
            """Take a report."""
            body = self.rfile.read(int(self.headers["Content-Length"]))
            kind = self.path.removeprefix("/2018-06-01/runtime/")
            reports.append((kind.removeprefix(f"invocation/{REQUEST_ID}/"), json.loads(body)))
            self.answer(202, b"", {})

        def answer(self, status: int, body: bytes, headers: Mapping[str, str]) -> None:
            self.send_response(status)
            for name, value in {**headers, "Content-Length": str(len(body))}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - http.server's name
            """Nothing."""

    def end_with(process: subprocess.Popen[str]) -> None:
        process.wait()
        ended.set()

    ended_for_good = threading.Event()
    with ThreadingHTTPServer(("127.0.0.1", 0), RuntimeAPI) as server:
        threading.Thread(target=server.serve_forever, args=[0.01], daemon=True).start()
        process = subprocess.Popen(
            [sys.executable, "-S", "-m", "awslambdaric", handler],
            env=ENVIRONMENT
            | {
                "PYTHONPATH": ":".join(map(str, path)),
                "PYTHONDONTWRITEBYTECODE": "1",
                "AWS_REGION": "eu-west-1",
                "AWS_LAMBDA_RUNTIME_API": f"127.0.0.1:{server.server_address[1]}",
                "AWS_LAMBDA_FUNCTION_NAME": "f",
                "AWS_LAMBDA_LOG_FORMAT": "JSON",
                "AWS_LAMBDA_LOG_LEVEL": "INFO",
            }
            | dict(environment),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        # A process that fails at import ends by itself; another waits for a second event.
        threading.Thread(target=end_with, args=[process], daemon=True).start()
        assert ended.wait(60)
        process.kill()
        printed, _ = process.communicate()
        ended_for_good.set()
        server.shutdown()
    assert len(reports) == 1, printed
    ((kind, body),) = reports
    return Invocation(kind, body, printed.splitlines())
