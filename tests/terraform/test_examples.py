"""Each example is applied without a change, and then works in the local AWS."""

import json
import re
import subprocess
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from scripts.local.deploy import create
from scripts.local.local_aws import ROOT, LocalAWS
from scripts.local.snapshot import apply
from scripts.local.terraform import ZIP, Terraform, scratch_copy
from tests.deployment import PASSWORD, Deployment
from tests.sweep import sweep

CHECKOV = ROOT / ".venv-checkov" / "bin" / "checkov"
EXAMPLES = sorted(path.name for path in (ROOT / "terraform" / "examples").iterdir())
# Their variables without a default, but for the Region.
VARIABLES: dict[str, dict[str, Any]] = {
    "federated-sign-in": {
        "callback_urls": ["https://example.com/callback"],
        "domain_prefix": "example-users",
        "google_client_id": "example.apps.googleusercontent.com",
        "google_client_secret": "not-a-secret",
    },
}
# The emulator has neither this call nor the pages that it would style.
NOT_IN_THE_EMULATOR = {"aws_cognito_managed_login_branding"}
POOL = "module.cognito.aws_cognito_user_pool.this"


@dataclass
class Example:
    """A folder of terraform/examples, applied by Terraform."""

    terraform: Terraform
    variables: str
    stack: dict[str, Any]

    def changes(self, *arguments: str) -> dict[str, dict[str, Any]]:
        """What a further plan would change, by address."""
        self.terraform.run("plan", self.variables, "-out=plan", *arguments)
        return {
            one["address"]: one["change"]
            for one in self.terraform.json("show", "-json", "plan")["resource_changes"]
            if one["mode"] == "managed" and one["change"]["actions"] != ["no-op"]
        }

    def resources(self, kind: str) -> dict[str, dict[str, Any]]:
        """The arguments of all resources of a type, by address."""
        return {
            one["address"]: one["values"] for one in self.stack["resources"] if one["type"] == kind
        }


@pytest.fixture(scope="module")
def root(aws: LocalAWS, provider: None) -> Iterator[Terraform]:
    with scratch_copy(aws) as terraform:
        terraform.run("init")
        terraform.run("workspace", "new", "prod")
        yield terraform


@pytest.fixture(scope="module")
def examples(aws: LocalAWS, root: Terraform) -> dict[str, Example]:
    found = {}
    for name in EXAMPLES:
        terraform = Terraform(root.directory / "examples" / name, root.environment)
        file = terraform.directory / "test.tfvars.json"
        file.write_text(json.dumps({"region": aws.region} | VARIABLES.get(name, {})))
        terraform.run("init")
        terraform.run("validate")
        stack = apply(terraform, f"-var-file={file}")
        found[name] = Example(terraform, f"-var-file={file}", stack)
    return found


@pytest.fixture(scope="module")
def deployed(aws: LocalAWS, examples: dict[str, Example]) -> dict[str, dict[str, str]]:
    """The outputs of each example, after its resources were created in the local AWS."""
    found = {}
    for name, example in examples.items():
        known = [
            one for one in example.stack["resources"] if one["type"] not in NOT_IN_THE_EMULATOR
        ]
        outputs = create(aws, ZIP, example.stack | {"resources": known})
        found[name] = outputs | {"region": aws.region}
    return found


def deployment_of(aws: LocalAWS, outputs: dict[str, str]) -> Deployment:
    return Deployment(
        aws.client("cognito-idp"),
        aws.client("dynamodb"),
        aws.client("lambda"),
        outputs | {"user_pool_client_ids": {"app": outputs["user_pool_client_id"]}},
    )


@pytest.mark.parametrize("name", EXAMPLES)
def test_a_second_plan_is_empty(examples: dict[str, Example], name: str) -> None:
    assert examples[name].changes() == {}


@pytest.mark.parametrize("name", EXAMPLES)
def test_its_names_begin_with_the_examples_name(examples: dict[str, Example], name: str) -> None:
    names = {
        value
        for one in examples[name].stack["resources"]
        for argument, value in one["values"].items()
        if argument in ("name", "function_name", "alarm_name") and isinstance(value, str)
    }
    prefixed = {one for one in names if f"example-{name}" in one}
    assert prefixed
    assert all(
        one.startswith((f"example-{name}", f"/aws/lambda/example-{name}")) for one in prefixed
    )


@pytest.mark.parametrize("name", EXAMPLES)
def test_a_user_who_signs_up_has_a_record(
    aws: LocalAWS, deployed: dict[str, dict[str, str]], name: str
) -> None:
    deployment = deployment_of(aws, deployed[name])
    email = f"{uuid.uuid4()}@example.com"
    # In a pool with aliases an address is not a username.
    username = str(uuid.uuid4()) if name == "existing-pool" else email
    sub = deployment.cognito.sign_up(
        ClientId=deployed[name]["user_pool_client_id"],
        Username=username,
        Password=PASSWORD,
        UserAttributes=[{"Name": "email", "Value": email}],
    )["UserSub"]
    assert deployment.item(sub) is None
    deployment.confirm(username)
    item = deployment.item(sub)
    assert item is not None
    assert item["Email"] == {"S": email}
    if name == "existing-pool":
        assert item["Username"] == {"S": username}


