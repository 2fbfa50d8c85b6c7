"""A web site in a real browser can do nothing to the local AWS."""

import socket
from collections.abc import Iterator
from urllib.request import urlopen

import boto3
import pytest
from playwright.sync_api import Browser, Page, Request, sync_playwright

from scripts.local.local_aws import LocalAWS
from tests.browser.conftest import ARGUMENTS
from tests.server import http, serving
from tests.tools import chromium

SITE = "web-site.example"


def web_site(connection: socket.socket, request: bytes) -> None:
    """A web site with an empty page, and with redirects at /to?<address>."""
    _, is_redirect, address = request.split(b" ", 2)[1].decode().partition("/to?")
    headers = f"Content-Type: text/html\r\nLocation: {address}\r\n"
    status = "307 Temporary Redirect" if is_redirect else "200 OK"
    http(status, "<!doctype html><title>A web site</title>", headers)(connection, request)


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    """The port of the web site."""
    with serving(web_site) as server:
        yield server.port


@pytest.fixture(scope="module")
def resolving() -> Iterator[Browser]:
    """Chromium, for which the web site's name leads to this machine."""
    arguments = [*ARGUMENTS, f"--host-resolver-rules=MAP {SITE} 127.0.0.1"]
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=chromium(), args=arguments)
        yield running
        running.close()


@pytest.fixture
def page(resolving: Browser) -> Iterator[Page]:
    context = resolving.new_context()
    yield context.new_page()
    context.close()


def address(aws: LocalAWS, topic: str) -> str:
    """A presigned address. Opening it creates a topic."""
    sns = boto3.client(
        "sns",
        region_name=aws.region,
        endpoint_url=aws.endpoint_url,
        aws_access_key_id="test",
        aws_secret_access_key="test",  # noqa: S106 - no secret
    )
    made: str = sns.generate_presigned_url("create_topic", {"Name": topic}, HttpMethod="GET")
    return made


def topics(aws: LocalAWS) -> str:
    return str(aws.client("sns").list_topics()["Topics"])


ATTEMPTS = {
    "an image": "address => { document.body.append(Object.assign(new Image(), {src: address})) }",
    "a link": "address => { location.href = address }",
    "a frame": "address => { const f = document.createElement('iframe'); f.src = address;"
    " document.body.append(f) }",
    "a form": "address => { const f = document.createElement('form'); f.method = 'POST';"
    " f.action = address; document.body.append(f); f.submit() }",
    "a script": "address => { const s = document.createElement('script'); s.src = address;"
    " document.body.append(s) }",
    "fetch": "address => { fetch(address).catch(() => {}) }",
    "fetch without CORS": "address => { fetch(address, {mode: 'no-cors'}).catch(() => {}) }",
    "a beacon": "address => { navigator.sendBeacon(address) }",
}


def test_the_address_creates_a_topic_when_a_program_opens_it(aws: LocalAWS) -> None:
    with urlopen(address(aws, "of-a-program")) as answer:  # noqa: S310 - our own server
        assert answer.status == 200
    assert "of-a-program" in topics(aws)


@pytest.mark.parametrize("by_redirect", [False, True], ids=["directly", "by a redirect"])
@pytest.mark.parametrize("attempt", ATTEMPTS)
def test_a_web_site_cannot_create_a_topic(
    aws: LocalAWS, page: Page, port: int, attempt: str, by_redirect: bool
) -> None:
    target = address(aws, "of-a-web-site")
    if by_redirect:
        target = f"http://{SITE}:{port}/to?{target}"
    page.goto(f"http://{SITE}:{port}/")
    ended = []

    def note(request: Request) -> None:
        if request.url.startswith(aws.endpoint_url):
            ended.append(request)

    page.on("requestfinished", note)
    page.on("requestfailed", note)
    page.evaluate(ATTEMPTS[attempt], target)
    for _ in range(100):
        if ended:
            break
        page.wait_for_timeout(50)
    assert ended
    assert "of-a-web-site" not in topics(aws)


def test_a_web_socket_of_a_web_site_is_refused(aws: LocalAWS, page: Page, port: int) -> None:
    page.goto(f"http://{SITE}:{port}/")
    outcome = page.evaluate(
        """address => new Promise(resolve => {
            const socket = new WebSocket(address)
            socket.onopen = () => resolve('open')
            socket.onerror = () => resolve('refused')
        })""",
        aws.endpoint_url.replace("http://", "ws://"),
    )
    assert outcome == "refused"


def test_an_app_on_another_port_of_this_machine_is_answered(
    aws: LocalAWS, page: Page, port: int
) -> None:
    page.goto(f"http://localhost:{port}/")
    ok = page.evaluate("async address => (await fetch(address)).status", address(aws, "of-an-app"))
    assert ok == 200
    assert "of-an-app" in topics(aws)
