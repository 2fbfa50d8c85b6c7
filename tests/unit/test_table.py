import contextlib
import json
import os
import socket
import ssl
import time
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any
from unittest import mock

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.certificates import Authority
from tests.server import (
    Behaviour,
    close,
    endless,
    error,
    http,
    raw,
    reset,
    serving,
    silent,
    then_close,
    trickle,
)
from users import endpoint, table
from users.configuration import ConfigurationError
from users.table import Table, WriteError

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

EMAIL = "ada@example.com"
ITEM: Any = {"UserID": {"S": "1"}, "Email": {"S": EMAIL}}
THROTTLED = error("400 Bad Request", "ThrottlingException")
OK = http("200 OK")


@contextlib.contextmanager
def table_at(port: int, host: str = "127.0.0.1", scheme: str = "http") -> Iterator[Table]:
    environment = {"AWS_ENDPOINT_URL": f"{scheme}://{host}:{port}"}
    if bundle := os.environ.get("AWS_CA_BUNDLE"):
        environment["AWS_CA_BUNDLE"] = bundle
    with contextlib.closing(Table("users", endpoint.resolve("eu-west-1", environment))) as made:
        yield made


def outcome(made: Table, seconds: float = 4) -> bool | str:
    """What the write returned, or its error's code. Either ends in time and quotes no attribute."""
    started = time.monotonic()
    result: bool | str
    try:
        result = made.put_if_absent(ITEM, seconds)
    except WriteError as error:
        result = error.code
        told = (str(error), error.__context__, error.__cause__)
    else:
        told = ("", None, None)
    assert time.monotonic() - started < seconds + 0.3
    assert EMAIL not in told[0]
    assert told[1:] == (None, None)  # the error's cause could quote the item
    return result


def test_an_item_is_written_once_and_never_changed(
    dynamodb: "DynamoDBClient", stored: Callable[[], Any]
) -> None:
    with contextlib.closing(Table("users", endpoint.resolve(None, os.environ))) as made:
        assert made.put_if_absent(ITEM, 4) is True
        assert made.put_if_absent({"UserID": {"S": "1"}, "Email": {"S": "changed"}}, 4) is False
    assert stored() == [ITEM]


def test_the_table_may_be_an_arn(dynamodb: "DynamoDBClient", stored: Callable[[], Any]) -> None:
    arn = dynamodb.describe_table(TableName="users")["Table"]["TableArn"]
    with contextlib.closing(Table(arn, endpoint.resolve(None, os.environ))) as made:
        assert made.put_if_absent(ITEM, 4) is True
    assert stored() == [ITEM]


def test_a_missing_table_gives_dynamodbs_error_code(dynamodb: "DynamoDBClient") -> None:
    with contextlib.closing(Table("no-such-table", endpoint.resolve(None, os.environ))) as made:
        assert outcome(made) == "ResourceNotFoundException"


def test_the_write_is_conditional_and_asks_for_nothing_back() -> None:
    with serving(OK) as server, table_at(server.port) as made:
        made.put_if_absent(ITEM, 2)
    assert json.loads(server.requests[0].partition(b"\r\n\r\n")[2]) == {
        "TableName": "users",
        "Item": ITEM,
        "ConditionExpression": "attribute_not_exists(UserID)",
    }


