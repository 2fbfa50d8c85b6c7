"""scripts/terraform.sh, which `make plan`, `deploy`, `destroy`, `outputs` and `e2e` call."""

import copy
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest

from scripts.local.deploy import deploy
from scripts.local.local_aws import ROOT, LocalAWS
from scripts.local.terraform import ZIP
from tests.terraform.project import Project

AFTER_BOOTSTRAP = ["check", "plan", "deploy", "destroy", "outputs", "recover", "unlock"]


@pytest.mark.parametrize("command", ["bootstrap", *AFTER_BOOTSTRAP])
def test_an_environment_that_is_missing_or_unknown_is_refused(
    project: Project, command: str
) -> None:
    assert project.fail(command) == (
        "Say which environment: add ENV=<environment> to the command, with one of dev, local, "
        "prod, staging."
    )
    assert project.fail(command, "production").startswith(
        'There is no environment "production". Use one of dev, local, prod, staging, or add'
    )
    assert 'no environment "../environments/dev"' in project.fail(command, "../environments/dev")


@pytest.mark.parametrize("command", AFTER_BOOTSTRAP)
def test_without_a_state_bucket_it_says_how_to_create_one(project: Project, command: str) -> None:
    (project.folder / "terraform" / "environments" / "dev.s3.tfbackend").unlink()
    assert project.fail(command, "dev") == (
        "There is no bucket yet for the state of dev. To create it: make bootstrap ENV=dev"
    )


@pytest.mark.parametrize(
    "target", ["plan", "destroy", "forget", "orphans", "reconcile", "rollback"]
)
def test_the_quick_checks_come_before_the_build(project: Project, target: str) -> None:
    archive = project.folder / "dist" / ZIP.name
    archive.unlink()
    (project.folder / "terraform" / "environments" / "dev.s3.tfbackend").unlink()
    for environment, message in (("dev", "There is no bucket yet"), ("", "Say which")):
        result = subprocess.run(
            ["make", target, f"ENV={environment}"],
            cwd=project.folder,
            env=project.environment,
            capture_output=True,
            text=True,
            check=False,
        )
        assert result.returncode != 0
        assert result.stderr.startswith(message)
        assert not archive.exists()


def test_an_unknown_command_is_refused(project: Project) -> None:
    assert project.fail("apply", "dev").startswith("Usage: ")


def test_without_terraform_it_says_what_to_install(project: Project, tmp_path: Path) -> None:
    tools = tmp_path / "tools"
    tools.mkdir()
    (tools / "dirname").symlink_to(str(shutil.which("dirname")))
    for command in ("bootstrap", "plan"):
        said = project.fail(command, "dev", PATH=str(tools))
        assert said.startswith("terraform is not installed. Install Terraform, version 1.11 or ")
    said = project.fail("plan", "dev", PATH=str(tools), TERRAFORM="tofu")
    assert said.startswith("tofu is not installed.")
    assert "OpenTofu, 1.10 or later (" in said


@pytest.mark.usefixtures("provider")
def test_terraform_can_be_replaced_by_opentofu(project: Project, tmp_path: Path) -> None:
    used = tmp_path / "used"
    tofu = tmp_path / "tofu"
    tofu.write_text(f'#!/bin/sh\necho "$1" >>{used}\nexec terraform "$@"\n')
    tofu.chmod(0o755)
    project.succeed("plan", "dev", TERRAFORM=str(tofu))
    assert set(used.read_text().split()) == {"init", "workspace", "plan", "show"}

    # A plan that it cannot show is neither applied nor kept.
    tofu.write_text('#!/bin/sh\n[ "$1" = show ] && exit 1\nexec terraform "$@"\n')
    for command in ("deploy", "plan"):
        status, said = project.run(command, "dev", TERRAFORM=str(tofu))
        assert status == 1
        assert "Traceback" not in said
    assert project.state("dev").get("resources", []) == []
    assert list(project.plan_file("dev").parent.glob("plan*")) == []


def test_without_the_zip_it_says_how_to_build_it(project: Project) -> None:
    (project.folder / "dist" / ZIP.name).unlink()
    assert "make package" in project.fail("plan", "dev")


@pytest.mark.usefixtures("provider")
def test_the_readmes_terraform_commands_work_without_make(project: Project) -> None:
    readme = (ROOT / "README.md").read_text()
    commands = re.findall(r"^terraform -chdir=terraform .*$", readme, re.MULTILINE)
    assert [command.split()[2] for command in commands] == ["init", "workspace", "apply"]
    apply = commands[-1]
    project.environment["TF_CLI_ARGS_apply"] = "-auto-approve"
    project.shell("\n".join(commands[:-1]))
    planned = project.shell(apply.replace(" apply ", " plan "))
    assert re.search(r"Plan: [1-9]\d* to add", planned)
    project.shell(apply)
    # `make` works on the same environment.
    assert "No changes" in project.succeed("plan", "dev")


