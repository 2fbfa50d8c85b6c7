"""The trimmed SDK does what the whole one does, on each path that a function can meet.

The same code runs twice: in a bare Python that sees the zip's content alone, and with the SDK as
it is installed for the tests, which is of the same version.
"""

import contextlib
import json
import os
import shutil
import socket
import socketserver
import ssl
import struct
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from scripts.certificates import subject_hash, write_directory
from tests.benchmarks.endpoint import make_certificate
from tests.package.conftest import ENVIRONMENT, ROOT
from tests.tools import missing

ERROR = "com.amazonaws.dynamodb.v20120810#"

# Prints the outcome of each write: what was returned, or the error's code.
WRITE = """
import json, time
from users.table import Table, WriteError
outcomes = []
table = Table("users")
for pause in {pauses}:
    time.sleep(pause)
    try:
        outcomes.append(table.put_if_absent({{"UserID": {{"S": "1"}}}}))
    except WriteError as error:
        outcomes.append(error.code)
print(json.dumps(outcomes))
"""

# Prints where a call would go and how it is signed, for each region.
RESOLVE = """
import json, re, sys
from importlib import import_module
try:
    import_module("start_up")
except ModuleNotFoundError:
    pass
import botocore.session
from botocore.awsrequest import AWSResponse
from botocore.config import Config
sent = {}
class Raw:
    def stream(self):
        yield b"{}"
def answer(request, **_):
    scope = re.search(rb"Credential=testing/\\d+/([^,]+)", request.headers["Authorization"])
    names = sorted(name.lower() for name in request.headers)
    sent[key] = [request.url, scope[1].decode(), names]
    return AWSResponse(request.url, 200, {}, Raw())
calls = {
    "dynamodb": lambda c: c.put_item(TableName="users", Item={"UserID": {"S": "1"}}),
    "cognito-idp": lambda c: c.list_users(UserPoolId="eu-west-1_aBcDeFgHi"),
}
session = botocore.session.get_session()
for region in json.loads(sys.stdin.read()):
    for kind in ({}, {"use_fips_endpoint": True}, {"use_dualstack_endpoint": True}):
        for service, call in calls.items():
            key = f"{service} {region} {kind}"
            try:
                client = session.create_client(service, region_name=region, config=Config(**kind))
                client.meta.events.register("before-send", answer)
                call(client)
            except Exception as error:
                sent[key] = type(error).__name__
print(json.dumps(sent))
"""


