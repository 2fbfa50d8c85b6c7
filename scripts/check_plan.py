"""Checks a plan, given as JSON on stdin: `terraform show -json <plan> | check_plan.py …`.

scripts/terraform.sh calls it with --new after it has made a plan, and with --same-zip before it
applies one. If the plan must not be applied, it prints why, and the exit status is 1.
"""

import argparse
import base64
import hashlib
import json
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from hcl2.query.body import DocumentView
from hcl2.rules.containers import ObjectRule
from hcl2.rules.expressions import ExprTermRule
from hcl2.rules.functions import FunctionCallRule

if TYPE_CHECKING:
    from hcl2.query.blocks import BlockView
    from hcl2.rules.base import AttributeRule

VARIABLES = Path(__file__).parents[1] / "terraform" / "variables.tf"
POOL, TABLE = "aws_cognito_user_pool", "aws_dynamodb_table"
# The types of resources that hold users, and what is lost with such a resource.
HELD = {POOL: "users", TABLE: "records"}
# Reasons for a replacement other than a changed argument:
# https://developer.hashicorp.com/terraform/internals/json-format#change-representation
REASONS = {
    "replace_by_request": "the option -replace names it",
    "replace_by_triggers": "its replace_triggered_by names a resource that changes",
    "replace_because_tainted": "it is marked as tainted (see terraform untaint)",
}


def main() -> int:
    """Make the checks that the options ask for."""
    parser = argparse.ArgumentParser(description="Check a plan.")
    parser.add_argument("--environment", required=True, help="such as dev")
    parser.add_argument("--new", action="store_true", help="check the variables and the changes")
    parser.add_argument("--same-zip", action="store_true", help="check the function's zip")
    options = parser.parse_args()
    plan = json.load(sys.stdin)
    refusal = (options.new and _refusal(plan, options.environment)) or (
        options.same_zip and _changed_zip(plan, options.environment)
    )
    if refusal:
        print(refusal, file=sys.stderr)
        return 1
    return 0


def _refusal(plan: dict[str, Any], environment: str) -> str | None:
    """Why a new plan is rejected, and what to do. None for a good plan."""
    for what, found, advice in (
        (
            "sets attributes that do not exist, and Terraform would ignore them",
            _misspelt(plan),
            (
                f"Correct terraform/environments/{environment}.tfvars, then plan again: "
                f"make plan ENV={environment}"
            ),
        ),
        (
            f"would delete users or records of {environment}",
            _losses(plan),
            (
                "Undo that change. If you need it, add a second environment, deploy it, and move "
                "the users there.\n"
                f"If nobody needs these users: make destroy ENV={environment}, then "
                f"make plan ENV={environment}"
            ),
        ),
        (
            "changes custom attributes, but Cognito can only add them",
            _changed_attributes(plan),
            (
                "Undo that change in custom_attributes. If you no longer use an attribute, remove "
                "it from stored_attributes and from the app clients' write_attributes. If you need "
                "another type or limit, add an attribute with another name."
            ),
        ),
    ):
        if lines := [f"  {one}" for one in found]:
            return "\n".join([f"This plan {what}, so it was rejected:", *lines, advice])
    return None


@dataclass(frozen=True)
class _Each:
    """The type of a map, list or set. `element` is the type of its elements."""

    element: "_Type"


# A dict is an object: its attributes and their types. None is any type without attributes.
type _Type = dict[str, _Type] | _Each | None


def _misspelt(plan: dict[str, Any]) -> Iterator[str]:
    """A sentence for each attribute that a variable sets and that its type does not have."""
    values = plan.get("variables", {})
    blocks = DocumentView.parse(VARIABLES.read_text()).blocks("variable")
    for block in cast("list[BlockView]", blocks):
        (name,) = block.name_labels
        declared = block.attribute("type")
        if name in values and declared is not None:
            expression = cast("AttributeRule", declared.raw).expression
            yield from _unknown(name, values[name].get("value"), _type(expression))


