"""Many sign-ups during faults, sweeps and deletions: `make soak`; in `make test` they are fewer."""

import argparse
import queue
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
from typing import Self

from botocore.exceptions import ClientError
from tqdm import tqdm

from scripts.local.cognito_triggers import RESPONSE_SECONDS
from tests.deployment import Deployment
from tests.faults import proxy
from tests.faults.conftest import SWEEP_SECONDS, Counts, Faulty, faulty_stack

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

# One user in so many is deleted from the pool, and so many seconds later the record is deleted.
FORGET_ONE_IN = 5
SETTLE_SECONDS = 5.0
SWEEP_ATTEMPTS = 20
SWEEP_PAUSE_SECONDS = 1.0
STUMBLES = 10

type User = tuple[str, str]  # address and `sub`


@dataclass(frozen=True)
class Result:
    """The result of a run."""

    users: int
    faults: Counter[str]
    told_of_a_failure: int
    stored_by_sweeps: int
    sweeps: int
    forgotten: int
    seconds: float

    def __str__(self) -> str:
        """One line for each figure."""
        faults = ", ".join(f"{count} {name}" for name, count in sorted(self.faults.items()))
        return (
            f"{self.users:,} users confirmed in {self.seconds:.0f} s\n"
            f"{self.faults.total():,} faults: {faults}\n"
            f"{self.told_of_a_failure:,} users saw an error; {self.sweeps:,} sweeps "
            f"added {self.stored_by_sweeps:,} missing records\n"
            f"{self.forgotten:,} users were deleted meanwhile\n"
            "No user was lost, stored twice, mixed up with another, or stored after the deletion."
        )


def run(stack: Faulty, users: int, seed: int, progress: Callable[[], object]) -> Result:
    """Sign up and confirm so many users during faults, sweeps and deletions; check every record.

    Raises AssertionError when a user is lost, stored twice, mixed up with another, or stored after
    the deletion.
    """
    there = stack.deployment
    deployment = Deployment(there.cognito, there.dynamodb, there.functions, there.outputs)
    # One after the other, because the emulator fails when two users sign up at the same time.
    signed_up = [
        deployment.sign_up(
            **{"custom:firstName": f"First {number}", "custom:lastName": f"Last {number}"}
        )
        for number in range(users)
    ]

    def confirm(user: User) -> bool:
        """Whether the confirmation succeeded."""
        started = time.monotonic()
        try:
            not_stumbling(lambda: deployment.confirm(user[0]))
        except ClientError:
            return False
        finally:
            # After a time-out the emulator may still call the function for a long time.
            if time.monotonic() - started < RESPONSE_SECONDS:
                forgetting.perhaps(user)
            progress()
        return True

    stack.sweep()  # The function's first start takes long, and holds up the emulator's other calls.
    stack.proxy.written.clear()
    started = time.monotonic()
    with (
        faults(stack.proxy, seed) as counted,
        sweeps(stack) as swept,
        Forgetting(deployment, random.Random(seed), swept) as forgetting,  # noqa: S311 - no secret
        ThreadPoolExecutor(THREADS) as threads,
    ):
        told = list(threads.map(confirm, signed_up)).count(False)
    seconds = time.monotonic() - started

    swept.append(stack.sweep())
    assert swept[-1]["failed"] == 0, "the last sweep could not store a user"
    assert set(Counter(stack.proxy.written).values()) <= {1}, "a user was stored twice"
    check_records(deployment, signed_up, forgetting.forgotten)
    return Result(
        users,
        counted,
        told,
        sum(counts["stored"] for counts in swept),
        len(swept),
        len(forgetting.forgotten),
        seconds,
    )


def not_stumbling(call: Callable[[], object]) -> None:
    """Repeat a call when the emulator fails because a user was deleted at the same time."""
    for last in (*[False] * STUMBLES, True):
        try:
            call()
        except ClientError as error:
            if last or error.response["Error"]["Code"] != "InternalError":
                raise
        else:
            return


def check_records(deployment: Deployment, users: list[User], forgotten: set[str]) -> None:
    """Check that each user has a record with their attributes, and that no deleted user has one."""
    pages = deployment.dynamodb.get_paginator("scan").paginate(
        TableName=deployment.outputs["table_name"], ConsistentRead=True
    )
    items = {item["UserID"]["S"]: item for page in pages for item in page["Items"]}
    assert not items.keys() & forgotten, "a deleted user has a record"
    for number, (email, sub) in enumerate(users):
        if sub in forgotten:
            continue
        assert sub in items, "a user was lost"
        item = {name: value["S"] for name, value in items[sub].items() if name != "CreatedAt"}
        assert item == {
            "UserID": sub,
            "Email": email,
            "FirstName": f"First {number}",
            "LastName": f"Last {number}",
        }, "users were mixed up"


class Forgetting:
    """Deletes users at random, as `make forget` does. Leaving it waits for the last record.

    `swept` has the counts of each sweep that has ended.
    """

    def __init__(self, deployment: Deployment, chance: random.Random, swept: list[Counts]) -> None:
        self.forgotten: set[str] = set()
        self._deployment = deployment
        self._chance = chance
        self._swept = swept
        self._due: queue.SimpleQueue[tuple[float, int, str] | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._delete_records)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._due.put(None)
        self._thread.join()

    def perhaps(self, user: User) -> None:
        """Delete one user in FORGET_ONE_IN from the pool now, and the record later."""
        if self._chance.randrange(FORGET_ONE_IN):
            return
        email, sub = user
        pool_id = self._deployment.outputs["user_pool_id"]
        not_stumbling(
            lambda: self._deployment.cognito.admin_delete_user(UserPoolId=pool_id, Username=email)
        )
        self.forgotten.add(sub)
        self._due.put((time.monotonic() + SETTLE_SECONDS, len(self._swept), sub))

    def _delete_records(self) -> None:
        while due := self._due.get():
            moment, swept, sub = due
            # On AWS a sweep finishes the page that it has read in a minute. A busy emulator takes
            # longer, so this waits for the end of a sweep.
            latest = moment + SWEEP_SECONDS
            while time.monotonic() < moment or (
                len(self._swept) == swept and time.monotonic() < latest
            ):
                time.sleep(0.1)
            self._deployment.delete_item(sub)


@contextmanager
def sweeps(stack: Faulty) -> Iterator[list[Counts]]:
    """Run one sweep after the other; yields the counts of each sweep."""
    swept: list[Counts] = []
    ending = threading.Event()

    def sweep_on() -> None:
        while not ending.wait(SWEEP_PAUSE_SECONDS):
            swept.append(stack.sweep(SWEEP_ATTEMPTS))

    with ThreadPoolExecutor(1) as thread:
        sweeping = thread.submit(sweep_on)
        try:
            yield swept
        finally:
            ending.set()
            sweeping.result()


@contextmanager
def faults(between: proxy.Proxy, seed: int) -> Iterator[Counter[str]]:
    """Cause faults at random; yields how many of each there were."""
    chance = random.Random(seed)  # noqa: S311 - it can be repeated, and is no secret
    counted: Counter[str] = Counter()
    ending = threading.Event()

    def come_and_go() -> None:
        while not ending.wait(chance.uniform(*CALM_SECONDS)):
            name = chance.choice([REFUSED, *FAULTS])
            counted[name] += 1
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
        yield counted
    finally:
        ending.set()
        thread.join()


def main() -> int:
    """Run it with a progress bar; 1 if an assertion about the records fails."""
    parser = argparse.ArgumentParser(description="Sign up many users during faults.")
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