@pytest.mark.usefixtures("provider")
def test_a_protected_environment_is_destroyed_only_after_the_protection_is_off(
    project: Project,
) -> None:
    project.deploy("prod")
    before = project.state("prod")["resources"]
    said = project.fail("destroy", "prod", TF_CLI_ARGS_destroy="-auto-approve")
    assert said.startswith("Environment prod is protected against deletion")
    assert project.state("prod")["resources"] == before

    protection = "deletion_protection_enabled = "
    project.edit("terraform/environments/prod.tfvars", f"{protection}true", f"{protection}false")
    project.deploy("prod")
    project.succeed("destroy", "prod", TF_CLI_ARGS_destroy="-auto-approve")
    assert project.state("prod")["resources"] == []


@pytest.mark.usefixtures("provider")
def test_a_deployment_applies_the_kept_plan_once(project: Project) -> None:
    no_plan = "There is no plan for dev. Create one and read it first: make plan ENV=dev"
    assert project.fail("deploy", "dev") == no_plan
    assert "make deploy ENV=dev" in project.succeed("plan", "dev").splitlines()[-1]
    assert project.plan_file("dev").stat().st_mode & 0o777 == 0o600
    assert project.fail("deploy", "prod").startswith("There is no plan for prod.")
    project.edit("terraform/environments/dev.tfvars", '"us-east-1"', '"eu-west-1"')
    project.succeed("deploy", "dev")
    outputs = json.loads(project.succeed("outputs", "dev", "-json"))
    assert outputs["region"]["value"] == "us-east-1"
    assert project.fail("deploy", "dev") == no_plan


@pytest.mark.usefixtures("provider")
def test_a_deployment_remembers_the_version_that_it_replaces(
    deployed_project: Project,
) -> None:
    project = deployed_project
    functions, name = project.aws.client("lambda"), "confirmed-users-dev-post-confirmation"
    # The function that Terraform would create: the stand-in for the AWS provider creates nothing.
    role = project.aws.client("iam").create_role(RoleName=name, AssumeRolePolicyDocument="{}")
    made = functions.create_function(
        FunctionName=name,
        Runtime="python3.13",
        Role=role["Role"]["Arn"],
        Handler="users.post_confirmation.handler",
        Code={"ZipFile": ZIP.read_bytes()},
        Publish=True,
    )
    functions.create_alias(FunctionName=name, Name="live", FunctionVersion=made["Version"])

    def previous() -> list[str]:
        aliases = functions.list_aliases(FunctionName=name)["Aliases"]
        return [one["FunctionVersion"] for one in aliases if one["Name"] == "previous"]

    variables = "terraform/environments/dev.tfvars"
    project.edit(variables, '"dev"', '"dev"\nalarm_email_addresses = ["ada@example.com"]')
    project.deploy("dev")
    assert previous() == []  # the functions did not change
    project.edit(variables, "alarm_email", "stored_attributes = {}\nalarm_email")
    project.deploy("dev")
    assert previous() == [made["Version"]]


@pytest.mark.usefixtures("provider")
def test_an_outdated_plan_is_refused(project: Project) -> None:
    project.succeed("plan", "dev")
    plan = project.plan_file("dev").read_bytes()
    archive = project.folder / "dist" / ZIP.name
    planned = archive.read_bytes()
    archive.write_bytes(planned + b"x")
    assert project.fail("deploy", "dev") == (
        f"{ZIP.name} has changed since the plan was made. Plan again: make plan ENV=dev"
    )
    archive.write_bytes(planned)
    project.succeed("deploy", "dev")
    project.plan_file("dev").write_bytes(plan)
    status, said = project.run("deploy", "dev")
    assert status == 1
    assert "Saved plan is stale" in said  # Terraform's own words
    assert said.splitlines()[-1].endswith("To see what is left: make plan ENV=dev")


@pytest.mark.usefixtures("provider")
def test_a_failed_plan_deletes_the_older_one(project: Project) -> None:
    project.succeed("plan", "dev")
    project.edit("terraform/environments/dev.tfvars", '"dev"', '"staging"')
    status, said = project.run("plan", "dev")
    assert status == 1
    assert "These are the variables of environment" in said
    assert project.fail("deploy", "dev").startswith("There is no plan for dev.")


POOL = "module.cognito.aws_cognito_user_pool.this would be {} and lose all its users, because "
TABLE = "module.dynamodb.aws_dynamodb_table.this would be {} and lose all its records, because "


def changed(argument: str) -> str:
    return f"AWS cannot change its {argument}."


@pytest.fixture
def refuse(deployed_project: Project) -> Callable[..., None]:
    """Make a plan of the deployed dev, which must be refused because of these losses."""
    project = deployed_project

    def refused(*losses: str, **environment: str) -> None:
        status, said = project.run("plan", "dev", **environment)
        assert status == 1
        assert "This plan would delete" in said, said[-1500:]
        said = said[said.index("This plan would delete") :]
        assert said.splitlines()[1:-2] == [f"  {loss}" for loss in losses]
        assert "make destroy ENV=dev" in said.splitlines()[-1]
        assert list(project.plan_file("dev").parent.glob("plan*")) == []

    return refused


