"""Serves the page of `make local` on the loopback address.

The page's buttons change the local AWS. So the server answers only to its own name, and takes
changes only from its own page: no other site that is open in the browser can make them.
"""

import json
import sys
import threading
from collections.abc import Callable
from functools import partial
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Self

from botocore.exceptions import BotoCoreError, ClientError

from scripts.local.page.stack import Answer, Stack, SweepError
from scripts.local.server import HOST

_FOLDER = Path(__file__).parent
_FILES = {
    "/": ("index.html", "text/html; charset=utf-8"),
    "/page.css": ("page.css", "text/css; charset=utf-8"),
    "/page.js": ("page.js", "text/javascript; charset=utf-8"),
    "/icon.svg": ("icon.svg", "image/svg+xml"),
}
_JSON = "application/json"
_LONGEST_BODY = 100_000
_POLL_SECONDS = 0.1


class PageServer:
    """A context manager that serves the page in threads; with `port` 0 on any free port.

    Raises OSError if the port is taken.
    """

    def __init__(self, stack: Stack, endpoint_url: str, port: int = 0) -> None:
        self._server = _Server((HOST, port), partial(_Handler, stack, endpoint_url))
        self.url = f"http://{HOST}:{self._server.server_port}"

    def __enter__(self) -> Self:
        threading.Thread(
            target=self._server.serve_forever, args=[_POLL_SECONDS], daemon=True
        ).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()


class _Server(ThreadingHTTPServer):
    def handle_error(self, request: Any, client_address: Any) -> None:
        """Report a failure, but not a browser that has gone away."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)


class _Handler(BaseHTTPRequestHandler):
    server: _Server

    def __init__(self, stack: Stack, endpoint_url: str, *arguments: Any) -> None:
        self._stack = stack
        # Set first, because __init__ of the base class handles the request.
        self._policy = (
            f"default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "
            f"connect-src 'self' {endpoint_url}; base-uri 'none'; form-action 'none'; "
            f"frame-ancestors 'none'"
        )
        super().__init__(*arguments)

    def do_GET(self) -> None:
        """Answer with one of the page's files, or with what the page shows."""
        answers: dict[str, Callable[[], Answer]] = {
            "/api/stack": self._stack.description,
            "/api/state": self._stack.state,
        }
        if not self._is_own_name():
            return
        if self.path in _FILES:
            name, content_type = _FILES[self.path]
            self._send(HTTPStatus.OK, content_type, (_FOLDER / name).read_bytes())
        elif self.path in answers:
            self._answer(answers[self.path])
        else:
            self._refuse(HTTPStatus.NOT_FOUND, "there is no such page")

    def do_POST(self) -> None:
        """Do what one of the page's buttons does."""
        if not self._is_own_name():
            return
        if self.headers.get("Origin") != f"http://{self.headers['Host']}":
            self._refuse(HTTPStatus.FORBIDDEN, "changes are taken from this page only")
            return
        if self.headers.get("Content-Type") != _JSON:
            self._refuse(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, f"send {_JSON}")
            return
        try:
            action = self._action(self._body())
        except (KeyError, TypeError, ValueError):
            self._refuse(HTTPStatus.BAD_REQUEST, "the request is not what the page sends")
            return
        if action is None:
            self._refuse(HTTPStatus.NOT_FOUND, "there is no such page")
        else:
            self._answer(action)

    def _action(self, body: Answer) -> Callable[[], Answer] | None:
        """The action that the path names, or None if there is none."""
        match self.path:
            case "/api/users":
                attributes = {
                    str(name): str(text) for name, text in dict(body["attributes"]).items()
                }
                return partial(self._stack.create_user, str(body["password"]), attributes)
            case "/api/delete":
                return partial(self._stack.delete_user, str(body["sub"]))
            case "/api/may-write":
                return partial(self._stack.set_may_write, allowed=bool(body["allowed"]))
            case "/api/sweep":
                return self._stack.sweep
        return None

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the base class's name
        """Say nothing: the terminal shows what to do next."""

    def _is_own_name(self) -> bool:
        """Whether the request is for this server's own name. If not, a refusal is sent."""
        port = self.server.server_port
        if self.headers.get("Host") in (f"{HOST}:{port}", f"localhost:{port}"):
            return True
        self._refuse(HTTPStatus.FORBIDDEN, f"use http://{HOST}:{port}")
        return False

    def _body(self) -> Answer:
        length = int(self.headers.get("Content-Length", 0))
        if not 0 <= length <= _LONGEST_BODY:
            raise ValueError("too long")
        body: Answer = json.loads(self.rfile.read(length))
        return body

    def _answer(self, call: Callable[[], Answer]) -> None:
        """Send what the call gives, or its error in AWS's words and in Cognito's form."""
        try:
            self._send_json(HTTPStatus.OK, call())
        except ClientError as error:
            details = error.response["Error"]
            self._refuse(HTTPStatus.BAD_REQUEST, details["Message"], details["Code"])
        except SweepError as error:
            self._refuse(HTTPStatus.BAD_REQUEST, str(error), error.code)
        except BotoCoreError as error:
            self._refuse(HTTPStatus.BAD_REQUEST, str(error), type(error).__name__)

    def _refuse(self, status: HTTPStatus, message: str, code: str = "Refused") -> None:
        self._send_json(status, {"__type": code, "message": message})

    def _send_json(self, status: HTTPStatus, value: Answer) -> None:
        self._send(status, _JSON, json.dumps(value).encode())

    def _send(self, status: HTTPStatus, content_type: str, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Type", content_type)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Content-Security-Policy", self._policy)
        self.send_header("Cross-Origin-Resource-Policy", "same-origin")
        self.send_header("Cache-Control", "no-store")
        self.send_header("Referrer-Policy", "no-referrer")
        self.send_header("X-Content-Type-Options", "nosniff")
        self.end_headers()
        self.wfile.write(body)
