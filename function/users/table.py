"""The one write that a user waits for: it adds the user's record, unless there is one.

It uses only the standard library, because loading AWS's SDK takes longer than the rest of a cold
start. The rest of this project uses the SDK.
"""

import io
import json
import os
import re
import socket
import ssl
import threading
import time
import zlib
from http.client import HTTPException, HTTPResponse
from typing import TYPE_CHECKING, Any, cast

from users.configuration import PARTITION_KEY, ConfigurationError
from users.signature import authorization

if TYPE_CHECKING:
    from users.endpoint import Endpoint
    from users.item import Item

ATTEMPTS = 3
ATTEMPT_SECONDS = 1.3
CONNECT_SECONDS = 0.5  # for each address of the host
# The wait after the first attempt; it is twice as long after the second.
WAIT_SECONDS = 0.1
# DynamoDB answers at once that it throttles, which leaves time for a longer wait.
THROTTLED_WAIT_SECONDS = 0.5
MAX_ANSWER_BYTES = 64 * 1024

# https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Programming.Errors.html
THROTTLED = (
    "ProvisionedThroughputExceededException",
    "RequestLimitExceeded",
    "ThrottlingException",
)
_CODE = re.compile(r"(?:.*#)?([A-Za-z0-9.]{1,100})")


class WriteError(Exception):
    """The record could not be written.

    `code` is DynamoDB's error code, or the name of the exception's class.
    """

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class InvalidAnswerError(HTTPException):
    """The answer is not DynamoDB's: it is too long, damaged, or not a JSON object."""


class Table:
    """A DynamoDB table of users, keyed by their `sub`."""

    def __init__(self, name: str, endpoint: "Endpoint") -> None:
        """Prepare the write. Sends nothing. `name` is the table's name or its ARN.

        Raises ConfigurationError if the root certificates cannot be read.
        """
        self._name = name
        self._endpoint = endpoint
        self._tls = _tls(endpoint.ca_file) if endpoint.is_tls else None
        self._connection: socket.socket | None = None

    def put_if_absent(self, item: "Item", seconds: float) -> bool:
        """Write `item`. Returns False if the user already has a record, which stays unchanged.

        Raises WriteError if the record cannot be written, after `seconds` at most.
        """
        deadline = time.monotonic() + seconds
        body = json.dumps(
            {
                "TableName": self._name,
                "Item": item,
                "ConditionExpression": f"attribute_not_exists({PARTITION_KEY})",
            }
        ).encode()
        attempt = 1
        while True:
            code, may_pass = self._attempt(body, min(deadline, time.monotonic() + ATTEMPT_SECONDS))
            if code is None:
                return True
            if code == "ConditionalCheckFailedException":
                return False
            longest = THROTTLED_WAIT_SECONDS if code in THROTTLED else WAIT_SECONDS
            # Half of the wait is random, so that many functions do not try again at the same time.
            wait = attempt * longest * (1 + os.urandom(1)[0] / 255) / 2
            if not may_pass or attempt == ATTEMPTS or time.monotonic() + wait >= deadline:
                # Raised outside of `except`: the text of a chained cause may quote the item.
                raise WriteError(code)
            time.sleep(wait)
            attempt += 1

    def close(self) -> None:
        """Close the open connection. The next write opens another."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _attempt(self, body: bytes, deadline: float) -> tuple[str | None, bool]:
        """Try once: the error code, None for a success, and whether another attempt may help."""
        try:
            status, answer = self._post(body, deadline)
        except (OSError, HTTPException) as error:
            self.close()
            return type(error).__name__, not isinstance(error, ssl.SSLCertVerificationError)
        code = _code(status, answer)
        return code, status >= 500 or code in THROTTLED

    def _post(self, body: bytes, deadline: float) -> tuple[int, dict[str, Any]]:
        """Send the request, and return the answer's status and content."""
        if self._connection is not None:
            try:
                return self._exchange(self._connection, body, deadline)
            except (ConnectionError, ssl.SSLEOFError, ssl.SSLZeroReturnError):
                self.close()  # It ended, for example while Lambda had frozen the function.
        self._connection = self._connect(deadline)
        return self._exchange(self._connection, body, deadline)

    def _exchange(
        self, connection: socket.socket, body: bytes, deadline: float
    ) -> tuple[int, dict[str, Any]]:
        unsent = memoryview(self._request(body))
        while unsent:
            connection.settimeout(_left(deadline))
            unsent = unsent[connection.send(unsent) :]
        # HTTPResponse calls only makefile() of a socket.
        response = HTTPResponse(cast("socket.socket", _Answer(connection, deadline)), method="POST")
        with response:
            response.begin()
            content = response.read()
        if response.will_close:  # A server that has said so may take in what follows, unanswered.
            self.close()
        if response.getheader("x-amz-crc32", str(zlib.crc32(content))) != str(zlib.crc32(content)):
            raise InvalidAnswerError
        try:
            answer = json.loads(content)
        except (ValueError, RecursionError):
            answer = None
        if isinstance(answer, dict):
            return response.status, answer
        if response.status == 200:
            raise InvalidAnswerError
        return response.status, {}

    def _request(self, body: bytes) -> bytes:
        signed = {
            "content-type": "application/x-amz-json-1.0",
            "host": self._endpoint.host_header,
            "x-amz-date": time.strftime("%Y%m%dT%H%M%SZ", time.gmtime()),
            "x-amz-target": "DynamoDB_20120810.PutItem",
        }
        if token := os.environ.get("AWS_SESSION_TOKEN"):
            signed["x-amz-security-token"] = token
        headers = signed | {
            "authorization": authorization(
                signed,
                body,
                region=self._endpoint.region,
                access_key_id=os.environ.get("AWS_ACCESS_KEY_ID", ""),
                secret=os.environ.get("AWS_SECRET_ACCESS_KEY", ""),
            ),
            "content-length": str(len(body)),
            "user-agent": "confirmed-users",
        }
        lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
        return f"POST / HTTP/1.1\r\n{lines}\r\n".encode() + body

    def _connect(self, deadline: float) -> socket.socket:
        """A connection to the first of the host's addresses that accepts one. Raises OSError."""
        failure: OSError = OSError()
        for family, kind, protocol, _, address in _addresses(self._endpoint, deadline):
            try:
                connection = socket.socket(family, kind, protocol)
                try:
                    connection.settimeout(min(CONNECT_SECONDS, _left(deadline)))
                    connection.connect(address)
                    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                    if self._tls is None:
                        return connection
                    connection.settimeout(_left(deadline))
                    # As bytes, because for a str Python would load its IDNA codec.
                    host = self._endpoint.host.encode()
                    return self._tls.wrap_socket(connection, server_hostname=host)
                except OSError:
                    connection.close()
                    raise
            except OSError as error:
                failure = error
        raise failure


