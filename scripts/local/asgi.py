"""The types of ASGI, and a request and a response as a whole: https://asgi.readthedocs.io."""

from collections.abc import Awaitable, Callable, MutableMapping
from dataclasses import dataclass, field
from typing import Any

type Scope = MutableMapping[str, Any]
type Message = MutableMapping[str, Any]
type Receive = Callable[[], Awaitable[Message]]
type Send = Callable[[Message], Awaitable[None]]
type App = Callable[[Scope, Receive, Send], Awaitable[None]]
type Headers = list[tuple[bytes, bytes]]


@dataclass
class Response:
    """One whole HTTP response."""

    status: int = 200
    headers: Headers = field(default_factory=list)
    body: bytes = b""

    async def collect(self, message: Message) -> None:
        """ASGI's `send`, for an application whose answer is looked at before it is sent."""
        if message["type"] == "http.response.start":
            self.status = message["status"]
            self.headers = list(message.get("headers", []))
        elif message["type"] == "http.response.body":
            self.body += message.get("body", b"")

    async def send(self, send: Send) -> None:
        """Pass the response on."""
        start = {"type": "http.response.start", "status": self.status, "headers": self.headers}
        await send(start)
        await send({"type": "http.response.body", "body": self.body})


async def read_body(receive: Receive) -> bytes | None:
    """The request's body, or None if the sender went away while sending it."""
    body = bytearray()
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            return None
        body += message.get("body", b"")
        if not message.get("more_body", False):
            return bytes(body)


def with_body(scope: Scope, body: bytes, receive: Receive) -> tuple[Scope, Receive]:
    """The scope and `receive` of a request with another body, or with the same one again."""
    headers = [one for one in scope["headers"] if one[0].lower() != b"content-length"]
    length = (b"content-length", str(len(body)).encode())
    pending: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

    async def replayed() -> Message:
        return pending.pop() if pending else await receive()

    return {**scope, "headers": [*headers, length]}, replayed
