"""The whole configuration: what `terraform test` cannot test."""

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest

from scripts.local.local_aws import ROOT, LocalAWS
from scripts.local.snapshot import STACK, resources_of, take_snapshot
from scripts.local.terraform import Terraform, TerraformError, scratch_copy

POOL = "module.cognito.aws_cognito_user_pool.this"
CLIENT = 'module.cognito.aws_cognito_user_pool_client.this["app"]'
TABLE = "module.dynamodb.aws_dynamodb_table.this"
FUNCTION = "module.lambda.aws_lambda_function.this"
ALIAS = "module.lambda.aws_lambda_alias.this"
PERMISSION = 'module.cognito.aws_lambda_permission.trigger["post_confirmation"]'
POLICY = "module.lambda.aws_iam_role_policy.this"
ROLE = "module.lambda.aws_iam_role.this"
LOG_GROUP = "module.lambda.aws_cloudwatch_log_group.this"
RECONCILER = "module.reconcile.module.function.aws_lambda_function.this"
RECONCILER_ROLE = "module.reconcile.module.function.aws_iam_role.this"
RECONCILER_LOG_GROUP = "module.reconcile.module.function.aws_cloudwatch_log_group.this"
RECONCILER_POLICY = "module.reconcile.module.function.aws_iam_role_policy.this"
RECONCILER_ALIAS = "module.reconcile.module.function.aws_lambda_alias.this"
MACHINE = "module.reconcile.aws_sfn_state_machine.this"
MACHINE_ROLE = "module.reconcile.aws_iam_role.state_machine"
MACHINE_POLICY = "module.reconcile.aws_iam_role_policy.state_machine"
SCHEDULE = "module.reconcile.aws_scheduler_schedule.this"
SCHEDULE_ROLE = "module.reconcile.aws_iam_role.schedule"
SCHEDULE_POLICY = "module.reconcile.aws_iam_role_policy.schedule"
STORED_ALARM = 'module.reconcile.module.function.aws_cloudwatch_metric_alarm.this["stored"]'
ERRORS_ALARM = 'module.lambda.aws_cloudwatch_metric_alarm.this["errors"]'
TOPIC = "module.monitoring.aws_sns_topic.this"
DASHBOARD = "module.monitoring.aws_cloudwatch_dashboard.this"
PROVISIONED = 'module.lambda.aws_lambda_provisioned_concurrency_config.this["live"]'

FUNCTION_KEY = "arn:aws:kms:eu-central-1:123456789012:key/99999999-2222-3333-4444-555555555555"
KEYS = "arn:aws:kms:us-east-1:123456789012:key"
IDENTITY = "arn:aws:ses:us-east-1:123456789012:identity/example.com"
BOUNDARY = "arn:aws:iam::123456789012:policy/boundary"


class Configuration:
    """A copy of the configuration, from which only a local AWS can be reached."""

    def __init__(self, terraform: Terraform) -> None:
        self.terraform = terraform
        self.directory = terraform.directory
        self.plan_file = self.directory / "test.tfplan"

    def run(self, *arguments: str, workspace: str = "local", folder: str = ".") -> str:
        """Run a command of Terraform. Gives what it prints. Raises TerraformError when it fails."""
        environment = {**self.terraform.environment, "TF_WORKSPACE": workspace}
        return Terraform(self.directory / folder, environment).run(*arguments)

    def plan(
        self, environment: str, /, *arguments: str, workspace: str | None = None, **variables: Any
    ) -> None:
        """Plan with the variables of an environment; the given ones replace some of them."""
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
        """Apply. Gives all resources, by address."""
        self.plan(environment, **variables)
        self.run("apply", str(self.plan_file), workspace=environment)
        return self.resources(environment)

    def resources(self, environment: str) -> dict[str, dict[str, Any]]:
        """The values of all resources in the state, by address."""
        shown = self.run("show", "-json", workspace=environment)
        values = json.loads(shown)["values"]
        return {one["address"]: one["values"] for one in resources_of(values["root_module"])}


