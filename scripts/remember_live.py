"""Has each function remember what it serves, before a plan changes that, for `make rollback`.

    terraform show -json <plan> | remember_live.py

The alias `previous` then is at the version that `live` is at. Terraform does not know of it. A plan
that leaves all `live` as they are changes nothing: what served before is still what served before.
"""

import json
import sys
from typing import Any

import boto3
from botocore.exceptions import BotoCoreError, ClientError

LIVE = "live"
PREVIOUS = "previous"


def main() -> int:
    """Remember; 1 if AWS refuses, and then nothing may be deployed."""
    changes = json.load(sys.stdin).get("resource_changes", [])
    aliases = [
        one["change"]
        for one in changes
        if one["type"] == "aws_lambda_alias" and (one["change"]["before"] or {}).get("name") == LIVE
    ]
    if all(change["actions"] == ["no-op"] for change in aliases):
        return 0
    try:
        for change in aliases:
            _remember(change["before"]["arn"])
    except (ClientError, BotoCoreError) as error:
        print(
            f"What serves now could not be remembered, so nothing was changed: {error}",
            file=sys.stderr,
        )
        return 1
    return 0


def _remember(alias_arn: str) -> None:
    region, name = alias_arn.split(":")[3], alias_arn.split(":")[-2]
    functions: Any = boto3.Session(region_name=region).client("lambda")
    missing = functions.exceptions.ResourceNotFoundException
    try:
        version = functions.get_alias(FunctionName=name, Name=LIVE)["FunctionVersion"]
    except missing:  # Somebody deleted it, and Terraform makes it again.
        return
    previous = {"FunctionName": name, "Name": PREVIOUS, "FunctionVersion": version}
    try:
        functions.update_alias(**previous)
    except missing:
        functions.create_alias(**previous)


if __name__ == "__main__":
    sys.exit(main())
