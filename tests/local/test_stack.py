"""The stack in the local AWS has everything that Terraform describes."""

import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from scripts.local.deploy import DeployError, Outputs, deploy
from scripts.local.local_aws import Call, LocalAWS
from scripts.local.snapshot import STACK

RESOURCES = {one["address"]: one["values"] for one in json.loads(STACK.read_text())["resources"]}


def all_of(kind: str) -> dict[str, Any]:
    """The values of all resources of a type, by address."""
    return {
        address: values
        for address, values in RESOURCES.items()
        if re.search(rf"\.{kind}\.", address)
    }


def with_pool(document: Any, outputs: Outputs) -> Any:
    """The document with the pool's id instead of the reference to it."""
    text = json.dumps(document)
    return json.loads(
        text.replace("${module.cognito.aws_cognito_user_pool.this.id}", outputs.user_pool_id)
    )


def test_the_table_is_as_described(aws: LocalAWS, outputs: Outputs) -> None:
    database = aws.client("dynamodb")
    table = database.describe_table(TableName=outputs.table_name)["Table"]
    assert table["TableArn"] == outputs.table_arn
    assert table["KeySchema"] == [{"AttributeName": "UserID", "KeyType": "HASH"}]
    assert table["BillingModeSummary"]["BillingMode"] == "PAY_PER_REQUEST"
    assert "SSEDescription" not in table, "the table is encrypted with a key that AWS does not own"
    backups = database.describe_continuous_backups(TableName=outputs.table_name)
    recovery = backups["ContinuousBackupsDescription"]["PointInTimeRecoveryDescription"]
    assert recovery["PointInTimeRecoveryStatus"] == "ENABLED"


@pytest.mark.parametrize("address", all_of("aws_iam_role"))
def test_each_role_has_its_one_policy(aws: LocalAWS, outputs: Outputs, address: str) -> None:
    iam, described = aws.client("iam"), RESOURCES[address]
    (policy,) = (
        one for one in all_of("aws_iam_role_policy").values() if one["role"] == described["name"]
    )
    role = iam.get_role(RoleName=described["name"])["Role"]
    assert role["AssumeRolePolicyDocument"] == described["assume_role_policy"]
    assert iam.list_role_policies(RoleName=role["RoleName"])["PolicyNames"] == [policy["name"]]
    assert iam.list_attached_role_policies(RoleName=role["RoleName"])["AttachedPolicies"] == []
    put = iam.get_role_policy(RoleName=role["RoleName"], PolicyName=policy["name"])
    expected = with_pool(policy["policy"], outputs)
    for statement in expected["Statement"]:
        if statement["Sid"] == "FindRecords":  # the emulator does not know its condition keys
            del statement["Condition"]
    assert put["PolicyDocument"] == expected


@pytest.mark.parametrize("address", all_of("aws_lambda_function"))
def test_each_function_is_as_described(aws: LocalAWS, outputs: Outputs, address: str) -> None:
    functions, described = aws.client("lambda"), RESOURCES[address]
    function = functions.get_function_configuration(FunctionName=described["function_name"])
    for name, argument in (
        ("Handler", "handler"),
        ("Runtime", "runtime"),
        ("Timeout", "timeout"),
        ("MemorySize", "memory_size"),
        ("Architectures", "architectures"),
        ("Role", "role"),
    ):
        assert function[name] == described[argument]
    (environment,) = described["environment"]
    assert function["Environment"]["Variables"] == with_pool(environment["variables"], outputs)
    assert function["LoggingConfig"]["LogFormat"] == "JSON"
    (log_group,) = (
        one
        for one in all_of("aws_cloudwatch_log_group").values()
        if one["name"] == function["LoggingConfig"]["LogGroup"]
    )
    (group,) = aws.client("logs").describe_log_groups(logGroupNamePrefix=log_group["name"])[
        "logGroups"
    ]
    assert group["retentionInDays"] == log_group["retention_in_days"]


@pytest.mark.parametrize("address", all_of("aws_lambda_alias"))
def test_each_alias_serves_the_described_version(
    aws: LocalAWS, outputs: Outputs, address: str
) -> None:
    described = RESOURCES[address]
    arns = {
        outputs.function_name: outputs.alias_arn,
        outputs.reconcile_function_name: outputs.reconcile_alias_arn,
    }
    function = aws.client("lambda").get_function_configuration(
        FunctionName=arns[described["function_name"]]
    )
    assert function["FunctionName"] == described["function_name"]
    assert function["Version"] == described["function_version"]


