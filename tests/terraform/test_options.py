"""What the options of the stack do, in the local AWS."""

import json
from typing import Any

import pytest
from pycognito.aws_srp import AWSSRP

from scripts.local.deploy import create
from scripts.local.local_aws import LocalAWS
from scripts.local.snapshot import apply
from scripts.local.terraform import ZIP, scratch_copy
from tests.deployment import PASSWORD, Deployment

OPTIONS = {
    "project": "options",
    "table": json.dumps({"email_index_enabled": True, "stream_view_type": "NEW_IMAGE"}),
    "function": json.dumps({"reserved_concurrent_executions": 5, "store_at_sign_in": True}),
    "sweep": json.dumps({"schedule_enabled": False, "update_records": True}),
    "user_pool": json.dumps(
        {
            "domain_prefix": "options",
            "email_configuration": {
                "source_arn": "arn:aws:ses:us-east-1:123456789012:identity/example.com",
                "from_email_address": "Shop <no-reply@example.com>",
                "reply_to_email_address": "help@example.com",
            },
            "mfa_configuration": "OPTIONAL",
            "sms_enabled": True,
            "username_attributes": ["email", "phone_number"],
        }
    ),
    "clients": json.dumps(
        {
            "app": {
                "write_attributes": ["email", "phone_number", "custom:firstName", "family_name"],
                "access_token_validity": 5,
            },
            "admin": {"generate_secret": True, "explicit_auth_flows": ["ALLOW_USER_AUTH"]},
        }
    ),
}


@pytest.fixture(scope="module")
def deployment(aws: LocalAWS, provider: None) -> Deployment:
    """The stack with these options, beside the one without them."""
    with scratch_copy(aws) as terraform:
        terraform.run("init")
        terraform.run("workspace", "new", "local")
        variables = [f"-var={name}={value}" for name, value in OPTIONS.items()]
        stack = apply(terraform, "-var-file=environments/local.tfvars", *variables)
    outputs = create(aws, ZIP, stack)
    return Deployment(
        aws.client("cognito-idp"), aws.client("dynamodb"), aws.client("lambda"), outputs
    )


def test_the_index_finds_a_user_by_email(deployment: Deployment) -> None:
    email, sub = deployment.sign_up(**{"custom:firstName": "Ada"})
    deployment.confirm(email)
    found = deployment.dynamodb.query(
        TableName=deployment.outputs["table_name"],
        IndexName="Email",
        KeyConditionExpression="Email = :email",
        ExpressionAttributeValues={":email": {"S": email}},
    )["Items"]
    assert [item["UserID"] for item in found] == [{"S": sub}]
    assert found[0].keys() == {"UserID", "Email"}


def test_a_user_without_the_attribute_of_the_index_is_stored(deployment: Deployment) -> None:
    event = deployment.event("ConfirmSignUp", "no-email", phone_number="+15550100")
    assert deployment.invoke(event) == event
    item = deployment.item("no-email")
    assert item is not None
    assert "Email" not in item


def test_a_user_who_signs_up_by_phone_is_stored(deployment: Deployment) -> None:
    phone = "+15550100"
    sub = deployment.cognito.sign_up(
        ClientId=deployment.client_id,
        Username=phone,
        Password=PASSWORD,
        UserAttributes=[{"Name": "phone_number", "Value": phone}],
    )["UserSub"]
    deployment.cognito.confirm_sign_up(
        ClientId=deployment.client_id, Username=phone, ConfirmationCode="123456"
    )
    item = deployment.item(sub)
    assert item is not None
    assert "Email" not in item
    user = deployment.cognito.admin_get_user(
        UserPoolId=deployment.outputs["user_pool_id"], Username=sub
    )
    attributes = {one["Name"]: one.get("Value") for one in user["UserAttributes"]}
    assert attributes["phone_number_verified"] == "true"  # because the code was sent to it


def test_the_pool_has_a_role_to_send_sms(aws: LocalAWS, deployment: Deployment) -> None:
    pool = deployment.cognito.describe_user_pool(UserPoolId=deployment.outputs["user_pool_id"])
    sms = pool["UserPool"]["SmsConfiguration"]
    role = aws.client("iam").get_role(RoleName="options-local-sms")["Role"]
    assert sms["SnsCallerArn"] == role["Arn"]
    (statement,) = role["AssumeRolePolicyDocument"]["Statement"]
    assert statement["Condition"]["StringEquals"] == {
        "sts:ExternalId": sms["ExternalId"],
        "aws:SourceAccount": aws.account_id,
    }


