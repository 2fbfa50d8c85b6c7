"""The options of the user pool: each reaches AWS, and removing it restores the pool."""

import json
import shutil
from collections.abc import Iterator
from typing import Any

import pytest

from scripts.local.local_aws import ROOT, LocalAWS
from scripts.local.terraform import Terraform, scratch_copy

MODULE = ROOT / "terraform" / "modules" / "cognito"
FUNCTION = "arn:aws:lambda:us-east-1:123456789012:function"
KEY = "arn:aws:kms:us-east-1:123456789012:key/11111111-2222-3333-4444-555555555555"
IDENTITY = "arn:aws:ses:us-east-1:123456789012:identity/example.com"

ALWAYS = {
    "user_pool_name": "users",
    "deletion_protection_enabled": False,
    "custom_attributes": {"team": {}},
    "sms_enabled": True,  # Cognito cannot turn it off again
    "username_attributes": ["email", "phone_number"],
}
# Each optional input of the module is in one of these. Two sets, because some exclude each other.
OPTIONS: dict[str, dict[str, Any]] = {
    "password and MFA": {
        "attributes_require_verification_before_update": ["phone_number"],
        "auto_verified_attributes": ["phone_number"],
        "clients": {
            "app": {
                "access_token_validity": 5,
                "callback_urls": ["https://example.com/in"],
                "explicit_auth_flows": ["ALLOW_USER_PASSWORD_AUTH"],
                "id_token_validity": 5,
                "logout_urls": ["https://example.com/"],
                "refresh_token_validity": 1,
                "supported_identity_providers": ["COGNITO", "Google"],
                "write_attributes": ["email"],
            },
            "web": {"generate_secret": True},
        },
        "custom_sender_kms_key_arn": KEY,
        "deletion_protection_enabled": True,
        "domain_prefix": "users",
        "email_configuration": {
            "source_arn": IDENTITY,
            "from_email_address": "no-reply@example.com",
            "reply_to_email_address": "help@example.com",
        },
        "identity_providers": {
            "Google": {
                "provider_type": "Google",
                "provider_details": {
                    "authorize_scopes": "openid",
                    "client_id": "id",
                    "client_secret": "not-a-secret",
                },
                "attribute_mapping": {"custom:team": "hd"},
            }
        },
        "lambda_triggers": {
            "custom_email_sender": {"arn": f"{FUNCTION}:custom_email_sender"},
            "pre_sign_up": {"arn": f"{FUNCTION}:pre_sign_up:live"},
            "pre_token_generation": {
                "arn": f"{FUNCTION}:pre_token_generation",
                "lambda_version": "V2_0",
            },
        },
        "mfa_configuration": "OPTIONAL",
        "password_policy": {
            "minimum_length": 20,
            "password_history_size": 5,
            "require_lowercase": False,
            "require_numbers": False,
            "require_symbols": False,
            "require_uppercase": False,
            "temporary_password_validity_days": 1,
        },
        "permissions_boundary": "arn:aws:iam::123456789012:policy/boundary",
        "user_pool_tier": "PLUS",
    },
    "without a password": {
        "allowed_first_auth_factors": ["EMAIL_OTP", "PASSWORD", "SMS_OTP", "WEB_AUTHN"],
        "clients": {"app": {"explicit_auth_flows": ["ALLOW_USER_AUTH"]}},
        "default_email_option": "CONFIRM_WITH_LINK",
        "domain_prefix": "users",
        "web_authn_relying_party_id": "example.com",
    },
}

# The arguments that `user_pool` sets and that a plan knows.
COMPARED = (
    *("auto_verified_attributes", "email_configuration", "mfa_configuration", "password_policy"),
    *("sign_in_policy", "user_attribute_update_settings", "user_pool_tier", "username_attributes"),
    "web_authn_configuration",
)


