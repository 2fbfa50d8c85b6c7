"""`make reconcile ENV=dev`: starts a sweep, which adds missing records, and shows its progress.

The sweep runs in AWS, as a state machine. If one is running already, this follows that one.
"""

import argparse
import json
import sys
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import boto3
from tqdm import tqdm

from scripts.command import CommandError, exit_status
from scripts.outputs import read_outputs

POLL_SECONDS = 1.0

type Progress = dict[str, Any]  # described in function/users/reconcile.py


@dataclass(frozen=True)
class Sweep:
    """An execution of the state machine."""

    states: Any
    arn: str

    def status(self) -> Mapping[str, Any]:
        """The answer of DescribeExecution: `status`, `input`, and `output` at the end."""
        answer: Mapping[str, Any] = self.states.describe_execution(executionArn=self.arn)
        return answer

    def progress(self) -> Progress:
        """What the function returned last; empty before its first call has ended."""
        history = self.states.get_execution_history(
            executionArn=self.arn, reverseOrder=True, maxResults=25, includeExecutionData=True
        )
        for event in history["events"]:
            for details in event.values():
                output = details.get("output") if isinstance(details, dict) else None
                if output and (progress := _progress_in(json.loads(output))):
                    return progress
        return {}


def main() -> int:
    """Start or join a sweep, and follow it; 0 only if every confirmed user has a record."""
    parser = argparse.ArgumentParser(description="Add a record for every confirmed user.")
    parser.add_argument("environment", help="such as dev")
    parser.add_argument("--dry-run", action="store_true", help="only count the missing records")
    options = parser.parse_args()
    again = f"make reconcile ENV={options.environment}{' DRY_RUN=1' if options.dry_run else ''}"
    return exit_status(
        lambda: _sweep(options.environment, again, dry_run=options.dry_run),
        f"A sweep that has started goes on in AWS. To follow it: {again}",
    )


def _sweep(environment: str, again: str, *, dry_run: bool) -> int:
    outputs = read_outputs(environment)
    session = boto3.Session(region_name=outputs["region"])
    pool = session.client("cognito-idp").describe_user_pool(UserPoolId=outputs["user_pool_id"])
    estimate = pool["UserPool"].get("EstimatedNumberOfUsers")
    sweep = _start_or_join(session, outputs["state_machine_arn"], dry_run=dry_run)
    print(f"To stop it: aws stepfunctions stop-execution --execution-arn {sweep.arn}")
    return _report(_follow(sweep, estimate), again)


def _start_or_join(session: Any, state_machine_arn: str, *, dry_run: bool) -> Sweep:
    states = session.client("stepfunctions")
    running = states.list_executions(stateMachineArn=state_machine_arn, statusFilter="RUNNING")
    if not running["executions"]:
        started = states.start_execution(
            stateMachineArn=state_machine_arn, input=json.dumps({"dryRun": dry_run})
        )
        print("Started a dry run, which only counts." if dry_run else "Started a sweep.")
        return Sweep(states, started["executionArn"])
    oldest = running["executions"][-1]
    sweep = Sweep(states, oldest["executionArn"])
    is_dry = bool(json.loads(sweep.status().get("input") or "{}").get("dryRun"))
    if is_dry != dry_run:
        raise CommandError(
            f"A {'dry run' if is_dry else 'sweep'} has been running since "
            f"{oldest['startDate']:%H:%M:%S}, and only one can run at a time. Try again when it "
            "has ended."
        )
    print(f"Following the sweep that has been running since {oldest['startDate']:%H:%M:%S}.")
    return sweep


def _follow(sweep: Sweep, estimate: int | None) -> Mapping[str, Any]:
    """Show the progress until the sweep has ended. Returns the last answer of `status`."""
    with tqdm(total=estimate, unit=" users", dynamic_ncols=True, disable=None) as bar:
        for progress in _progress(sweep):
            counts: Counter[str] = Counter(progress.get("counts", {}))
            bar.total = max(bar.total or 0, counts["seen"])
            found = f"without a record: {counts['stored'] + counts['missing']:,}"
            waiting = ", waiting because AWS throttles" if progress.get("throttled") else ""
            bar.set_postfix_str(found + waiting, refresh=False)
            bar.update(counts["seen"] - bar.n)
    return sweep.status()


def _progress(sweep: Sweep) -> Iterator[Progress]:
    while True:
        ended = sweep.status()["status"] != "RUNNING"
        yield sweep.progress()
        if ended:
            return
        time.sleep(POLL_SECONDS)


def _report(status: Mapping[str, Any], again: str) -> int:
    if status["status"] != "SUCCEEDED":
        raise CommandError(
            f"The sweep ended with status {status['status']}: {_reason(status)}.\n"
            "The records that it has added stay. Read the log of the sweep's function, then try "
            f"again: {again}"
        )
    progress = _progress_in(json.loads(status.get("output") or "{}"))
    if not progress:
        raise CommandError(
            "Another sweep started just before this one, so this one did nothing. "
            f"To follow the other one: {again}"
        )
    counts = progress["counts"]
    for name, label in (
        ("seen", "users in the pool"),
        ("already_stored", "already_stored: has a record"),
        ("stored", "stored: the record was missing, and was added"),
        ("updated", "updated: the record was outdated, and was updated"),
        ("missing", "missing: has no record (dry run)"),
        ("outdated", "outdated: the record differs from the pool (dry run)"),
        ("failed", "failed: the record could not be added or updated"),
        ("not_eligible", "not_eligible: not confirmed, or deleted during the sweep"),
    ):
        print(f"  {counts[name]:>12,}  {label}")
    for name, users in sorted(progress["statuses"].items()):
        print(f"  {users:>12,}    {name}")
    if counts["failed"]:
        print(
            "The log of the sweep's function has a line with outcome `failed` and the `sub` for "
            f"each of them. Then try again: {again}",
            file=sys.stderr,
        )
    if counts["missing"] or counts["outdated"]:
        print(f"To add or update these records: {again.removesuffix(' DRY_RUN=1')}")
    return 1 if counts["failed"] or counts["missing"] or counts["outdated"] else 0


def _reason(status: Mapping[str, Any]) -> str:
    """The error of a sweep, and its message. The message of a function's error is in JSON.

    https://docs.aws.amazon.com/lambda/latest/dg/python-exceptions.html
    """
    error, cause = status.get("error", "no reason given"), status.get("cause", "")
    try:
        message = json.loads(cause)["errorMessage"]
    except (ValueError, KeyError, TypeError):
        message = cause
    return f"{error}: {message}" if message else str(error)


def _progress_in(output: Any) -> Progress:
    """The progress in the output of a state; empty if there is none."""
    while isinstance(output, dict) and "Payload" in output:
        output = output["Payload"]
    return output if isinstance(output, dict) and "counts" in output else {}


if __name__ == "__main__":
    sys.exit(main())
