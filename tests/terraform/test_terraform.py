"""Terraform as a whole: what `terraform test` cannot see from outside the modules."""

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest

from scripts.local.local_aws import ROOT, LocalAWS
from scripts.local.snapshot import STACK, take_snapshot
from scripts.local.terraform import Terraform, TerraformError, scratch_copy

POOL = "module.cognito.aws_cognito_user_pool.this"
CLIENT = "module.cognito.aws_cognito_user_pool_client.this"
TABLE = "module.dynamodb.aws_dynamodb_table.this"
FUNCTION = "module.lambda.aws_lambda_function.this"
ALIAS = "module.lambda.aws_lambda_alias.this"
PERMISSION = "module.lambda.aws_lambda_permission.this"
POLICY = "module.lambda.aws_iam_role_policy.this"
ROLE = "module.lambda.aws_iam_role.this"
LOG_GROUP = "module.lambda.aws_cloudwatch_log_group.this"


class Configuration:
    """A copy of the configuration, planned and applied with only a local AWS in reach."""

    def __init__(self, terraform: Terraform) -> None:
        self.terraform = terraform
        self.directory = terraform.directory
        self.plan_file = self.directory / "test.tfplan"

    def run(self, *arguments: str, workspace: str = "local", folder: str = ".") -> str:
        """What a command of Terraform prints. Raises TerraformError when it fails."""
        environment = {**self.terraform.environment, "TF_WORKSPACE": workspace}
        return Terraform(self.directory / folder, environment).run(*arguments)

    def plan(
        self, environment: str, /, *arguments: str, workspace: str | None = None, **variables: Any
    ) -> None:
        """Plan with the variables of an environment and the given ones over them."""
        variables_file = self.directory / "test.tfvars.json"
        variables_file.write_text(json.dumps(variables))
        self.run(
            "plan",
            f"-out={self.plan_file}",
            f"-var-file=environments/{environment}.tfvars",
            f"-var-file={variables_file}",
            *arguments,
            workspace=workspace or environment,
        )

    def changes(
        self, environment: str, /, *arguments: str, **variables: Any
    ) -> dict[str, dict[str, Any]]:
        """What a plan would change, by address."""
        self.plan(environment, *arguments, **variables)
        shown = self.run("show", "-json", str(self.plan_file), workspace=environment)
        return {
            resource["address"]: resource["change"]
            for resource in json.loads(shown)["resource_changes"]
            if resource["mode"] == "managed" and resource["change"]["actions"] != ["no-op"]
        }

    def apply(self, environment: str, /, **variables: Any) -> dict[str, dict[str, Any]]:
        """Apply, and give all resources by address."""
        self.plan(environment, **variables)
        self.run("apply", str(self.plan_file), workspace=environment)
        shown = self.run("show", "-json", workspace=environment)
        modules = json.loads(shown)["values"]["root_module"]["child_modules"]
        return {
            resource["address"]: resource["values"]
            for module in modules
            for resource in module["resources"]
        }


@pytest.fixture(scope="module")
def configuration(aws: LocalAWS, provider: None) -> Iterator[Configuration]:
    with scratch_copy(aws) as terraform:
        terraform.run("init")
        yield Configuration(terraform)


@pytest.mark.parametrize(
    "folder",
    [".", *(f"modules/{path.name}" for path in (ROOT / "terraform" / "modules").iterdir())],
)
def test_terraform_test(configuration: Configuration, folder: str) -> None:
    configuration.run("init", folder=folder)
    result = configuration.run("test", folder=folder)
    assert re.search(r"Success! [1-9]\d* passed, 0 failed", result)


def test_the_snapshot_is_what_terraform_makes(aws: LocalAWS, configuration: Configuration) -> None:
    assert take_snapshot(aws) == STACK.read_text(), "renew it: make snapshot"


