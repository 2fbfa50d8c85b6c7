"""Decides what a function's resource policy lets an AWS service do.

It understands what AddPermission writes. A statement with anything else grants nothing. Sources:
"Policy evaluation logic" and "Condition operators" in the IAM User Guide.
"""

import re
from collections.abc import Mapping
from typing import Any

_ARN_PARTS = 6
_OPERATORS = {"arnlike", "arnequals", "stringequals", "stringlike"}


def allows(
    policy: Mapping[str, Any],
    *,
    service: str,
    action: str,
    resource: str,
    context: Mapping[str, str],
) -> bool:
    """Tell whether `policy` lets the principal `service` do `action` on the ARN `resource`.

    `context` has the condition keys of the call (`aws:SourceArn`, ...), in any letter case. A
    statement that denies wins. Without a statement that allows, the answer is no.
    """
    keys = {name.lower(): value for name, value in context.items()}
    effects = {
        statement.get("Effect")
        for statement in _as_list(policy.get("Statement"))
        if _names_service(statement.get("Principal"), service)
        and any(_glob(str(want), action, ignore_case=True) for want in _items(statement, "Action"))
        and any(_glob(str(want), resource) for want in _items(statement, "Resource"))
        and _conditions_hold(statement.get("Condition") or {}, keys)
    }
    return "Allow" in effects and "Deny" not in effects


def _as_list(value: Any) -> list[Any]:
    """A policy's element, which may be one value, a list of values, or missing."""
    if value is None:
        return []
    return value if isinstance(value, list) else [value]


def _items(statement: Mapping[str, Any], element: str) -> list[Any]:
    return _as_list(statement.get(element))


def _names_service(principal: Any, service: str) -> bool:
    if principal == "*":
        return True
    return isinstance(principal, dict) and service in _as_list(principal.get("Service"))


def _conditions_hold(conditions: Mapping[str, Any], keys: Mapping[str, str]) -> bool:
    """Whether all operators and keys match. A key that the call does not have never matches."""
    return all(
        operator.lower() in _OPERATORS
        and any(_matches(operator.lower(), str(want), keys.get(name.lower())) for want in wanted)
        for operator, tests in conditions.items()
        for name, wanted in ((name, _as_list(value)) for name, value in tests.items())
    )


def _matches(operator: str, want: str, have: str | None) -> bool:
    if have is None:
        return False
    if operator.startswith("arn"):
        wanted, parts = want.split(":", _ARN_PARTS - 1), have.split(":", _ARN_PARTS - 1)
        # Part by part: a "*" in the account of an ARN must not reach into its resource.
        return len(wanted) == len(parts) and all(map(_glob, wanted, parts))
    return want == have if operator == "stringequals" else _glob(want, have)


def _glob(pattern: str, text: str, *, ignore_case: bool = False) -> bool:
    """IAM's wildcards: `*` for any run of characters, `?` for one."""
    expression = re.escape(pattern).replace(r"\*", ".*").replace(r"\?", ".")
    flags = re.DOTALL | (re.IGNORECASE if ignore_case else 0)
    return re.fullmatch(expression, text, flags) is not None
