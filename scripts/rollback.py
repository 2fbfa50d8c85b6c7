"""`make rollback ENV=prod`: the version before the one that runs takes the calls again.

Every version ever deployed is kept, with its code and its configuration; Cognito calls the alias
`live`, which points at one of them.
"""

import argparse
import sys
from typing import Any

import boto3
from botocore.exceptions import BotoCoreError, ClientError

from scripts.outputs import OutputsError, read_outputs


class RollbackError(Exception):
    """There is nothing to roll back, or nothing to roll back to; the message says which."""


def main() -> int:
    """Point the alias at the version before, and say from which to which."""
    parser = argparse.ArgumentParser(description="Let the version before take the calls.")
    parser.add_argument("environment", help="such as dev")
    environment = parser.parse_args().environment
    try:
        outputs = read_outputs(environment, "make rollback ENV=prod")
        function, _, alias = outputs["alias_arn"].partition(":function:")[2].partition(":")
        functions = boto3.Session(region_name=outputs["region"]).client("lambda")
        live = functions.get_alias(FunctionName=function, Name=alias)
        before = _version_before(functions, function, int(live["FunctionVersion"]))
        functions.update_alias(
            FunctionName=function,
            Name=alias,
            FunctionVersion=str(before),
            RevisionId=live["RevisionId"],  # refused if somebody else moved it just now
        )
    except (RollbackError, OutputsError, ClientError, BotoCoreError) as error:
        print(error, file=sys.stderr)
        return 1
    print(
        f"{function}: version {before} takes the calls now, instead of "
        f"{live['FunctionVersion']}.\n"
        "To go forward again, to what is in this folder: "
        f"make plan ENV={environment}, then make deploy ENV={environment}"
    )
    return 0


def _version_before(functions: Any, function: str, live: int) -> int:
    pages = functions.get_paginator("list_versions_by_function").paginate(FunctionName=function)
    versions = [one["Version"] for page in pages for one in page["Versions"]]
    earlier = [int(one) for one in versions if one != "$LATEST" and int(one) < live]
    if not earlier:
        raise RollbackError(
            f"{function} runs version {live}, and there is none before it, so nothing was changed."
        )
    return max(earlier)


if __name__ == "__main__":
    sys.exit(main())
