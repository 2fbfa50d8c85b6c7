"""`make rollback ENV=prod`: switches back to the versions before the last deployment.

Lambda keeps every version that was ever deployed, with its code and its configuration. Cognito and
the sweep call the alias `live` of each function. Before a deployment, remember_live.py points the
alias `previous` at the version that is live.
"""

import argparse
import sys
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import boto3

from scripts.command import CommandError, exit_status
from scripts.outputs import read_outputs
from scripts.remember_live import LIVE, PREVIOUS


@dataclass(frozen=True)
class Function:
    """A deployed function. `versions` is the answer of ListVersionsByFunction, by number."""

    functions: Any
    name: str
    versions: dict[str, dict[str, Any]]

    @classmethod
    def read(cls, functions: Any, alias_arn: str) -> "Function":
        """The function that the alias belongs to."""
        name = alias_arn.split(":")[-2]
        pages = functions.get_paginator("list_versions_by_function").paginate(FunctionName=name)
        found = {one["Version"]: one for page in pages for one in page["Versions"]}
        found.pop("$LATEST", None)
        return cls(functions, name, found)

    def previous(self) -> str | None:
        """The version that was live before the last deployment that changed it, if any was."""
        try:
            answer = self.functions.get_alias(FunctionName=self.name, Name=PREVIOUS)
        except self.functions.exceptions.ResourceNotFoundException:
            return None
        return str(answer["FunctionVersion"])

    def like(self, other: dict[str, Any]) -> str | None:
        """The latest version that was deployed together with a version of the other function.

        Two such versions have the same code, and agree in the environment variables they share.
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
        """Point `live` at the version. Returns a sentence for the user about it."""
        live = self.functions.get_alias(FunctionName=self.name, Name=LIVE)
        before = live["FunctionVersion"]
        if before == version:
            return f"{self.name}: {self.shown(version)} is live already."
        self.functions.update_alias(
            FunctionName=self.name,
            Name=LIVE,
            FunctionVersion=version,
            RevisionId=live["RevisionId"],  # Lambda refuses if somebody moved it just now
        )
        return f"{self.name}: {self.shown(version)} is live now, instead of {self.shown(before)}."

    def shown(self, version: str) -> str:
        """A version and its time, such as `version 2 (2026-11-25 03:02 UTC)`."""
        created = datetime.fromisoformat(self.versions[version]["LastModified"]).astimezone(UTC)
        return f"version {version} ({created:%Y-%m-%d %H:%M} UTC)"


def main() -> int:
    """Point `live` of both functions back, and print from which version to which."""
    parser = argparse.ArgumentParser(description="Switch back to the previous versions.")
    parser.add_argument("environment", help="such as dev")
    parser.add_argument("--version", help="of the trigger's function, instead of the previous one")
    options = parser.parse_args()
    return exit_status(lambda: _roll_back(options.environment, options.version))


def _roll_back(environment: str, asked: str | None) -> None:
    outputs = read_outputs(environment)
    functions = boto3.Session(region_name=outputs["region"]).client("lambda")
    trigger = Function.read(functions, outputs["alias_arn"])
    sweep = Function.read(functions, outputs["reconcile_alias_arn"])
    version = _version(trigger, asked, environment)
    print(trigger.serve(version))
    with_it = sweep.like(trigger.versions[version]) if asked else sweep.previous()
    if with_it is None:
        print(f"{sweep.name}: unchanged, because no version of it belongs to that one.")
    else:
        print(sweep.serve(with_it))
    print(
        f"To switch to another version: make rollback ENV={environment} VERSION=<number>\n"
        "To deploy what is in this folder again: "
        f"make plan ENV={environment}, then make deploy ENV={environment}"
    )


def _version(trigger: Function, asked: str | None, environment: str) -> str:
    """The version to switch back to. Raises CommandError if there is none."""
    version = asked or trigger.previous()
    if version in trigger.versions:
        return str(version)
    known = "\n".join(f"  {trigger.shown(one)}" for one in trigger.versions)
    why = "no previous version" if version is None else f"no version {version}"
    raise CommandError(
        f"{trigger.name} has {why}, so nothing was changed. Its versions:\n{known}\n"
        f"To switch to one of them: make rollback ENV={environment} VERSION=<number>"
    )


if __name__ == "__main__":
    sys.exit(main())