class _Answer(io.RawIOBase):
    """What the connection receives, until the deadline and up to MAX_ANSWER_BYTES."""

    def __init__(self, connection: socket.socket, deadline: float) -> None:
        self._connection = connection
        self._deadline = deadline
        self._bytes_left = MAX_ANSWER_BYTES

    def makefile(self, _mode: str) -> io.BufferedReader:
        return io.BufferedReader(self)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        # Set before each read, because a socket's time-out starts again after each read.
        self._connection.settimeout(_left(self._deadline))
        count = self._connection.recv_into(buffer)
        self._bytes_left -= count
        if self._bytes_left < 0:
            raise InvalidAnswerError
        return count


def _left(deadline: float) -> float:
    """Seconds until the deadline. Raises TimeoutError if there are none left."""
    seconds = deadline - time.monotonic()
    if seconds <= 0:
        raise TimeoutError
    return seconds


def _addresses(endpoint: "Endpoint", deadline: float) -> list[Any]:
    """All addresses of the host, as `socket.getaddrinfo` returns them. Raises OSError.

    Looks the name up in a thread, because the lookup has no time-out.
    """
    found: list[Any] = []
    failures: list[OSError] = []

    def look_up() -> None:
        try:
            # As bytes, because for a str Python would load its IDNA codec.
            host = endpoint.host.encode()
            found.extend(socket.getaddrinfo(host, endpoint.port, type=socket.SOCK_STREAM))
        except OSError as error:
            failures.append(error)

    thread = threading.Thread(target=look_up, daemon=True)
    thread.start()
    thread.join(_left(deadline))
    if failures:
        raise failures[0]
    if not found:
        raise TimeoutError
    return found


def _code(status: int, answer: dict[str, Any]) -> str | None:
    """The error code of an answer; None if the answer is not an error.

    https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Programming.Errors.html
    """
    if status == 200:
        return None
    code = _CODE.fullmatch(str(answer.get("__type", "")))
    return code[1] if code else str(status)


def _tls(ca_file: str | None) -> ssl.SSLContext:
    """Settings that verify the server's certificate and name. Raises ConfigurationError."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    if ca_file is None:
        context.load_default_certs()
        return context
    try:
        context.load_verify_locations(ca_file)
    except OSError:
        raise ConfigurationError(
            f"The root certificates in {ca_file} cannot be read. If AWS_CA_BUNDLE names this file, "
            "set it to a file in PEM format, or unset it."
        ) from None
    return context
