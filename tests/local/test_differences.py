"""What scripts/README.md says that the local AWS does otherwise than AWS.

If one of these fails, the emulator has changed: take the row out.
"""

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

from scripts.local.deploy import Outputs
from scripts.local.local_aws import Credentials, LocalAWS
from tests.deployment import Deployment
from tests.local.test_trigger import PASSWORD, error_of, make_function
from tests.scenarios import signed_up
from tests.sweep import sweep

ADA = "ada@example.com"


class Pool:
    """A user pool with a confirmed user who has signed in."""

    def __init__(self, aws: LocalAWS) -> None:
        self.cognito: Any = aws.client("cognito-idp")
        limits = {"MinLength": "3", "MaxLength": "4"}
        self.id = self.cognito.create_user_pool(
            PoolName="differences",
            UsernameAttributes=["email"],
            AutoVerifiedAttributes=["email"],
            DeletionProtection="ACTIVE",
            UserAttributeUpdateSettings={"AttributesRequireVerificationBeforeUpdate": ["email"]},
            Schema=[
                {
                    "Name": "plan",
                    "AttributeDataType": "String",
                    "StringAttributeConstraints": limits,
                },
                {"Name": "name", "AttributeDataType": "String", "Required": True, "Mutable": True},
            ],
        )["UserPool"]["Id"]
        self.client_id = self.cognito.create_user_pool_client(
            UserPoolId=self.id,
            ClientName="app",
            ExplicitAuthFlows=["ALLOW_USER_PASSWORD_AUTH"],
            ReadAttributes=["email"],
            WriteAttributes=["email", "name", "custom:plan"],
        )["UserPoolClient"]["ClientId"]
        # A name is required, and this plan is too long.
        self.cognito.sign_up(
            ClientId=self.client_id,
            Username=ADA,
            Password=PASSWORD,
            UserAttributes=[{"Name": "custom:plan", "Value": "too long"}],
        )
        self.cognito.confirm_sign_up(
            ClientId=self.client_id, Username=ADA, ConfirmationCode="123456"
        )
        self.token = self.sign_in()["AuthenticationResult"]["AccessToken"]

    def sign_in(self, flow: str = "USER_PASSWORD_AUTH") -> Any:
        return self.cognito.initiate_auth(
            ClientId=self.client_id,
            AuthFlow=flow,
            AuthParameters={"USERNAME": ADA, "PASSWORD": PASSWORD},
        )

    def attributes(self) -> dict[str, str]:
        """What GetUser answers."""
        user = self.cognito.get_user(AccessToken=self.token)
        return {one["Name"]: one["Value"] for one in user["UserAttributes"]}

    def change(self, name: str, value: str) -> None:
        self.cognito.update_user_attributes(
            AccessToken=self.token, UserAttributes=[{"Name": name, "Value": value}]
        )


@pytest.fixture
def pool(aws: LocalAWS) -> Pool:
    return Pool(aws)


def test_values_do_not_need_to_fit_the_schema(pool: Pool) -> None:
    assert "name" not in pool.attributes()
    pool.change("custom:plan", "an immutable one")
    assert pool.attributes()["custom:plan"] == "an immutable one"  # also not to be read


def test_a_new_address_counts_at_once(pool: Pool) -> None:
    pool.change("email", "king@example.com")
    attributes = pool.attributes()
    assert (attributes["email"], attributes["email_verified"]) == ("king@example.com", "true")


def test_a_user_with_a_temporary_password_gets_a_code(aws: LocalAWS, pool: Pool) -> None:
    jane = "jane-temporary@example.com"
    verified = [{"Name": "email_verified", "Value": "true"}]
    pool.cognito.admin_create_user(UserPoolId=pool.id, Username=jane, UserAttributes=verified)
    pool.cognito.forgot_password(ClientId=pool.client_id, Username=jane)
    assert aws.latest_code(jane) == "654321"


def test_no_second_factor_is_needed_and_its_settings_stay(pool: Pool) -> None:
    app = {"Enabled": True}
    mfa = {"UserPoolId": pool.id, "SoftwareTokenMfaConfiguration": app}
    pool.cognito.set_user_pool_mfa_config(**mfa, MfaConfiguration="ON")
    assert "AuthenticationResult" in pool.sign_in()
    pool.cognito.set_user_pool_mfa_config(UserPoolId=pool.id, MfaConfiguration="OFF")
    found = pool.cognito.get_user_pool_mfa_config(UserPoolId=pool.id)
    assert found["SoftwareTokenMfaConfiguration"] == app


