"""Writes scripts/local/stack.json: what Terraform creates for the environment `local`.

    make snapshot

It keeps the arguments that the configuration gives to a resource. It replaces an id that AWS makes
up with a reference, such as "${module.cognito.aws_cognito_user_pool.this.id}".
"""

import functools
import json
import re
import sys
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from scripts.local.local_aws import ROOT, LocalAWS, LocalAWSError
from scripts.local.terraform import Terraform, TerraformError, scratch_copy

STACK = ROOT / "scripts" / "local" / "stack.json"

_ENVIRONMENT = "local"
_PROVIDER = "/hashicorp/aws"  # behind the registry's host
_MADE_UP_IDS = {"aws_cognito_user_pool", "aws_cognito_user_pool_client", "aws_kms_key"}
# Only a policy, the definition of a state machine and the body of a dashboard have these keys.
_DOCUMENT_KEYS = {"Statement", "States", "widgets"}
# The first comes from the zip. The provider has the others for Terraform's own use.
_LEFT_OUT = {"source_code_hash", "region", "timeouts"}
_INDEX = re.compile(r"\[[^]]*\]")


def take_snapshot(aws: LocalAWS) -> str:
    """The text of stack.json for the configuration as it is now.

    Raises TerraformError if a tool or the zip is missing or Terraform fails.
    """
    with scratch_copy(aws) as terraform:
        terraform.run("init")
        terraform.run("workspace", "new", _ENVIRONMENT)
        stack = apply(terraform, f"-var-file=environments/{_ENVIRONMENT}.tfvars")
    return json.dumps(stack, indent=2, ensure_ascii=False) + "\n"


def apply(terraform: Terraform, *arguments: str) -> dict[str, Any]:
    """Apply a configuration after `init`, and return what it created in the form of stack.json.

    `arguments` are those of `terraform plan`. Raises TerraformError if Terraform fails.
    """
    terraform.run("plan", "-out=plan", *arguments)
    plan = terraform.json("show", "-json", "plan")
    terraform.run("apply", "plan")
    values = terraform.json("show", "-json")["values"]
    providers = terraform.json("providers", "schema", "-json")["provider_schemas"]
    (schemas,) = (schemas for name, schemas in providers.items() if name.endswith(_PROVIDER))
    return _stack(plan, values, schemas["resource_schemas"])


def _stack(
    plan: Mapping[str, Any], values: Mapping[str, Any], schemas: Mapping[str, Any]
) -> dict[str, Any]:
    """The form of stack.json for a plan and the values after it was applied."""
    resources = [
        one
        for one in resources_of(values["root_module"])
        if one["mode"] == "managed" and one["provider_name"].endswith(_PROVIDER)
    ]
    expressions = dict(_expressions(plan["configuration"]["root_module"]))
    unknown = {one["address"]: one["change"]["after_unknown"] for one in plan["resource_changes"]}
    everywhere = [json.dumps(one["values"]) for one in resources]
    tokens = {
        one["values"]["id"]: f"${{{one['address']}.id}}"
        for one in resources
        if one["type"] in _MADE_UP_IDS
    }
    shown = []
    for one in sorted(resources, key=lambda resource: str(resource["address"])):
        address = one["address"]
        kept = _Filter(everywhere, tokens.keys()).block(
            one["values"],
            expressions[_INDEX.sub("", address)],
            unknown[address],
            schemas[one["type"]]["block"],
        )
        # Only the computed `tags_all` has the provider's default_tags, too.
        if tags := one["values"].get("tags_all"):
            kept["tags"] = tags
        kept = {name: kept[name] for name in sorted(kept.keys() - _LEFT_OUT)}
        shown.append({"address": address, "type": one["type"], "values": _tokenized(kept, tokens)})
    outputs = {name: one["value"] for name, one in sorted(values["outputs"].items())}
    return {"resources": shown, "outputs": _tokenized(outputs, tokens)}


