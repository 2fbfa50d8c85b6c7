"""A proxy between the functions and DynamoDB that can do to each call what a network can do."""

import itertools
import json
import socket
import time
from collections.abc import Callable
from contextlib import ExitStack
from typing import Self

from tests import server
from tests.server import Behaviour, raw, read_message, serving

# What happens to a call: the proxy, the connection of the function, and the request.
type Fault = Callable[["Proxy", socket.socket, bytes], object]


def no_fault(proxy: "Proxy", connection: socket.socket, request: bytes) -> None:
    connection.sendall(proxy.forward(request))


def instead(behaviour: Behaviour) -> Fault:
    """Do this, and do not ask DynamoDB."""
    return lambda _proxy, connection, request: behaviour(connection, request)


def error(status: str, code: str, headers: str = "") -> Fault:
    """Answer with an error of DynamoDB, and do not ask it."""
    return instead(server.error(status, code, headers))


reset_after_request = instead(server.reset)
black_hole = instead(server.silent)
endless = instead(server.endless)


def answer_lost(proxy: "Proxy", connection: socket.socket, request: bytes) -> None:
    proxy.forward(request)
    server.reset(connection, request)


def slow(proxy: "Proxy", connection: socket.socket, request: bytes) -> None:
    answer = proxy.forward(request)
    time.sleep(0.5)
    connection.sendall(answer)


def trickle(proxy: "Proxy", connection: socket.socket, request: bytes) -> None:
    server.trickle(proxy.forward(request))(connection, request)


def trickle_body(proxy: "Proxy", connection: socket.socket, request: bytes) -> None:
    head, end, body = proxy.forward(request).partition(b"\r\n\r\n")
    raw(head + end)(connection, request)
    server.trickle(body, seconds=3)(connection, request)


def in_turns(*faults: Fault) -> Fault:
    """The faults in turns, one for each call."""
    turns = itertools.cycle(faults)
    return lambda *call: next(turns)(*call)


def once(fault: Fault) -> Fault:
    """The fault for the first call, and none for later calls."""
    left = [fault]
    return lambda *call: (left.pop() if left else no_fault)(*call)


class Proxy:
    """A context manager around the proxy; `fault` is what happens to each call from now on."""

    def __init__(self, upstream_port: int) -> None:
        self.fault: Fault = no_fault
        # The keys of the items that DynamoDB wrote, in order; not one for each attempt.
        self.written: list[str] = []
        self._upstream = ("127.0.0.1", upstream_port)
        self._port = 0
        self._listening = ExitStack()

    @property
    def url(self) -> str:
        """The address to call instead of DynamoDB's."""
        return f"http://127.0.0.1:{self._port}"

    def __enter__(self) -> Self:
        self.listen()
        return self

    def __exit__(self, *_: object) -> None:
        self.refuse()

    def listen(self) -> None:
        """Accept connections, always at the same port."""
        started = serving(lambda *call: self.fault(self, *call), port=self._port)
        self._port = self._listening.enter_context(started).port

    def refuse(self) -> None:
        """Refuse connections from now on, and end those that are open."""
        self._listening.close()

    def forward(self, request: bytes) -> bytes:
        """DynamoDB's answer to the request."""
        with (
            socket.create_connection(self._upstream, timeout=20) as upstream,
            upstream.makefile("rb") as stream,
        ):
            upstream.sendall(request)
            answer = read_message(stream)
        if b"DynamoDB_20120810.PutItem" in request and answer.startswith(b"HTTP/1.1 200"):
            item = json.loads(request.partition(b"\r\n\r\n")[2])["Item"]
            self.written.append(item["UserID"]["S"])
        return answer