def execute(code: str, unpacked: Path | None, *, text: str = "", **environment: str) -> Any:
    """What `code` printed, with the zip's content or, without that, with the whole SDK."""
    folder, options = (ROOT / "function", ["-I"]) if unpacked is None else (unpacked, ["-I", "-S"])
    result = subprocess.run(
        [
            sys.executable,
            *options,
            "-c",
            f"import sys; sys.path.insert(0, {str(folder)!r})\n{code}",
        ],
        env={
            name: value
            for name, value in (ENVIRONMENT | environment).items()
            if value  # an empty one takes it out
        },
        input=text,
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 0, result.stderr
    return json.loads(result.stdout)


type Behaviour = Callable[[socket.socket], None]


def http(status: str, body: str = "{}", headers: str = "") -> Behaviour:
    data = f"HTTP/1.1 {status}\r\nContent-Length: {len(body)}\r\n{headers}\r\n{body}".encode()
    return lambda connection: connection.sendall(data)


def error(status: str, code: str) -> Behaviour:
    return http(status, json.dumps({"__type": ERROR + code, "message": "made up"}))


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


def never(connection: socket.socket) -> None:
    time.sleep(1)
    close(connection)


@contextlib.contextmanager
def serving(
    *behaviours: Behaviour, context: ssl.SSLContext | None = None
) -> Iterator[tuple[int, list[bytes]]]:
    """A server that treats its first calls so, in order, and the rest like the last.

    Yields its port and, as they come, the requests.
    """
    left = list(behaviours)
    requests: list[bytes] = []

    class Handler(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            with contextlib.ExitStack() as stack, contextlib.suppress(OSError):
                if context:
                    self.connection = context.wrap_socket(self.connection, server_side=True)
                    stack.enter_context(self.connection)
                    self.rfile = stack.enter_context(self.connection.makefile("rb"))
                while request := self.read():
                    requests.append(request)
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

    class Server(socketserver.ThreadingTCPServer):
        daemon_threads = True

    with Server(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, args=[0.01], daemon=True).start()
        yield server.server_address[1], requests
        server.shutdown()


THROTTLED = error("400 Bad Request", "ThrottlingException")
CASES: dict[str, tuple[list[Behaviour], list[float], list[Any], int]] = {
    # name: what the server does, pauses before the writes, their outcomes, calls in all
    "stored": ([http("200 OK")], [0], [True], 1),
    "there already": (
        [error("400 Bad Request", "ConditionalCheckFailedException")],
        [0],
        [False],
        1,
    ),
    "denied": (
        [error("400 Bad Request", "AccessDeniedException")],
        [0],
        ["AccessDeniedException"],
        1,
    ),
    "invalid": ([error("400 Bad Request", "ValidationException")], [0], ["ValidationException"], 1),
    "no table": (
        [error("400 Bad Request", "ResourceNotFoundException")],
        [0],
        ["ResourceNotFoundException"],
        1,
    ),
    "token expired": (
        [error("400 Bad Request", "ExpiredTokenException")],
        [0],
        ["ExpiredTokenException"],
        1,
    ),
    "throttled": ([THROTTLED], [0], ["ThrottlingException"], 3),
    "throttled once": ([THROTTLED, http("200 OK")], [0], [True], 2),
    "over capacity": (
        [error("400 Bad Request", "ProvisionedThroughputExceededException")],
        [0],
        ["ProvisionedThroughputExceededException"],
        3,
    ),
    "broken": (
        [error("500 Internal Server Error", "InternalServerError")],
        [0],
        ["InternalServerError"],
        3,
    ),
    "unavailable, in HTML": ([http("503 Service Unavailable", "<html>")], [0], ["503"], 3),
    "no body": ([http("400 Bad Request", "")], [0], ["400"], 1),
    "a dated error": (
        [http("500 Internal Server Error", "", "Date: Wed, 25 Nov 2026 03:00:00 GMT\r\n")],
        [0],
        ["500"],
        3,
    ),
    "no JSON": ([http("200 OK", "<html>")], [0], [True], 1),
    "wrong checksum": (
        [http("200 OK", "{}", "x-amz-crc32: 1\r\n"), http("200 OK")],
        [0],
        [True],
        2,
    ),
    "closed": ([close], [0], ["ConnectionClosedError"], 3),
    "reset": ([reset], [0], ["ConnectionClosedError"], 3),
    "reset once": ([reset, http("200 OK")], [0], [True], 2),
    "never answered": ([never], [0], ["ReadTimeoutError"], 3),
    # A connection that ended while the function was frozen costs a new one, never a write.
    "closed while idle": ([then_close(http("200 OK")), http("200 OK")], [0, 0.2], [True, True], 2),
    "reset while idle": ([http("200 OK"), reset, http("200 OK")], [0, 0.2], [True, True], 3),
}


@pytest.mark.parametrize("whole", [False, True], ids=["trimmed", "whole"])
@pytest.mark.parametrize("name", CASES)
def test_a_call_ends_as_with_the_whole_sdk(unpacked: Path, name: str, whole: bool) -> None:
    behaviours, pauses, outcomes, calls = CASES[name]
    code = WRITE.format(pauses=pauses)
    with serving(*behaviours) as (port, requests):
        url = f"http://127.0.0.1:{port}"
        assert execute(code, None if whole else unpacked, AWS_ENDPOINT_URL=url) == outcomes
    assert len(requests) == calls


def test_refused(unpacked: Path) -> None:
    assert execute(WRITE.format(pauses=[0]), unpacked) == ["EndpointConnectionError"]


def test_every_region_is_resolved_and_signed_as_with_the_whole_sdk(unpacked: Path) -> None:
    import botocore.session

    session = botocore.session.get_session()
    regions = [
        region
        for partition in session.get_available_partitions()
        for region in session.get_available_regions("ec2", partition)
    ]
    regions += ["eu-west-99", "cn-north-9", "us-gov-west-9", "mars-1", "fips-us-east-1", "local"]
    text = json.dumps(regions)
    trimmed, whole = (
        execute(RESOLVE, folder, text=text, AWS_ENDPOINT_URL="") for folder in (unpacked, None)
    )
    assert trimmed == whole
    assert "dynamodb.cn-north-1.amazonaws.com.cn" in str(trimmed)
    assert "dynamodb-fips.us-east-1.amazonaws.com" in str(trimmed)
    assert len(trimmed) > 200


@pytest.mark.parametrize(
    "environment",
    [
        {"AWS_USE_FIPS_ENDPOINT": "true"},
        {"AWS_USE_DUALSTACK_ENDPOINT": "true"},
        {
            "AWS_ENDPOINT_URL_DYNAMODB": "https://table.example",
            "AWS_ENDPOINT_URL": "https://x.example",
        },
        {"AWS_ENDPOINT_URL": "https://x.example"},
        {"AWS_ENDPOINT_URL": "https://x.example", "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS": "true"},
        {"AWS_SESSION_TOKEN": "session", "AWS_CREDENTIAL_EXPIRATION": "2999-01-01T00:00:00Z"},
        {"AWS_CREDENTIAL_EXPIRATION": "2001-01-01T00:00:00Z"},
        {"AWS_ACCESS_KEY_ID": "", "AWS_EC2_METADATA_DISABLED": "true"},
        {"AWS_DEFAULTS_MODE": "standard"},
        {"AWS_RETRY_MODE": "adaptive"},
        {"AWS_LAMBDA_FUNCTION_NAME": "f", "_X_AMZN_TRACE_ID": "Root=1-2-3"},
    ],
    ids=str,
)
def test_settings_count_as_with_the_whole_sdk(unpacked: Path, environment: dict[str, str]) -> None:
    trimmed, whole = (
        execute(
            RESOLVE,
            folder,
            text='["eu-west-1", "us-east-1"]',
            **{"AWS_ENDPOINT_URL": ""} | environment,
        )
        for folder in (unpacked, None)
    )
    assert trimmed == whole


def test_credentials_of_a_container_are_fetched_and_renewed(unpacked: Path) -> None:
    # As with SnapStart. The first have expired when the second write needs them.
    def credentials(name: str, expiration: str) -> Behaviour:
        return http(
            "200 OK",
            json.dumps(
                {
                    "AccessKeyId": name,
                    "SecretAccessKey": "secret",
                    "Token": f"token-{name}",
                    "Expiration": expiration,
                }
            ),
        )

    soon = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + 900 - 1))
    with (
        serving(credentials("FIRST", soon), credentials("SECOND", "2999-01-01T00:00:00Z")) as (
            port,
            fetched,
        ),
        serving(http("200 OK")) as (table, written),
    ):
        outcomes = execute(
            WRITE.format(pauses=[0, 0]),
            unpacked,
            AWS_ENDPOINT_URL=f"http://127.0.0.1:{table}",
            AWS_ACCESS_KEY_ID="",
            AWS_SECRET_ACCESS_KEY="",
            AWS_CONTAINER_CREDENTIALS_FULL_URI=f"http://127.0.0.1:{port}/credentials",
            AWS_CONTAINER_AUTHORIZATION_TOKEN="let-me-in",  # noqa: S106 - not a secret
        )
    assert outcomes == [True, True]
    assert all(b"Authorization: let-me-in" in request for request in fetched)
    assert b"token-SECOND" in written[-1]