@pytest.mark.usefixtures("provider")
def test_a_plan_that_would_delete_users_or_records_is_refused(
    deployed_project: Project, refuse: Callable[..., None]
) -> None:
    project = deployed_project
    target = "module.cognito.aws_cognito_user_pool.this"
    asked = POOL.format("replaced") + "the option -replace names it."
    refuse(asked, TF_CLI_ARGS_plan=f"-replace={target}")

    edits: list[tuple[list[tuple[str, str, str]], list[str]]] = [
        (
            [
                (
                    "modules/cognito/main.tf",
                    "username_attributes      = var.username_attributes",
                    'username_attributes      = ["phone_number"]',
                ),
                ("modules/cognito/main.tf", "case_sensitive = false", "case_sensitive = true"),
                ("modules/dynamodb/main.tf", '"UserID"', '"Id"'),
                ("modules/dynamodb/main.tf", "= var.table_name", '= "users"'),
            ],
            [
                POOL.format("replaced")
                + changed("username_attributes, username_configuration.0.case_sensitive"),
                TABLE.format("replaced") + changed("hash_key, name"),
            ],
        ),
        (
            [
                ("main.tf", 'module "dynamodb"', 'module "table"'),
                ("main.tf", "module.dynamodb.", "module.table."),
                ("outputs.tf", "module.dynamodb.", "module.table."),
            ],
            [TABLE.format("deleted") + "the configuration no longer has it."],
        ),
    ]
    for files, losses in edits:
        for path, old, new in files:
            project.edit(f"terraform/{path}", old, new)
        refuse(*losses)
        shutil.copytree(
            ROOT / "terraform",
            project.folder / "terraform",
            dirs_exist_ok=True,
            ignore=shutil.ignore_patterns(".terraform*", "*.tfstate*", "*.tfbackend"),
        )
    project.edit("terraform/environments/dev.tfvars", "days = 30", "days = 14")
    for added, refused in (
        (
            "custom_attributes = { firstName = { max_length = 100 }, lastName = {} }",
            "firstName would change: max_length from 2048 to 100.",
        ),
        (
            "table = { kms_key = null }",
            "table has no attribute kms_key, only email_index_enabled, ",
        ),
    ):
        project.edit("terraform/environments/dev.tfvars", "region ", f"{added}\nregion ")
        assert refused in project.run("plan", "dev")[1]
        assert not project.plan_file("dev").exists()
        project.edit("terraform/environments/dev.tfvars", f"{added}\n", "")
    said = project.succeed("plan", "dev")
    assert re.search(r"Plan: 0 to add, [1-9]\d* to change, 0 to destroy", said)


def test_the_e2e_suite_passes_on_the_local_aws_and_cleans_up(
    project: Project, state_of_dev: Any
) -> None:
    for folder in ("tests", "scripts"):
        shutil.copytree(ROOT / folder, project.folder / folder, dirs_exist_ok=True)
    shutil.copy(ROOT / "pyproject.toml", project.folder)
    with LocalAWS(response_seconds=60) as other:  # where only this suite leaves anything
        outputs = deploy(other, ZIP)
        # Terraform's state stays in the first local AWS.
        services = ("COGNITO_IDENTITY_PROVIDER", "DYNAMODB", "LAMBDA")
        places = {f"AWS_ENDPOINT_URL_{service}": other.endpoint_url for service in services}
        mails = 0
        for environment, is_protected, sent in (("dev", False, 3), ("prod", True, 1)):
            # The outputs are those of the stack that `other` has.
            values = asdict(outputs) | {"deletion_protection_enabled": is_protected}
            deployed = copy.deepcopy(state_of_dev)
            for name, value in values.items():
                deployed["outputs"][name]["value"] = value
            project.write_state(environment, deployed)
            result = subprocess.run(
                [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "tests/e2e"],
                cwd=project.folder,
                env=project.environment | places | {"ENV": environment},
                capture_output=True,
                text=True,
                check=False,
            )
            assert result.returncode == 0, result.stdout
            assert "skipped" not in result.stdout
            mails += sent
            assert len(other.mails()) == mails
            assert other.client("dynamodb").scan(TableName=outputs.table_name)["Items"] == []
            users = other.client("cognito-idp").list_users(UserPoolId=outputs.user_pool_id)
            assert users["Users"] == []


@pytest.mark.parametrize(
    ("environment", "reason"),
    [
        ({}, "needs a deployed environment: make e2e ENV=dev"),
        ({"ENV": "dev"}, "needs AWS credentials"),
        ({"ENV": "dev", "CI": "true"}, "needs AWS credentials"),
    ],
)
def test_the_e2e_suite_is_skipped_where_it_cannot_run_but_fails_in_ci(
    environment: dict[str, str], reason: str, tmp_path: Path
) -> None:
    nobody = {
        "PATH": os.environ["PATH"],
        "HOME": str(tmp_path),
        "AWS_EC2_METADATA_DISABLED": "true",
    }
    result = subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "tests/e2e"],
        cwd=ROOT,
        env=nobody | environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == (1 if "CI" in environment else 0), result.stdout
    assert "passed" not in result.stdout
    assert reason in result.stdout
