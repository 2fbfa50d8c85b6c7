"""The real zip, called by real sign-ups in the local AWS, which enforces IAM."""

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import pytest
from botocore.exceptions import ClientError

from scripts.local.deploy import Outputs
from scripts.local.local_aws import Call, LocalAWS
from tests.deployment import PASSWORD, Deployment
from tests.scenarios import ADA, Scenarios

LOG_TRIES = 10
SAFE_MESSAGE = (
    "PostConfirmation failed with error your account is confirmed and you can sign in, "
    "but your profile could not be saved yet."
)


class TestScenarios(Scenarios):
    """All scenarios, in the local AWS."""


def confirm_by_code(aws: LocalAWS, deployment: Deployment, email: str, code: str = "") -> None:
    deployment.cognito.confirm_sign_up(
        ClientId=deployment.client_id,
        Username=email,
        ConfirmationCode=code or aws.latest_code(email),
    )


def reset_password(aws: LocalAWS, deployment: Deployment, email: str) -> None:
    client_id = deployment.client_id
    deployment.cognito.forgot_password(ClientId=client_id, Username=email)
    deployment.cognito.confirm_forgot_password(
        ClientId=client_id,
        Username=email,
        ConfirmationCode=aws.latest_code(email),
        Password=f"{PASSWORD}-2",
    )


def role_arn(aws: LocalAWS, function_name: str) -> str:
    """The ARN of the function's role."""
    configuration = aws.client("lambda").get_function_configuration(FunctionName=function_name)
    return str(configuration["Role"])


def logged(aws: LocalAWS, deployment: Deployment, sub: str, lines: int) -> list[dict[str, Any]]:
    """The lines that the function logged about a user, without timestamp and request id."""
    for _ in range(LOG_TRIES):
        parsed = [json.loads(line) for line in function_logs(aws, deployment)]
        found = [line for line in parsed if line.get("sub") == sub]
        if len(found) >= lines:
            break
        # A busy emulator stores a line only at the function's next call.
        deployment.invoke({})
    return [
        {name: line[name] for name in line if name not in ("timestamp", "requestId")}
        for line in found
    ]


def function_logs(aws: LocalAWS, deployment: Deployment) -> list[str]:
    """The JSON lines of the function's log. The emulator adds tracebacks, which are not JSON."""
    lines = aws.function_logs(deployment.outputs["function_name"])
    return [line for line in lines if line.startswith("{")]


def test_the_code_from_the_mail_confirms_the_user_and_stores_the_record(
    aws: LocalAWS, deployment: Deployment
) -> None:
    email, sub = deployment.sign_up(**ADA)
    confirm_by_code(aws, deployment, email)
    item = deployment.item(sub)
    assert item is not None
    assert item["Email"] == {"S": email}
    assert logged(aws, deployment, sub, 1) == [
        {
            "level": "INFO",
            "outcome": "stored",
            "triggerSource": "PostConfirmation_ConfirmSignUp",
            "source": "trigger",
            "sub": sub,
        }
    ]
    assert email not in "".join(aws.function_logs(deployment.outputs["function_name"]))


def test_a_wrong_code_stores_nothing(aws: LocalAWS, deployment: Deployment) -> None:
    email, sub = deployment.sign_up(**ADA)
    with pytest.raises(deployment.cognito.exceptions.CodeMismatchException):
        confirm_by_code(aws, deployment, email, "000000")
    assert deployment.status(email) == "UNCONFIRMED"
    assert deployment.item(sub) is None


def test_a_reset_leaves_the_record_as_it_is(aws: LocalAWS, deployment: Deployment) -> None:
    email, sub = deployment.sign_up(**ADA)
    confirm_by_code(aws, deployment, email)
    before = deployment.item(sub)
    reset_password(aws, deployment, email)
    assert deployment.item(sub) == before
    assert [line["outcome"] for line in logged(aws, deployment, sub, 2)] == [
        "stored",
        "already_stored",
    ]


def test_of_simultaneous_confirmations_one_succeeds_and_stores_the_record(
    aws: LocalAWS, deployment: Deployment
) -> None:
    email, sub = deployment.sign_up(**ADA)

    def attempt(_: int) -> str:
        try:
            confirm_by_code(aws, deployment, email)
        except ClientError as error:
            return str(error.response["Error"]["Code"])
        return "ok"

    with ThreadPoolExecutor(4) as threads:
        outcomes = list(threads.map(attempt, range(4)))
    assert outcomes.count("ok") == 1
    assert deployment.item(sub) is not None
    assert [line["outcome"] for line in logged(aws, deployment, sub, 1)] == ["stored"]


@contextmanager
def no_put_item(aws: LocalAWS, function_name: str) -> Iterator[None]:
    """Take the permission to write from the function's role, and give it back in the end."""
    iam = aws.client("iam")
    role = role_arn(aws, function_name).rpartition("/")[2]
    (name,) = iam.list_role_policies(RoleName=role)["PolicyNames"]
    policy = iam.get_role_policy(RoleName=role, PolicyName=name)["PolicyDocument"]
    without = [one for one in policy["Statement"] if "dynamodb" not in json.dumps(one["Action"])]
    assert len(without) == len(policy["Statement"]) - 1

    def put(statements: list[Any]) -> None:
        document = json.dumps(policy | {"Statement": statements})
        iam.put_role_policy(RoleName=role, PolicyName=name, PolicyDocument=document)

    put(without)
    try:
        yield
    finally:
        put(policy["Statement"])


