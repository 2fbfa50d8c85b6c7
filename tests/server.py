"""An HTTP server that answers each request, or fails as a network does, as the test says.

A behaviour gets the connection and the request. The functions below are behaviours, or make one.
"""

import contextlib
import json
import os
import socket
import socketserver
import ssl
import struct
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

ERROR = "com.amazonaws.dynamodb.v20120810#"

type Behaviour = Callable[[socket.socket, bytes], object]


class Server(NamedTuple):
    """Its port on 127.0.0.1, and the requests that it got so far."""

    port: int
    requests: list[bytes]


def http(status: str, body: str = "{}", headers: str = "") -> Behaviour:
    """Answer with a status such as `200 OK`; each of `headers` ends with CRLF."""
    content = body.encode()
    head = f"HTTP/1.1 {status}\r\nContent-Length: {len(content)}\r\n{headers}\r\n"
    return raw(head.encode() + content)


def raw(data: bytes) -> Behaviour:
    """Answer with these bytes."""
    return lambda connection, _request: connection.sendall(data)


def error(status: str, code: str, headers: str = "") -> Behaviour:
    """Answer with an error of DynamoDB."""
    return http(status, json.dumps({"__type": ERROR + code, "message": "made up"}), headers)


def reset(connection: socket.socket, _request: bytes) -> None:
    """End the connection with a reset."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    os.close(connection.detach())  # at once, although the handler holds the socket, too


def close(connection: socket.socket, _request: bytes) -> None:
    """End the connection in order."""
    connection.shutdown(socket.SHUT_RDWR)


def then_close(behaviour: Behaviour) -> Behaviour:
    """Do this, and then end the connection in order."""

    def act(connection: socket.socket, request: bytes) -> None:
        behaviour(connection, request)
        close(connection, request)

    return act


def silent(connection: socket.socket, _request: bytes) -> None:
    """Never answer; wait until the client ends the connection."""
    connection.recv(1)


def trickle(data: bytes, seconds: float = 0.1) -> Behaviour:
    """Answer with these bytes, one by one, and wait so long after each."""

    def act(connection: socket.socket, _request: bytes) -> None:
        for byte in data:
            connection.sendall(bytes([byte]))
            time.sleep(seconds)

    return act


def endless(connection: socket.socket, _request: bytes) -> None:
    """Send an answer that never ends."""
    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000000\r\n\r\n")
    while True:
        connection.sendall(b" " * 65536)


def read_message(stream: Any) -> bytes:
    """One HTTP message with a Content-Length, or none; b"" at the end of the connection."""
    head = b""
    while not head.endswith(b"\r\n\r\n"):
        line = stream.readline()
        if not line:
            return b""
        head += line
    length = head.lower().partition(b"content-length:")[2].split(b"\r\n")[0]
    return head + bytes(stream.read(int(length or 0)))


@contextlib.contextmanager
def serving(
    *behaviours: Behaviour, context: ssl.SSLContext | None = None, port: int = 0
) -> Iterator[Server]:
    """A server that treats its first requests so, in order, and all later ones like the last.

    It speaks TLS with a context. In the end it closes its port and every open connection.
    """
    left = list(behaviours)
    requests: list[bytes] = []
    connections: set[socket.socket] = set()

    class Handler(socketserver.StreamRequestHandler):
        # Else an answer waits 40 ms for the client to acknowledge the end of the TLS handshake.
        disable_nagle_algorithm = True

        def handle(self) -> None:
            with contextlib.ExitStack() as stack, contextlib.suppress(OSError):
                if context:
                    self.connection = context.wrap_socket(self.connection, server_side=True)
                    stack.enter_context(self.connection)
                    self.rfile = stack.enter_context(self.connection.makefile("rb"))
                connections.add(self.connection)
                stack.callback(connections.discard, self.connection)
                while request := read_message(self.rfile):
                    requests.append(request)
                    (left.pop(0) if len(left) > 1 else left[0])(self.connection, request)

    class TCPServer(socketserver.ThreadingTCPServer):
        allow_reuse_address = True
        daemon_threads = True
        request_queue_size = 100

    with TCPServer(("127.0.0.1", port), Handler) as server:
        threading.Thread(target=server.serve_forever, args=[0.01], daemon=True).start()
        yield Server(server.server_address[1], requests)
        server.shutdown()
    for connection in tuple(connections):
        with contextlib.suppress(OSError):
            connection.shutdown(socket.SHUT_RDWR)
