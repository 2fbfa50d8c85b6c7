"""`make orphans ENV=dev [DELETE=1]`: records whose user is no longer in the user pool.

A record counts as one only if it is over an hour old, no page of the whole pool shows its user
after the table was read, and a search for its user finds nobody.
"""

import argparse
import sys
import uuid
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from tqdm import tqdm

from scripts.outputs import OutputsError, read_outputs

USAGE = "make orphans ENV=dev"
MINIMUM_AGE = timedelta(hours=1)

# A whole pool takes many calls of a quota that the whole account shares: these slow down.
_CONFIG = Config(retries={"mode": "adaptive", "total_max_attempts": 10})


def main() -> int:
    """List the records, and delete them if asked to; 0 only if none is left."""
    parser = argparse.ArgumentParser(description="List records whose user is gone.")
    parser.add_argument("environment", help="such as dev")
    parser.add_argument("--delete", action="store_true", help="delete them")
    options = parser.parse_args()
    try:
        outputs = read_outputs(options.environment, USAGE)
        found, deleted = _orphans(outputs, delete=options.delete)
    except KeyboardInterrupt:
        print("\nStopped; what was deleted stays deleted. It can be run again.", file=sys.stderr)
        return 130
    except (OutputsError, ClientError, BotoCoreError) as error:
        print(error, file=sys.stderr)
        return 1
    print(f"{found:,} records have no user, {deleted:,} of them were deleted.")
    if found > deleted and not options.delete:
        print(f"To delete them: make orphans ENV={options.environment} DELETE=1")
    return 0 if found == deleted else 1


def _orphans(outputs: dict[str, Any], *, delete: bool) -> tuple[int, int]:
    """List the records, and delete them if asked to: how many there are, how many are deleted."""
    cognito: Any = boto3.client("cognito-idp", region_name=outputs["region"], config=_CONFIG)
    table_region = outputs["table_arn"].split(":")[3]
    dynamodb: Any = boto3.client("dynamodb", region_name=table_region, config=_CONFIG)
    table, pool = outputs["table_arn"], outputs["user_pool_id"]

    # In this order: who signs up after the table was read is not among the suspects.
    items = dynamodb.describe_table(TableName=table)["Table"].get("ItemCount")
    suspects = old_records(_bar(_records(dynamodb, table), "Records", items))
    users = cognito.describe_user_pool(UserPoolId=pool)["UserPool"].get("EstimatedNumberOfUsers")
    for sub in _bar(_subs(cognito, pool), "Users", users):
        suspects.discard(_packed(sub))

    found = deleted = 0
    for packed in _bar(suspects, "Records without a user in the list", len(suspects)):
        user_id = str(uuid.UUID(bytes=packed))
        # Not by username: a federated user's is another.
        if any(_subs(cognito, pool, Filter=f'sub = "{user_id}"')):
            continue
        created_at = _created_at(dynamodb, table, user_id)
        if created_at is None:  # deleted by somebody else meanwhile
            continue
        found += 1
        gone = delete and _delete(dynamodb, table, user_id, created_at)
        deleted += gone
        tqdm.write(f"{user_id}  {created_at}{'  deleted' if gone else ''}")
    return found, deleted


def old_records(items: Iterable[dict[str, Any]]) -> set[bytes]:
    """The users of the records that are old enough, each in 16 bytes: there may be millions.

    What the stack has not written is left out: without a time, or with a key that is no `sub`.
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
    """A `sub` in 16 bytes; empty if it is not in the one form that Cognito gives."""
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


def _created_at(dynamodb: Any, table: str, user_id: str) -> str | None:
    """When the record was made; None if it is no longer there."""
    answer = dynamodb.get_item(
        TableName=table,
        Key={"UserID": {"S": user_id}},
        ConsistentRead=True,
        ProjectionExpression="CreatedAt",
    )
    created_at: str | None = answer.get("Item", {}).get("CreatedAt", {}).get("S")
    return created_at


def _delete(dynamodb: Any, table: str, user_id: str, created_at: str) -> bool:
    """Delete the record that was looked at, and no later one; whether it is gone."""
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