@pytest.fixture(scope="module")
def configuration(aws: LocalAWS, provider: None) -> Iterator[Configuration]:
    with scratch_copy(aws) as terraform:
        terraform.run("init")
        yield Configuration(terraform)


@pytest.fixture(scope="module")
def local(configuration: Configuration) -> dict[str, dict[str, Any]]:
    """The resources of the environment local, applied once. A test that changes them undoes it."""
    return configuration.apply("local")


def test_terraform_test(configuration: Configuration) -> None:  # the modules': test_modules.py
    result = configuration.run("test")
    assert re.search(r"Success! [1-9]\d* passed, 0 failed", result)


def test_the_snapshot_equals_what_terraform_plans(
    aws: LocalAWS, configuration: Configuration
) -> None:
    assert take_snapshot(aws) == STACK.read_text(), "renew it: make snapshot"


def test_the_trigger_the_pool_and_the_table_are_connected(
    configuration: Configuration, local: dict[str, dict[str, Any]]
) -> None:
    resources = local
    [lambda_config] = resources[POOL]["lambda_config"]
    assert lambda_config["post_confirmation"] == resources[ALIAS]["arn"]
    assert resources[PERMISSION]["source_arn"] == resources[POOL]["arn"]
    assert resources[PERMISSION]["source_account"] == resources[POOL]["arn"].split(":")[4]
    assert resources[PERMISSION]["qualifier"] == resources[ALIAS]["name"]
    write, key, _log = json.loads(resources[POLICY]["policy"])["Statement"]
    assert (write["Action"], write["Resource"]) == ("dynamodb:PutItem", resources[TABLE]["arn"])
    assert key["Action"] == "kms:Decrypt"
    variables = resources[FUNCTION]["environment"][0]["variables"]
    assert variables["TABLE_NAME"] == resources[TABLE]["arn"]

    assert configuration.changes("local") == {}, "a second plan is not empty"


def test_the_sweep_its_state_machine_and_its_schedule_are_connected(
    local: dict[str, dict[str, Any]],
) -> None:
    resources = local

    def resources_allowed(policy: str) -> list[str]:
        statements = json.loads(resources[policy]["policy"])["Statement"]
        return [one["Resource"] for one in statements]

    variables = resources[RECONCILER]["environment"][0]["variables"]
    assert variables["USER_POOL_ID"] == resources[POOL]["id"]
    for name, value in resources[FUNCTION]["environment"][0]["variables"].items():
        assert variables[name] == value, f"trigger and sweep differ in {name}"
    assert variables["PAGES_PER_SECOND"] == "15"
    trigger, sweep = (
        json.loads(resources[policy]["policy"])["Statement"]
        for policy in (POLICY, RECONCILER_POLICY)
    )
    assert [one["Sid"] for one in sweep[len(trigger) :]] == ["ReadUsers", "FindRecords"]
    assert sweep[:2] == trigger[:2], "the trigger and the sweep use the table in different ways"
    assert (sweep[2]["Resource"], sweep[3]["Action"], sweep[3]["Resource"]) == (
        f"{resources[RECONCILER_LOG_GROUP]['arn']}:*",
        "cognito-idp:ListUsers",
        resources[POOL]["arn"],
    )
    assert resources[RECONCILER]["handler"] == "users.reconcile.handler"
    state = json.loads(resources[MACHINE]["definition"])["States"]["Sweep"]
    assert state["Arguments"]["FunctionName"] == resources[RECONCILER_ALIAS]["arn"]
    assert resources_allowed(MACHINE_POLICY) == [
        resources[RECONCILER_ALIAS]["arn"],
        resources[MACHINE]["arn"],
    ]
    [target] = resources[SCHEDULE]["target"]
    assert target["arn"] == resources[MACHINE]["arn"]
    assert resources_allowed(SCHEDULE_POLICY) == [resources[MACHINE]["arn"]]
    for thing, role in (
        (resources[RECONCILER]["role"], RECONCILER_ROLE),
        (resources[MACHINE]["role_arn"], MACHINE_ROLE),
        (target["role_arn"], SCHEDULE_ROLE),
    ):
        assert thing == resources[role]["arn"]