def test_the_stream_has_the_records_of_new_users(aws: LocalAWS, deployment: Deployment) -> None:
    email, sub = deployment.sign_up()
    deployment.confirm(email)
    table = deployment.dynamodb.describe_table(TableName=deployment.outputs["table_name"])["Table"]
    assert table["StreamSpecification"] == {"StreamEnabled": True, "StreamViewType": "NEW_IMAGE"}
    streams = aws.client("dynamodbstreams")
    (stream,) = streams.list_streams(TableName=table["TableName"])["Streams"]
    shards = streams.describe_stream(StreamArn=stream["StreamArn"])["StreamDescription"]["Shards"]
    images = []
    for shard in shards:
        iterator = streams.get_shard_iterator(
            StreamArn=stream["StreamArn"],
            ShardId=shard["ShardId"],
            ShardIteratorType="TRIM_HORIZON",
        )["ShardIterator"]
        records = streams.get_records(ShardIterator=iterator)["Records"]
        images += [record["dynamodb"]["NewImage"] for record in records]
    assert {"S": sub} in [image["UserID"] for image in images]


def test_the_function_has_reserved_concurrency(deployment: Deployment) -> None:
    answer = deployment.functions.get_function_concurrency(
        FunctionName=deployment.outputs["function_name"]
    )
    assert answer["ReservedConcurrentExecutions"] == 5


def test_a_sign_in_adds_a_missing_record(deployment: Deployment) -> None:
    email, sub = deployment.sign_up(**{"custom:firstName": "Ada"})
    deployment.confirm(email)
    deployment.delete_item(sub)
    outputs = deployment.outputs
    tokens = AWSSRP(
        email, PASSWORD, outputs["user_pool_id"], deployment.client_id, client=deployment.cognito
    ).authenticate_user()
    assert "AccessToken" in tokens["AuthenticationResult"]
    item = deployment.item(sub)
    assert item is not None
    assert item["FirstName"] == {"S": "Ada"}


def test_a_sweep_updates_a_record_and_keeps_other_attributes(deployment: Deployment) -> None:
    email, sub = deployment.sign_up(**{"custom:firstName": "Ada", "family_name": "Byron"})
    deployment.confirm(email)
    before = deployment.item(sub)
    assert before is not None
    outputs = deployment.outputs
    deployment.dynamodb.update_item(
        TableName=outputs["table_name"],
        Key={"UserID": {"S": sub}},
        UpdateExpression="SET Points = :points",
        ExpressionAttributeValues={":points": {"S": "an app's own"}},
    )
    deployment.cognito.admin_update_user_attributes(
        UserPoolId=outputs["user_pool_id"],
        Username=email,
        UserAttributes=[{"Name": "family_name", "Value": "Lovelace"}],
    )
    answer = deployment.functions.invoke(
        FunctionName=outputs["reconcile_function_name"], Payload=b"{}"
    )
    progress = json.loads(answer["Payload"].read())
    assert (progress["done"], progress["counts"]["updated"]) == (True, 1)
    changed = {"LastName": {"S": "Lovelace"}, "Points": {"S": "an app's own"}}
    assert deployment.item(sub) == before | changed


def client_of(deployment: Deployment, name: str) -> dict[str, Any]:
    """What the local Cognito says of an app client."""
    answer = deployment.cognito.describe_user_pool_client(
        UserPoolId=deployment.outputs["user_pool_id"],
        ClientId=deployment.outputs["user_pool_client_ids"][name],
    )
    return dict(answer["UserPoolClient"])


def test_each_app_client_has_its_own_settings(deployment: Deployment) -> None:
    app, admin = client_of(deployment, "app"), client_of(deployment, "admin")
    assert (app["ClientName"], admin["ClientName"]) == ("app", "admin")
    assert (app["AccessTokenValidity"], admin["AccessTokenValidity"]) == (5, 60)
    assert app["TokenValidityUnits"]["AccessToken"] == "minutes"
    assert "ClientSecret" not in app
    assert admin["ClientSecret"]
    assert sorted(app["ExplicitAuthFlows"]) == ["ALLOW_REFRESH_TOKEN_AUTH", "ALLOW_USER_SRP_AUTH"]
    assert admin["ExplicitAuthFlows"] == ["ALLOW_USER_AUTH"]
    assert set(app["WriteAttributes"]) == {
        "email", "phone_number", "custom:firstName", "family_name",
    }  # fmt: skip
    assert not [name for name in admin["WriteAttributes"] if name.startswith("custom:")]


def test_users_may_have_a_second_factor(deployment: Deployment) -> None:
    mfa = deployment.cognito.get_user_pool_mfa_config(UserPoolId=deployment.outputs["user_pool_id"])
    assert mfa["MfaConfiguration"] == "OPTIONAL"
    assert mfa["SoftwareTokenMfaConfiguration"] == {"Enabled": True}


def test_the_pool_has_a_domain_and_sends_through_ses(deployment: Deployment) -> None:
    pool = deployment.cognito.describe_user_pool(UserPoolId=deployment.outputs["user_pool_id"])
    assert pool["UserPool"]["Domain"] == "options"
    assert pool["UserPool"]["EmailConfiguration"] == {
        "EmailSendingAccount": "DEVELOPER",
        "SourceArn": "arn:aws:ses:us-east-1:123456789012:identity/example.com",
        "From": "Shop <no-reply@example.com>",
        "ReplyToEmailAddress": "help@example.com",
    }
    domain = deployment.cognito.describe_user_pool_domain(Domain="options")["DomainDescription"]
    assert domain["ManagedLoginVersion"] == 2