def test_without_put_item_the_user_sees_the_safe_message(
    aws: LocalAWS, deployment: Deployment
) -> None:
    email, sub = deployment.sign_up(**ADA)
    with (
        no_put_item(aws, deployment.outputs["function_name"]),
        pytest.raises(deployment.cognito.exceptions.UserLambdaValidationException) as raised,
    ):
        confirm_by_code(aws, deployment, email)
    assert raised.value.response["Error"]["Message"] == SAFE_MESSAGE
    assert deployment.status(email) == "CONFIRMED"
    assert deployment.item(sub) is None
    (line,) = logged(aws, deployment, sub, 1)
    assert (line["level"], line["outcome"]) == ("ERROR", "failed")
    assert line["error"] == "AccessDeniedException"
    everything = "".join(aws.function_logs(deployment.outputs["function_name"]))
    assert email not in everything
    assert "Lovelace" not in everything


def test_a_password_reset_stores_a_user_whose_first_write_failed(
    aws: LocalAWS, deployment: Deployment
) -> None:
    email, sub = deployment.sign_up(**ADA)
    with (
        no_put_item(aws, deployment.outputs["function_name"]),
        pytest.raises(deployment.cognito.exceptions.UserLambdaValidationException),
    ):
        confirm_by_code(aws, deployment, email)
    reset_password(aws, deployment, email)
    item = deployment.item(sub)
    assert item is not None
    assert item["FirstName"] == {"S": "Ada"}
    assert [line["outcome"] for line in logged(aws, deployment, sub, 2)] == ["failed", "stored"]


@pytest.fixture(params=["none", "of another pool"])
def wrong_permission(
    aws: LocalAWS, outputs: Outputs, request: pytest.FixtureRequest
) -> Iterator[None]:
    """Remove the alias's permission for Cognito, or give it to another pool, during the test."""
    functions = aws.client("lambda")
    alias = {"FunctionName": outputs.function_name, "Qualifier": "live"}
    policy = json.loads(functions.get_policy(**alias)["Policy"])
    (statement,) = policy["Statement"]
    condition = statement["Condition"]

    def permit(pool_arn: str) -> None:
        functions.add_permission(
            **alias,
            StatementId=statement["Sid"],
            Action=statement["Action"],
            Principal=statement["Principal"]["Service"],
            SourceArn=pool_arn,
            SourceAccount=condition["StringEquals"]["AWS:SourceAccount"],
        )

    def forbid() -> None:
        functions.remove_permission(**alias, StatementId=statement["Sid"])

    forbid()
    if request.param == "of another pool":
        permit(outputs.user_pool_arn + "x")
    yield
    if request.param == "of another pool":
        forbid()
    permit(outputs.user_pool_arn)


def test_without_the_permission_cognito_cannot_call_the_function(
    deployment: Deployment, wrong_permission: None
) -> None:
    email, sub = deployment.sign_up(**ADA)
    with pytest.raises(
        deployment.cognito.exceptions.UnexpectedLambdaException, match="AccessDenied"
    ):
        deployment.confirm(email)
    assert deployment.status(email) == "CONFIRMED"
    assert deployment.item(sub) is None


def test_the_triggers_role_can_put_items_into_its_table_and_nothing_else(
    aws: LocalAWS, deployment: Deployment
) -> None:
    table, other = deployment.outputs["table_name"], "other-table"
    aws.client("dynamodb").create_table(
        TableName=other,
        BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[{"AttributeName": "UserID", "AttributeType": "S"}],
        KeySchema=[{"AttributeName": "UserID", "KeyType": "HASH"}],
    )
    _, sub = deployment.sign_up()
    key = {"UserID": {"S": sub}}
    denied = [
        *(
            Call("dynamodb", operation, {"TableName": table, "Key": key})
            for operation in ("GetItem", "UpdateItem", "DeleteItem")
        ),
        Call("dynamodb", "Scan", {"TableName": table}),
        Call("dynamodb", "DeleteTable", {"TableName": table}),
        Call("dynamodb", "PutItem", {"TableName": other, "Item": key}),
        Call("dynamodb", "ListTables", {}),
        Call("cognito-idp", "ListUsers", {"UserPoolId": deployment.outputs["user_pool_id"]}),
        Call("logs", "CreateLogGroup", {"logGroupName": "/aws/lambda/other"}),
        Call("logs", "DescribeLogGroups", {}),
        Call("iam", "ListRoles", {}),
        Call("lambda", "ListFunctions", {}),
        Call("s3", "ListBuckets", {}),
    ]
    allowed = Call("dynamodb", "PutItem", {"TableName": table, "Item": key})
    role = role_arn(aws, deployment.outputs["function_name"])
    outcomes = aws.try_as_function(role, [*denied, allowed])
    assert outcomes.pop() == "ok"
    assert [outcome for outcome in outcomes if "AccessDenied" not in outcome] == []
