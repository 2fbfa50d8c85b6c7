"""A proxy between the function and DynamoDB that can do to a call what a network can do."""

import itertools
import json
import socket
import socketserver
import struct
import threading
from collections.abc import Callable
from contextlib import suppress
from types import TracebackType
from typing import Any, Self

# Longer than any client waits.
FOREVER_SECONDS = 20.0
TRICKLE_SECONDS = 0.3


class Connection:
    """One request on a client's connection; a fault decides what becomes of it."""

    def __init__(self, proxy: "Proxy", client: socket.socket, request: bytes) -> None:
        self._proxy = proxy
        self._client = client
        self._request = request

    def forward(self) -> bytes:
        """Have the request served, and give the answer."""
        with socket.create_connection(self._proxy.upstream, timeout=FOREVER_SECONDS) as upstream:
            upstream.sendall(self._request)
            with upstream.makefile("rb") as stream:
                answer = read_message(stream)
        self._proxy.note(self._request, answer)
        return answer

    def answer(self, data: bytes) -> None:
        """Send bytes to the client."""
        self._client.sendall(data)

    def reset(self) -> None:
        """End the connection with a reset instead of in order."""
        self._client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self._client.close()
        raise ConnectionResetError

    def wait(self, seconds: float) -> None:
        """Do nothing for a while, but no longer than the proxy lives."""
        self._proxy.closing.wait(seconds)


type Fault = Callable[[Connection], None]


def no_fault(connection: Connection) -> None:
    connection.answer(connection.forward())


def reset_after_request(connection: Connection) -> None:
    connection.reset()


def answer_lost(connection: Connection) -> None:
    connection.forward()
    connection.reset()


def black_hole(connection: Connection) -> None:
    connection.wait(FOREVER_SECONDS)
    connection.reset()


def slow(connection: Connection) -> None:
    answer = connection.forward()
    connection.wait(0.5)
    connection.answer(answer)


def trickle(connection: Connection) -> None:
    for byte in connection.forward():
        connection.answer(bytes([byte]))
        connection.wait(TRICKLE_SECONDS)


def trickle_body(connection: Connection) -> None:
    head, end, body = connection.forward().partition(b"\r\n\r\n")
    connection.answer(head + end)
    for byte in body:
        connection.wait(TRICKLE_SECONDS * 10)
        connection.answer(bytes([byte]))


def endless(connection: Connection) -> None:
    connection.answer(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000000\r\n\r\n")
    while True:
        connection.answer(b" " * 65536)


def in_turns(*faults: Fault) -> Fault:
    """Each fault for one call, over and over."""
    turns = itertools.cycle(faults)
    return lambda connection: next(turns)(connection)


def once(fault: Fault) -> Fault:
    """The fault for the first call, none for those after it."""
    left = [fault]

    def befall(connection: Connection) -> None:
        (left.pop() if left else no_fault)(connection)

    return befall


def error(status: str, code: str, headers: str = "") -> Fault:
    """Answer with an error of DynamoDB, without having asked it."""
    prefix = "com.amazonaws.dynamodb.v20120810"
    body = json.dumps({"__type": f"{prefix}#{code}", "message": "made up by a test"}).encode()
    head = (
        f"HTTP/1.1 {status}\r\nContent-Type: application/x-amz-json-1.0\r\n"
        f"Content-Length: {len(body)}\r\n{headers}\r\n"
    ).encode()

    def answer(connection: Connection) -> None:
        connection.answer(head + body)

    return answer


class Proxy:
    """A context manager around the proxy; `fault` is what befalls the calls from now on."""

    def __init__(self, upstream_port: int) -> None:
        self.upstream = ("127.0.0.1", upstream_port)
        self.fault: Fault = no_fault
        self.closing = threading.Event()
        # The keys of the items that were written, in order; each write, not each attempt.
        self.written: list[str] = []
        self._open: set[socket.socket] = set()
        self._port = 0
        self._server: socketserver.ThreadingTCPServer | None = None

    @property
    def url(self) -> str:
        """Where to find it instead of DynamoDB."""
        return f"http://127.0.0.1:{self._port}"

    def __enter__(self) -> Self:
        self.listen()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.closing.set()
        self.refuse()

    def listen(self) -> None:
        """Take connections, at the same port as before."""
        proxy = self

        class Handler(socketserver.StreamRequestHandler):
            def handle(self) -> None:
                proxy._open.add(self.connection)
                with suppress(OSError, EOFError):
                    while True:
                        request = read_message(self.rfile)
                        proxy.fault(Connection(proxy, self.connection, request))
                proxy._open.discard(self.connection)

        class Server(socketserver.ThreadingTCPServer):
            allow_reuse_address = True
            daemon_threads = True
            request_queue_size = 100

        self._server = Server(("127.0.0.1", self._port), Handler)
        self._port = self._server.server_address[1]
        # Polled often, so that refusing starts at once.
        threading.Thread(target=self._server.serve_forever, args=[0.01], daemon=True).start()

    def refuse(self) -> None:
        """Have connections refused from now on, and end those that are open."""
        if self._server is not None:
            self._server.shutdown()
            self._server.server_close()
            self._server = None
            for connection in tuple(self._open):
                with suppress(OSError):
                    connection.shutdown(socket.SHUT_RDWR)

    def note(self, request: bytes, answer: bytes) -> None:
        """Remember a write that was carried out."""
        if b"DynamoDB_20120810.PutItem" in request and answer.startswith(b"HTTP/1.1 200"):
            item = json.loads(request.partition(b"\r\n\r\n")[2])["Item"]
            self.written.append(item["UserID"]["S"])


def read_message(stream: Any) -> bytes:
    """One HTTP message with a Content-Length. Raises EOFError at the end of the connection."""
    head = b""
    length = 0
    while not head.endswith(b"\r\n\r\n"):
        line = stream.readline()
        if not line:
            raise EOFError
        head += line
        name, _, value = line.partition(b":")
        if name.lower() == b"content-length":
            length = int(value)
    return head + bytes(stream.read(length))
