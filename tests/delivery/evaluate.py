"""Evaluates requests to AWS with the emulator's IAM evaluator, which only .venv-local has.

    .venv-local/bin/python tests/delivery/evaluate.py < cases.json

stdin: a JSON list of {"action", "resource", "context": {key: value}, "policies": [document, ...],
"boundary": document or null}. stdout: a JSON list with a decision for each of them: "Allow", "Deny"
(a statement denies it) or "ImplicitDeny" (no statement allows it, or the boundary does not).
"""

import json
import sys
from typing import Any

from ministack.core.iam_evaluator import (
    EvalContext,
    evaluate,
    parse_policy_document,
    validate_policy_document,
)

ACCOUNT = "123456789012"


def decide(case: dict[str, Any]) -> str:
    """The decision about one request.

    Raises ValueError if a document is not a policy. The evaluator would skip its statements.
    """
    boundary = [] if case["boundary"] is None else [case["boundary"]]
    for document in [*case["policies"], *boundary]:
        if problem := validate_policy_document(document):
            raise ValueError(problem)
    request = EvalContext(
        principal_arn=f"arn:aws:sts::{ACCOUNT}:assumed-role/tested/session",
        principal_type="AssumedRole",
        principal_account=ACCOUNT,
        action=case["action"],
        resource_arn=case["resource"],
        region="us-east-1",
        # The evaluator looks up every key in lower case. In IAM the case of a key does not count.
        service_context={key.lower(): value for key, value in case["context"].items()},
    )
    # A boundary limits what the policies allow.
    limits = [[parse_policy_document(document)] for document in boundary]
    policies = [parse_policy_document(document) for document in case["policies"]]
    decision: str = evaluate(request, policies, *limits).decision
    return decision


if __name__ == "__main__":
    json.dump([decide(case) for case in json.load(sys.stdin)], sys.stdout)