def test_alarms_and_dashboard_show_the_metrics_that_are_counted(
    local: dict[str, dict[str, Any]],
) -> None:
    resources = local

    def all_of(kind: str) -> list[dict[str, Any]]:
        return [values for address, values in resources.items() if f".{kind}." in address]

    functions = {resources[FUNCTION]["function_name"], resources[RECONCILER]["function_name"]}
    counted = {
        (transformation["namespace"], transformation["name"])
        for metric_filter in all_of("aws_cloudwatch_log_metric_filter")
        for transformation in metric_filter["metric_transformation"]
    }
    alarms = all_of("aws_cloudwatch_metric_alarm")
    assert len(alarms) == 10
    for alarm in alarms:
        assert alarm["alarm_actions"] == [resources[TOPIC]["arn"]], alarm["alarm_name"]
        metric = (alarm["namespace"], alarm["metric_name"])
        assert metric in counted or alarm["namespace"] in ("AWS/Lambda", "AWS/States")
    assert all(namespace in functions for namespace, _ in counted)

    shown = {
        (metric[0], metric[1])
        for widget in json.loads(resources[DASHBOARD]["dashboard_body"])["widgets"]
        for metric in widget["properties"]["metrics"]
    }
    assert {metric for metric in shown if not metric[0].startswith("AWS/")} == counted
    assert resources[MACHINE]["arn"] in resources[DASHBOARD]["dashboard_body"]


WRITABLE = ("custom:firstName", "custom:lastName", "email", "family_name", "given_name")


def test_an_added_attribute_changes_only_the_schema_the_app_client_and_the_functions(
    configuration: Configuration, local: dict[str, dict[str, Any]]
) -> None:
    stored = json.loads(local[FUNCTION]["environment"][0]["variables"]["STORED_ATTRIBUTES"])
    changes = configuration.changes(
        "local",
        custom_attributes={
            "firstName": {},
            "lastName": {},
            "age": {"type": "Number", "min_value": 0, "max_value": 150},
        },
        stored_attributes=stored | {"Age": {"sources": ["custom:age"], "type": "N"}},
        clients={"app": {"write_attributes": [*WRITABLE, "custom:age"]}},
    )

    assert {address: change["actions"] for address, change in changes.items()} == {
        POOL: ["update"],
        CLIENT: ["update"],
        FUNCTION: ["update"],
        ALIAS: ["update"],  # to the new version
        RECONCILER: ["update"],
        RECONCILER_ALIAS: ["update"],
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
        RECONCILER: {"environment"},
        RECONCILER_ALIAS: set(),
    }


@pytest.mark.usefixtures("local")
def test_the_readmes_new_attribute_is_added_without_replacing_anything(
    configuration: Configuration,
) -> None:
    text = (ROOT / "terraform" / "README.md").read_text()
    (added,) = re.findall(r"```hcl\n(custom_attributes.*?)```", text, re.DOTALL)
    variables = configuration.directory / "readme.tfvars"
    variables.write_text(added)
    changes = configuration.changes("local", f"-var-file={variables}")
    assert {tuple(change["actions"]) for change in changes.values()} == {("update",)}
    stored = changes[FUNCTION]["after"]["environment"][0]["variables"]["STORED_ATTRIBUTES"]
    assert json.loads(stored)["BirthYear"] == {"sources": ["custom:birthYear"], "type": "N"}


