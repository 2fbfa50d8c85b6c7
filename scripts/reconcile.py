"""`make reconcile ENV=dev`: a sweep through the user pool, followed to its end.

The sweep itself runs in AWS, as a state machine; this starts it, or joins the one that is running.
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
from botocore.exceptions import BotoCoreError, ClientError
from tqdm import tqdm

from scripts.outputs import OutputsError, read_outputs

POLL_SECONDS = 1.0

type Progress = dict[str, Any]  # as function/users/reconcile.py has it


class ReconcileError(Exception):
    """The sweep could not be started or followed; the message says why and what to do."""


@dataclass(frozen=True)
class Sweep:
    """An execution of the state machine."""

    states: Any
    arn: str

    def status(self) -> Mapping[str, Any]:
        """What Step Functions says of it: `status`, and `output` at the end."""
        answer: Mapping[str, Any] = self.states.describe_execution(executionArn=self.arn)
        return answer

    def progress(self) -> Progress:
        """What the function gave last, empty before its first call has ended."""
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
    """Start or join a sweep and follow it; 0 only if every eligible user has a record."""
    parser = argparse.ArgumentParser(description="Give every confirmed user a record.")
    parser.add_argument("environment", help="such as dev")
    parser.add_argument("--dry-run", action="store_true", help="only count who has none")
    options = parser.parse_args()
    stop = ""
    try:
        outputs = read_outputs(options.environment, "make reconcile ENV=dev")
        session = boto3.Session(region_name=outputs["region"])
        pool = session.client("cognito-idp").describe_user_pool(UserPoolId=outputs["user_pool_id"])
        estimate = pool["UserPool"].get("EstimatedNumberOfUsers")
        sweep = _start_or_join(session, outputs["state_machine_arn"], dry_run=options.dry_run)
        stop = f"\nTo stop it: aws stepfunctions stop-execution --execution-arn {sweep.arn}"
        return _report(_follow(sweep, estimate), options.environment)
    except KeyboardInterrupt:
        print(
            "\nA sweep that was started goes on in AWS. To follow it again: "
            f"make reconcile ENV={options.environment}{stop}",
            file=sys.stderr,
        )
        return 130
    except (ReconcileError, OutputsError, ClientError, BotoCoreError) as error:
        print(error, file=sys.stderr)
        return 1


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
        raise ReconcileError(
            f"A {'dry run' if is_dry else 'sweep'} has been under way since "
            f"{oldest['startDate']:%H:%M:%S}, and there is one at a time. Try again when it ends."
        )
    print(f"Joined the sweep that has been under way since {oldest['startDate']:%H:%M:%S}.")
    return sweep


def _follow(sweep: Sweep, estimate: int | None) -> Mapping[str, Any]:
    """Show the progress until the sweep has ended; its last status."""
    with tqdm(total=estimate, unit=" users", dynamic_ncols=True, disable=None) as bar:
        for progress in _progress(sweep):
            counts: Counter[str] = Counter(progress.get("counts", {}))
            bar.total = max(bar.total or 0, counts["seen"])
            found = f"{counts['stored'] + counts['missing']} had no record"
            waiting = ", waiting: throttled" if progress.get("throttled") else ""
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


def _report(status: Mapping[str, Any], environment: str) -> int:
    if status["status"] != "SUCCEEDED":
        raise ReconcileError(
            f"The sweep ended as {status['status']}: {_reason(status)}.\n"
            "Users stored so far stay stored. Look at the function's log, then try again: "
            f"make reconcile ENV={environment}"
        )
    progress = _progress_in(json.loads(status.get("output") or "{}"))
    if not progress:
        raise ReconcileError(
            "Another sweep had just been started, so this one did nothing. "
            f"To follow the other: make reconcile ENV={environment}"
        )
    counts = progress["counts"]
    for label, name in (
        ("users seen", "seen"),
        ("already_stored: had a record", "already_stored"),
        ("stored: got a record now", "stored"),
        ("updated: the record is as the pool now", "updated"),
        ("missing: no record (dry run)", "missing"),
        ("outdated: the record is not as the pool (dry run)", "outdated"),
        ("failed: could not be stored or updated", "failed"),
        ("not_eligible: not confirmed, so no record", "not_eligible"),
    ):
        print(f"  {counts[name]:>12,}  {label}")
    for name, users in sorted(progress["statuses"].items()):
        print(f"  {users:>12,}    {name}")
    if counts["failed"]:
        print(
            f"Look for their `sub` in the function's log (outcome `failed`), then try again: "
            f"make reconcile ENV={environment}",
            file=sys.stderr,
        )
    return 1 if counts["failed"] or counts["missing"] or counts["outdated"] else 0


def _reason(status: Mapping[str, Any]) -> str:
    """The error of a sweep, and its message, which a failed call of Lambda has in JSON.

    https://docs.aws.amazon.com/lambda/latest/dg/python-exceptions.html
    """
    error, cause = status.get("error", "no error was given"), status.get("cause", "")
    try:
        message = json.loads(cause)["errorMessage"]
    except (ValueError, KeyError, TypeError):
        message = cause
    return f"{error}: {message}" if message else str(error)


def _progress_in(output: Any) -> Progress:
    """The progress in what a state gives, if it has any."""
    while isinstance(output, dict) and "Payload" in output:
        output = output["Payload"]
    return output if isinstance(output, dict) and "counts" in output else {}


if __name__ == "__main__":
    sys.exit(main())