@pytest.fixture
def certificate(tmp_path: Path) -> tuple[Path, ssl.SSLContext]:
    """A root, and what a server for localhost needs that has a certificate of it."""
    root, server = make_certificate(tmp_path)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(server)
    return root, context


@pytest.mark.parametrize(
    ("host", "trusted", "outcome"),
    [("localhost", True, True), ("localhost", False, "SSLError"), ("127.0.0.1", True, "SSLError")],
)
def test_tls_with_a_configured_bundle(
    unpacked: Path,
    certificate: tuple[Path, ssl.SSLContext],
    host: str,
    trusted: bool,
    outcome: bool | str,
) -> None:
    root, context = certificate
    with serving(http("200 OK"), context=context) as (port, _):
        for folder in (unpacked, None):
            assert execute(
                WRITE.format(pauses=[0]),
                folder,
                AWS_ENDPOINT_URL=f"https://{host}:{port}",
                AWS_CA_BUNDLE=str(root) if trusted else "",
            ) == [outcome]


def test_tls_with_a_root_from_the_directory(
    unpacked: Path, certificate: tuple[Path, ssl.SSLContext], tmp_path: Path
) -> None:
    root, context = certificate
    copy = shutil.copytree(unpacked, tmp_path / "copy")
    (copy / "certificates").chmod(0o755)
    pem = root.read_text()
    name = subject_hash(ssl.PEM_cert_to_DER_cert(pem))
    (copy / "certificates" / f"{name}.0").write_text(pem)
    with serving(http("200 OK"), context=context) as (port, _):
        url = f"https://localhost:{port}"
        assert execute(WRITE.format(pauses=[0]), copy, AWS_ENDPOINT_URL=url) == [True]


