"""The function's job the usual way: with boto3's resource, as in tutorials."""

import json
import os
from datetime import UTC, datetime
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

STORED_ATTRIBUTES = json.loads(os.environ["STORED_ATTRIBUTES"])
table = boto3.resource(
    "dynamodb",
    config=Config(
        connect_timeout=0.5,
        read_timeout=0.8,
        retries={"mode": "standard", "total_max_attempts": 3},
    ),
).Table(os.environ["TABLE_NAME"])


def handler(event: dict[str, Any], context: object) -> dict[str, Any]:
    now = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    attributes = event["request"]["userAttributes"]
    item = {"UserID": attributes["sub"], "CreatedAt": now}
    for name, attribute in STORED_ATTRIBUTES.items():
        value = next(filter(None, map(attributes.get, attribute["sources"])), None)
        if value is not None:
            item[name] = value
    outcome = "stored"
    try:
        table.put_item(Item=item, ConditionExpression="attribute_not_exists(UserID)")
    except ClientError as error:
        if error.response["Error"]["Code"] != "ConditionalCheckFailedException":
            raise
        outcome = "already_stored"
    print(
        json.dumps(
            {
                "timestamp": now,
                "level": "INFO",
                "outcome": outcome,
                "triggerSource": event["triggerSource"],
                "sub": attributes["sub"],
            }
        )
    )
    return event
