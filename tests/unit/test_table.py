import contextlib
import socket
import threading
import time
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import pytest

from users.table import Table, WriteError

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

COGNITO_SECONDS = 5
COLD_START_SECONDS = 1  # what is left of Cognito's patience for starting the function
EMAIL = "ada@example.com"
ITEM: Any = {"UserID": {"S": "1"}, "Email": {"S": EMAIL}}


@pytest.fixture
def listener(monkeypatch: pytest.MonkeyPatch) -> Iterator[socket.socket]:
    """What the client takes for DynamoDB."""
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        host, port = listening.getsockname()
        monkeypatch.setenv("AWS_ENDPOINT_URL_DYNAMODB", f"http://{host}:{port}")
        yield listening


@contextlib.contextmanager
def answering(listening: socket.socket, answer: bytes | None) -> Iterator[list[float]]:
    """Accept connections, read what comes, and give `answer`, or none; yields when they came."""
    listening.listen()
    opened: list[socket.socket] = []
    times: list[float] = []

    def serve() -> None:
        while True:
            try:
                connection, _ = listening.accept()
            except OSError:
                return
            times.append(time.monotonic())
            opened.append(connection)
            connection.recv(65536)
            if answer is not None:
                connection.sendall(answer)
                connection.close()

    thread = threading.Thread(target=serve)
    thread.start()
    try:
        yield times
    finally:
        listening.shutdown(socket.SHUT_RDWR)
        thread.join()
        for connection in opened:
            connection.close()


def http(status: str, error: str) -> bytes:
    body = f'{{"__type": "com.amazonaws.dynamodb.v20120810#{error}", "message": "{EMAIL}"}}'
    return f"HTTP/1.1 {status}\r\nContent-Length: {len(body)}\r\n\r\n{body}".encode()


def failure(table: Table) -> tuple[str, float]:
    """The code of the write's error, and the seconds it took."""
    started = time.monotonic()
    with pytest.raises(WriteError) as raised:
        table.put_if_absent(ITEM)
    seconds = time.monotonic() - started
    assert raised.value.__context__ is None
    assert raised.value.__cause__ is None
    assert EMAIL not in str(raised.value)
    return raised.value.code, seconds


def test_stores_and_then_leaves_alone(
    dynamodb: "DynamoDBClient", stored: Callable[[], Any]
) -> None:
    table = Table("users")
    assert table.put_if_absent(ITEM) is True
    assert table.put_if_absent({"UserID": {"S": "1"}, "Email": {"S": "changed"}}) is False
    assert stored() == [ITEM]


def test_has_tells_and_writes_nothing(
    dynamodb: "DynamoDBClient", stored: Callable[[], Any]
) -> None:
    table = Table("users")
    assert table.has("1") is False
    assert stored() == []
    table.put_if_absent(ITEM)
    assert table.has("1") is True
    assert stored() == [ITEM]


def test_calls_bear_the_projects_name(dynamodb: "DynamoDBClient") -> None:
    table = Table("users")
    names = []
    table._client.meta.events.register(
        "before-send.dynamodb.PutItem",
        lambda request, **_: names.append(request.headers["User-Agent"]),
    )
    table.put_if_absent(ITEM)
    assert names == [b"confirmed-users"]


def test_a_missing_table_is_named_by_its_code(dynamodb: "DynamoDBClient") -> None:
    assert failure(Table("no-such-table"))[0] == "ResourceNotFoundException"


def test_a_server_that_never_answers_leaves_time_for_a_cold_start(listener: socket.socket) -> None:
    with answering(listener, None) as times:
        code, seconds = failure(Table("users"))
    assert (code, len(times)) == ("ReadTimeoutError", 3)
    assert seconds < COGNITO_SECONDS - COLD_START_SECONDS


def test_a_server_that_never_accepts_leaves_time_for_a_cold_start(listener: socket.socket) -> None:
    listener.listen(0)
    with contextlib.ExitStack() as queue:  # once it is full, the kernel drops new connections
        for _ in range(4):
            waiting = queue.enter_context(socket.socket())
            waiting.setblocking(False)
            waiting.connect_ex(listener.getsockname())
        code, seconds = failure(Table("users"))
    assert code == "ConnectTimeoutError"
    assert seconds < COGNITO_SECONDS - COLD_START_SECONDS


def test_refused_connections_are_tried_again(listener: socket.socket) -> None:
    code, seconds = failure(Table("users"))  # bound, but nobody listens
    assert code == "EndpointConnectionError"
    assert seconds < COGNITO_SECONDS - COLD_START_SECONDS


@pytest.mark.parametrize(
    ("status", "error", "attempts"),
    [
        ("500 Internal Server Error", "InternalServerError", 3),
        ("400 Bad Request", "ProvisionedThroughputExceededException", 3),
        ("400 Bad Request", "AccessDeniedException", 1),
        ("400 Bad Request", "ValidationException", 1),
    ],
)
def test_only_what_may_pass_is_tried_again(
    listener: socket.socket, status: str, error: str, attempts: int
) -> None:
    with answering(listener, http(status, error)) as times:
        code, seconds = failure(Table("users"))
    assert (code, len(times)) == (error, attempts)
    assert seconds < COGNITO_SECONDS - COLD_START_SECONDS


def test_a_second_attempt_that_succeeds_is_a_success(listener: socket.socket) -> None:
    # As after an answer that was lost: the item is there, so the repeated write is refused.
    answer = http("400 Bad Request", "ConditionalCheckFailedException")
    with answering(listener, answer):
        assert Table("users").put_if_absent(ITEM) is False
