"""The stack of the local AWS: it is what Terraform describes, and is deployed whole."""

import json
from pathlib import Path
from typing import Any

import pytest

from scripts.local.deploy import DeployError, Outputs, deploy
from scripts.local.local_aws import LocalAWS
from scripts.local.snapshot import STACK


def resource(kind: str) -> Any:
    """The values of the stack's one resource of a type."""
    (values,) = (
        one["values"] for one in json.loads(STACK.read_text())["resources"] if one["type"] == kind
    )
    return values


def test_table(aws: LocalAWS, outputs: Outputs) -> None:
    database = aws.client("dynamodb")
    table = database.describe_table(TableName=outputs.table_name)["Table"]
    assert table["TableArn"] == outputs.table_arn
    assert table["KeySchema"] == [{"AttributeName": "UserID", "KeyType": "HASH"}]
    assert table["BillingModeSummary"]["BillingMode"] == "PAY_PER_REQUEST"
    assert table["SSEDescription"]["Status"] == "ENABLED"
    backups = database.describe_continuous_backups(TableName=outputs.table_name)
    recovery = backups["ContinuousBackupsDescription"]["PointInTimeRecoveryDescription"]
    assert recovery["PointInTimeRecoveryStatus"] == "ENABLED"


def test_role(aws: LocalAWS, outputs: Outputs) -> None:
    iam = aws.client("iam")
    role = iam.get_role(RoleName=outputs.function_name)["Role"]
    assert role["AssumeRolePolicyDocument"] == resource("aws_iam_role")["assume_role_policy"]
    (name,) = iam.list_role_policies(RoleName=outputs.function_name)["PolicyNames"]
    policy = iam.get_role_policy(RoleName=outputs.function_name, PolicyName=name)
    assert policy["PolicyDocument"] == resource("aws_iam_role_policy")["policy"]


def test_function(aws: LocalAWS, outputs: Outputs) -> None:
    functions = aws.client("lambda")
    described = resource("aws_lambda_function")
    function = functions.get_function_configuration(
        FunctionName=outputs.function_name, Qualifier="live"
    )
    assert function["Version"] == resource("aws_lambda_alias")["function_version"]
    for name, argument in (
        ("Handler", "handler"),
        ("Runtime", "runtime"),
        ("Timeout", "timeout"),
        ("MemorySize", "memory_size"),
        ("Architectures", "architectures"),
        ("Role", "role"),
    ):
        assert function[name] == described[argument]
    assert function["Environment"]["Variables"] == described["environment"][0]["variables"]
    assert function["LoggingConfig"]["LogFormat"] == "JSON"
    (group,) = aws.client("logs").describe_log_groups(
        logGroupNamePrefix=function["LoggingConfig"]["LogGroup"]
    )["logGroups"]
    assert group["retentionInDays"] == resource("aws_cloudwatch_log_group")["retention_in_days"]


def test_user_pool(aws: LocalAWS, outputs: Outputs) -> None:
    cognito = aws.client("cognito-idp")
    described = resource("aws_cognito_user_pool")
    pool = cognito.describe_user_pool(UserPoolId=outputs.user_pool_id)["UserPool"]
    assert pool["Arn"] == outputs.user_pool_arn
    assert pool["LambdaConfig"] == {"PostConfirmation": outputs.alias_arn}
    assert pool["UsernameAttributes"] == ["email"]
    assert pool["Policies"]["PasswordPolicy"]["MinimumLength"] >= 12
    assert {f"custom:{one['name']}" for one in described["schema"]} == {
        one["Name"] for one in pool["SchemaAttributes"] if one["Name"].startswith("custom:")
    }
    client = cognito.describe_user_pool_client(
        UserPoolId=outputs.user_pool_id, ClientId=outputs.user_pool_client_id
    )["UserPoolClient"]
    assert client["PreventUserExistenceErrors"] == "ENABLED"
    assert "ClientSecret" not in client


def test_permission(aws: LocalAWS, outputs: Outputs) -> None:
    answer = aws.client("lambda").get_policy(FunctionName=outputs.function_name, Qualifier="live")
    (statement,) = json.loads(answer["Policy"])["Statement"]
    assert statement["Resource"] == outputs.alias_arn
    assert statement["Principal"] == {"Service": "cognito-idp.amazonaws.com"}
    assert statement["Condition"] == {
        "ArnLike": {"AWS:SourceArn": outputs.user_pool_arn},
        "StringEquals": {"AWS:SourceAccount": aws.account_id},
    }


@pytest.mark.parametrize(
    ("kind", "values", "message"),
    [
        ("aws_sqs_queue", {"name": "q"}, "m.x: no way is known to deploy aws_sqs_queue"),
        (
            "aws_cloudwatch_log_group",
            {"name": "/stack/test", "colour": "red"},
            "m.x: the argument colour is not carried over",
        ),
        (
            "aws_cognito_user_pool",
            {"name": "p", "lambda_config": [{"at_dawn": "arn"}]},
            "m.x: the argument lambda_config.at_dawn is not carried over",
        ),
    ],
    ids=["type", "argument", "argument of a block"],
)
def test_what_cannot_be_deployed_is_refused(
    aws: LocalAWS, tmp_path: Path, kind: str, values: dict[str, Any], message: str
) -> None:
    stack = tmp_path / "stack.json"
    stack.write_text(
        json.dumps({"resources": [{"address": "m.x", "type": kind, "values": values}]})
    )
    with pytest.raises(DeployError) as caught:
        deploy(aws, tmp_path / "none.zip", stack)
    assert str(caught.value) == message
