"""Checks the place of an environment's state before Terraform uses it, and repairs it.

    state.py check dev            before a change: credentials, account, bucket and lock
    state.py check dev --reads    before a command that only reads the state
    state.py check dev --recovers FILE   also checks that the state in FILE is this environment's
    state.py unlock dev <id>      deletes a lock that was left behind (`make unlock`)
    state.py keep dev             uploads a state that Terraform could not write (`make keep-state`)

If something is wrong, it prints what to do, and the exit status is 1.
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

from scripts.account import TERRAFORM, read_hcl, require_account
from scripts.command import CommandError, exit_status


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
        """The lock's key in the bucket.

        https://developer.hashicorp.com/terraform/language/backend/s3#state-storage
        """
        return f"{self.key}.tflock"


def main() -> int:
    """Check, unlock or keep; 1 if something is wrong."""
    parser = argparse.ArgumentParser(description="Check the place of an environment's state.")
    commands = parser.add_subparsers(dest="command", required=True)
    check = commands.add_parser("check")
    check.add_argument("environment", help="such as dev")
    check.add_argument("--reads", action="store_true", help="the command only reads the state")
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
    """The place of the state, from the file that `make bootstrap` wrote."""
    file = TERRAFORM / "environments" / f"{environment}.s3.tfbackend"
    settings = read_hcl(file)
    missing = [name for name in ("bucket", "key", "region") if name not in settings]
    if missing:
        raise CommandError(
            f"terraform/environments/{file.name} does not set {' and '.join(missing)}. Delete the "
            f"file, then write it again: make bootstrap ENV={environment}"
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
        if error.response["ResponseMetadata"]["HTTPStatusCode"] == HTTPStatus.NOT_FOUND:
            raise CommandError(
                f"The bucket {state.bucket}, which {named} names, does not exist. "
                f"To create it: make bootstrap ENV={state.environment}"
            ) from error
        raise CommandError(
            f"Your credentials cannot use the bucket {state.bucket}, which {named} names: {error}"
        ) from error


def _require_no_lock(s3: Any, state: State, *, reads: bool) -> None:
    lock = _read(s3, state, state.lock)
    # Terraform can read a locked state, but it cannot create one while there is a lock.
    if lock is None or (reads and _read(s3, state, state.key) is not None):
        return
    environment = state.environment
    raise CommandError(
        f"{lock.get('Who', 'Somebody')} is changing environment {environment}, since "
        f"{lock.get('Created', 'an unknown time')}. Try again when that has ended. If it was "
        f"stopped halfway, delete the lock: make unlock ENV={environment} LOCK={lock['ID']}"
    )


def _require_same_lineage(s3: Any, state: State, file: Path) -> None:
    """Refuse the state of another environment. Terraform would accept it if there is none yet."""
    there = _read(s3, state, state.key)
    try:
        lineage = json.loads(file.read_text())["lineage"]
    except (ValueError, KeyError):  # incomplete, or not a state at all
        lineage = None
    if there is None or there["lineage"] != lineage:
        raise CommandError(
            f"terraform/{file.name} is not a state of environment {state.environment}. Nothing was "
            "changed. Name the environment that it belongs to: make recover ENV=<environment>"
        )


def _read(s3: Any, state: State, key: str) -> dict[str, Any] | None:
    """The lock or the state, both of which are JSON. None if it does not exist."""
    try:
        body = s3.get_object(Bucket=state.bucket, Key=key)["Body"].read()
    except s3.exceptions.NoSuchKey:
        return None
    content: dict[str, Any] = json.loads(body)
    return content


def _unlock(s3: Any, state: State, lock_id: str) -> None:
    """Delete the lock with this id. Unlike Terraform, this needs no workspace."""
    lock = _read(s3, state, state.lock)
    if lock is None or lock["ID"] != lock_id:
        there = "it is not locked" if lock is None else f"the lock is now {lock['ID']}"
        raise CommandError(f"Environment {state.environment} has no lock {lock_id}: {there}.")
    s3.delete_object(Bucket=state.bucket, Key=state.lock)
    print(f"Deleted the lock of environment {state.environment}.")


def _keep(s3: Any, state: State) -> None:
    """Upload a state that Terraform could not write, because a workflow's machine is deleted.

    The bucket encrypts it. Only principals who may read the bucket's states can read it.
    """
    file = TERRAFORM / f"errored-{state.environment}.tfstate"
    if not file.is_file():
        raise CommandError(f"terraform/{file.name} does not exist, so nothing was uploaded.")
    key = f"errored/{state.environment}/{datetime.now(UTC):%Y-%m-%dT%H-%M-%SZ}.tfstate"
    s3.put_object(Bucket=state.bucket, Key=key, Body=file.read_bytes())
    print(
        "Terraform could not write the state after its last change. The state was uploaded to "
        f"s3://{state.bucket}/{key} instead. To write it, with credentials that may read that "
        f"object: aws s3 cp s3://{state.bucket}/{key} terraform/{file.name} && "
        f"make recover ENV={state.environment}"
    )


if __name__ == "__main__":
    sys.exit(main())
