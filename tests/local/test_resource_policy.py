"""How the local AWS decides about a call by a function's resource policy."""

from typing import Any

import pytest

from scripts.local.resource_policy import allows

POOL = "arn:aws:cognito-idp:us-east-1:123456789012:userpool/us-east-1_AbCdEfGhI"
ALIAS = "arn:aws:lambda:us-east-1:123456789012:function:f:live"
STATEMENT = {
    "Effect": "Allow",
    "Principal": {"Service": "cognito-idp.amazonaws.com"},
    "Action": "lambda:InvokeFunction",
    "Resource": ALIAS,
    "Condition": {
        "ArnLike": {"AWS:SourceArn": POOL},
        "StringEquals": {"AWS:SourceAccount": "123456789012"},
    },
}


def decide(*statements: dict[str, Any]) -> bool:
    return allows(
        {"Statement": list(statements)},
        service="cognito-idp.amazonaws.com",
        action="lambda:InvokeFunction",
        resource=ALIAS,
        context={"aws:SourceArn": POOL, "aws:SourceAccount": "123456789012"},
    )


@pytest.mark.parametrize(
    "change",
    [
        {},
        {"Action": "lambda:*"},
        {"Action": ["lambda:GetFunction", "lambda:invokefunction"]},
        {"Principal": "*"},
        {"Principal": {"Service": ["s3.amazonaws.com", "cognito-idp.amazonaws.com"]}},
        {"Resource": [ALIAS]},
        {"Condition": {}},
        {"Condition": {"ArnLike": {"aws:SourceArn": POOL.replace("AbCd", "*")}}},
        {"Condition": {"ArnLike": {"aws:SourceArn": ["arn:aws:s3:::b", POOL]}}},
        {"Condition": {"StringLike": {"aws:SourceAccount": "1234567890??"}}},
    ],
)
def test_a_matching_statement_allows_the_call(change: dict[str, Any]) -> None:
    assert decide(STATEMENT | change)


@pytest.mark.parametrize(
    "change",
    [
        {"Effect": "Deny"},
        {"Action": "lambda:GetFunction"},
        {"Principal": {"Service": "s3.amazonaws.com"}},
        {"Principal": {"AWS": "123456789012"}},
        {"Resource": ALIAS.removesuffix(":live")},
        {"Resource": ALIAS.replace("live", "LIVE")},
        {"Condition": {"ArnLike": {"aws:SourceArn": POOL + "X"}}},
        {"Condition": {"ArnLike": {"aws:SourceArn": "arn:aws:*"}}},
        {"Condition": {"StringEquals": {"aws:SourceAccount": "1234567890??"}}},
        {"Condition": {"StringEquals": {"aws:PrincipalOrgID": "o-1"}}},
        {"Condition": {"StringNotEquals": {"aws:SourceAccount": "1"}}},
    ],
)
def test_a_statement_that_does_not_match_does_not_allow_the_call(change: dict[str, Any]) -> None:
    assert not decide(STATEMENT | change)


def test_a_deny_wins_and_without_a_statement_nothing_is_allowed() -> None:
    assert not decide(STATEMENT, STATEMENT | {"Effect": "Deny"})
    assert decide(STATEMENT, STATEMENT | {"Effect": "Deny", "Action": "lambda:GetFunction"})
    assert not decide()