def resources_of(module: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """All resources in a module of Terraform's state, and in the modules that it calls."""
    yield from module.get("resources", [])
    for child in module.get("child_modules", []):
        yield from resources_of(child)


def _expressions(module: Mapping[str, Any], path: str = "") -> Iterator[tuple[str, dict[str, Any]]]:
    """The address of every resource in a module's configuration, with the arguments it is given."""
    for resource in module.get("resources", []):
        yield path + resource["address"], resource.get("expressions", {})
    for name, call in module.get("module_calls", {}).items():
        yield from _expressions(call["module"], f"{path}module.{name}.")


@dataclass(frozen=True)
class _Filter:
    """Keeps those of a resource's values that its configuration gives.

    `everywhere` has the values of all resources, each as one text. `ids` has the ids that AWS makes
    up.
    """

    everywhere: list[str]
    ids: Collection[str]

    def block(
        self,
        values: Mapping[str, Any],
        expressions: Mapping[str, Any] | None,
        unknown: Any,
        schema: Mapping[str, Any],
    ) -> dict[str, Any]:
        """The values of one block to keep. `expressions` is None for a dynamic block.

        `unknown` has the values that the plan did not know yet; True means all of them.
        """
        kept = {}
        for name, value in sorted(values.items()):
            if value in (None, "", [], {}):
                continue
            not_planned = unknown is True or (isinstance(unknown, dict) and unknown.get(name))
            given = expressions is None or name in expressions
            if nested := schema.get("block_types", {}).get(name):
                # A block that the configuration does not write out, and the plan knows, is dynamic.
                # Any other one comes from AWS.
                if given or not_planned is not True:
                    found = expressions.get(name) if expressions else None
                    kept[name] = self._nested(value, found, not_planned, nested["block"])
            elif given and not (_any(not_planned) and self._is_aws_choice(name, value, schema)):
                kept[name] = _readable(value)
        return kept

    def _nested(self, value: Any, expressions: Any, unknown: Any, schema: Mapping[str, Any]) -> Any:
        if isinstance(value, dict):
            return self.block(value, expressions, unknown, schema)
        # A dynamic block and a written one of the same name look alike, so all are kept then.
        written = expressions if isinstance(expressions, list) else []
        together: Mapping[str, Any] | None = None
        if len(written) == len(value):
            together = functools.reduce(_united, written)
        missing = unknown if isinstance(unknown, list) else [unknown] * len(value)
        return [
            self.block(one, together, gap, schema) for one, gap in zip(value, missing, strict=True)
        ]

    def _is_aws_choice(self, name: str, value: Any, schema: Mapping[str, Any]) -> bool:
        """Whether AWS chose the value of an argument because the configuration gives null.

        AWS may choose only a computed argument. Its value then is in no other resource, and holds
        no id that AWS made up.
        """
        attribute = schema["attributes"][name]
        if not attribute.get("computed"):
            return False
        text = json.dumps(value)
        if any(made_up in text for made_up in self.ids):
            return False
        return sum(text in resource for resource in self.everywhere) <= 1


def _any(unknown: Any) -> bool:
    """Whether the plan did not know some part of a value."""
    if isinstance(unknown, dict):
        return any(map(_any, unknown.values()))
    if isinstance(unknown, list):
        return any(map(_any, unknown))
    return bool(unknown)


def _united(some: Mapping[str, Any], more: Mapping[str, Any]) -> dict[str, Any]:
    """The arguments of two blocks of one name, with all the blocks inside them."""
    return {
        name: some[name] + more[name]
        if isinstance(some.get(name), list) and isinstance(more.get(name), list)
        else more.get(name, some.get(name))
        for name in {**some, **more}
    }


def _readable(value: Any) -> Any:
    """A document as a JSON value and not as text, so that a reader sees what changed in it."""
    try:
        parsed = json.loads(value) if isinstance(value, str) else None
    except ValueError:  # some other text
        return value
    return parsed if isinstance(parsed, dict) and parsed.keys() & _DOCUMENT_KEYS else value


def _tokenized(value: Any, tokens: Mapping[str, str]) -> Any:
    """The value with every made-up id in it replaced."""
    if isinstance(value, dict):
        return {name: _tokenized(one, tokens) for name, one in value.items()}
    if isinstance(value, list):
        return [_tokenized(one, tokens) for one in value]
    if isinstance(value, str):
        for made_up, token in tokens.items():
            value = value.replace(made_up, token)
    return value


def main() -> int:
    """Write stack.json; the exit status is 1 if that failed."""
    try:
        with LocalAWS() as aws:
            text = take_snapshot(aws)
    except (TerraformError, LocalAWSError) as error:
        print(error, file=sys.stderr)
        return 1
    STACK.write_text(text)
    print(f"Wrote {STACK.relative_to(ROOT)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
