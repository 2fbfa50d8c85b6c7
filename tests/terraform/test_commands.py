"""`scripts/terraform.sh`, which `make plan|deploy|destroy|outputs` and `make e2e` call."""

import json
import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from scripts.local.deploy import deploy
from scripts.local.local_aws import ROOT, LocalAWS
from scripts.local.terraform import ZIP, Terraform


@dataclass
class Project:
    """A copy of the project; Terraform's provider can reach a local AWS only."""

    folder: Path
    environment: dict[str, str]

    def run(self, *arguments: str, **environment: str) -> tuple[int, str]:
        """The exit status of scripts/terraform.sh, and all it said."""
        result = subprocess.run(
            [self.folder / "scripts" / "terraform.sh", *arguments],
            env=self.environment | environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        return result.returncode, result.stdout

    def succeed(self, *arguments: str, **environment: str) -> str:
        """What it said; it must not fail."""
        status, said = self.run(*arguments, **environment)
        assert status == 0, said
        return said

    def fail(self, *arguments: str, **environment: str) -> str:
        """What it said; it must fail, and not with anything of Terraform's own."""
        status, said = self.run(*arguments, **environment)
        assert status == 1, said
        assert "│" not in said
        return said.strip()

    def deploy(self, environment: str) -> None:
        """Deploy without being asked."""
        self.succeed("deploy", environment, TF_CLI_ARGS_apply="-auto-approve")

    def state(self, environment: str) -> Any:
        """Terraform's state of an environment."""
        path = self.folder / "terraform" / "terraform.tfstate.d" / environment / "terraform.tfstate"
        return json.loads(path.read_text())


@pytest.fixture
def project(scratch: Terraform) -> Project:
    folder = scratch.directory.parent
    (folder / "scripts").mkdir()
    shutil.copy(ROOT / "scripts" / "terraform.sh", folder / "scripts")
    return Project(folder, dict(scratch.environment))


@pytest.mark.parametrize("command", ["plan", "deploy", "destroy", "outputs"])
def test_an_environment_must_be_named_and_known(project: Project, command: str) -> None:
    assert project.fail(command) == (
        f"Say which environment: make {command} ENV=<environment>, "
        "one of dev, local, prod, staging."
    )
    assert project.fail(command, "production").startswith(
        'There is no environment "production"; use one of dev, local, prod, staging, or add'
    )
    assert 'no environment "../environments/dev"' in project.fail(command, "../environments/dev")


def test_a_wrong_command_is_told(project: Project) -> None:
    assert project.fail("apply", "dev").startswith("Usage: ")


def test_without_terraform_it_says_what_to_install(project: Project, tmp_path: Path) -> None:
    for tool in ("bash", "dirname"):
        (tmp_path / tool).symlink_to(str(shutil.which(tool)))
    said = project.fail("plan", "dev", PATH=str(tmp_path))
    assert said.startswith("Terraform is not installed. Install version 1.9 or later: ")


def test_without_the_zip_it_says_how_to_build_it(project: Project) -> None:
    (project.folder / "dist" / ZIP.name).unlink()
    assert "make package" in project.fail("plan", "dev")


@pytest.mark.usefixtures("provider")
def test_an_environment_from_nothing_to_nothing(project: Project) -> None:
    assert "Nothing is deployed in environment dev" in project.fail("outputs", "dev")
    assert "Nothing is deployed in environment dev" in project.fail("destroy", "dev")
    assert re.search(r"Plan: [1-9]\d* to add", project.succeed("plan", "dev"))
    assert "-auto-approve" in project.fail("deploy", "dev")  # nobody is there to be asked
    project.deploy("dev")
    outputs = json.loads(project.succeed("outputs", "dev", "-json"))
    assert outputs["table_name"]["value"] == "confirmed-users-dev"
    assert "No changes" in project.succeed("plan", "dev")
    assert "-auto-approve" in project.fail("destroy", "dev")
    project.succeed("destroy", "dev", TF_CLI_ARGS_destroy="-auto-approve")
    assert project.state("dev")["resources"] == []


@pytest.mark.usefixtures("provider")
def test_a_protected_environment_is_destroyed_as_it_says_and_not_before(project: Project) -> None:
    project.deploy("prod")
    before = project.state("prod")["resources"]
    said = project.fail("destroy", "prod", TF_CLI_ARGS_destroy="-auto-approve")
    assert said.startswith("Environment prod is protected against deletion")
    assert project.state("prod")["resources"] == before

    variables = project.folder / "terraform" / "environments" / "prod.tfvars"
    protection = "deletion_protection_enabled = true"
    assert protection in variables.read_text()
    variables.write_text(
        variables.read_text().replace(protection, "deletion_protection_enabled = false")
    )
    project.deploy("prod")
    project.succeed("destroy", "prod", TF_CLI_ARGS_destroy="-auto-approve")
    assert project.state("prod")["resources"] == []


@pytest.mark.usefixtures("provider")
def test_the_e2e_suite_passes_on_the_local_aws_and_cleans_up(project: Project) -> None:
    for folder in ("tests", "scripts/local"):
        shutil.copytree(ROOT / folder, project.folder / folder, dirs_exist_ok=True)
    shutil.copy(ROOT / "pyproject.toml", project.folder)
    with LocalAWS(response_seconds=60) as other:  # where only this suite leaves anything
        outputs = deploy(other, ZIP)
        state = project.folder / "terraform" / "terraform.tfstate.d" / "dev" / "terraform.tfstate"
        project.deploy("dev")
        deployed = json.loads(state.read_text())
        for name in vars(outputs):  # what Terraform says of the stack that was not made by it
            deployed["outputs"][name]["value"] = getattr(outputs, name)
        state.write_text(json.dumps(deployed))
        result = subprocess.run(
            [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "tests/e2e"],
            cwd=project.folder,
            env=project.environment | {"ENV": "dev", "AWS_ENDPOINT_URL": other.endpoint_url},
            capture_output=True,
            text=True,
            check=False,
        )
        assert result.returncode == 0, result.stdout
        assert "skipped" not in result.stdout
        assert other.client("dynamodb").scan(TableName=outputs.table_name)["Items"] == []
        users = other.client("cognito-idp").list_users(UserPoolId=outputs.user_pool_id)
        assert users["Users"] == []


@pytest.mark.parametrize(
    ("environment", "reason"),
    [
        ({}, "needs a deployed environment: make e2e ENV=dev"),
        ({"ENV": "dev"}, "needs AWS credentials"),
    ],
)
def test_the_e2e_suite_is_skipped_where_it_cannot_run(
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
    assert result.returncode == 0, result.stdout
    assert "passed" not in result.stdout
    assert reason in result.stdout
