"""What a sweep takes of CPU, memory and calls to AWS, for a pool of any size.

    .venv/bin/python -m tests.benchmarks.sweep --users 1000000 --missing 1

The real zip sweeps a pool whose pages a server on the loopback address makes up as they are asked
for; the same server says who has a record, and takes the writes. The sweep has a process of its
own, which is measured. `--missing` is the percentage of users without a record.
"""

import argparse
import asyncio
import json
import multiprocessing
import os
import subprocess
import sys
import tempfile
import urllib.request
import zipfile
from collections import Counter
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

ZIP = Path(__file__).resolve().parents[2] / "dist" / "function.zip"
USERS_PER_PAGE = 60

_SWEEP = """
import json, resource, sys, time
from users.reconcile import handler

class Context:
    aws_request_id = None
    def __init__(self): self.until = time.monotonic() + 300
    def get_remaining_time_in_millis(self): return 1000 * (self.until - time.monotonic())

def usage():
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime, used.ru_maxrss / 1024

started, (cpu_before, _) = time.monotonic(), usage()
sys.stdout, real = open("/dev/null", "w"), sys.stdout
progress = handler({}, Context())
while not progress["done"]:
    progress = handler(progress, Context())
cpu, megabytes = usage()
json.dump({"counts": progress["counts"], "seconds": time.monotonic() - started,
           "cpu": cpu - cpu_before, "megabytes": megabytes}, real)
real.flush()
"""


class StandIn(asyncio.Protocol):
    """Cognito's ListUsers and DynamoDB, for a pool of `users` confirmed users.

    Of a hundred users `missing` have no record. `GET` tells how often which operation was called.
    """

    def __init__(self, users: int, missing: int, calls: Counter[str]) -> None:
        self._users = users
        self._missing = missing
        self._calls = calls
        self._received = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._received += data
        head, end, body = self._received.partition(b"\r\n\r\n")
        if not end:
            return
        lines = (line.partition(b": ") for line in head.split(b"\r\n")[1:])
        headers = {name.lower(): value for name, _, value in lines}
        if len(body) < int(headers.get(b"content-length", b"0")):
            return
        self._received = b""
        operation = headers.get(b"x-amz-target", b"").rpartition(b".")[2].decode()
        answer = json.dumps(self._answer(operation, json.loads(body or b"{}"))).encode()
        self._transport.write(
            b"HTTP/1.1 200 OK\r\nContent-Type: application/x-amz-json-1.0\r\n"
            b"Content-Length: %d\r\n\r\n%b" % (len(answer), answer)
        )

    def _answer(self, operation: str, request: dict[str, Any]) -> Any:
        if not operation:
            return self._calls
        self._calls[operation] += 1
        if operation == "ListUsers":
            return self._page(request)
        if operation == "BatchGetItem":
            ((table, asked),) = request["RequestItems"].items()
            found = [key for key in asked["Keys"] if self._has_record(key["UserID"]["S"])]
            return {"Responses": {table: found}, "UnprocessedKeys": {}}
        return {}

    def _has_record(self, sub: str) -> bool:
        return int(sub[-12:]) % 100 >= self._missing

    def _page(self, request: dict[str, Any]) -> Any:
        start = int(request.get("PaginationToken", 0))
        end = min(start + USERS_PER_PAGE, self._users)
        page: dict[str, object] = {
            "Users": [
                {
                    "Username": f"user-{number}",
                    "Attributes": [
                        {"Name": "sub", "Value": f"00000000-0000-4000-8000-{number:012}"},
                        {"Name": "email", "Value": f"user-{number}@example.com"},
                        {"Name": "given_name", "Value": f"First {number}"},
                        {"Name": "family_name", "Value": f"Last {number}"},
                    ],
                    "UserCreateDate": 1790000000.123,
                    "UserStatus": "CONFIRMED",
                    "Enabled": True,
                }
                for number in range(start, end)
            ]
        }
        if end < self._users:
            page["PaginationToken"] = str(end)
        return page


def serve(users: int, missing: int, port: Connection) -> None:
    """Serve until the process is ended; tells its port when it is ready."""
    calls: Counter[str] = Counter()

    async def run() -> None:
        loop = asyncio.get_running_loop()
        server = await loop.create_server(lambda: StandIn(users, missing, calls), "127.0.0.1", 0)
        port.send(server.sockets[0].getsockname()[1])
        await server.serve_forever()

    asyncio.run(run())


def main() -> int:
    """Sweep once and print the figures; 1 if others were stored than those without a record."""
    parser = argparse.ArgumentParser(description="Measure a sweep.")
    parser.add_argument("--users", type=int, default=10_000)
    parser.add_argument("--missing", type=int, default=1, help="users without a record, per cent")
    options = parser.parse_args()
    users, missing = options.users, options.missing
    receiving, sending = multiprocessing.Pipe(duplex=False)
    server = multiprocessing.Process(target=serve, args=(users, missing, sending), daemon=True)
    server.start()
    url = f"http://127.0.0.1:{receiving.recv()}"
    with tempfile.TemporaryDirectory() as unpacked:
        with zipfile.ZipFile(ZIP) as archive:
            archive.extractall(unpacked)
        result = subprocess.run(
            [sys.executable, "-S", "-c", _SWEEP],
            env={
                "PATH": os.environ["PATH"],
                "PYTHONPATH": unpacked,
                "AWS_DEFAULT_REGION": "us-east-1",
                "AWS_ACCESS_KEY_ID": "test",
                "AWS_SECRET_ACCESS_KEY": "test",
                "AWS_ENDPOINT_URL": url,
                "TABLE_NAME": "users",
                "USER_POOL_ID": "us-east-1_aBcDeFgHi",
                "PAGES_PER_SECOND": "1000000",
                "STORED_ATTRIBUTES": json.dumps(
                    {
                        "Email": {"sources": ["email"], "type": "S"},
                        "FirstName": {"sources": ["custom:firstName", "given_name"], "type": "S"},
                        "LastName": {"sources": ["custom:lastName", "family_name"], "type": "S"},
                    }
                ),
            },
            stdout=subprocess.PIPE,
            text=True,
            check=True,
        )
    with urllib.request.urlopen(url) as answer:
        calls = json.load(answer)
    server.terminate()
    server.join()
    figures = json.loads(result.stdout)
    stored, seen = figures["counts"]["stored"], figures["counts"]["seen"]
    print(
        f"{seen:,} users in {figures['seconds']:.1f} s, {stored:,} of them stored; "
        f"CPU {1000 * figures['cpu'] / seen:.2f} ms per user; "
        f"peak memory {figures['megabytes']:.0f} MB"
    )
    for operation, count in sorted(calls.items()):
        print(f"{count:>10,}  {operation}")
    expected = sum(number % 100 < missing for number in range(users))
    return 0 if (seen, stored) == (users, expected) else 1


if __name__ == "__main__":
    sys.exit(main())