# Every optional input except two. The tests of the module cognito and the next test remove the
# pool's options. Terraform cannot remove the table's index: the module dynamodb tests its message.
OPTIONS: dict[str, Any] = {
    "alarms": {"email_addresses": ["alarms@example.com"]},
    "deletion_protection_enabled": True,
    "function": {
        "architecture": "x86_64",
        "kms_key_arn": f"{KEYS}/99999999-2222-3333-4444-555555555555",
        "log_level": "WARN",
        "log_retention_in_days": 7,
        "memory_size": 1024,
        "provisioned_concurrent_executions": 2,
        "reserved_concurrent_executions": 20,
        "s3_object": {"bucket": "artifacts", "key": "function.zip", "version": "1"},
        "store_at_sign_in": True,
    },
    "permissions_boundary": BOUNDARY,
    "sweep": {
        "pages_per_second": 7,
        "schedule_enabled": True,
        "schedule_expression": "rate(6 hours)",
        "update_records": True,
    },
    "table": {
        "kms_key_arn": f"{KEYS}/11111111-2222-3333-4444-555555555555",
        "stream_view_type": "NEW_IMAGE",
    },
}
# These differ after each apply: what each new version has, and what remains of a stream.
OF_EACH_APPLY = {
    *("function_version", "last_modified", "qualified_arn", "qualified_invoke_arn", "version"),
    *("stream_label", "stream_view_type"),
}


def test_removing_every_option_restores_the_stack(
    configuration: Configuration, local: dict[str, dict[str, Any]]
) -> None:
    configuration.apply("local", **OPTIONS)
    assert configuration.changes("local", **OPTIONS) == {}, "a second plan is not empty"
    after = configuration.apply("local")
    assert configuration.changes("local") == {}, "a second plan is not empty"
    assert after.keys() == local.keys()
    for address, values in local.items():
        for name in values.keys() - OF_EACH_APPLY:
            assert after[address][name] == values[name], f"{address}.{name}"


# A configuration in which the module has to wait for another resource.
DEPENDS_ON = """
module "dynamodb" {{
  source     = "./modules/dynamodb"
  depends_on = [aws_sns_topic.first]

  table_name = "{table}"
}}

resource "aws_sns_topic" "first" {{
  name = "first"
  tags = {{ Owner = "{owner}" }}
}}

provider "aws" {{
  region = "us-east-1"
}}
"""


def test_deletion_protection_guards_a_table_whose_module_depends_on_something(
    scratch: Terraform, provider: None
) -> None:
    for file in scratch.directory.glob("*.tf"):
        file.unlink()
    main = scratch.directory / "main.tf"
    main.write_text(DEPENDS_ON.format(table="users", owner="a"))
    scratch.run("init")
    scratch.run("apply", "-auto-approve")
    main.write_text(DEPENDS_ON.format(table="renamed", owner="b"))
    with pytest.raises(TerraformError, match="protected against deletion"):
        scratch.run("apply", "-auto-approve")
    values = scratch.json("show", "-json")["values"]["root_module"]
    (table,) = (one for one in resources_of(values) if one["type"] == "aws_dynamodb_table")
    assert table["values"]["name"] == "users"


def test_a_domain_a_sender_and_callback_urls_can_be_removed(configuration: Configuration) -> None:
    web = CLIENT.replace("app", "web")
    configuration.apply(
        "local",
        clients={"app": {}, "web": {"callback_urls": ["https://shop.example.com/in"]}},
        user_pool={
            "domain_prefix": "shop",
            "email_configuration": {
                "source_arn": IDENTITY,
                "from_email_address": "no-reply@example.com",
            },
        },
    )
    try:
        changes = configuration.changes(
            "local", clients={"app": {}, "web": {}}, user_pool={"domain_prefix": "store"}
        )
    finally:
        configuration.apply("local")
    # It is one resource that is replaced. Two would be created and deleted at the same time, but a
    # pool can have only one domain.
    [domain] = [change for address, change in changes.items() if "user_pool_domain" in address]
    assert domain["actions"] == ["delete", "create"]
    assert domain["after"]["domain"] == "store"
    client = changes[web]["after"]
    assert client["allowed_oauth_flows_user_pool_client"] is False
    assert not client["allowed_oauth_flows"]
    assert not client["allowed_oauth_scopes"]
    assert not client["supported_identity_providers"]
    assert changes['module.cognito.aws_cognito_managed_login_branding.this["web"]']["actions"] == [
        "delete"
    ]
    [email] = changes[POOL]["after"]["email_configuration"]
    assert email["email_sending_account"] == "COGNITO_DEFAULT"
    assert not email["source_arn"]


