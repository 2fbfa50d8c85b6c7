"""The scenarios of `make e2e` with different configurations, in the local AWS."""

import json
from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from moto import mock_aws

from scripts.local.deploy import create
from scripts.local.local_aws import LocalAWS
from scripts.local.snapshot import apply
from scripts.local.terraform import ZIP, scratch_copy
from tests.deployment import Deployment
from tests.scenarios import Scenarios

CONFIGURATIONS: dict[str, dict[str, Any]] = {
    "secret": {
        "clients": {
            "server": {
                "explicit_auth_flows": ["ALLOW_USER_PASSWORD_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"],
                "generate_secret": True,
                "write_attributes": ["email", "custom:plan", "nickname"],
            }
        },
        "custom_attributes": {"plan": {"min_length": 40, "max_length": 50, "mutable": False}},
        "stored_attributes": {
            "Username": {"sources": ["cognito:username"]},
            "Plan": {"sources": ["custom:plan", "nickname"]},
            "Since": {"sources": ["cognito:user_create_date"]},
        },
    },
    "mfa": {
        "user_pool": {"mfa_configuration": "ON"},
        "clients": {
            "app": {"write_attributes": ["email", "custom:age", "custom:news", "birthdate"]}
        },
        "custom_attributes": {
            "age": {"type": "Number", "min_value": 18, "max_value": 21},
            "news": {},
        },
        "stored_attributes": {
            "Email": {"sources": ["email"]},
            "Age": {"sources": ["custom:age"], "type": "N"},
            "News": {"sources": ["custom:news"], "type": "BOOL"},
            "Born": {"sources": ["birthdate"]},
        },
    },
    "phone": {
        "user_pool": {"username_attributes": ["phone_number"], "sms_enabled": True},
        "clients": {"app": {}},
        "stored_attributes": {
            "Phone": {"sources": ["phone_number"]},
            "Name": {"sources": ["name", "given_name"]},
        },
    },
    "either-with-secret": {
        "user_pool": {
            "mfa_configuration": "OPTIONAL",
            "password_policy": {"minimum_length": 40},
            "sms_enabled": True,
            "username_attributes": ["email", "phone_number"],
        },
        "clients": {"web": {"generate_secret": True}},
        "custom_attributes": {},
        "stored_attributes": {},
    },
    "no-password": {
        "user_pool": {"allowed_first_auth_factors": ["PASSWORD", "EMAIL_OTP"]},
        "clients": {
            "app": {
                "explicit_auth_flows": ["ALLOW_USER_AUTH"],
                "write_attributes": ["email", "given_name"],
            }
        },
    },
}


@pytest.fixture(scope="class", params=CONFIGURATIONS)
def deployed(request: pytest.FixtureRequest, aws: LocalAWS, provider: None) -> Iterator[Deployment]:
    """The stack with each of the configurations, beside the others."""
    with scratch_copy(aws) as terraform:
        variables = {"project": request.param} | CONFIGURATIONS[request.param]
        file = terraform.directory / "scenario.auto.tfvars.json"
        file.write_text(json.dumps(variables))
        terraform.run("init")
        terraform.run("workspace", "new", "local")
        stack = apply(terraform, "-var-file=environments/local.tfvars")
    made = Deployment(
        aws.client("cognito-idp"),
        aws.client("dynamodb"),
        aws.client("lambda"),
        create(aws, ZIP, stack),
    )
    yield made
    made.clean_up()


class TestConfigurations(Scenarios):
    """All scenarios with each configuration."""


@mock_aws
def test_the_tests_set_up_an_authenticator_app_when_the_first_sign_in_demands_it() -> None:
    # moto demands it, as AWS does. The emulator does not.
    cognito = boto3.client("cognito-idp", "us-east-1")
    pool = cognito.create_user_pool(PoolName="users", UsernameAttributes=["email"])["UserPool"]
    cognito.set_user_pool_mfa_config(
        UserPoolId=pool["Id"],
        SoftwareTokenMfaConfiguration={"Enabled": True},
        MfaConfiguration="ON",
    )
    client = cognito.create_user_pool_client(
        UserPoolId=pool["Id"],
        ClientName="app",
        ExplicitAuthFlows=["ALLOW_USER_SRP_AUTH"],
        GenerateSecret=True,
    )["UserPoolClient"]
    outputs = {"user_pool_id": pool["Id"], "user_pool_client_ids": {"app": client["ClientId"]}}
    deployment = Deployment(
        cognito, boto3.client("dynamodb", "us-east-1"), boto3.client("lambda", "us-east-1"), outputs
    )
    username, _ = deployment.sign_up()
    deployment.confirm(username)
    assert deployment.sign_in(username)
