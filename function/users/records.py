"""Reads and writes records in DynamoDB, for the sweep."""

import decimal
import random
import time
from collections.abc import Collection, Iterable
from typing import TYPE_CHECKING, Any

import boto3
from botocore.config import Config

from users.calls import CallError, call
from users.configuration import PARTITION_KEY, StoredAttribute

if TYPE_CHECKING:  # the stubs are not in the zip
    from mypy_boto3_dynamodb.type_defs import AttributeValueTypeDef

    from users.item import Item

type Changes = dict[str, AttributeValueTypeDef | None]  # None removes the attribute

WRITES_AT_ONCE = 16

# For how long the sweep asks again for keys that DynamoDB left unprocessed.
_UNPROCESSED_SECONDS = 5.0
_FIRST_WAIT_SECONDS = 0.05

# Three attempts end within 9 s: 2 s each, and waits of 3 s in all.
_CONFIG = Config(
    connect_timeout=0.5,
    read_timeout=1.5,
    max_pool_connections=WRITES_AT_ONCE,
    retries={"mode": "standard", "total_max_attempts": 3},
)


class Records:
    """The table of records, keyed by the users' `sub`."""

    def __init__(self, table: str, region: str | None, attributes: Iterable[str] = ()) -> None:
        """Create the client. Sends nothing.

        `table` is the table's name or ARN. `region` is its Region; None means the function's own.
        `attributes` are those to read besides the key.
        """
        self._table = table
        # The SDK does not take the Region from the table's ARN.
        self._client = boto3.client("dynamodb", region_name=region, config=_CONFIG)
        self._names = {
            f"#{number}": name for number, name in enumerate((PARTITION_KEY, *attributes))
        }

    def read(self, subs: Collection[str]) -> "dict[str, Item]":
        """The records of up to 100 users, by `sub`. Users without a record are left out.

        Eventually consistent, so a record of the last second may be missing. Raises CallError.
        """
        items: dict[str, Item] = {}
        request: dict[str, Any] = {}
        if subs:
            request[self._table] = {
                "Keys": [{PARTITION_KEY: {"S": sub}} for sub in subs],
                "ProjectionExpression": ", ".join(self._names),
                "ExpressionAttributeNames": self._names,
            }
        wait, deadline = _FIRST_WAIT_SECONDS, time.monotonic() + _UNPROCESSED_SECONDS
        while request:
            answer = call(self._client.batch_get_item, RequestItems=request)
            for found in answer["Responses"].values():
                items.update((item[PARTITION_KEY]["S"], item) for item in found)
            request = dict(answer.get("UnprocessedKeys", {}))
            if request:
                if time.monotonic() + wait > deadline:
                    raise CallError("UnprocessedKeys", throttled=True)
                time.sleep(random.uniform(0, wait))  # noqa: S311 - no secret
                wait *= 2
        return items

    def put_if_absent(self, item: "Item") -> bool:
        """Write `item`. Returns False if the user already has a record, which stays unchanged.

        Raises CallError.
        """
        return self._write(
            self._client.put_item,
            Item=item,
            ConditionExpression=f"attribute_not_exists({PARTITION_KEY})",
        )

    def update(self, sub: str, changes: Changes) -> bool:
        """Set the attributes of a user's record, and remove those that are None.

        Returns False if there is no record, and creates none. Raises CallError.
        """
        sets, removes, names, values = [], [], {}, {}
        for number, (name, value) in enumerate(changes.items()):
            names[f"#{number}"] = name
            if value is None:
                removes.append(f"#{number}")
            else:
                sets.append(f"#{number} = :{number}")
                values[f":{number}"] = value
        clauses = [("SET", sets), ("REMOVE", removes)]
        parameters: dict[str, Any] = {"ExpressionAttributeValues": values} if values else {}
        return self._write(
            self._client.update_item,
            Key={PARTITION_KEY: {"S": sub}},
            UpdateExpression=" ".join(
                f"{verb} {', '.join(what)}" for verb, what in clauses if what
            ),
            ConditionExpression=f"attribute_exists({PARTITION_KEY})",
            ExpressionAttributeNames=names,
            ReturnValues="NONE",
            **parameters,
        )

    def _write(self, operation: Any, **parameters: Any) -> bool:
        """Write if the condition holds. Returns whether it did. Raises CallError."""
        try:
            call(operation, TableName=self._table, **parameters)
        except CallError as error:
            if error.code != "ConditionalCheckFailedException":
                raise
            return False
        return True


def differences(
    item: "Item", wanted: "Item", stored_attributes: Iterable[StoredAttribute]
) -> Changes:
    """The changes that make the stored attributes of `item` equal to those of `wanted`."""
    return {
        name: wanted.get(name)
        for name, _, _ in stored_attributes
        if not _equal(item.get(name), wanted.get(name))
    }


def _equal(one: "AttributeValueTypeDef | None", other: "AttributeValueTypeDef | None") -> bool:
    if one and other and "N" in one and "N" in other:
        # DynamoDB returns a number in another notation, such as 100 for 1E+2.
        return decimal.Decimal(one["N"]) == decimal.Decimal(other["N"])
    return one == other