@pytest.mark.usefixtures("local")
def test_a_new_zip_becomes_a_new_version_of_both_functions(configuration: Configuration) -> None:
    zip_file = configuration.directory.parent / "dist" / "function.zip"
    planned = zip_file.read_bytes()
    zip_file.write_bytes(planned + b" either")
    try:
        changes = configuration.changes("local")
    finally:
        zip_file.write_bytes(planned)
    assert {address: change["actions"] for address, change in changes.items()} == {
        FUNCTION: ["update"],
        ALIAS: ["update"],
        RECONCILER: ["update"],
        RECONCILER_ALIAS: ["update"],
    }


def test_one_apply_replaces_a_function_with_its_alias_and_permission(
    configuration: Configuration, local: dict[str, dict[str, Any]]
) -> None:
    changes = configuration.changes("local", f"-replace={FUNCTION}")
    replaced = {
        address for address, change in changes.items() if change["actions"] == ["delete", "create"]
    }
    assert replaced == {FUNCTION, ALIAS, PERMISSION}
    # No ARN changes, so the resources that are updated in place get the same values again.
    assert {tuple(changes[address]["actions"]) for address in changes.keys() - replaced} <= {
        ("update",)
    }
    configuration.run("apply", str(configuration.plan_file))
    assert configuration.changes("local") == {}
    after = configuration.resources("local")
    for argument in ("function_name", "qualifier", "source_arn", "source_account"):
        assert after[PERMISSION][argument] == local[PERMISSION][argument]


NAMED = (
    *(POOL, TABLE, FUNCTION, ROLE, LOG_GROUP),
    *(RECONCILER, RECONCILER_ROLE, RECONCILER_LOG_GROUP, MACHINE, MACHINE_ROLE),
    *(SCHEDULE, SCHEDULE_ROLE, TOPIC, DASHBOARD, STORED_ALARM, ERRORS_ALARM),
)


NAME_ARGUMENTS = {"function_name", "alarm_name", "dashboard_name", "name"}


def names(changes: dict[str, dict[str, Any]]) -> dict[str, str]:
    return {
        address: next(
            changes[address]["after"][argument]
            for argument in ("function_name", "alarm_name", "dashboard_name", "name")
            if argument in changes[address]["after"]
        )
        for address in NAMED
    }


def test_two_environments_have_no_name_in_common(configuration: Configuration) -> None:
    dev, prod = names(configuration.changes("dev")), names(configuration.changes("prod"))
    assert dev.keys() == prod.keys()
    assert not set(dev.values()) & set(prod.values())
    assert all("dev" in name for name in dev.values())


# The longest name that AWS accepts, by the type of resource and the argument with the name.
LONGEST = {
    ("aws_cloudwatch_dashboard", "dashboard_name"): 255,
    ("aws_cloudwatch_log_group", "name"): 512,
    ("aws_cloudwatch_log_metric_filter", "name"): 512,
    ("aws_cloudwatch_metric_alarm", "alarm_name"): 255,
    ("aws_cognito_user_pool", "name"): 128,
    ("aws_cognito_user_pool_client", "name"): 128,
    ("aws_dynamodb_table", "name"): 255,
    ("aws_iam_role", "name"): 64,
    ("aws_iam_role_policy", "name"): 128,
    ("aws_lambda_alias", "name"): 128,
    ("aws_lambda_function", "function_name"): 64,
    ("aws_scheduler_schedule", "name"): 64,
    ("aws_sfn_state_machine", "name"): 80,
    ("aws_sns_topic", "name"): 256,
}


