"""`make orphans ENV=dev [DELETE=1]`: lists the records whose user was deleted, or deletes them.

A record is listed only if it is over an hour old, no page of the user pool shows its user, and a
search for its user finds nobody. The pool is read after the table.
"""

import argparse
import sys
import uuid
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import boto3
from botocore.config import Config
from tqdm import tqdm

from scripts.command import confirm, exit_status, require_terminal
from scripts.outputs import read_outputs

MINIMUM_AGE = timedelta(hours=1)

# The whole account shares a quota of calls, so the client slows down when AWS throttles it.
_CONFIG = Config(retries={"mode": "adaptive", "total_max_attempts": 10})


def main() -> int:
    """List the records, and delete them if asked to; 0 only if none is left."""
    parser = argparse.ArgumentParser(description="List the records whose user was deleted.")
    parser.add_argument("environment", help="such as dev")
    parser.add_argument("--delete", action="store_true", help="delete them")
    parser.add_argument("--yes", action="store_true", help="do not ask before the deletion")
    options = parser.parse_args()
    return exit_status(
        lambda: _orphans(options.environment, delete=options.delete, yes=options.yes)
    )


def _orphans(environment: str, *, delete: bool, yes: bool) -> int:
    outputs = read_outputs(environment)
    command = f"make orphans ENV={environment}"
    if delete:
        require_terminal(f"{command} DELETE=1 YES=1", approved=yes)
    cognito: Any = boto3.client("cognito-idp", region_name=outputs["region"], config=_CONFIG)
    table_region = outputs["table_arn"].split(":")[3]
    dynamodb: Any = boto3.client("dynamodb", region_name=table_region, config=_CONFIG)
    table, pool = outputs["table_arn"], outputs["user_pool_id"]

    found: dict[str, str] = {}
    suspects = _suspects(cognito, dynamodb, table, pool)
    for packed in _bar(suspects, "Records without a user in the list", len(suspects)):
        user_id = str(uuid.UUID(bytes=packed))
        created_at = _created_at(dynamodb, table, user_id)
        if created_at is not None and not _is_user(cognito, pool, user_id):
            found[user_id] = created_at
            tqdm.write(f"{user_id}  {created_at}")
    print(f"Records without a user: {len(found):,}")
    if not found:
        return 0
    if not delete:
        print(f"To delete them: {command} DELETE=1")
        return 1
    if not yes:
        confirm("Delete these records for good?")
    deleted = 0
    for user_id, created_at in _bar(found.items(), "Deleting", len(found)):
        # Searched for once more, because the answer may have taken a while.
        if not _is_user(cognito, pool, user_id):
            deleted += _delete(dynamodb, table, user_id, created_at)
    print(f"Records deleted: {deleted:,}")
    if deleted < len(found):
        print(f"Some have changed since they were listed, so they were left. See again: {command}")
        return 1
    return 0


def _suspects(cognito: Any, dynamodb: Any, table: str, pool: str) -> set[bytes]:
    """The users of old records whom no page of the pool shows, each in 16 bytes."""
    # In this order, so that a user who signs up after the table was read is not a suspect.
    items = dynamodb.describe_table(TableName=table)["Table"].get("ItemCount")
    suspects = old_records(_bar(_records(dynamodb, table), "Records", items))
    users = cognito.describe_user_pool(UserPoolId=pool)["UserPool"].get("EstimatedNumberOfUsers")
    for sub in _bar(_subs(cognito, pool), "Users", users):
        suspects.discard(_packed(sub))
    return suspects


def old_records(items: Iterable[dict[str, Any]]) -> set[bytes]:
    """The users of the records that are old enough. Each takes 16 bytes, as there may be millions.

    Leaves out items that the stack has not written: they have no time, or their key is not a `sub`.
    """
    latest = datetime.now(UTC) - MINIMUM_AGE
    users = set()
    for item in items:
        try:
            created_at = datetime.fromisoformat(item["CreatedAt"]["S"])
            packed = _packed(item["UserID"]["S"])
            if packed and created_at < latest:
                users.add(packed)
        except (KeyError, ValueError, TypeError):
            continue
    return users


def _packed(sub: str) -> bytes:
    """A `sub` in 16 bytes. Empty if it is not in the form that Cognito uses."""
    try:
        parsed = uuid.UUID(sub)
    except ValueError:
        return b""
    return parsed.bytes if str(parsed) == sub else b""


def _records(dynamodb: Any, table: str) -> Iterator[dict[str, Any]]:
    pages = dynamodb.get_paginator("scan").paginate(
        TableName=table, ProjectionExpression="UserID, CreatedAt"
    )
    for page in pages:
        yield from page["Items"]


def _subs(cognito: Any, pool: str, **parameters: str) -> Iterator[str]:
    pages = cognito.get_paginator("list_users").paginate(
        UserPoolId=pool, AttributesToGet=["sub"], **parameters
    )
    for page in pages:
        for user in page["Users"]:
            yield from (entry["Value"] for entry in user["Attributes"] if entry["Name"] == "sub")


def _is_user(cognito: Any, pool: str, user_id: str) -> bool:
    """Whether a search finds the user. Not by username: a federated user's is not the `sub`."""
    return any(_subs(cognito, pool, Filter=f'sub = "{user_id}"'))


def _created_at(dynamodb: Any, table: str, user_id: str) -> str | None:
    """When the record was created; None if it is no longer there."""
    answer = dynamodb.get_item(
        TableName=table,
        Key={"UserID": {"S": user_id}},
        ConsistentRead=True,
        ProjectionExpression="CreatedAt",
    )
    created_at: str | None = answer.get("Item", {}).get("CreatedAt", {}).get("S")
    return created_at


def _delete(dynamodb: Any, table: str, user_id: str, created_at: str) -> bool:
    """Delete the record if it is still the one that was listed. Returns whether it was."""
    try:
        dynamodb.delete_item(
            TableName=table,
            Key={"UserID": {"S": user_id}},
            ConditionExpression="CreatedAt = :created_at",
            ExpressionAttributeValues={":created_at": {"S": created_at}},
        )
    except dynamodb.exceptions.ConditionalCheckFailedException:
        return False
    return True


def _bar[One](things: Iterable[One], name: str, total: int | None) -> Iterable[One]:
    bar: Iterable[One] = tqdm(things, name, total, unit="", unit_scale=True, disable=None)
    return bar


if __name__ == "__main__":
    sys.exit(main())
