"""Looks at where an environment's state is kept before Terraform does, and says what hinders it.

    state.py check dev            before a change: credentials, account, bucket and lock
    state.py check dev --reads    before something that only reads the state
    state.py check dev --recovers FILE   also whether the state in the file is of this environment
    state.py unlock dev <id>      deletes a lock that was left (`make unlock`)
    state.py keep dev             uploads a state that Terraform could not write (`make keep-state`)

Exit status 1 and a message with a way out if something hinders.
"""

import argparse
import json
import sys
from dataclasses import dataclass
from datetime import UTC, datetime
from http import HTTPStatus
from pathlib import Path
from typing import Any

import boto3
from botocore.exceptions import ClientError

from scripts.account import TERRAFORM, AccountError, exit_status, read_hcl, require_account


@dataclass(frozen=True)
class State:
    """Where Terraform's S3 backend keeps the state of an environment."""

    environment: str
    backend_file: Path
    bucket: str
    key: str
    region: str
    allowed_account_ids: list[str]

    @property
    def lock(self) -> str:
        """Key of the lock (https://developer.hashicorp.com/terraform/language/backend/s3)."""
        return f"{self.key}.tflock"


def main() -> int:
    """Check or unlock; 1 if something hinders."""
    parser = argparse.ArgumentParser(description="Look at where the state is kept.")
    commands = parser.add_subparsers(dest="command", required=True)
    check = commands.add_parser("check")
    check.add_argument("environment", help="such as dev")
    check.add_argument("--reads", action="store_true", help="the state is not to be changed")
    check.add_argument("--recovers", metavar="FILE", help="a state that could not be written")
    unlock = commands.add_parser("unlock")
    unlock.add_argument("environment", help="such as dev")
    unlock.add_argument("lock_id", help="id of the lock, as `check` shows it")
    keep = commands.add_parser("keep")
    keep.add_argument("environment", help="such as dev")
    options = parser.parse_args()
    return exit_status(lambda: _act(options))


def _act(options: argparse.Namespace) -> None:
    state = _state(options.environment)
    session = boto3.Session(region_name=state.region)
    require_account(session, state.environment, state.allowed_account_ids, state.backend_file)
    s3 = session.client("s3")
    _require_bucket(s3, state)
    match options.command:
        case "unlock":
            _unlock(s3, state, options.lock_id)
        case "keep":
            _keep(s3, state)
        case _:
            _require_no_lock(s3, state, reads=options.reads)
            if options.recovers:
                _require_same_lineage(s3, state, Path(options.recovers))


def _state(environment: str) -> State:
    """What the file that `make bootstrap` wrote says."""
    file = TERRAFORM / "environments" / f"{environment}.s3.tfbackend"
    settings = read_hcl(file)
    missing = [name for name in ("bucket", "key", "region") if name not in settings]
    if missing:
        raise AccountError(
            f"terraform/environments/{file.name} does not set {' and '.join(missing)}. Delete the "
            f"file and have it written again: make bootstrap ENV={environment}"
        )
    return State(
        environment=environment,
        backend_file=file,
        bucket=settings["bucket"],
        # "env:" is the backend's default for workspaces.
        key=f"env:/{environment}/{settings['key']}",
        region=settings["region"],
        allowed_account_ids=settings.get("allowed_account_ids", []),
    )


def _require_bucket(s3: Any, state: State) -> None:
    named = f"terraform/environments/{state.backend_file.name}"
    try:
        s3.head_bucket(Bucket=state.bucket)
    except ClientError as error:
        if _status(error) == HTTPStatus.NOT_FOUND:
            raise AccountError(
                f"There is no bucket {state.bucket}, which {named} names. "
                f"If it was never made: make bootstrap ENV={state.environment}"
            ) from error
        raise AccountError(
            f"The bucket {state.bucket}, which {named} names, cannot be used with these "
            f"credentials: {error}"
        ) from error


def _require_no_lock(s3: Any, state: State, *, reads: bool) -> None:
    lock = _read(s3, state, state.lock)
    # Terraform reads a locked state, but it cannot make the first, empty one.
    if lock is None or (reads and _read(s3, state, state.key) is not None):
        return
    environment = state.environment
    raise AccountError(
        f"Environment {environment} is being changed by {lock.get('Who', 'somebody')} since "
        f"{lock.get('Created', 'some time')}. Try again when that has ended. If it was cut off: "
        f"make unlock ENV={environment} LOCK={lock['ID']}"
    )


def _require_same_lineage(s3: Any, state: State, file: Path) -> None:
    """Refuse the state of another environment, which Terraform takes where there is none yet."""
    there = _read(s3, state, state.key)
    try:
        lineage = json.loads(file.read_text())["lineage"]
    except (ValueError, KeyError):  # cut off, or no state at all
        lineage = None
    if there is None or there["lineage"] != lineage:
        raise AccountError(
            f"terraform/{file.name} is not a state of environment {state.environment}, so nothing "
            "was changed. Name the environment that it is of: make recover ENV=<environment>"
        )


def _read(s3: Any, state: State, key: str) -> dict[str, Any] | None:
    """The lock or the state, which Terraform writes as JSON, if it is there."""
    try:
        body = s3.get_object(Bucket=state.bucket, Key=key)["Body"].read()
    except s3.exceptions.NoSuchKey:
        return None
    content: dict[str, Any] = json.loads(body)
    return content


def _unlock(s3: Any, state: State, lock_id: str) -> None:
    """Delete the lock, and no other one; also where Terraform has no workspace to do it in."""
    lock = _read(s3, state, state.lock)
    if lock is None or lock["ID"] != lock_id:
        there = "it is not locked" if lock is None else f"the lock is now {lock['ID']}"
        raise AccountError(f"Environment {state.environment} has no lock {lock_id}: {there}.")
    s3.delete_object(Bucket=state.bucket, Key=state.lock)
    print(f"Environment {state.environment} is not locked any more.")


def _keep(s3: Any, state: State) -> None:
    """Upload what a deployment on a machine that is thrown away could not write.

    The bucket encrypts it, and only those who may read states can read it.
    """
    file = TERRAFORM / f"errored-{state.environment}.tfstate"
    if not file.is_file():
        raise AccountError(f"There is no terraform/{file.name}, so nothing was kept.")
    key = f"errored/{state.environment}/{datetime.now(UTC):%Y-%m-%dT%H-%M-%SZ}.tfstate"
    s3.put_object(Bucket=state.bucket, Key=key, Body=file.read_bytes())
    print(
        "The state after the last change could not be written, and is kept as "
        f"s3://{state.bucket}/{key}. To write it, with rights to read it: "
        f"aws s3 cp s3://{state.bucket}/{key} terraform/{file.name} && "
        f"make recover ENV={state.environment}"
    )


def _status(error: ClientError) -> int:
    return int(error.response["ResponseMetadata"]["HTTPStatusCode"])


if __name__ == "__main__":
    sys.exit(main())
