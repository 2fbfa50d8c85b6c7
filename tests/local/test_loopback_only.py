"""Which requests the local AWS accepts."""

import asyncio
import http.client
from typing import Any

import pytest

from scripts.local.local_aws import LocalAWS
from scripts.local.loopback_only import LoopbackOnly


def status(aws: LocalAWS, method: str, headers: dict[str, str]) -> int:
    connection = http.client.HTTPConnection("127.0.0.1", aws.port, timeout=10)
    try:
        connection.putrequest(method, "/_ministack/ready", skip_host="Host" in headers)
        for name, value in headers.items():
            connection.putheader(name, value)
        connection.endheaders()
        return connection.getresponse().status
    finally:
        connection.close()


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Host": "localhost:{port}"},
        {"Host": "LOCALHOST"},
        {"Host": "bucket.s3.localhost:{port}"},
        {"Origin": "http://127.0.0.1:3000"},
        {"Origin": "https://localhost"},
        {
            "Origin": "http://localhost:5173",
            "Sec-Fetch-Site": "cross-site",
            "Sec-Fetch-Mode": "cors",
        },
        {"Sec-Fetch-Site": "same-origin", "Sec-Fetch-Mode": "cors"},
        {"Sec-Fetch-Mode": "cors"},  # Node's fetch
    ],
)
def test_programs_and_pages_on_this_machine_are_answered(
    aws: LocalAWS, headers: dict[str, str]
) -> None:
    sent = {name: value.format(port=aws.port) for name, value in headers.items()}
    assert status(aws, "GET", sent) == 200


@pytest.mark.parametrize("method", ["GET", "POST", "OPTIONS"])
@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example"},
        {"Origin": "http://127.0.0.1.evil.example"},
        {"Origin": "http://localhost@evil.example"},
        {"Origin": "null"},
        {"Origin": ""},
        {"Host": "evil.example"},
        {"Host": "localhost.evil.example:{port}"},
        {"Host": "[::1"},
        {"Host": ""},
        # A typed address or a link, an image, a form on a local page, a redirect.
        {"Sec-Fetch-Site": "none", "Sec-Fetch-Mode": "navigate"},
        {"Sec-Fetch-Site": "same-origin", "Sec-Fetch-Mode": "navigate"},
        {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "no-cors", "Sec-Fetch-Dest": "image"},
        {"Sec-Fetch-Site": "same-site", "Sec-Fetch-Mode": "no-cors"},
        {"Sec-Fetch-Dest": "image"},
        {"Origin": "http://localhost:5173", "Sec-Fetch-Mode": "navigate"},
        {"Origin": "null", "Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "cors"},
    ],
)
def test_web_sites_are_refused(aws: LocalAWS, method: str, headers: dict[str, str]) -> None:
    sent = {name: value.format(port=aws.port) for name, value in headers.items()}
    assert status(aws, method, sent) == 403


def test_a_web_socket_of_a_web_site_is_closed() -> None:
    sent: list[Any] = []

    async def app(*_: Any) -> None:
        pytest.fail("it got through")

    async def receive() -> Any:
        return {"type": "websocket.connect"}

    async def send(message: Any) -> None:
        sent.append(message)

    headers = [(b"host", b"localhost"), (b"origin", b"https://evil.example")]
    asyncio.run(LoopbackOnly(app)({"type": "websocket", "headers": headers}, receive, send))
    assert sent == [{"type": "websocket.close"}]
