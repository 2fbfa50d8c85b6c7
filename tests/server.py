"""A server that treats each call as a test says: it answers, or does what a network does."""

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
from typing import NamedTuple

ERROR = "com.amazonaws.dynamodb.v20120810#"

type Behaviour = Callable[[socket.socket], None]


class Server(NamedTuple):
    """The port on the loopback address, and as they come the requests and their times."""

    port: int
    requests: list[bytes]
    times: list[float]


def http(status: str, body: str = "{}", headers: str = "") -> Behaviour:
    data = f"HTTP/1.1 {status}\r\nContent-Length: {len(body)}\r\n{headers}\r\n{body}".encode()
    return raw(data)


def raw(data: bytes) -> Behaviour:
    return lambda connection: connection.sendall(data)


def error(status: str, code: str, headers: str = "") -> Behaviour:
    return http(status, json.dumps({"__type": ERROR + code, "message": "made up"}), headers)


def reset(connection: socket.socket) -> None:
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    os.close(connection.detach())  # at once, whoever else holds the socket


def close(connection: socket.socket) -> None:
    connection.shutdown(socket.SHUT_RDWR)


def then_close(behaviour: Behaviour) -> Behaviour:
    def act(connection: socket.socket) -> None:
        behaviour(connection)
        close(connection)

    return act


def silent(connection: socket.socket) -> None:
    """Never answer; ends when the client does."""
    connection.recv(1)


def trickle(data: bytes) -> Behaviour:
    """Answer byte by byte, more slowly than anybody waits."""

    def act(connection: socket.socket) -> None:
        for byte in data:
            connection.sendall(bytes([byte]))
            time.sleep(0.1)

    return act


def endless(connection: socket.socket) -> None:
    """An answer without end."""
    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000000\r\n\r\n")
    while True:
        connection.sendall(b" " * 65536)


@contextlib.contextmanager
def serving(*behaviours: Behaviour, context: ssl.SSLContext | None = None) -> Iterator[Server]:
    """A server that treats its first calls so, in order, and the rest like the last."""
    left = list(behaviours)
    requests: list[bytes] = []
    times: list[float] = []

    class Handler(socketserver.StreamRequestHandler):
        # Else an answer waits 40 ms for the client to acknowledge the end of the TLS handshake.
        disable_nagle_algorithm = True

        def handle(self) -> None:
            with contextlib.ExitStack() as stack, contextlib.suppress(OSError):
                if context:
                    self.connection = context.wrap_socket(self.connection, server_side=True)
                    stack.enter_context(self.connection)
                    self.rfile = stack.enter_context(self.connection.makefile("rb"))
                while request := self.read():
                    requests.append(request)
                    times.append(time.monotonic())
                    (left.pop(0) if len(left) > 1 else left[0])(self.connection)

        def read(self) -> bytes:
            head = b""
            while not head.endswith(b"\r\n\r\n"):
                line = self.rfile.readline()
                if not line:
                    return b""
                head += line
            length = head.lower().partition(b"content-length:")[2].split(b"\r\n")[0]
            return head + self.rfile.read(int(length or 0))

    class TCPServer(socketserver.ThreadingTCPServer):
        daemon_threads = True

    with TCPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, args=[0.01], daemon=True).start()
        yield Server(server.server_address[1], requests, times)
        server.shutdown()
