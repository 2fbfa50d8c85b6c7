"""Prints the sha256 of what a plan changes: `terraform show -json <plan> | plan_digest.py`.

Two plans with the same digest make the same changes of resources and outputs, to the same values.
The digest itself reveals none of them.
"""

import hashlib
import json
import sys
from typing import Any


def main() -> int:
    """Read the plan, print its digest."""
    print(digest(json.load(sys.stdin)))
    return 0


def digest(plan: dict[str, Any]) -> str:
    """The sha256, in hex, of all changes in a plan.

    `plan` is in Terraform's JSON format:
    https://developer.hashicorp.com/terraform/internals/json-format#plan-representation
    """
    resources = plan.get("resource_changes", [])
    outputs = plan.get("output_changes", {})
    changes = {
        "resources": [one for one in resources if one["change"]["actions"] != ["no-op"]],
        "outputs": {name: one for name, one in outputs.items() if one["actions"] != ["no-op"]},
    }
    return hashlib.sha256(json.dumps(changes, sort_keys=True).encode()).hexdigest()


if __name__ == "__main__":
    sys.exit(main())
