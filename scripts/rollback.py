"""`make rollback ENV=prod`: what served before the last deployment takes the calls again.

Every version that was ever deployed is kept, with its code and its configuration. Of each function
the alias `live` is called; `previous` is at the version before the last deployment (remember_live).
"""

import argparse
import sys
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import boto3
from botocore.exceptions import BotoCoreError, ClientError

from scripts.outputs import OutputsError, read_outputs
from scripts.remember_live import LIVE, PREVIOUS


class RollbackError(Exception):
    """There is nothing to roll back to; the message says why and what to do."""


@dataclass(frozen=True)
class Function:
    """A deployed function; its versions are by number, as `list_versions_by_function` has them."""

    functions: Any
    name: str
    versions: dict[str, dict[str, Any]]

    @classmethod
    def read(cls, functions: Any, alias_arn: str) -> "Function":
        """The function of an alias's ARN."""
        name = alias_arn.split(":")[-2]
        pages = functions.get_paginator("list_versions_by_function").paginate(FunctionName=name)
        found = {one["Version"]: one for page in pages for one in page["Versions"]}
        found.pop("$LATEST", None)
        return cls(functions, name, found)

    def previous(self) -> str | None:
        """The version that served before the last deployment that changed what serves."""
        try:
            answer = self.functions.get_alias(FunctionName=self.name, Name=PREVIOUS)
        except self.functions.exceptions.ResourceNotFoundException:
            return None
        return str(answer["FunctionVersion"])

    def like(self, other: dict[str, Any]) -> str | None:
        """The latest version that was deployed together with a version of another function.

        Both then have the same code, and the same values of the variables that both have.
        """
        wanted = other["Environment"]["Variables"]
        matching = [
            number
            for number, one in self.versions.items()
            if one["CodeSha256"] == other["CodeSha256"]
            and all(
                wanted.get(name, value) == value
                for name, value in one["Environment"]["Variables"].items()
            )
        ]
        return max(matching, key=int, default=None)

    def serve(self, version: str) -> str:
        """Point `live` at the version. Returns a sentence that tells the user what was done."""
        live = self.functions.get_alias(FunctionName=self.name, Name=LIVE)
        before = live["FunctionVersion"]
        if before == version:
            return f"{self.name}: {self.shown(version)}, serves already."
        self.functions.update_alias(
            FunctionName=self.name,
            Name=LIVE,
            FunctionVersion=version,
            RevisionId=live["RevisionId"],  # refused if somebody else moved it just now
        )
        return f"{self.name}: {self.shown(version)}, serves now, instead of {self.shown(before)}."

    def shown(self, version: str) -> str:
        """A version and when it was made, such as `version 2, made 2026-11-25 03:02 UTC`."""
        made = datetime.fromisoformat(self.versions[version]["LastModified"]).astimezone(UTC)
        return f"version {version}, made {made:%Y-%m-%d %H:%M} UTC"


def main() -> int:
    """Point `live` of both functions back, and say from which version to which."""
    parser = argparse.ArgumentParser(description="Let what served before serve again.")
    parser.add_argument("environment", help="such as dev")
    parser.add_argument("--version", help="of the trigger's function, instead of the previous one")
    options = parser.parse_args()
    environment = options.environment
    try:
        outputs = read_outputs(environment, "make rollback ENV=prod")
        functions = boto3.Session(region_name=outputs["region"]).client("lambda")
        trigger = Function.read(functions, outputs["alias_arn"])
        sweep = Function.read(functions, outputs["reconcile_alias_arn"])
        version = _version(trigger, options.version, environment)
        print(trigger.serve(version))
        with_it = sweep.like(trigger.versions[version]) if options.version else sweep.previous()
        if with_it is None:
            print(f"{sweep.name}: no version belongs to that one, so it was left as it is.")
        else:
            print(sweep.serve(with_it))
    except (RollbackError, OutputsError, ClientError, BotoCoreError) as error:
        print(error, file=sys.stderr)
        return 1
    print(
        f"Another version: make rollback ENV={environment} VERSION=<number>\n"
        "Forward again, to what is in this folder: "
        f"make plan ENV={environment}, then make deploy ENV={environment}"
    )
    return 0


def _version(trigger: Function, asked: str | None, environment: str) -> str:
    """The version to go back to. Raises RollbackError if there is none."""
    version = asked or trigger.previous()
    if version in trigger.versions:
        return str(version)
    known = "\n".join(f"  {trigger.shown(one)}" for one in trigger.versions)
    if version is None:
        why = "has served nothing else since it was first deployed"
    else:
        why = f"has no version {version}"
    raise RollbackError(
        f"{trigger.name} {why}, so nothing was changed. Its versions:\n{known}\n"
        f"To go to one of them: make rollback ENV={environment} VERSION=<number>"
    )


if __name__ == "__main__":
    sys.exit(main())