class Pool:
    """The module in a folder without the rest of the project."""

    def __init__(self, terraform: Terraform) -> None:
        self.terraform = terraform
        self.file = terraform.directory / "test.tfvars.json"

    def plan(self, variables: dict[str, Any]) -> dict[str, list[str]]:
        """Plan with these variables. Gives the actions, by address."""
        self.file.write_text(json.dumps(ALWAYS | variables))
        self.terraform.run("plan", f"-var-file={self.file}", "-out=plan")
        return {
            one["address"]: one["change"]["actions"]
            for one in self.terraform.json("show", "-json", "plan")["resource_changes"]
            if one["mode"] == "managed" and one["change"]["actions"] != ["no-op"]
        }

    def apply(self, variables: dict[str, Any]) -> dict[str, Any]:
        """Apply with these variables. Gives all resources, by address."""
        self.plan(variables)
        self.terraform.run("apply", "plan")
        resources = self.terraform.json("show", "-json")["values"]["root_module"]["resources"]
        return {one["address"]: one["values"] for one in resources if one["mode"] == "managed"}


@pytest.fixture(scope="module")
def pool(aws: LocalAWS, provider: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pool]:
    folder = tmp_path_factory.mktemp("pool")
    shutil.copytree(MODULE, folder, dirs_exist_ok=True)
    with scratch_copy(aws) as root:
        terraform = Terraform(folder, root.environment)
        terraform.run("init")
        yield Pool(terraform)


def test_every_optional_input_is_among_the_options() -> None:
    text = (MODULE / "variables.tf").read_text()
    inputs = {line.split('"')[1] for line in text.splitlines() if line.startswith("variable ")}
    assert inputs == ALWAYS.keys() | {name for options in OPTIONS.values() for name in options}


@pytest.mark.parametrize("options", OPTIONS.values(), ids=OPTIONS)
def test_removing_the_options_restores_the_pool(pool: Pool, options: dict[str, Any]) -> None:
    never_set = pool.apply({})
    with_options = pool.apply(options)
    assert with_options != never_set
    assert pool.plan(options) == {}
    taken_back = pool.apply({})
    assert taken_back == never_set
    assert pool.plan({}) == {}


def test_the_root_passes_every_attribute_of_user_pool_to_the_module(
    aws: LocalAWS, provider: None, pool: Pool
) -> None:
    of_the_root = {"clients", "custom_attributes", "deletion_protection_enabled"}
    of_the_root |= {"identity_providers", "permissions_boundary"}
    with scratch_copy(aws) as root:
        root.run("init")
        root.run("workspace", "new", "dev")
        file = root.directory / "test.tfvars.json"
        for options in OPTIONS.values():
            given = ALWAYS | options
            variables = {name: given[name] for name in given.keys() & of_the_root}
            variables["user_pool"] = {
                name: given[name] for name in given.keys() - of_the_root - {"user_pool_name"}
            }
            file.write_text(json.dumps(variables | {"stored_attributes": {}}))
            root.run("plan", "-var-file=environments/dev.tfvars", f"-var-file={file}", "-out=plan")
            passed_on = pool_of(root.json("show", "-json", "plan"))
            pool.plan(options)
            expected = pool_of(pool.terraform.json("show", "-json", "plan"))
            for name in COMPARED:
                assert passed_on[name] == expected[name], name
            [by_link], [given_link] = (
                one["verification_message_template"] for one in (passed_on, expected)
            )
            assert by_link["default_email_option"] == given_link["default_email_option"]
            # The root adds its own trigger.
            [triggers], others = passed_on["lambda_config"], expected["lambda_config"]
            for name, value in others[0].items() if others else ():
                assert name == "post_confirmation" or triggers[name] == value, name
            assert len(passed_on["sms_configuration"]) == 1


def pool_of(plan: dict[str, Any]) -> dict[str, Any]:
    """The planned arguments of the user pool."""
    (change,) = (
        one["change"]["after"]
        for one in plan["resource_changes"]
        if one["type"] == "aws_cognito_user_pool"
    )
    return dict(change)