def test_a_sweep_adds_the_records_of_an_existing_pools_older_users(
    aws: LocalAWS, deployed: dict[str, dict[str, str]]
) -> None:
    outputs = deployed["existing-pool"]
    deployment = deployment_of(aws, outputs)
    # Cognito calls no trigger for a user that an administrator creates, as for an older user.
    user = deployment.cognito.admin_create_user(
        UserPoolId=outputs["user_pool_id"],
        Username="older",
        UserAttributes=[{"Name": "email", "Value": "older@example.com"}],
        TemporaryPassword=PASSWORD,
        MessageAction="SUPPRESS",
    )["User"]
    deployment.cognito.admin_set_user_password(
        UserPoolId=outputs["user_pool_id"], Username="older", Password=PASSWORD, Permanent=True
    )
    sub = next(one["Value"] for one in user["Attributes"] if one["Name"] == "sub")
    assert deployment.item(sub) is None

    sweep(aws, outputs["state_machine_arn"])
    item = deployment.item(sub)
    assert item is not None
    assert item.keys() == {"UserID", "CreatedAt", "Email", "SignedUp", "Username"}


def test_an_existing_table_keeps_its_other_items_and_its_index(
    aws: LocalAWS, deployed: dict[str, dict[str, str]]
) -> None:
    outputs = deployed["existing-table"]
    deployment, table = deployment_of(aws, outputs), outputs["table_name"]
    other = {"UserID": {"S": "order-1"}, "Total": {"N": "3"}}
    deployment.dynamodb.put_item(TableName=table, Item=other)
    email, sub = deployment.sign_up()
    deployment.confirm(email)
    found = deployment.dynamodb.query(
        TableName=table,
        IndexName="ByEmail",
        KeyConditionExpression="Email = :email",
        ExpressionAttributeValues={":email": {"S": email}},
    )["Items"]
    assert [item["UserID"] for item in found] == [{"S": sub}]
    assert deployment.item("order-1") == other


def test_a_federated_user_has_a_record(aws: LocalAWS, deployed: dict[str, dict[str, str]]) -> None:
    deployment = deployment_of(aws, deployed["federated-sign-in"])
    sub = str(uuid.uuid4())
    event = deployment.event(
        "ConfirmSignUp",
        sub,
        email="grace@example.com",
        given_name="Grace",
        family_name="Hopper",
        identities=json.dumps([{"providerName": "Google", "userId": "1"}]),
        **{"cognito:user_status": "EXTERNAL_PROVIDER"},
    )
    event["userName"] = "Google_1"
    assert deployment.invoke(event) == event
    item = deployment.item(sub)
    assert item is not None
    assert (item["FirstName"], item["LastName"]) == ({"S": "Grace"}, {"S": "Hopper"})


def test_the_sign_in_page_offers_google_and_google_gives_every_stored_attribute(
    aws: LocalAWS, deployed: dict[str, dict[str, str]], examples: dict[str, Example]
) -> None:
    outputs, cognito = deployed["federated-sign-in"], aws.client("cognito-idp")
    pool = {"UserPoolId": outputs["user_pool_id"]}
    client = cognito.describe_user_pool_client(**pool, ClientId=outputs["user_pool_client_id"])
    assert client["UserPoolClient"]["SupportedIdentityProviders"] == ["COGNITO", "Google"]
    assert client["UserPoolClient"]["AllowedOAuthFlows"] == ["code"]
    google = cognito.describe_identity_provider(**pool, ProviderName="Google")["IdentityProvider"]
    assert google["ProviderDetails"]["client_secret"] == "not-a-secret"  # noqa: S105 - an example
    function = aws.client("lambda").get_function_configuration(FunctionName=outputs["alias_arn"])
    stored = json.loads(function["Environment"]["Variables"]["STORED_ATTRIBUTES"])
    sources = {source for attribute in stored.values() for source in attribute["sources"]}
    assert sources <= google["AttributeMapping"].keys()
    domain = cognito.describe_user_pool_domain(Domain="example-users")["DomainDescription"]
    assert domain["UserPoolId"] == outputs["user_pool_id"]
    assert domain["ManagedLoginVersion"] == 2
    (branding,) = (
        examples["federated-sign-in"].resources("aws_cognito_managed_login_branding").values()
    )
    client_id = '${module.cognito.aws_cognito_user_pool_client.this["web"].id}'
    assert branding["client_id"] == client_id


def test_terraform_does_not_print_the_secret(examples: dict[str, Example]) -> None:
    assert "not-a-secret" not in examples["federated-sign-in"].terraform.run("show")


def test_a_given_web_acl_protects_the_pool(examples: dict[str, Example]) -> None:
    acl = "arn:aws:wafv2:us-east-1:123456789012:regional/webacl/a/1"
    example = examples["federated-sign-in"]
    changes = example.changes(f"-var=web_acl_arn={acl}")
    (address,) = changes
    assert address == f'aws_wafv2_web_acl_association.this["{acl}"]'
    after = changes[address]["after"]
    assert after["web_acl_arn"] == acl
    assert ":userpool/" in after["resource_arn"]


def test_checkov_finds_nothing_in_the_plans(
    root: Terraform, examples: dict[str, Example], tmp_path: Path
) -> None:
    # After an apply, because before it no plan knows which pool may call the function.
    apply(root, "-var-file=environments/prod.tfvars")
    everything = examples | {"root": Example(root, "-var-file=environments/prod.tfvars", {})}
    files: list[str] = []
    for name, example in everything.items():
        assert example.changes() == {}
        # The path needs dots, because checkov takes 40 letters and slashes in a row for a secret.
        file = tmp_path / f"{name}.plan.json"
        file.write_text(example.terraform.run("show", "-json", "plan"))
        files.append(f"--file={file}")
    # The configuration says why some checks are skipped.
    repository = f"--repo-root-for-plan-enrichment={root.directory}"
    options = ["--framework", "terraform_plan", "secrets", repository, "--skip-download"]
    found = subprocess.run(
        [CHECKOV, *files, *options, "--quiet", "--compact"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert found.returncode == 0, found.stdout + found.stderr
    (passed,) = re.findall(r"Passed checks: (\d+), Failed checks: 0", found.stdout)
    assert int(passed) > 100