def test_the_directory_has_all_roots_of_the_sdk(unpacked: Path, tmp_path: Path) -> None:
    import botocore

    bundle = Path(botocore.__file__).with_name("cacert.pem").read_text("utf-8")
    write_directory(bundle, tmp_path / "certificates")
    names = {path.name for path in (tmp_path / "certificates").iterdir()}
    assert names == {path.name for path in (unpacked / "certificates").iterdir()}
    assert len(names) == bundle.count("BEGIN CERTIFICATE")
    if not shutil.which("openssl"):
        missing("openssl is not installed, which would tell the names too")
    for path in (tmp_path / "certificates").iterdir():
        command = ["openssl", "x509", "-noout", "-subject_hash", "-in", str(path)]
        printed = subprocess.run(command, capture_output=True, text=True, check=True).stdout
        assert printed.strip() == path.stem


@pytest.mark.parametrize("whole", [False, True], ids=["trimmed", "whole"])
def test_proxies(unpacked: Path, certificate: tuple[Path, ssl.SSLContext], whole: bool) -> None:
    root, context = certificate
    folder = None if whole else unpacked

    def write(**environment: str) -> Any:
        return execute(WRITE.format(pauses=[0]), folder, AWS_CA_BUNDLE=str(root), **environment)

    with serving(http("200 OK")) as (proxy, requests):
        url = f"http://somebody:secret@127.0.0.1:{proxy}"
        assert write(AWS_ENDPOINT_URL="http://table.example", HTTP_PROXY=url) == [True]
        assert requests[-1].startswith(b"POST http://table.example/ HTTP/1.1")
        assert b"Proxy-Authorization: Basic" in requests[-1]
    with serving(http("403 Forbidden", "")) as (proxy, requests):
        url = f"http://127.0.0.1:{proxy}"
        assert write(AWS_ENDPOINT_URL="https://table.example", HTTPS_PROXY=url) == [
            "ProxyConnectionError"
        ]
        assert requests[-1].startswith(b"CONNECT table.example:443")
        with serving(http("200 OK"), context=context) as (port, _):
            direct = f"https://localhost:{port}"
            assert write(AWS_ENDPOINT_URL=direct, HTTPS_PROXY=url, NO_PROXY="localhost") == [True]