def test_the_longest_project_and_environment_fit_into_every_name(
    configuration: Configuration,
) -> None:
    environment = "e" * 15
    (configuration.directory / "environments" / f"{environment}.tfvars").write_text(
        f'environment = "{environment}"\nregion = "us-east-1"\n'
    )
    changes = configuration.changes(environment, project="p" * 30)
    lengths = {
        address: (len(change["after"][argument]), longest)
        for (kind, argument), longest in LONGEST.items()
        for address, change in changes.items()
        if f".{kind}." in address
    }
    assert {address for address, (length, longest) in lengths.items() if length > longest} == set()
    assert lengths[FUNCTION] == lengths[ROLE] == (64, 64), "a longer project would fit"
    named = {
        address for address, change in changes.items() if NAME_ARGUMENTS & set(change["after"])
    }
    assert named == set(lengths), "an argument with a name is missing in LONGEST"


def test_every_option_reaches_its_resource(configuration: Configuration) -> None:
    key = "arn:aws:kms:eu-central-1:123456789012:key/11111111-2222-3333-4444-555555555555"
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
        clients={
            "app": {"explicit_auth_flows": ["ALLOW_USER_PASSWORD_AUTH"]},
            "web": {"callback_urls": ["https://shop.example.com/in"]},
        },
        user_pool={
            "domain_prefix": "shop",
            "email_configuration": {
                "source_arn": IDENTITY,
                "from_email_address": "no-reply@example.com",
            },
            "mfa_configuration": "ON",
        },
        permissions_boundary=BOUNDARY,
        table={"kms_key_arn": key, "stream_view_type": "NEW_IMAGE"},
        function={
            "architecture": "x86_64",
            "kms_key_arn": FUNCTION_KEY,
            "log_level": "WARN",
            "log_retention_in_days": 7,
            "memory_size": 1024,
            "provisioned_concurrent_executions": 2,
            "reserved_concurrent_executions": 20,
            "s3_object": {"bucket": "artifacts", "key": "function.zip", "version": "1"},
        },
        alarms={"email_addresses": ["alarms@example.com"]},
        sweep={
            "pages_per_second": 7,
            "schedule_enabled": False,
            "schedule_expression": "rate(6 hours)",
        },
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
    assert after[RECONCILER_LOG_GROUP]["retention_in_days"] == 7
    variables = after[RECONCILER]["environment"][0]["variables"]
    assert variables["PAGES_PER_SECOND"] == "7"
    assert "Age" in variables["STORED_ATTRIBUTES"]
    assert defaults[SCHEDULE]["after"]["schedule_expression"] == "rate(1 hour)"
    assert defaults[SCHEDULE]["after"]["state"] == "ENABLED"
    assert after[SCHEDULE]["schedule_expression"] == "rate(6 hours)"
    assert after[SCHEDULE]["state"] == "DISABLED"
    subscription = 'module.monitoring.aws_sns_topic_subscription.this["alarms@example.com"]'
    assert after[subscription]["protocol"] == "email"
    assert after[CLIENT]["explicit_auth_flows"] == ["ALLOW_USER_PASSWORD_AUTH"]
    assert set(defaults[CLIENT]["after"]["write_attributes"]) == set(WRITABLE)
    assert [address for address in after if ".aws_cognito_user_pool_domain." in address] == [
        'module.cognito.aws_cognito_user_pool_domain.this["prefix"]'
    ]
    assert 'module.cognito.aws_cognito_managed_login_branding.this["web"]' in after
    [email] = after[POOL]["email_configuration"]
    assert (email["email_sending_account"], email["source_arn"]) == ("DEVELOPER", IDENTITY)
    assert defaults[POOL]["after"]["mfa_configuration"] == "OFF"
    assert after[POOL]["mfa_configuration"] == "ON"
    assert after[TABLE]["server_side_encryption"][0]["kms_key_arn"] == key

    for function in (FUNCTION, RECONCILER):
        assert defaults[function]["after"]["architectures"] == ["arm64"]
        assert after[function]["architectures"] == ["x86_64"]
        assert after[function]["kms_key_arn"] == FUNCTION_KEY
        assert after[function]["s3_key"] == "function.zip"
        assert after[function]["filename"] is None
    for log_group in (LOG_GROUP, RECONCILER_LOG_GROUP):
        assert after[log_group]["kms_key_id"] == FUNCTION_KEY
    roles = [address for address in after if ".aws_iam_role." in address]
    assert len(roles) == 4
    assert {after[role]["permissions_boundary"] for role in roles} == {BOUNDARY}
    assert {defaults[role]["after"]["permissions_boundary"] for role in roles} == {None}
    assert after[FUNCTION]["memory_size"] == 1024
    assert after[FUNCTION]["reserved_concurrent_executions"] == 20
    assert after[FUNCTION]["logging_config"][0]["application_log_level"] == "WARN"
    assert after[PROVISIONED]["provisioned_concurrent_executions"] == 2
    assert after[TABLE]["stream_view_type"] == "NEW_IMAGE"

    indexed = configuration.changes("staging", table={"email_index_enabled": True})[TABLE]["after"]
    assert [index["name"] for index in indexed["global_secondary_index"]] == ["Email"]
    assert not defaults[TABLE]["after"].get("global_secondary_index")