CRC_OF_OTHER_BYTES = f"x-amz-crc32: {zlib.crc32(b'[]')}\r\n"
CASES: dict[str, tuple[list[Behaviour], bool | str, int]] = {
    # what the server does, the outcome, and how many requests the function sends
    "stored": ([OK], True, 1),
    "there already": ([error("400 Bad Request", "ConditionalCheckFailedException")], False, 1),
    "denied": ([error("400 Bad Request", "AccessDeniedException")], "AccessDeniedException", 1),
    "invalid": ([error("400 Bad Request", "ValidationException")], "ValidationException", 1),
    "token expired": (
        [error("400 Bad Request", "ExpiredTokenException")],
        "ExpiredTokenException",
        1,
    ),
    "throttled": ([THROTTLED], "ThrottlingException", 3),
    "throttled once": ([THROTTLED, OK], True, 2),
    "told to wait": (
        [
            error(
                "400 Bad Request",
                "ThrottlingException",
                "x-amz-retry-after: 60000\r\nRetry-After: 60\r\n",
            )
        ],
        "ThrottlingException",
        3,
    ),
    "over capacity": (
        [error("400 Bad Request", "ProvisionedThroughputExceededException"), OK],
        True,
        2,
    ),
    "too many requests": ([error("400 Bad Request", "RequestLimitExceeded"), OK], True, 2),
    "broken": (
        [error("500 Internal Server Error", "InternalServerError")],
        "InternalServerError",
        3,
    ),
    "unavailable, in HTML": ([http("503 Service Unavailable", "<html>")], "503", 3),
    "a code that quotes": ([http("400 Bad Request", json.dumps({"__type": EMAIL}))], "400", 1),
    "no code": ([http("400 Bad Request", "[]")], "400", 1),
    "no body": ([http("400 Bad Request", "")], "400", 1),
    "a success that is no JSON": ([http("200 OK", "<html>")], "InvalidAnswerError", 3),
    "nested without end": ([http("200 OK", "[" * 60_000)], "InvalidAnswerError", 3),
    "right checksum": ([http("200 OK", "{}", f"x-amz-crc32: {zlib.crc32(b'{}')}\r\n")], True, 1),
    "wrong checksum": ([http("200 OK", "{}", CRC_OF_OTHER_BYTES), OK], True, 2),
    "in pieces": (
        [raw(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n")],
        True,
        1,
    ),
    "not HTTP": ([then_close(raw(b"SSH-2.0-OpenSSH_9.2\r\n"))], "BadStatusLine", 3),
    "too long": ([http("200 OK", " " * table.MAX_ANSWER_BYTES + "{}")], "InvalidAnswerError", 3),
    "cut off": (
        [then_close(raw(b"HTTP/1.1 200 OK\r\nContent-Length: 20\r\n\r\n{}"))],
        "IncompleteRead",
        3,
    ),
    "closed": ([close], "RemoteDisconnected", 3),
    "reset": ([reset], "ConnectionResetError", 3),
    "reset once": ([reset, OK], True, 2),
    "answer lost": ([reset, error("400 Bad Request", "ConditionalCheckFailedException")], False, 2),
}


@pytest.mark.parametrize("name", CASES)
def test_each_answer_leads_to_its_outcome_after_so_many_requests(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for wait in ("WAIT_SECONDS", "THROTTLED_WAIT_SECONDS"):
        monkeypatch.setattr(table, wait, 0.01)
    behaviours, expected, calls = CASES[name]
    with serving(*behaviours) as server, table_at(server.port) as made:
        assert outcome(made) == expected
    assert len(server.requests) == calls


@pytest.mark.parametrize("ending", [then_close(OK), OK], ids=["closed", "reset"])
def test_a_kept_connection_that_ended_costs_no_attempt(ending: Behaviour) -> None:
    # The kept connection has ended. Then there are three attempts, and the last one succeeds.
    after = [] if ending is not OK else [reset]
    with (
        serving(ending, *after, reset, reset, OK) as server,
        table_at(server.port) as made,
    ):
        assert outcome(made) is True
        time.sleep(0.1)
        assert outcome(made) is True
    assert len(server.requests) == 4 + len(after)


@pytest.mark.parametrize(("headers", "is_kept"), [("", True), ("Connection: close\r\n", False)])
def test_a_connection_is_kept_unless_the_server_says_that_it_closes_it(
    headers: str, is_kept: bool
) -> None:
    clients = []

    def note(connection: socket.socket, request: bytes) -> None:
        clients.append(connection.getpeername())
        http("200 OK", headers=headers)(connection, request)

    with serving(note) as server, table_at(server.port) as made:
        assert [outcome(made), outcome(made)] == [True, True]
    assert (clients[0] == clients[1]) == is_kept


def test_each_attempt_is_signed_again(monkeypatch: pytest.MonkeyPatch) -> None:
    times = iter([0, 1, 2])
    monkeypatch.setattr(
        time, "gmtime", lambda: time.struct_time((2026, 1, 1, 0, 0, next(times), 0, 1, 0))
    )
    with serving(reset, reset, OK) as server, table_at(server.port) as made:
        assert outcome(made) is True
    signatures = {request.partition(b"Signature=")[2][:64] for request in server.requests}
    assert len(signatures) == 3


SLOW: dict[str, Behaviour] = {
    "silence": silent,
    "a head that trickles": trickle(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"),
    "a body that trickles": lambda connection, request: (
        raw(b"HTTP/1.1 200 OK\r\nContent-Length: 200\r\n\r\n")(connection, request),
        trickle(b" " * 200)(connection, request),
    ),
}


@pytest.mark.parametrize("name", SLOW)
def test_a_slow_answer_ends_at_the_deadline(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.setattr(table, "ATTEMPT_SECONDS", 0.2)
    with serving(SLOW[name]) as server, table_at(server.port) as made:
        assert outcome(made, 2) == "TimeoutError"  # after three attempts
        assert len(server.requests) == 3
    with serving(SLOW[name]) as server, table_at(server.port) as made:
        assert outcome(made, 0.3) == "TimeoutError"  # before
        assert len(server.requests) < 3


def test_alternating_silence_and_throttling_ends_at_the_deadline() -> None:
    told = error("400 Bad Request", "ThrottlingException", "x-amz-retry-after: 60000\r\n")
    with serving(silent, told, silent) as server, table_at(server.port) as made:
        assert outcome(made, 2) in ("TimeoutError", "ThrottlingException")


def test_little_of_an_endless_answer_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    received = []

    def recv_into(self: table._Answer, buffer: Any) -> int:
        received.append(count := read(self, buffer))
        return count

    read = table._Answer.readinto
    monkeypatch.setattr(table._Answer, "readinto", recv_into)
    with serving(endless) as server, table_at(server.port) as made:
        assert outcome(made, 2) == "InvalidAnswerError"
    assert sum(received) <= 3 * table.MAX_ANSWER_BYTES


def test_without_time_left_nothing_is_sent() -> None:
    with serving(OK) as server, table_at(server.port) as made:
        assert outcome(made, -0.1) == "TimeoutError"
    assert server.requests == []


@contextlib.contextmanager
def full_listener() -> Iterator[int]:
    """A port that never accepts: its queue is full, so the kernel drops new connections."""
    with contextlib.ExitStack() as stack:
        listener = stack.enter_context(socket.socket())
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        for _ in range(4):
            waiting = stack.enter_context(socket.socket())
            waiting.setblocking(False)
            waiting.connect_ex(listener.getsockname())
        yield listener.getsockname()[1]


def test_a_host_that_never_accepts_costs_no_more_than_the_deadline() -> None:
    with full_listener() as port, table_at(port) as made:
        assert outcome(made, 0.6) == "TimeoutError"


def test_a_refused_connection_is_tried_three_times() -> None:
    with socket.socket() as nobody, table_at(1) as made:
        nobody.bind(("127.0.0.1", 0))
        connect = mock.Mock(side_effect=ConnectionRefusedError)
        with mock.patch.object(socket.socket, "connect", connect):
            assert outcome(made) == "ConnectionRefusedError"
    assert connect.call_count == 3


def test_one_attempt_tries_all_addresses_of_a_host() -> None:
    with serving(OK) as server, table_at(server.port, "several.example") as made:
        good = (socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", server.port))
        bad = (socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", 1))
        with (
            mock.patch("socket.getaddrinfo", return_value=[bad, bad, good]),
            mock.patch.object(table, "ATTEMPTS", 1),
        ):
            assert outcome(made) is True


def test_an_address_that_does_not_answer_leaves_time_for_the_next_one() -> None:
    with contextlib.ExitStack() as stack:
        full = stack.enter_context(full_listener())
        server = stack.enter_context(serving(OK))
        made = stack.enter_context(table_at(server.port, "several.example"))
        addresses = [
            (socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", port))
            for port in (full, server.port)
        ]
        with (
            mock.patch("socket.getaddrinfo", return_value=addresses),
            mock.patch.object(table, "ATTEMPTS", 1),
        ):
            assert outcome(made) is True


def test_a_request_is_sent_whole_when_the_socket_takes_only_parts_of_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    send = socket.socket.send
    monkeypatch.setattr(socket.socket, "send", lambda self, data: send(self, data[:1000]))
    item: Any = {"UserID": {"S": "1"}, "Name": {"S": "x" * 400_000}}
    with serving(OK) as server, table_at(server.port) as made:
        assert made.put_if_absent(item, 4) is True
    assert json.loads(server.requests[0].partition(b"\r\n\r\n")[2])["Item"] == item


def test_a_slow_look_up_of_a_name_ends_at_the_deadline(monkeypatch: pytest.MonkeyPatch) -> None:
    def look_up(*_: Any, **__: Any) -> list[Any]:
        time.sleep(0.5)
        return []

    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    with table_at(1, "slow.example") as made:
        assert outcome(made, 0.2) == "TimeoutError"


def test_an_unknown_name_is_looked_up_three_times(monkeypatch: pytest.MonkeyPatch) -> None:
    look_up = mock.Mock(side_effect=socket.gaierror)
    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    with table_at(1, "unknown.example") as made:
        assert outcome(made) == "gaierror"
    assert look_up.call_count == 3


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(
    answer=st.binary(max_size=300),
    prefix=st.sampled_from(
        [
            b"",
            b"HTTP/1.1 200 OK\r\n",
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n",
            b"HTTP/1.1 400 Bad\r\nContent-Length: 20\r\n\r\n",
        ]
    ),
)
def test_any_bytes_as_an_answer_have_an_outcome(answer: bytes, prefix: bytes) -> None:
    with (
        serving(then_close(raw(prefix + answer))) as server,
        table_at(server.port) as made,
        mock.patch.object(table, "ATTEMPTS", 1),
    ):
        assert outcome(made, 1) is not False


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    return Authority(tmp_path)


def test_a_server_with_a_trusted_root_is_written_to_on_one_connection(
    authority: Authority, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_CA_BUNDLE", str(authority.root))
    clients = []

    def note(connection: socket.socket, request: bytes) -> None:
        clients.append(connection.getpeername())
        OK(connection, request)

    with (
        serving(note, context=authority.server()) as server,
        table_at(server.port, "localhost", "https") as made,
    ):
        assert [outcome(made), outcome(made)] == [True, True]
    assert clients[0] == clients[1]


def test_a_kept_tls_connection_that_ended_costs_no_attempt(
    authority: Authority, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_CA_BUNDLE", str(authority.root))
    with (
        serving(then_close(OK), OK, context=authority.server()) as server,
        table_at(server.port, "localhost", "https") as made,
    ):
        monkeypatch.setattr(table, "ATTEMPTS", 1)
        assert outcome(made) is True
        time.sleep(0.1)
        assert outcome(made) is True


def old(context: ssl.SSLContext) -> ssl.SSLContext:
    """The same for a server that speaks TLS 1.1 at most."""
    context.set_ciphers("ALL:@SECLEVEL=0")
    context.maximum_version = ssl.TLSVersion.TLSv1_1
    context.minimum_version = ssl.TLSVersion.TLSv1
    return context


REFUSED: dict[str, tuple[Callable[[Authority], ssl.SSLContext], bool, str]] = {
    # the server, whether its root is trusted, and the outcome
    "another name": (lambda a: a.server("other.example"), True, "SSLCertVerificationError"),
    "expired": (lambda a: a.server(days=-1), True, "SSLCertVerificationError"),
    "self-signed": (lambda a: a.server(self_signed=True), True, "SSLCertVerificationError"),
    "unknown root": (lambda a: a.server(), False, "SSLCertVerificationError"),
    "TLS 1.1": (lambda a: old(a.server()), True, "SSLError"),
}


@pytest.mark.filterwarnings("ignore:ssl.TLSVersion.TLSv1")  # the old server needs them
@pytest.mark.parametrize("name", REFUSED)
def test_a_server_without_a_valid_certificate_gets_no_request(
    authority: Authority, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    make, is_trusted, expected = REFUSED[name]
    if is_trusted:
        monkeypatch.setenv("AWS_CA_BUNDLE", str(authority.root))
    with (
        serving(OK, context=make(authority)) as server,
        table_at(server.port, "localhost", "https") as made,
    ):
        connect = mock.patch.object(made, "_connect", wraps=made._connect)
        with connect as attempts:
            assert outcome(made) == expected
    assert server.requests == []
    # A further attempt would see the same certificate.
    assert attempts.call_count == (1 if expected == "SSLCertVerificationError" else 3)


def test_a_handshake_that_stalls_ends_at_the_deadline(
    authority: Authority, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_CA_BUNDLE", str(authority.root))
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        with table_at(listener.getsockname()[1], "localhost", "https") as made:
            assert outcome(made, 0.3) == "TimeoutError"


def test_a_handshake_may_take_the_whole_attempt(
    authority: Authority, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_CA_BUNDLE", str(authority.root))
    context = authority.server()
    context.sni_callback = lambda *_: time.sleep(table.CONNECT_SECONDS + 0.1)
    with (
        serving(OK, context=context) as server,
        table_at(server.port, "localhost", "https") as made,
    ):
        assert outcome(made, table.ATTEMPT_SECONDS) is True


def test_a_bundle_that_cannot_be_read_is_refused(tmp_path: Path) -> None:
    (tmp_path / "empty.pem").write_text("no certificate")
    for name in ("missing.pem", "empty.pem"):
        bundle = str(tmp_path / name)
        with pytest.raises(ConfigurationError, match="AWS_CA_BUNDLE"):
            Table("users", endpoint.resolve("eu-west-1", {"AWS_CA_BUNDLE": bundle}))
