"""Looks into a plan, given as JSON on stdin: `terraform show -json <plan> | check_plan.py …`.

Called by scripts/terraform.sh: with --users-stay when the plan was made, with --same-zip before it
is applied. Exit status 1 and a message when the plan must not be applied.
"""

import argparse
import base64
import hashlib
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

# The types of resources that hold the users, and what is gone with them.
HELD = {"aws_cognito_user_pool": "users", "aws_dynamodb_table": "records"}
# Why Terraform deletes what the configuration does not make anew by an argument:
# https://developer.hashicorp.com/terraform/internals/json-format#change-representation
REASONS = {
    "replace_by_request": "-replace asks for it",
    "replace_by_triggers": "replace_triggered_by asks for it",
    "replace_because_tainted": "it is marked as tainted (see terraform untaint)",
}


def main() -> int:
    """Check what is asked for."""
    parser = argparse.ArgumentParser(description="Look into a plan.")
    parser.add_argument("--environment", required=True, help="such as dev")
    parser.add_argument("--users-stay", action="store_true", help="no pool or table is deleted")
    parser.add_argument("--same-zip", action="store_true", help="the zip is the one planned with")
    options = parser.parse_args()
    text = sys.stdin.read()
    if not text:  # Terraform has said why.
        return 1
    plan = json.loads(text)
    environment = options.environment
    if options.users_stay and (losses := list(_losses(plan))):
        print(
            f"This plan would delete what holds the users of {environment}, so it was thrown away:",
            *(f"  {loss}" for loss in losses),
            "Undo that change. If it is needed: add an environment beside this one, deploy it, and "
            "move the users there.",
            f"If nobody needs these users: make destroy ENV={environment}, then "
            f"make plan ENV={environment}",
            sep="\n",
            file=sys.stderr,
        )
        return 1
    if options.same_zip and (changed := set(_changed_zips(plan["planned_values"]["root_module"]))):
        print(
            f"{', '.join(sorted(changed))} is not the zip that was planned with. "
            f"Plan again: make plan ENV={environment}",
            file=sys.stderr,
        )
        return 1
    return 0


def _losses(plan: dict[str, Any]) -> Iterator[str]:
    """A sentence for each pool and table that the plan deletes or makes anew."""
    for resource in plan.get("resource_changes", []):
        actions = resource["change"]["actions"]
        if resource["type"] not in HELD or "delete" not in actions:
            continue
        what = "made anew" if "create" in actions else "deleted"
        yield (
            f"{resource['address']} would be {what}, and all its {HELD[resource['type']]} be gone, "
            f"because {_reason(resource)}."
        )


def _reason(resource: dict[str, Any]) -> str:
    paths = resource["change"].get("replace_paths", [])
    if paths:
        arguments = sorted({".".join(str(step) for step in path) for path in paths})
        return f"AWS cannot change {', '.join(arguments)} of one that is there"
    return REASONS.get(resource.get("action_reason", ""), "the configuration has it no longer")


def _changed_zips(module: dict[str, Any]) -> Iterator[str]:
    """The zip files that are not as they were when the plan was made."""
    for resource in module.get("resources", []):
        values = resource["values"]
        if resource["type"] == "aws_lambda_function" and values.get("filename"):
            path = Path(values["filename"])
            digest = hashlib.sha256(path.read_bytes()).digest() if path.is_file() else b""
            if base64.b64encode(digest).decode() != values["source_code_hash"]:
                yield path.name
    for child in module.get("child_modules", []):
        yield from _changed_zips(child)


if __name__ == "__main__":
    sys.exit(main())