def test_the_boundary_of_bootstrap_is_on_every_role(configuration: Configuration) -> None:
    file = configuration.directory / "environments" / "staging.bootstrap.json"
    file.write_text(json.dumps({"permissions_boundary": BOUNDARY}))
    try:
        made = boundaries(configuration.changes("staging"))
        named = boundaries(configuration.changes("staging", permissions_boundary=f"{BOUNDARY}-2"))
        other = boundaries(configuration.changes("dev"))
    finally:
        file.unlink()
    assert made == {BOUNDARY}
    assert named == {f"{BOUNDARY}-2"}
    assert other == {None}


def boundaries(changes: dict[str, dict[str, Any]]) -> set[str | None]:
    """The permissions boundaries that a plan gives to roles."""
    return {
        change["after"]["permissions_boundary"]
        for address, change in changes.items()
        if ".aws_iam_role." in address
    }


@pytest.mark.parametrize(
    ("region", "partition"), [("us-gov-west-1", "aws-us-gov"), ("cn-north-1", "aws-cn")]
)
def test_arns_have_the_partition_of_the_region(
    configuration: Configuration, region: str, partition: str
) -> None:
    configuration.plan("staging", region=region)
    plan = configuration.run("show", "-json", str(configuration.plan_file), workspace="staging")
    arns = set(re.findall(r"arn:([a-z-]+):", json.dumps(json.loads(plan)["planned_values"])))
    assert arns == {partition}


def refusals(
    configuration: Configuration,
    environment: str,
    /,
    workspace: str | None = None,
    **variables: Any,
) -> str:
    """The messages of a plan that must be refused, without Terraform's frame and line breaks."""
    with pytest.raises(TerraformError) as refused:
        configuration.plan(environment, workspace=workspace, **variables)
    return " ".join(str(refused.value).replace("│", " ").split())


@pytest.mark.parametrize("workspace", ["default", "prod"])
def test_the_variables_of_another_environment_are_refused(
    configuration: Configuration, workspace: str
) -> None:
    assert (
        'These are the variables of environment "dev", but the selected workspace is '
        f'"{workspace}". Use `make plan ENV=dev`'
    ) in refusals(configuration, "dev", workspace=workspace)


