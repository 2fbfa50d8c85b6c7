"""Many sign-ups at once while faults come and go: `make soak`, and a shorter run in `make test`."""

import argparse
import random
import secrets
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass

from botocore.exceptions import ClientError
from tqdm import tqdm

from tests.deployment import Deployment
from tests.faults import proxy
from tests.faults.conftest import Faulty, faulty_stack

THREADS = 8
CALM_SECONDS = (0.5, 1.5)
FAULT_SECONDS = (0.05, 0.3)
FAULTS: dict[str, proxy.Fault] = {
    "reset": proxy.reset_after_request,
    "answer lost": proxy.answer_lost,
    "500": proxy.error("500 Internal Server Error", "InternalServerError"),
    "throttled": proxy.error("400 Bad Request", "ProvisionedThroughputExceededException"),
    "slow": proxy.slow,
    "black hole": proxy.black_hole,
    "credentials expired": proxy.error("400 Bad Request", "ExpiredTokenException"),
}
REFUSED = "refused"


@dataclass(frozen=True)
class Result:
    """What came of a run."""

    users: int
    faults: Counter[str]
    told_of_a_failure: int
    healed: int
    seconds: float

    def __str__(self) -> str:
        """One line for each figure."""
        faults = ", ".join(f"{count} {name}" for name, count in sorted(self.faults.items()))
        return (
            f"{self.users:,} users confirmed in {self.seconds:.0f} s\n"
            f"{self.faults.total():,} faults: {faults}\n"
            f"{self.told_of_a_failure:,} users were told of a failure, {self.healed:,} of them "
            "had no record; the sweep stored those\n"
            "0 lost, 0 stored twice, 0 mixed up"
        )


def run(stack: Faulty, users: int, seed: int, progress: Callable[[], object]) -> Result:
    """Sign up and confirm `users` users amid faults, sweep once, and check every record.

    Raises AssertionError when a user is lost, stored twice or mixed up with another.
    """
    there = stack.deployment
    deployment = Deployment(there.cognito, there.dynamodb, there.functions, there.outputs)
    # One after the other, for the emulator stumbles over two sign-ups at once.
    signed_up = [
        deployment.sign_up(
            **{"custom:firstName": f"First {number}", "custom:lastName": f"Last {number}"}
        )
        for number in range(users)
    ]

    def confirm(user: tuple[str, str]) -> bool:
        """Whether confirming went well."""
        try:
            deployment.confirm(user[0])
        except ClientError:
            return False
        finally:
            progress()
        return True

    stack.proxy.written.clear()
    started = time.monotonic()
    with faults(stack.proxy, seed) as befallen, ThreadPoolExecutor(THREADS) as threads:
        told = list(threads.map(confirm, signed_up)).count(False)
    seconds = time.monotonic() - started

    written = Counter(stack.proxy.written)
    assert set(written.values()) <= {1}, "a user was stored twice"
    counts = stack.sweep()
    assert counts["failed"] == 0, "the sweep could not store a user"
    assert counts["stored"] == users - len(written), "the sweep stored others than the missing"
    check_records(deployment, signed_up)
    return Result(users, befallen, told, counts["stored"], seconds)


def check_records(deployment: Deployment, users: list[tuple[str, str]]) -> None:
    """Each user has one record, with its own attributes."""
    pages = deployment.dynamodb.get_paginator("scan").paginate(
        TableName=deployment.outputs["table_name"], ConsistentRead=True
    )
    items = {item["UserID"]["S"]: item for page in pages for item in page["Items"]}
    for number, (email, sub) in enumerate(users):
        assert sub in items, "a user was lost"
        item = {name: value["S"] for name, value in items[sub].items() if name != "CreatedAt"}
        assert item == {
            "UserID": sub,
            "Email": email,
            "FirstName": f"First {number}",
            "LastName": f"Last {number}",
        }, "users were mixed up"


@contextmanager
def faults(between: proxy.Proxy, seed: int) -> Iterator[Counter[str]]:
    """Let faults come and go at random; yields how many of each there were."""
    chance = random.Random(seed)  # noqa: S311 - to be repeated, not to be secret
    befallen: Counter[str] = Counter()
    ending = threading.Event()

    def come_and_go() -> None:
        while not ending.wait(chance.uniform(*CALM_SECONDS)):
            name = chance.choice([REFUSED, *FAULTS])
            befallen[name] += 1
            if name == REFUSED:
                between.refuse()
                ending.wait(chance.uniform(*FAULT_SECONDS))
                between.listen()
            else:
                between.fault = FAULTS[name]
                ending.wait(chance.uniform(*FAULT_SECONDS))
                between.fault = proxy.no_fault

    thread = threading.Thread(target=come_and_go)
    thread.start()
    try:
        yield befallen
    finally:
        ending.set()
        thread.join()


def main() -> int:
    """Run it with a progress bar; 1 if a user was lost, stored twice or mixed up."""
    parser = argparse.ArgumentParser(description="Sign up many users amid faults.")
    parser.add_argument("--users", type=int, default=3000)
    parser.add_argument("--seed", type=int, default=secrets.randbelow(10**6))
    options = parser.parse_args()
    print(f"Seed {options.seed}; to repeat: make soak USERS={options.users} SEED={options.seed}")
    try:
        with faulty_stack() as stack, tqdm(total=options.users, unit=" users", disable=None) as bar:
            result = run(stack, options.users, options.seed, bar.update)
    except KeyboardInterrupt:
        print("\nStopped; nothing is left running.", file=sys.stderr)
        return 130
    except AssertionError as error:
        print(f"\nFailed: {error}", file=sys.stderr)
        return 1
    print(result)
    return 0


if __name__ == "__main__":
    sys.exit(main())