def test_some_calls_do_not_exist(aws: LocalAWS, pool: Pool) -> None:
    code, _ = error_of(lambda: pool.sign_in("USER_AUTH"))
    assert code == "InvalidParameterException"
    names = {"UserAttributeNames": ["name"]}
    role = "arn:aws:iam::123456789012:role/import"
    branding = {"UserPoolId": pool.id, "ClientId": pool.client_id}
    calls: list[tuple[str, dict[str, Any]]] = [
        ("verify_user_attribute", {"AttributeName": "email", "Code": "123456"}),
        ("get_user_attribute_verification_code", {"AttributeName": "email"}),
        ("delete_user_attributes", names),
        ("list_devices", {}),
        ("start_web_authn_registration", {}),
    ]
    every = [(name, {"AccessToken": pool.token} | values) for name, values in calls] + [
        ("admin_delete_user_attributes", {"UserPoolId": pool.id, "Username": ADA} | names),
        (
            "create_user_import_job",
            {"UserPoolId": pool.id, "JobName": "job", "CloudWatchLogsRoleArn": role},
        ),
        ("create_managed_login_branding", branding),
    ]
    for operation, parameters in every:
        with pytest.raises(ClientError) as raised:
            getattr(pool.cognito, operation)(**parameters)
        assert (operation, raised.value.response["Error"]["Code"]) == (operation, "InvalidAction")
    key = "arn:aws:kms:us-east-1:123456789012:key/none"
    with pytest.raises(ClientError, match="Unknown action"):
        aws.client("logs").associate_kms_key(logGroupName="none", kmsKeyId=key)


def test_an_update_keeps_what_it_leaves_out(pool: Pool) -> None:
    pool.cognito.update_user_pool(UserPoolId=pool.id, LambdaConfig={})
    found = pool.cognito.describe_user_pool(UserPoolId=pool.id)["UserPool"]
    assert found["AutoVerifiedAttributes"] == ["email"]


def test_a_protected_pool_can_be_deleted(pool: Pool) -> None:
    pool.cognito.delete_user_pool(UserPoolId=pool.id)


def test_the_secret_key_is_not_checked(aws: LocalAWS) -> None:
    wrong = Credentials(secret_access_key="wrong")  # noqa: S106 - wrong
    assert "TableNames" in aws.client_as("dynamodb", wrong).list_tables()
    unknown = aws.client_as("dynamodb", Credentials("AKIAIOSFODNN7EXAMPLE"))
    assert error_of(unknown.list_tables)[0] == "UnrecognizedClientException"


def test_an_exception_has_no_type_and_ends_the_process(aws: LocalAWS) -> None:
    code = "import os\ndef handler(event, _):\n  if event: raise KeyError\n  return os.getpid()"
    _, function = make_function(aws, code)

    def call(event: Any) -> Any:
        answer = aws.client("lambda").invoke(FunctionName=function, Payload=json.dumps(event))
        return json.loads(answer["Payload"].read())

    process = call(None)
    assert call(None) == process
    assert call("raise")["errorType"] == "Runtime.HandlerError"
    assert call(None) != process


def test_metric_filters_and_step_functions_count_nothing(
    aws: LocalAWS, outputs: Outputs, deployment: Deployment
) -> None:
    signed_up(deployment)
    sweep(aws, outputs.state_machine_arn)
    metrics = aws.client("cloudwatch").list_metrics()["Metrics"]
    assert not {outputs.function_name, "AWS/States"} & {one["Namespace"] for one in metrics}


def test_an_alarm_on_a_percentile_has_an_average_too(aws: LocalAWS) -> None:
    alarms = aws.client("cloudwatch")
    alarms.put_metric_alarm(
        AlarmName="percentile",
        Namespace="AWS/Lambda",
        MetricName="Duration",
        ExtendedStatistic="p99",
        Period=60,
        EvaluationPeriods=1,
        Threshold=1,
        ComparisonOperator="GreaterThanThreshold",
    )
    (alarm,) = alarms.describe_alarms(AlarmNames=["percentile"])["MetricAlarms"]
    alarms.delete_alarms(AlarmNames=["percentile"])
    assert (alarm["ExtendedStatistic"], alarm["Statistic"]) == ("p99", "Average")