def test_wiring(configuration: Configuration) -> None:
    resources = configuration.apply("local")

    [lambda_config] = resources[POOL]["lambda_config"]
    assert lambda_config["post_confirmation"] == resources[ALIAS]["arn"]
    assert resources[PERMISSION]["source_arn"] == resources[POOL]["arn"]
    assert resources[PERMISSION]["source_account"] == resources[POOL]["arn"].split(":")[4]
    assert resources[PERMISSION]["qualifier"] == resources[ALIAS]["name"]
    write, _log = json.loads(resources[POLICY]["policy"])["Statement"]
    assert (write["Action"], write["Resource"]) == ("dynamodb:PutItem", resources[TABLE]["arn"])
    variables = resources[FUNCTION]["environment"][0]["variables"]
    assert variables["TABLE_NAME"] == resources[TABLE]["name"]

    assert configuration.changes("local") == {}, "a second plan is not empty"


def test_an_added_attribute_changes_schema_client_and_environment_only(
    configuration: Configuration,
) -> None:
    resources = configuration.apply("local")
    stored = json.loads(resources[FUNCTION]["environment"][0]["variables"]["STORED_ATTRIBUTES"])
    changes = configuration.changes(
        "local",
        custom_attributes={
            "firstName": {},
            "lastName": {},
            "age": {"type": "Number", "min_value": 0, "max_value": 150},
        },
        stored_attributes=stored | {"Age": {"sources": ["custom:age"], "type": "N"}},
    )

    assert {address: change["actions"] for address, change in changes.items()} == {
        POOL: ["update"],
        CLIENT: ["update"],
        FUNCTION: ["update"],
        ALIAS: ["update"],  # to the version published
    }
    changed = {
        address: {
            name
            for name, value in change["after"].items()
            if value != change["before"][name] and change["after_unknown"].get(name) is not True
        }
        for address, change in changes.items()
    }
    assert changed == {
        POOL: {"schema"},
        CLIENT: {"read_attributes", "write_attributes"},
        FUNCTION: {"environment"},
        ALIAS: set(),
    }


def test_a_new_zip_becomes_a_new_version(configuration: Configuration) -> None:
    configuration.apply("local")
    zip_file = configuration.directory.parent / "dist" / "function.zip"
    zip_file.write_bytes(zip_file.read_bytes() + b" either")
    changes = configuration.changes("local")
    assert {address: change["actions"] for address, change in changes.items()} == {
        FUNCTION: ["update"],
        ALIAS: ["update"],
    }


def test_a_replaced_function_takes_alias_and_permission_along(configuration: Configuration) -> None:
    configuration.apply("local")
    changes = configuration.changes("local", f"-replace={FUNCTION}")
    for address in (FUNCTION, ALIAS, PERMISSION):
        assert changes[address]["actions"] == ["delete", "create"], address


def names(changes: dict[str, dict[str, Any]]) -> dict[str, str]:
    return {
        address: changes[address]["after"].get("function_name") or changes[address]["after"]["name"]
        for address in (POOL, CLIENT, TABLE, FUNCTION, ROLE, LOG_GROUP)
    }


def test_two_environments_share_no_name(configuration: Configuration) -> None:
    dev, prod = names(configuration.changes("dev")), names(configuration.changes("prod"))
    assert dev.keys() == prod.keys()
    assert not set(dev.values()) & set(prod.values())
    assert all("dev" in name for name in dev.values())


def test_the_longest_names_fit(configuration: Configuration) -> None:
    environment = "e" * 15
    (configuration.directory / "environments" / f"{environment}.tfvars").write_text(
        f'environment = "{environment}"\nregion = "us-east-1"\n'
    )
    longest = names(configuration.changes(environment, project="p" * 30))
    assert len(longest[FUNCTION]) == len(longest[ROLE]) == 64


