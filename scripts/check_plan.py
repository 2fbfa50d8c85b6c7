"""Looks into a plan, given as JSON on stdin: `terraform show -json <plan> | check_plan.py …`.

Called by scripts/terraform.sh: with --new when the plan was made, with --same-zip before it is
applied. Exit status 1 and a message when the plan must not be applied.
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
# The types of resources that hold the users, and what is gone with them.
HELD = {POOL: "users", TABLE: "records"}
# Why Terraform replaces a resource although no argument asks for it:
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
    parser.add_argument("--new", action="store_true", help="it says what is meant, and users stay")
    parser.add_argument("--same-zip", action="store_true", help="the zip is the one planned with")
    options = parser.parse_args()
    text = sys.stdin.read()
    if not text:  # Terraform has said why.
        return 1
    plan = json.loads(text)
    refusal = (options.new and _refusal(plan, options.environment)) or (
        options.same_zip and _changed_zip(plan, options.environment)
    )
    if refusal:
        print(refusal, file=sys.stderr)
        return 1
    return 0


def _refusal(plan: dict[str, Any], environment: str) -> str | None:
    """Why a new plan is rejected, and what to do; None for a good one."""
    for what, found, advice in (
        (
            "has attributes that the variables do not have, and Terraform drops them",
            _misspelt(plan),
            (
                f"Correct terraform/environments/{environment}.tfvars, and plan again: "
                f"make plan ENV={environment}"
            ),
        ),
        (
            f"would delete what holds the users of {environment}",
            _losses(plan),
            (
                "Undo that change. If it is needed: add an environment beside this one, deploy it, "
                "and move the users there.\n"
                f"If nobody needs these users: make destroy ENV={environment}, then "
                f"make plan ENV={environment}"
            ),
        ),
        (
            "changes custom attributes, which Cognito never changes or removes",
            _changed_attributes(plan),
            (
                "Undo that in custom_attributes. To stop using an attribute, leave it out of "
                "stored_attributes and of the clients' write_attributes. For another type or "
                "limit, add an attribute with another name."
            ),
        ),
    ):
        if lines := [f"  {one}" for one in found]:
            return "\n".join([f"This plan {what}, so it was rejected:", *lines, advice])
    return None


@dataclass(frozen=True)
class _Each:
    """The type of a map, list or set, by that of its elements."""

    element: "_Type"


# The attributes of an object with their types, a collection, or None for anything else.
type _Type = dict[str, _Type] | _Each | None


def _misspelt(plan: dict[str, Any]) -> Iterator[str]:
    """A sentence for each attribute of a variable that its type does not have."""
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
            f"{resource['address']} would be {what}, and all its {HELD[resource['type']]} be gone, "
            f"because {_reason(resource)}."
        )


def _reason(resource: dict[str, Any]) -> str:
    paths = resource["change"].get("replace_paths", [])
    if paths:
        arguments = sorted({".".join(str(step) for step in path) for path in paths})
        return f"AWS cannot change {', '.join(arguments)} of one that is there"
    return REASONS.get(resource.get("action_reason", ""), "the configuration has it no longer")


def _changed_attributes(plan: dict[str, Any]) -> Iterator[str]:
    """A sentence for each custom attribute of a pool that the plan changes or removes."""
    for resource in plan.get("resource_changes", []):
        change = resource["change"]
        if resource["type"] != POOL or change["actions"] != ["update"]:
            continue
        if "schema" not in change["after"]:  # not known before the apply
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
    """An attribute of a schema with its limits beside its type, all as texts."""
    flat: dict[str, str] = {}
    for name, value in attribute.items():
        if isinstance(value, list):  # the block of limits, of which there is one at most
            for block in value:
                flat |= _flat(block)
        elif value is not None:
            flat[name] = value if isinstance(value, str) else json.dumps(value)
    return flat


def _changed_zip(plan: dict[str, Any], environment: str) -> str | None:
    """Which zip file is not as it was when the plan was made; None if all are."""
    changed = set(_changed_zips(plan["planned_values"]["root_module"]))
    if not changed:
        return None
    return (
        f"{', '.join(sorted(changed))} is not the zip that was planned with. "
        f"Plan again: make plan ENV={environment}"
    )


def _changed_zips(module: dict[str, Any]) -> Iterator[str]:
    for resource in module.get("resources", []):
        values = resource.get("values", {})  # none if nothing is known before the apply
        if resource["type"] == "aws_lambda_function" and values.get("filename"):
            path = Path(values["filename"])
            digest = hashlib.sha256(path.read_bytes()).digest() if path.is_file() else b""
            if base64.b64encode(digest).decode() != values["source_code_hash"]:
                yield path.name
    for child in module.get("child_modules", []):
        yield from _changed_zips(child)


if __name__ == "__main__":
    sys.exit(main())