def test_the_user_pool_and_its_app_client_are_as_described(aws: LocalAWS, outputs: Outputs) -> None:
    cognito = aws.client("cognito-idp")
    (described,) = all_of("aws_cognito_user_pool").values()
    pool = cognito.describe_user_pool(UserPoolId=outputs.user_pool_id)["UserPool"]
    assert pool["Arn"] == outputs.user_pool_arn
    assert pool["LambdaConfig"] == {"PostConfirmation": outputs.alias_arn}
    assert pool["UsernameAttributes"] == ["email"]
    assert pool["Policies"]["PasswordPolicy"]["MinimumLength"] >= 12
    assert {f"custom:{one['name']}" for one in described["schema"]} == {
        one["Name"] for one in pool["SchemaAttributes"] if one["Name"].startswith("custom:")
    }
    client = cognito.describe_user_pool_client(
        UserPoolId=outputs.user_pool_id, ClientId=outputs.app_client_id
    )["UserPoolClient"]
    assert client["PreventUserExistenceErrors"] == "ENABLED"
    assert "ClientSecret" not in client


def test_only_cognito_for_this_pool_may_call_the_alias(aws: LocalAWS, outputs: Outputs) -> None:
    answer = aws.client("lambda").get_policy(FunctionName=outputs.function_name, Qualifier="live")
    (statement,) = json.loads(answer["Policy"])["Statement"]
    assert statement["Resource"] == outputs.alias_arn
    assert statement["Principal"] == {"Service": "cognito-idp.amazonaws.com"}
    assert statement["Condition"] == {
        "ArnLike": {"AWS:SourceArn": outputs.user_pool_arn},
        "StringEquals": {"AWS:SourceAccount": aws.account_id},
    }


def test_the_sweeps_role_can_list_users_read_keys_and_put_items_and_nothing_else(
    aws: LocalAWS, outputs: Outputs
) -> None:
    cognito, database = aws.client("cognito-idp"), aws.client("dynamodb")
    other_pool = cognito.create_user_pool(PoolName="other")["UserPool"]["Id"]
    pool, table, key = outputs.user_pool_id, outputs.table_name, {"UserID": {"S": "probe"}}
    allowed = [
        Call("cognito-idp", "ListUsers", {"UserPoolId": pool}),
        Call("dynamodb", "PutItem", {"TableName": table, "Item": key}),
        Call("dynamodb", "BatchGetItem", {"RequestItems": {table: {"Keys": [key]}}}),
    ]
    denied = [
        Call("cognito-idp", "ListUsers", {"UserPoolId": other_pool}),
        Call("cognito-idp", "DescribeUserPool", {"UserPoolId": pool}),
        Call("cognito-idp", "AdminDeleteUser", {"UserPoolId": pool, "Username": "probe"}),
        Call("dynamodb", "GetItem", {"TableName": table, "Key": key}),
        Call("dynamodb", "DeleteItem", {"TableName": table, "Key": key}),
        Call("dynamodb", "UpdateItem", {"TableName": table, "Key": key}),
        Call("dynamodb", "Scan", {"TableName": table}),
        Call("logs", "CreateLogGroup", {"logGroupName": "/aws/lambda/other"}),
        Call("lambda", "ListFunctions", {}),
        Call("stepfunctions", "StartExecution", {"stateMachineArn": outputs.state_machine_arn}),
    ]
    function = aws.client("lambda").get_function_configuration(
        FunctionName=outputs.reconcile_function_name
    )
    try:
        outcomes = aws.try_as_function(function["Role"], [*allowed, *denied])
    finally:
        cognito.delete_user_pool(UserPoolId=other_pool)
        database.delete_item(TableName=table, Key=key)
    assert outcomes[:3] == ["ok", "ok", "ok"]
    assert [outcome for outcome in outcomes[3:] if "AccessDenied" not in outcome] == []


def test_the_state_machine_is_as_described(aws: LocalAWS, outputs: Outputs) -> None:
    (described,) = all_of("aws_sfn_state_machine").values()
    machine = aws.client("stepfunctions").describe_state_machine(
        stateMachineArn=outputs.state_machine_arn
    )
    assert machine["name"] == described["name"]
    assert machine["type"] == "STANDARD"
    assert machine["roleArn"] == described["role_arn"]
    assert json.loads(machine["definition"]) == described["definition"]


def test_the_schedule_is_disabled_and_would_start_a_sweep(aws: LocalAWS, outputs: Outputs) -> None:
    (described,) = all_of("aws_scheduler_schedule").values()
    schedule = aws.client("scheduler").get_schedule(Name=described["name"])
    assert schedule["State"] == "DISABLED"
    assert schedule["FlexibleTimeWindow"] == {"Mode": "OFF"}
    assert schedule["Target"] == {
        "Arn": outputs.state_machine_arn,
        "RoleArn": described["target"][0]["role_arn"],
        "Input": '{"dryRun":false}',
    }


