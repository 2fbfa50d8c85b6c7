"""The state in a bucket of a local AWS, from `make bootstrap` to `make destroy`."""

import json
import re
import shutil
import subprocess
from collections.abc import Iterator

import pytest

from scripts.local.local_aws import PYTHON, ROOT, LocalAWS
from scripts.local.terraform import scratch_copy
from tests.terraform.project import Project
from tests.terraform.test_bootstrap import terraform_that_makes_buckets

BUCKET = f"confirmed-users-state-{LocalAWS.account_id}-us-east-1"
STATE = "env:/dev/confirmed-users/terraform.tfstate"


@pytest.fixture
def own_aws() -> Iterator[LocalAWS]:
    """A local AWS without a state."""
    with LocalAWS() as local:
        yield local


@pytest.fixture
def project(own_aws: LocalAWS, provider: None) -> Iterator[Project]:
    """A copy of the project that keeps its state in a bucket."""
    with scratch_copy(own_aws) as terraform:
        (terraform.directory / "backend_override.tf").unlink()
        folder = terraform.directory.parent
        shutil.copytree(ROOT / "scripts", folder / "scripts")
        (folder / ".venv-local").symlink_to(ROOT / ".venv-local")
        environment = dict(terraform.environment)
        environment["PATH"] = f"{terraform_that_makes_buckets(folder)}:{environment['PATH']}"
        yield Project(folder, environment, own_aws, BUCKET)


def run(project: Project, module: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [PYTHON, "-m", f"scripts.{module}", "dev"],
        cwd=project.folder,
        env=project.environment | {"TF_CLI_ARGS_apply": "-auto-approve"},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )


def bootstrap(project: Project) -> str:
    return project.succeed("bootstrap", "dev", TF_CLI_ARGS_apply="-auto-approve")


def keys(aws: LocalAWS) -> list[str]:
    objects = aws.client("s3").list_objects_v2(Bucket=BUCKET)
    return [one["Key"] for one in objects.get("Contents", [])]


def test_an_environment_is_bootstrapped_deployed_and_destroyed(
    own_aws: LocalAWS, project: Project
) -> None:
    assert f'+ bucket                      = "{BUCKET}"' in bootstrap(project)
    assert "No changes" in bootstrap(project)
    for command in ("outputs", "destroy"):
        assert "Nothing is deployed in environment dev" in project.fail(command, "dev")
    assert re.search(r"Plan: [1-9]\d* to add", project.succeed("plan", "dev"))
    project.succeed("deploy", "dev")
    assert "No changes" in project.succeed("plan", "dev")
    project.succeed("deploy", "dev")
    assert keys(own_aws) == ["confirmed-users/bootstrap.tfstate", STATE]  # no lock is left
    outputs = json.loads(project.succeed("outputs", "dev", "-json"))
    assert outputs["table_name"]["value"] == "confirmed-users-dev"
    assert not (project.folder / "terraform" / "terraform.tfstate.d").exists()
    assert "-auto-approve" in project.fail("destroy", "dev")
    project.succeed("destroy", "dev", TF_CLI_ARGS_destroy="-auto-approve")
    assert "Nothing is deployed in environment dev" in project.fail("outputs", "dev")


@pytest.mark.parametrize("module", ["reconcile", "rollback"])
def test_a_command_that_needs_a_state_says_how_to_create_the_bucket(
    project: Project, module: str
) -> None:
    result = run(project, module)
    assert result.returncode == 1
    assert result.stderr == (
        "There is no bucket yet for the state of dev. To create it: make bootstrap ENV=dev\n"
    )
