"""How fast a sweep is, and how much memory it takes, for a pool of any size.

    .venv/bin/python -m tests.benchmarks.sweep --users 1000000

The real zip sweeps a pool whose pages a server on the loopback address makes up as they are asked
for; the same server takes the writes. The sweep has a process of its own, which is measured.
"""

import argparse
import asyncio
import json
import multiprocessing
import os
import subprocess
import sys
import tempfile
import zipfile
from multiprocessing.connection import Connection
from pathlib import Path

ZIP = Path(__file__).resolve().parents[2] / "dist" / "function.zip"
USERS_PER_PAGE = 60

_SWEEP = """
import json, resource, sys, time
from users.reconcile import handler

class Context:
    aws_request_id = None
    def __init__(self): self.until = time.monotonic() + 60
    def get_remaining_time_in_millis(self): return 1000 * (self.until - time.monotonic())

def usage():
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime, used.ru_maxrss / 1024

started, (cpu_before, _) = time.monotonic(), usage()
sys.stdout, real = open("/dev/null", "w"), sys.stdout
progress = handler({}, Context())
while progress["paginationToken"]:
    progress = handler(progress, Context())
cpu, megabytes = usage()
json.dump({"counts": progress["counts"], "seconds": time.monotonic() - started,
           "cpu": cpu - cpu_before, "megabytes": megabytes}, real)
real.flush()
"""


class StandIn(asyncio.Protocol):
    """Cognito's ListUsers and DynamoDB's PutItem, for a pool of `users` confirmed users."""

    def __init__(self, users: int) -> None:
        self._users = users
        self._received = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._received += data
        head, end, body = self._received.partition(b"\r\n\r\n")
        if not end:
            return
        length = int(head.lower().partition(b"content-length:")[2].partition(b"\r\n")[0])
        if len(body) < length:
            return
        self._received = b""
        answer = self._page(json.loads(body)) if b".ListUsers" in head else b"{}"
        self._transport.write(
            b"HTTP/1.1 200 OK\r\nContent-Type: application/x-amz-json-1.0\r\n"
            b"Content-Length: %d\r\n\r\n%b" % (len(answer), answer)
        )

    def _page(self, request: dict[str, str]) -> bytes:
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
        return json.dumps(page).encode()


def serve(users: int, port: Connection) -> None:
    """Serve until the process is ended; tells its port when it is ready."""

    async def run() -> None:
        loop = asyncio.get_running_loop()
        server = await loop.create_server(lambda: StandIn(users), "127.0.0.1", 0)
        port.send(server.sockets[0].getsockname()[1])
        await server.serve_forever()

    asyncio.run(run())


def main() -> int:
    """Sweep once and print the figures; 1 if not every user was stored."""
    parser = argparse.ArgumentParser(description="Measure a sweep.")
    parser.add_argument("--users", type=int, default=10_000)
    users = parser.parse_args().users
    receiving, sending = multiprocessing.Pipe(duplex=False)
    server = multiprocessing.Process(target=serve, args=(users, sending), daemon=True)
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
    server.terminate()
    server.join()
    figures = json.loads(result.stdout)
    stored = figures["counts"]["stored"]
    print(
        f"{stored:,} of {users:,} users stored in {figures['seconds']:.1f} s; "
        f"{figures['cpu']:.1f} s of CPU: {stored / figures['cpu']:,.0f} users per second of CPU; "
        f"peak memory {figures['megabytes']:.0f} MB"
    )
    return 0 if stored == users else 1


if __name__ == "__main__":
    sys.exit(main())
