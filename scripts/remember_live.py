"""Before a deployment, remembers which version of each function is live, for `make rollback`.

    terraform show -json <plan> | remember_live.py

It points the alias `previous` at the version that the alias `live` points at. Terraform does not
manage `previous`. If the plan changes no alias `live`, this changes nothing.
"""

import json
import sys
from typing import Any

import boto3

from scripts.command import exit_status

LIVE = "live"
PREVIOUS = "previous"


def main() -> int:
    """Remember the versions; 1 if that fails, and then nothing may be deployed."""
    return exit_status(
        lambda: _remember_all(json.load(sys.stdin)),
        "The live version could not be remembered, so nothing was deployed.",
    )


def _remember_all(plan: dict[str, Any]) -> None:
    changes = plan.get("resource_changes", [])
    aliases = [
        one["change"]
        for one in changes
        if one["type"] == "aws_lambda_alias" and (one["change"]["before"] or {}).get("name") == LIVE
    ]
    if any(change["actions"] != ["no-op"] for change in aliases):
        for change in aliases:
            _remember(change["before"]["arn"])


def _remember(alias_arn: str) -> None:
    region, name = alias_arn.split(":")[3], alias_arn.split(":")[-2]
    functions: Any = boto3.Session(region_name=region).client("lambda")
    missing = functions.exceptions.ResourceNotFoundException
    try:
        version = functions.get_alias(FunctionName=name, Name=LIVE)["FunctionVersion"]
    except missing:  # Somebody deleted it, and Terraform will create it again.
        return
    previous = {"FunctionName": name, "Name": PREVIOUS, "FunctionVersion": version}
    try:
        functions.update_alias(**previous)
    except missing:
        functions.create_alias(**previous)


if __name__ == "__main__":
    sys.exit(main())
