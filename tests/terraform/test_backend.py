"""Terraform's own S3 backend, against the S3 of a local AWS, from `make bootstrap` on."""

import json
import re
import shutil
import subprocess
from collections.abc import Iterator
from typing import Any

import pytest

from scripts.local.local_aws import PYTHON, ROOT, LocalAWS
from scripts.local.terraform import scratch_copy
from tests.terraform.test_commands import Project

BUCKET = f"confirmed-users-state-{LocalAWS.account_id}-us-east-1"
STATE = "env:/dev/confirmed-users/terraform.tfstate"
LOCK = f"{STATE}.tflock"
BACKEND = "terraform/environments/dev.s3.tfbackend"


@pytest.fixture
def own_aws() -> Iterator[LocalAWS]:
    """A local AWS without anybody's state."""
    with LocalAWS() as local:
        yield local


@pytest.fixture
def project(own_aws: LocalAWS, provider: None) -> Iterator[Project]:
    """A copy of the project as it is: its state is kept in a bucket."""
    with scratch_copy(own_aws) as terraform:
        (terraform.directory / "backend_override.tf").unlink()
        folder = terraform.directory.parent
        shutil.copytree(ROOT / "scripts", folder / "scripts")
        (folder / ".venv-local").symlink_to(ROOT / ".venv-local")
        yield Project(folder, dict(terraform.environment))


def run(project: Project, module: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [PYTHON, "-m", f"scripts.{module}", "dev"],
        cwd=project.folder,
        env=project.environment,
        capture_output=True,
        text=True,
        check=False,
    )


def bootstrap(project: Project) -> str:
    result = run(project, "bootstrap")
    assert result.returncode == 0, result.stderr
    return result.stdout


def keys(aws: LocalAWS) -> list[str]:
    objects = aws.client("s3").list_objects_v2(Bucket=BUCKET)
    return [one["Key"] for one in objects.get("Contents", [])]


def test_an_environment_from_nothing_to_nothing(own_aws: LocalAWS, project: Project) -> None:
    assert f"made      bucket {BUCKET}" in bootstrap(project)
    assert re.search(r"^made ", bootstrap(project), re.MULTILINE) is None
    assert "Nothing is deployed in environment dev" in project.fail("outputs", "dev")
    assert re.search(r"Plan: [1-9]\d* to add", project.succeed("plan", "dev"))
    project.succeed("deploy", "dev")
    assert "No changes" in project.succeed("plan", "dev")
    assert keys(own_aws) == [STATE]  # and no lock is left
    versions = own_aws.client("s3").list_object_versions(Bucket=BUCKET, Prefix=STATE)
    assert len([one for one in versions["Versions"] if one["Key"] == STATE]) > 1
    outputs = json.loads(project.succeed("outputs", "dev", "-json"))
    assert outputs["table_name"]["value"] == "confirmed-users-dev"
    assert not (project.folder / "terraform" / "terraform.tfstate.d").exists()
    project.succeed("destroy", "dev", TF_CLI_ARGS_destroy="-auto-approve")
    assert "Nothing is deployed in environment dev" in project.fail("outputs", "dev")


@pytest.mark.parametrize("module", ["reconcile", "rollback"])
def test_what_needs_a_state_says_how_to_begin(project: Project, module: str) -> None:
    result = run(project, module)
    assert result.returncode == 1
    assert result.stderr == "There is no state bucket yet for dev: make bootstrap ENV=dev\n"


def test_what_another_is_changing_is_left_alone(own_aws: LocalAWS, project: Project) -> None:
    bootstrap(project)
    project.succeed("plan", "dev")
    lock = {
        "ID": "2b6a6738-5dd5-50d6-c0ae-f6352977666b",
        "Operation": "OperationTypeApply",
        "Who": "ada@desk",
        "Version": "1.11.4",
        "Created": "2026-11-25T07:00:00.5Z",
        "Path": f"{BUCKET}/{STATE}",
    }
    own_aws.client("s3").put_object(Bucket=BUCKET, Key=LOCK, Body=json.dumps(lock))
    unlock = f"terraform -chdir=terraform force-unlock {lock['ID']}"
    for command in ("deploy", "plan"):  # a plan takes the one before it away
        said = project.fail(command, "dev")
        assert said.startswith(
            "Environment dev is being changed by ada@desk since 2026-11-25 07:00:00 (UTC). "
            "Try again when that has ended."
        )
        assert said.endswith(f"TF_DATA_DIR=.terraform/dev TF_WORKSPACE=dev {unlock}")
        assert len(said.splitlines()) == 1
    subprocess.run(
        [*unlock.split()[:-1], "-force", lock["ID"]],
        cwd=project.folder,
        env=project.environment | {"TF_DATA_DIR": ".terraform/dev", "TF_WORKSPACE": "dev"},
        check=True,
        capture_output=True,
    )
    project.succeed("plan", "dev")


def test_credentials_of_another_account_stop_at_init(own_aws: LocalAWS, project: Project) -> None:
    bootstrap(project)
    project.edit(BACKEND, LocalAWS.account_id, "111111111111")
    project.edit(BACKEND, "state-111111111111", f"state-{LocalAWS.account_id}")
    for command in ("plan", "outputs", "destroy"):
        assert project.fail(command, "dev").startswith(
            f"These are credentials of account {LocalAWS.account_id}, which is not the account of "
            "environment dev (allowed_account_ids in dev.s3.tfbackend and dev.tfvars, in "
        )
    assert keys(own_aws) == []


def test_a_bucket_that_is_gone_or_another_is_told(own_aws: LocalAWS, project: Project) -> None:
    bootstrap(project)
    own_aws.client("s3").delete_bucket(Bucket=BUCKET)
    assert project.fail("plan", "dev") == (
        f"The bucket in {BACKEND} is not there. If it was never made: make bootstrap ENV=dev"
    )
    bootstrap(project)
    project.succeed("plan", "dev")
    own_aws.client("s3").create_bucket(Bucket="another")
    project.edit(BACKEND, BUCKET, "another")
    said = project.fail("plan", "dev")
    assert said == (
        f"{BACKEND} has changed since the last run here. "
        "If the state lies where it says now: rm -r terraform/.terraform/dev"
    )
    shutil.rmtree(project.folder / said.rpartition(" ")[2])
    project.succeed("plan", "dev")


def test_a_state_from_before_is_moved_as_the_changelog_says(project: Project) -> None:
    override = project.folder / "terraform" / "backend_override.tf"
    override.write_text('terraform {\n  backend "local" {}\n}\n')
    backend = project.folder / BACKEND
    backend.touch()
    project.deploy("dev")
    # As an older checkout is: it kept its state here, and knew of no bucket.
    shutil.rmtree(project.folder / "terraform" / ".terraform")
    override.unlink()
    backend.unlink()
    bootstrap(project)
    assert project.fail("plan", "dev") == (
        "A state from before there was a bucket is in terraform/terraform.tfstate.d. "
        "CHANGELOG.md says how to move it."
    )
    changelog = " ".join((ROOT / "CHANGELOG.md").read_text().split())
    move, push = (
        re.search(rf"`({start}[^`]*)`", changelog) for start in ("mv terraform/", "TF_DATA_DIR=")
    )
    shell(project, move)
    assert "Nothing is deployed" in project.fail("outputs", "dev")
    shell(project, push)
    assert "No changes" in project.succeed("plan", "dev")


def shell(project: Project, command: Any) -> None:
    """Run what a document says."""
    subprocess.run(
        ["bash", "-c", command[1]], cwd=project.folder, env=project.environment, check=True
    )
