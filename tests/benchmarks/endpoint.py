"""An HTTPS endpoint on this machine that answers every call as DynamoDB answers a PutItem."""

from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from types import TracebackType
from typing import Self

from tests.certificates import Authority

HOST = "localhost"


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def do_POST(self) -> None:
        """Answer that the item is written; in one piece, as what waits for nothing does."""
        self.rfile.read(int(self.headers["Content-Length"]))
        self.wfile.write(
            b"HTTP/1.1 200 OK\r\n"
            b"Server: Server\r\n"
            b"Date: Wed, 25 Nov 2026 03:00:00 GMT\r\n"
            b"Content-Type: application/x-amz-json-1.0\r\n"
            b"Content-Length: 2\r\n"
            b"Connection: keep-alive\r\n"
            b"x-amzn-RequestId: " + b"B" * 52 + b"\r\n"
            b"x-amz-crc32: 2745614147\r\n"
            b"\r\n"
            b"{}"
        )

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - http.server's name
        """Nothing."""


class Endpoint:
    """A context manager around the server; `root` is the certificate its callers must trust."""

    def __init__(self, folder: Path) -> None:
        authority = Authority(folder)
        self.root = authority.root
        self._server = ThreadingHTTPServer((HOST, 0), _Handler)
        self._server.daemon_threads = True
        self._server.socket = authority.server(HOST).wrap_socket(
            self._server.socket, server_side=True, do_handshake_on_connect=False
        )
        self.url = f"https://{HOST}:{self._server.server_address[1]}"

    def __enter__(self) -> Self:
        Thread(target=self._server.serve_forever, args=[0.05], daemon=True).start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._server.shutdown()
        self._server.server_close()
