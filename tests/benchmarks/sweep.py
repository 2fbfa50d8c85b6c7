"""Measures the CPU time, the memory and the calls to AWS of a sweep through a pool of any size.

    .venv/bin/python -m tests.benchmarks.sweep --users 1000000 --missing 1

The real zip sweeps in a process that does nothing else. A server on this machine stands in for
AWS: it makes up each page of users when the sweep asks for it, says which of them have a record,
and accepts the writes. `--missing` is the percentage of users without a record.
"""

import argparse
import json
import socket
import subprocess
import sys
import tempfile
import zipfile
from collections import Counter
from typing import Any

from tests.benchmarks.variants import ENVIRONMENT, ZIP
from tests.server import Behaviour, http, serving

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


def aws(users: int, missing: int, calls: Counter[str]) -> Behaviour:
    """Cognito's ListUsers and DynamoDB, for a pool of `users` confirmed users.

    Of a hundred users `missing` have no record. `calls` counts the calls of each operation.
    """

    def has_record(key: Any) -> bool:
        return int(key["UserID"]["S"][-12:]) % 100 >= missing

    def answer(connection: socket.socket, request: bytes) -> None:
        head, _, body = request.partition(b"\r\n\r\n")
        operation = head.partition(b"X-Amz-Target: ")[2].split(b"\r\n")[0].rpartition(b".")[2]
        calls[operation.decode()] += 1
        asked, answered = json.loads(body), {}
        if operation == b"ListUsers":
            answered = page(users, int(asked.get("PaginationToken", 0)))
        elif operation == b"BatchGetItem":
            ((table, keys),) = asked["RequestItems"].items()
            found = list(filter(has_record, keys["Keys"]))
            answered = {"Responses": {table: found}, "UnprocessedKeys": {}}
        http("200 OK", json.dumps(answered))(connection, request)

    return answer


def page(users: int, start: int) -> dict[str, Any]:
    """ListUsers' answer: the users from number `start` on, and the token of the next page."""
    end = min(start + USERS_PER_PAGE, users)
    listed = [
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
    return {"Users": listed} | ({"PaginationToken": str(end)} if end < users else {})


def main() -> int:
    """Sweep once and print the figures; 1 if the sweep stored other users than the missing ones."""
    parser = argparse.ArgumentParser(description="Measure a sweep.")
    parser.add_argument("--users", type=int, default=10_000)
    parser.add_argument("--missing", type=int, default=1, help="users without a record, per cent")
    options = parser.parse_args()
    users, missing = options.users, options.missing
    calls: Counter[str] = Counter()
    with serving(aws(users, missing, calls)) as server, tempfile.TemporaryDirectory() as unpacked:
        with zipfile.ZipFile(ZIP) as archive:
            archive.extractall(unpacked)
        result = subprocess.run(
            [sys.executable, "-S", "-c", _SWEEP],
            env=ENVIRONMENT
            | {
                "PYTHONPATH": unpacked,
                "AWS_ENDPOINT_URL": f"http://127.0.0.1:{server.port}",
                "USER_POOL_ID": "eu-west-1_aBcDeFgHi",
                "PAGES_PER_SECOND": "1000000",
            },
            stdout=subprocess.PIPE,
            text=True,
            check=True,
        )
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