def test_wrong_variables_of_the_root_are_refused_with_a_message(
    configuration: Configuration,
) -> None:
    messages = refusals(
        configuration,
        "dev",
        workspace="default",
        allowed_account_ids=["1234-5678-9012"],
        environment="default",
        project="Users",
        stored_attributes={"Age": {"sources": ["custom:age"]}},
        user_pool={"lambda_triggers": {"post_confirmation": {"arn": "x"}}},
    )
    for message in (
        "The trigger post_confirmation calls this project's function",
        "The id of an AWS account has 12 digits, quotes around it and no hyphens",
        "The name of an environment has 1 to 15 lower case letters, digits or hyphens",
        'There is no environment "default". Use one of dev, ',
        "The project's name has 3 to 30 lower case letters, digits or hyphens",
        "Declared there: firstName, lastName.",
    ):
        assert message in messages


@pytest.mark.parametrize(
    "attributes",
    [
        {"Address": {"sources": ["email"]}},
        {"Email": {"sources": ["email"], "type": "N"}},
        {"Email": {"sources": ["email", "custom:firstName"]}},
    ],
    ids=["not stored", "a number", "anything"],
)
def test_an_index_by_email_without_email_as_text_is_refused(
    configuration: Configuration, attributes: dict[str, Any]
) -> None:
    messages = refusals(
        configuration, "dev", table={"email_index_enabled": True}, stored_attributes=attributes
    )
    assert "The index needs the stored attribute Email as text" in messages


def test_wrong_app_clients_are_refused_with_a_message(configuration: Configuration) -> None:
    messages = refusals(
        configuration,
        "dev",
        clients={
            "a/b": {
                "access_token_validity": 1,
                "callback_urls": ["http://example.com"],
                "explicit_auth_flows": ["SRP"],
                "refresh_token_validity": 0,
                "write_attributes": ["custom:role"],
            },
            "web": {"logout_urls": ["https://example.com"], "write_attributes": []},
        },
    )
    for message in (
        "Cognito replaces an empty set with its own default, which allows more",
        "are whole minutes from 5 to 1440 (a day)",
        "is a whole number of days from 1 to 3650",
        "are https://..., http://localhost... for development, or your app's own scheme",
        "are for managed login only, which needs callback_urls",
        "custom:<name> for names in custom_attributes (declared there: firstName, lastName)",
    ):
        assert message in messages


def test_wrong_variables_of_the_modules_are_refused_with_a_message(
    configuration: Configuration,
) -> None:
    messages = refusals(
        configuration,
        "dev",
        table={"kms_key_arn": "alias/users"},
        function={
            "filename": "missing.zip",
            "kms_key_arn": "alias/functions",
            "log_level": "FATAL",
            "provisioned_concurrent_executions": 3,
            "reserved_concurrent_executions": 2,
        },
        user_pool={
            "domain_prefix": "Shop",
            "email_configuration": {"source_arn": "example.com", "from_email_address": "no-reply"},
        },
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
        alarms={"email_addresses": ["Jane <jane@example.com>"]},
        sweep={"pages_per_second": 0, "schedule_expression": "rate(1 week)"},
    )
    for message in (
        "missing.zip is not there. Run `make package` to build it, or download it",
        "not an id or an alias",
        'without the prefix "custom:"',
        "has 1 to 20 letters (A to Z), digits or signs",
        "Only a String has min_length and max_length",
        "A Number needs both min_value and max_value",
        "min_length and max_length are whole numbers from 0 to 2048",
        "min_value and max_value are whole numbers",
        "must not be below its minimum",
        "The function itself writes UserID and CreatedAt",
        "needs at least one source",
        "Check the spelling; upper and lower case count",
        '"S" (text), "N" (number) or "BOOL" (true or false)',
        "Lambda takes 4 KB of environment variables in all",
        "has the form name@example.com",
        "pages_per_second is a number of 1 or more",
        "or a plural, such as rate(6 hours)",
        "The domain prefix has 1 to 63 lower case letters",
        "source_arn is the ARN of an identity that is verified in Amazon SES",
        "have the form no-reply@example.com or Shop <no-reply@example.com>",
        "must be the identity of source_arn, or an address of its domain",
        "The log level is INFO, WARN or ERROR",
        "Provisioned concurrency is part of the reserved concurrency",
    ):
        assert message in messages
