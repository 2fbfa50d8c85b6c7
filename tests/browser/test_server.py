"""Requests to the page's server that the page does not send."""

import http.client
import json
from urllib.parse import urlsplit

import pytest

from scripts.local.page.server import PageServer
from scripts.local.page.stack import Stack
from tests.deployment import Deployment

MAY_WRITE = json.dumps({"allowed": False})


def ask(
    server: PageServer, method: str, path: str, body: str | None = None, **headers: str | None
) -> tuple[int, http.client.HTTPMessage, bytes]:
    """The answer to a request like the page's. `headers` replace its headers; None removes one."""
    where = urlsplit(server.url).netloc
    sent = {"Host": where}
    if method == "POST":
        sent |= {"Origin": server.url, "Content-Type": "application/json"}
    wanted = {name.replace("_", "-").title(): value for name, value in headers.items()}
    connection = http.client.HTTPConnection(where, timeout=10)
    try:
        connection.putrequest(method, path, skip_host=True)
        for name, value in (sent | wanted).items():
            if value is not None:
                connection.putheader(name, value)
        if body is not None and "Content-Length" not in wanted:
            connection.putheader("Content-Length", str(len(body)))
        connection.endheaders(body.encode() if body else None)
        answer = connection.getresponse()
        return answer.status, answer.headers, answer.read()
    finally:
        connection.close()


def test_a_request_like_the_pages_is_accepted(server: PageServer) -> None:
    assert ask(server, "POST", "/api/may-write", MAY_WRITE)[0] == 200
    status, _, body = ask(server, "GET", "/api/state")
    assert (status, json.loads(body)["mayWrite"]) == (200, False)


# A new stack takes long, so each of these tests tries all its cases with one stack.


def test_a_request_for_another_host_is_refused(server: PageServer) -> None:
    port = server.url.rpartition(":")[2]
    for path in ("/", "/page.js", "/api/stack", "/api/state"):
        assert ask(server, "GET", path, host=f"localhost:{port}")[0] == 200
        for host in (f"evil.example:{port}", "127.0.0.1", "127.0.0.1:1", None):
            assert (host, ask(server, "GET", path, host=host)[0]) == (host, 403)


def test_a_change_from_another_origin_is_refused(server: PageServer) -> None:
    cases: list[tuple[dict[str, str | None], int]] = [
        ({"host": "evil.example", "origin": "http://evil.example"}, 403),
        ({"origin": "http://evil.example"}, 403),
        ({"origin": "null"}, 403),
        ({"origin": None}, 403),
        ({"origin": "http://127.0.0.1:1"}, 403),
        # A form or a script of another site can send these without a preflight.
        ({"content_type": "text/plain"}, 415),
        ({"content_type": None}, 415),
    ]
    for headers, status in cases:
        answer = ask(server, "POST", "/api/may-write", MAY_WRITE, **headers)
        assert (headers, answer[0]) == (headers, status)
    assert json.loads(ask(server, "GET", "/api/state")[2])["mayWrite"] is True


def test_a_broken_request_is_refused(server: PageServer) -> None:
    for path, body in (
        ("/api/may-write", "{}"),
        ("/api/may-write", "[]"),
        ("/api/may-write", ""),
        ("/api/may-write", "{"),
        ("/api/users", '{"password": "x", "attributes": "email"}'),
        ("/api/delete", "{}"),
    ):
        status, _, answer = ask(server, "POST", path, body)
        assert (body, status, json.loads(answer)["__type"]) == (body, 400, "Refused")
    for length in ("-1", "100001", "x"):
        answer_to_it = ask(server, "POST", "/api/may-write", content_length=length)
        assert (length, answer_to_it[0]) == (length, 400)


def test_no_other_path_or_method_is_served(server: PageServer) -> None:
    for path in ("/nothing", "/../stack.py", "/stack.py", "/%2e%2e/stack.py"):
        assert (path, ask(server, "GET", path)[0]) == (path, 404)
        assert (path, ask(server, "POST", path, "{}")[0]) == (path, 404)
        assert (path, ask(server, "PUT", path)[0]) == (path, 501)


def test_the_security_policy_forbids_everything_that_the_page_does_not_need(
    server: PageServer,
) -> None:
    for path in ("/", "/page.js", "/api/state"):
        headers = ask(server, "GET", path)[1]
        policy = headers["Content-Security-Policy"]
        assert policy.startswith("default-src 'none'; script-src 'self'; ")
        assert "unsafe" not in policy
        assert headers["Cross-Origin-Resource-Policy"] == "same-origin"
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["Access-Control-Allow-Origin"] is None


def test_a_failed_sweep_is_an_error(server: PageServer, deployment: Deployment) -> None:
    name = deployment.outputs["reconcile_function_name"]
    deployment.functions.update_function_configuration(FunctionName=name, Handler="users.nothing")
    status, _, body = ask(server, "POST", "/api/sweep", "{}")
    assert status == 400
    assert json.loads(body)["__type"] != "Refused"


def test_a_port_that_is_taken_is_an_error(server: PageServer, stack: Stack) -> None:
    port = int(server.url.rpartition(":")[2])
    with pytest.raises(OSError, match="in use"):
        PageServer(stack, "http://127.0.0.1:1", port)