def _type(expression: Any) -> _Type:
    """The type that an expression such as `map(object({ a = optional(string) }))` declares."""
    while isinstance(expression, ExprTermRule):
        expression = expression.expression
    if isinstance(expression, ObjectRule):
        return {str(one.key.serialize()): _type(one.expression) for one in expression.elements}
    if not isinstance(expression, FunctionCallRule) or expression.arguments is None:
        return None
    (constructor,) = (one.serialize() for one in expression.identifiers)
    argument = _type(expression.arguments.arguments[0])
    return _Each(argument) if constructor in ("list", "map", "set") else argument


def _unknown(path: str, value: Any, declared: _Type) -> Iterator[str]:
    if isinstance(declared, _Each) and isinstance(value, dict):
        for key, one in value.items():
            yield from _unknown(f"{path}.{key}", one, declared.element)
    elif isinstance(declared, _Each) and isinstance(value, list):
        for one in value:
            yield from _unknown(path, one, declared.element)
    elif isinstance(declared, dict) and isinstance(value, dict):
        for key, one in value.items():
            if key in declared:
                yield from _unknown(f"{path}.{key}", one, declared[key])
            else:
                yield f"{path} has no attribute {key}, only {', '.join(sorted(declared))}."


def _losses(plan: dict[str, Any]) -> Iterator[str]:
    """A sentence for each pool and table that the plan deletes or replaces."""
    for resource in plan.get("resource_changes", []):
        actions = resource["change"]["actions"]
        if resource["type"] not in HELD or "delete" not in actions:
            continue
        what = "replaced" if "create" in actions else "deleted"
        yield (
            f"{resource['address']} would be {what} and lose all its {HELD[resource['type']]}, "
            f"because {_reason(resource)}."
        )


def _reason(resource: dict[str, Any]) -> str:
    paths = resource["change"].get("replace_paths", [])
    if paths:
        arguments = sorted({".".join(str(step) for step in path) for path in paths})
        return f"AWS cannot change its {', '.join(arguments)}"
    return REASONS.get(resource.get("action_reason", ""), "the configuration no longer has it")


def _changed_attributes(plan: dict[str, Any]) -> Iterator[str]:
    """A sentence for each custom attribute of a pool that the plan changes or removes."""
    for resource in plan.get("resource_changes", []):
        change = resource["change"]
        if resource["type"] != POOL or change["actions"] != ["update"]:
            continue
        if "schema" not in change["after"]:  # Terraform knows it only during the apply
            continue
        before, after = (
            {one["name"]: _flat(one) for one in change[moment]["schema"]}
            for moment in ("before", "after")
        )
        for name, was in before.items():
            if name not in after:
                yield f"{name} would be removed."
                continue
            changes = [
                f"{path} from {was.get(path, 'none')} to {after[name].get(path, 'none')}"
                for path in sorted(was.keys() | after[name].keys())
                if was.get(path) != after[name].get(path)
            ]
            if changes:
                yield f"{name} would change: {', '.join(changes)}."


def _flat(attribute: Mapping[str, Any]) -> dict[str, str]:
    """An attribute of a schema as one dict of texts: its settings, and the limits of its values."""
    flat: dict[str, str] = {}
    for name, value in attribute.items():
        if isinstance(value, list):  # blocks of limits; at most one has any
            for block in value:
                flat |= _flat(block)
        elif value is not None:
            flat[name] = value if isinstance(value, str) else json.dumps(value)
    return flat


def _changed_zip(plan: dict[str, Any], environment: str) -> str | None:
    """What to do if a zip file has changed since the plan was made. None if none has."""
    changed = set(_changed_zips(plan["planned_values"]["root_module"]))
    if not changed:
        return None
    return (
        f"{', '.join(sorted(changed))} has changed since the plan was made. "
        f"Plan again: make plan ENV={environment}"
    )


def _changed_zips(module: dict[str, Any]) -> Iterator[str]:
    for resource in module.get("resources", []):
        values = resource.get("values", {})  # missing if nothing is known before the apply
        if resource["type"] == "aws_lambda_function" and values.get("filename"):
            path = Path(values["filename"])
            digest = hashlib.sha256(path.read_bytes()).digest() if path.is_file() else b""
            if base64.b64encode(digest).decode() != values["source_code_hash"]:
                yield path.name
    for child in module.get("child_modules", []):
        yield from _changed_zips(child)


if __name__ == "__main__":
    sys.exit(main())