def test_a_metric_filter_counts_each_outcome(aws: LocalAWS, outputs: Outputs) -> None:
    logs = aws.client("logs")
    found = {
        (one["logGroupName"], one["filterName"]): (
            one["filterPattern"],
            one["metricTransformations"],
        )
        for name in (outputs.function_name, outputs.reconcile_function_name)
        for one in logs.describe_metric_filters(logGroupName=f"/aws/lambda/{name}")["metricFilters"]
    }
    assert found == {
        (f"/aws/lambda/{function}", outcome): (
            f'{{ $.outcome = "{outcome}" }}',
            [
                {
                    "metricNamespace": function,
                    "metricName": outcome,
                    "metricValue": "1",
                    "defaultValue": 0.0,
                    "unit": "Count",
                }
            ],
        )
        for function, outcomes in (
            (outputs.function_name, ("already_stored", "failed", "stored")),
            (outputs.reconcile_function_name, ("failed", "stored")),
        )
        for outcome in outcomes
    }


def test_the_alarms_are_as_described(aws: LocalAWS, outputs: Outputs) -> None:
    found = {
        alarm["AlarmName"]: alarm
        for alarm in aws.client("cloudwatch").describe_alarms(AlarmNamePrefix="confirmed-users-")[
            "MetricAlarms"
        ]
    }
    described = {one["alarm_name"]: one for one in all_of("aws_cloudwatch_metric_alarm").values()}
    assert found.keys() == described.keys()
    for name, alarm in found.items():
        for key, argument in (
            ("AlarmActions", "alarm_actions"),
            ("AlarmDescription", "alarm_description"),
            ("ComparisonOperator", "comparison_operator"),
            ("EvaluationPeriods", "evaluation_periods"),
            ("ExtendedStatistic", "extended_statistic"),
            ("MetricName", "metric_name"),
            ("Namespace", "namespace"),
            ("Period", "period"),
            ("Statistic", "statistic"),
            ("Threshold", "threshold"),
            ("TreatMissingData", "treat_missing_data"),
        ):
            if argument in described[name]:
                assert alarm[key] == described[name][argument], (name, key)
        dimensions = {one["Name"]: one["Value"] for one in alarm["Dimensions"]}
        assert dimensions == described[name].get("dimensions", {}), name


def test_the_alarms_topic_and_its_key_are_as_described(aws: LocalAWS, outputs: Outputs) -> None:
    topic_arn = f"arn:aws:sns:{aws.region}:{aws.account_id}:confirmed-users-local-alarms"
    topic = aws.client("sns").get_topic_attributes(TopicArn=topic_arn)["Attributes"]
    (policy,) = all_of("aws_sns_topic_policy").values()
    assert json.loads(topic["Policy"]) == policy["policy"]

    keys = aws.client("kms")
    (described,) = all_of("aws_kms_key").values()
    key = keys.describe_key(KeyId=topic["KmsMasterKeyId"])["KeyMetadata"]
    assert key["Description"] == described["description"]
    assert keys.get_key_rotation_status(KeyId=key["KeyId"])["KeyRotationEnabled"]
    put = keys.get_key_policy(KeyId=key["KeyId"], PolicyName="default")
    assert json.loads(put["Policy"]) == described["policy"]


def test_the_dashboard_is_as_described(aws: LocalAWS, outputs: Outputs) -> None:
    (described,) = all_of("aws_cloudwatch_dashboard").values()
    dashboard = aws.client("cloudwatch").get_dashboard(DashboardName=described["dashboard_name"])
    assert json.loads(dashboard["DashboardBody"]) == described["dashboard_body"]


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
def test_a_type_or_argument_that_it_cannot_deploy_is_refused(
    aws: LocalAWS, tmp_path: Path, kind: str, values: dict[str, Any], message: str
) -> None:
    stack = tmp_path / "stack.json"
    stack.write_text(
        json.dumps({"resources": [{"address": "m.x", "type": kind, "values": values}]})
    )
    with pytest.raises(DeployError) as caught:
        deploy(aws, tmp_path / "none.zip", stack)
    assert str(caught.value) == message


def test_a_stack_without_the_app_client_app_is_an_error_that_says_so(outputs: Outputs) -> None:
    other = replace(outputs, user_pool_client_ids={"web": "1"})
    with pytest.raises(DeployError, match=r"no app client `app` to sign up with\. Add it to"):
        _ = other.app_client_id


def test_resources_that_need_each_others_ids_are_refused(aws: LocalAWS, tmp_path: Path) -> None:
    resources = [
        {
            "address": f"m.{this}",
            "type": "aws_cloudwatch_log_group",
            "values": {"name": f"${{m.{other}.id}}"},
        }
        for this, other in (("a", "b"), ("b", "a"))
    ]
    stack = tmp_path / "stack.json"
    stack.write_text(json.dumps({"resources": resources}))
    with pytest.raises(DeployError, match=r"m\.a and others name each other's ids in a circle"):
        deploy(aws, tmp_path / "none.zip", stack)