def test_every_option_reaches_its_resource(configuration: Configuration) -> None:
    key = "arn:aws:kms:us-east-1:123456789012:key/11111111-2222-3333-4444-555555555555"
    defaults = configuration.changes("staging")
    assert defaults[TABLE]["after"]["deletion_protection_enabled"] is True
    assert defaults[POOL]["after"]["deletion_protection"] == "ACTIVE"

    changes = configuration.changes(
        "staging",
        project="other",
        region="eu-central-1",
        custom_attributes={"age": {"type": "Number", "min_value": 0, "max_value": 150}},
        stored_attributes={"Age": {"sources": ["custom:age"], "type": "N"}},
        deletion_protection_enabled=False,
        log_retention_in_days=7,
        password_auth_enabled=True,
        table_kms_key_arn=key,
    )

    after = {address: change["after"] for address, change in changes.items()}
    assert set(names(changes).values()) >= {"other-staging", "other-staging-post-confirmation"}
    assert after[TABLE]["region"] == "eu-central-1"
    assert after[TABLE]["tags_all"] == {
        "Environment": "staging",
        "ManagedBy": "Terraform",
        "Project": "other",
    }
    assert [attribute["name"] for attribute in after[POOL]["schema"]] == ["age"]
    assert "Age" in after[FUNCTION]["environment"][0]["variables"]["STORED_ATTRIBUTES"]
    assert after[TABLE]["deletion_protection_enabled"] is False
    assert after[POOL]["deletion_protection"] == "INACTIVE"
    assert after[LOG_GROUP]["retention_in_days"] == 7
    assert "ALLOW_USER_PASSWORD_AUTH" in after[CLIENT]["explicit_auth_flows"]
    assert after[TABLE]["server_side_encryption"][0]["kms_key_arn"] == key
    policy = configuration.run("show", "-json", str(configuration.plan_file), workspace="staging")
    assert "kms:Decrypt" in policy


def refusals(
    configuration: Configuration,
    environment: str,
    /,
    workspace: str | None = None,
    **variables: Any,
) -> str:
    """The messages of a plan that is refused, without Terraform's frame and line breaks."""
    with pytest.raises(TerraformError) as refused:
        configuration.plan(environment, workspace=workspace, **variables)
    return " ".join(str(refused.value).replace("│", " ").split())


@pytest.mark.parametrize("workspace", ["default", "prod"])
def test_refuses_the_variables_of_another_environment(
    configuration: Configuration, workspace: str
) -> None:
    assert (
        'These are the variables of environment "dev", but the selected workspace is '
        f'"{workspace}". Use `make plan ENV=dev`'
    ) in refusals(configuration, "dev", workspace=workspace)


def test_messages_of_the_root(configuration: Configuration) -> None:
    messages = refusals(
        configuration,
        "dev",
        workspace="default",
        environment="default",
        project="Users",
        stored_attributes={"Age": {"sources": ["custom:age"]}},
    )
    for message in (
        "The name of an environment has 1 to 15 lower case letters, digits or hyphens",
        'There is no environment "default". Use one of dev, ',
        "The project's name has 3 to 30 lower case letters, digits or hyphens",
        "Declared there: firstName, lastName.",
    ):
        assert message in messages


def test_messages_of_the_modules(configuration: Configuration) -> None:
    messages = refusals(
        configuration,
        "dev",
        function_zip="missing.zip",
        log_retention_in_days=100,
        table_kms_key_arn="alias/users",
        custom_attributes={
            "custom:a": {},
            "a b": {},
            "text": {"type": "text"},
            "flag": {"type": "Boolean", "max_length": 1},
            "age": {"type": "Number", "min_value": 0.5},
            "long": {"max_length": 2049},
            "none": {"min_length": 2, "max_length": 1},
        }
        | {f"attribute-{number}": {} for number in range(50)},
        stored_attributes={
            "": {"sources": ["email"]},
            "UserID": {"sources": ["sub"]},
            "Nothing": {"sources": []},
            "Wrong": {"sources": ["mail"]},
            "Text": {"sources": ["email"], "type": "String"},
        }
        | {f"{number}{'n' * 200}": {"sources": ["email"]} for number in range(20)},
    )
    for message in (
        "missing.zip is not there. Run `make package` to build it.",
        "CloudWatch keeps a log for 1, 3, 5, 7,",
        "not as an id or an alias",
        "at most 50 custom attributes",
        'without the prefix "custom:"',
        "has 1 to 20 letters (A to Z), digits or signs",
        "String, Number, Boolean or DateTime, written exactly so",
        "Only a String has min_length and max_length",
        "A Number needs both min_value and max_value",
        "min_length and max_length are whole numbers from 0 to 2048",
        "min_value and max_value are whole numbers",
        "must not be below its minimum",
        "The name of a stored attribute has 1 to 255 characters",
        "UserID and CreatedAt are written by the function itself",
        "needs at least one source",
        "Check the spelling; upper and lower case count",
        '"S" (text), "N" (number) or "BOOL" (true or false)',
        "Lambda takes 4 KB of environment variables in all",
    ):
        assert message in messages
