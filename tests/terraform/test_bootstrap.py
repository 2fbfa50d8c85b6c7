"""`make bootstrap` with Terraform, in a local AWS."""

import json
import re
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from scripts.local.local_aws import PYTHON, ROOT, LocalAWS
from scripts.local.terraform import Terraform, scratch_copy

BUCKET = f"confirmed-users-state-{LocalAWS.account_id}-us-east-1"
STATE = "confirmed-users/bootstrap.tfstate"
PROVIDER = f"arn:aws:iam::{LocalAWS.account_id}:oidc-provider/token.actions.githubusercontent.com"


@dataclass
class Checkout:
    """A copy of the project, from which only a local AWS can be reached."""

    terraform: Path
    environment: dict[str, str]

    def run(self, environment: str, **variables: str) -> subprocess.CompletedProcess[str]:
        """Run `make bootstrap`, approved beforehand."""
        return subprocess.run(
            [PYTHON, "-m", "scripts.bootstrap", environment],
            cwd=self.terraform.parent,
            env=self.environment | {"TF_CLI_ARGS_apply": "-auto-approve"} | variables,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )

    def succeed(self, environment: str = "dev") -> str:
        """Run it, which must succeed. Gives what it printed."""
        result = self.run(environment)
        assert result.returncode == 0, result.stdout + result.stderr
        return result.stdout

    def fail(self, environment: str = "dev", **variables: str) -> str:
        """Run it, which must fail. Gives the error."""
        result = self.run(environment, **variables)
        assert result.returncode == 1, result.stdout
        assert "Traceback" not in result.stderr
        return result.stderr

    def configure(self, settings: str) -> None:
        """Write terraform/bootstrap/terraform.tfvars."""
        (self.terraform / "bootstrap" / "terraform.tfvars").write_text(settings)

    def files(self) -> set[str]:
        """The files that it wrote beside the variables of the environments."""
        return {
            path.name
            for path in (self.terraform / "environments").iterdir()
            if path.suffix != ".tfvars"
        }

    def boundary(self, environment: str) -> str | None:
        """The permissions boundary that it wrote for an environment."""
        path = self.terraform / "environments" / f"{environment}.bootstrap.json"
        boundary: str | None = json.loads(path.read_text())["permissions_boundary"]
        return boundary

    def left(self) -> list[str]:
        """The files that it left in terraform/bootstrap."""
        own = {path.name for path in (ROOT / "terraform" / "bootstrap").iterdir()}
        there = {path.name for path in (self.terraform / "bootstrap").iterdir()}
        return sorted(there - own - {".terraform", ".terraform.lock.hcl"})


@pytest.fixture(scope="module")
def account() -> Iterator[LocalAWS]:
    with LocalAWS() as local:
        yield local


@pytest.fixture
def checkout(account: LocalAWS, provider: None) -> Iterator[Checkout]:
    """A new copy, with an empty account."""
    account.reset()
    with scratch_copy(account) as terraform:
        (terraform.directory / "backend_override.tf").unlink()
        folder = terraform.directory.parent
        shutil.copytree(ROOT / "scripts", folder / "scripts")
        environment = dict(terraform.environment)
        environment["PATH"] = f"{terraform_that_makes_buckets(folder)}:{environment['PATH']}"
        yield Checkout(terraform.directory, environment)


def terraform_that_makes_buckets(folder: Path) -> Path:
    """A folder with a Terraform that creates the bucket after `apply`, unless it is there.

    The stand-in for the AWS provider does not create it; the real provider does.
    """
    terraform = shutil.which("terraform")
    wrapper = folder / "bin" / "terraform"
    wrapper.parent.mkdir()
    wrapper.write_text(
        f"""#!/bin/sh
{terraform} "$@" || exit
[ "$1" = apply ] && bucket=$({terraform} output -raw bucket 2>/dev/null) || exit 0
exec {PYTHON} -c 'import boto3, sys
s3 = boto3.client("s3")
if sys.argv[1] not in [one["Name"] for one in s3.list_buckets()["Buckets"]]:
    s3.create_bucket(Bucket=sys.argv[1])' "$bucket"
"""
    )
    wrapper.chmod(0o755)
    return wrapper.parent


def state(account: LocalAWS) -> dict[str, str]:
    """The resources in the bootstrap state in the bucket: their types by address."""
    body = account.client("s3").get_object(Bucket=BUCKET, Key=STATE)["Body"].read()
    return {
        f"{one.get('module', '')}.{one['type']}.{one['name']}".lstrip("."): one["type"]
        for one in json.loads(body)["resources"]
        if one["mode"] == "managed"
    }


def keys(account: LocalAWS) -> list[str]:
    objects = account.client("s3").list_objects_v2(Bucket=BUCKET).get("Contents", [])
    return [one["Key"] for one in objects]


def test_it_shows_and_creates_everything_and_moves_its_state_into_the_bucket(
    account: LocalAWS, checkout: Checkout
) -> None:
    checkout.configure('github = "octo-org@12/app@34"\n')
    said = checkout.succeed()
    assert re.search(r"# aws_s3_bucket\.state will be created", said)
    assert re.search(r"Plan: \d+ to add, 0 to change, 0 to destroy", said)
    assert f"arn:aws:iam::{LocalAWS.account_id}:role/bootstrap/confirmed-users-dev-plan" in said
    # Its own state, and an empty state for the environment, because the plan role cannot create it.
    assert keys(account) == [STATE, "env:/dev/confirmed-users/terraform.tfstate"]
    assert "aws_s3_bucket" in state(account).values()
    assert checkout.left() == []
    assert checkout.files() == {"dev.s3.tfbackend", "dev.bootstrap.json"}
    assert (checkout.terraform / "environments" / "dev.s3.tfbackend").read_text().splitlines()[
        1:
    ] == [
        f'bucket = "{BUCKET}"',
        'region = "us-east-1"',
        'key = "confirmed-users/terraform.tfstate"',
        f'allowed_account_ids = ["{LocalAWS.account_id}"]',
    ]
    assert checkout.boundary("dev") == (
        f"arn:aws:iam::{LocalAWS.account_id}:policy/bootstrap/confirmed-users-dev-boundary"
    )
    assert "No changes" in checkout.succeed()


def test_environments_of_a_project_share_a_state_and_another_project_has_its_own(
    account: LocalAWS, checkout: Checkout
) -> None:
    checkout.configure('github = "octo-org/app"\n')
    checkout.succeed("dev")
    checkout.succeed("staging")
    modules = {address.partition(".aws_")[0] for address in state(account) if "module" in address}
    assert modules == {'module.environment["dev"]', 'module.environment["staging"]'}

    # An environment whose variables are gone keeps its roles, and stops no other.
    (checkout.terraform / "environments" / "staging.tfvars").unlink()
    assert "No changes" in checkout.succeed("dev")

    # Two projects in one account, Region and environment name never share a state.
    with (checkout.terraform / "environments" / "prod.tfvars").open("a") as variables:
        variables.write('project = "other"\n')
    checkout.succeed("prod")
    backend = (checkout.terraform / "environments" / "prod.s3.tfbackend").read_text()
    assert f'bucket = "other-state-{LocalAWS.account_id}-us-east-1"' in backend
    assert 'key = "other/terraform.tfstate"' in backend
    assert 'module.environment["prod"]' not in str(state(account))


def test_it_continues_where_it_was_interrupted(account: LocalAWS, checkout: Checkout) -> None:
    # Interrupted after the apply, when the bucket exists and the state has not moved.
    checkout.configure('github = "octo-org/app"\n')
    stop = checkout.terraform.parent / "bin" / "terraform"
    whole = stop.read_text()
    stop.write_text(
        whole.replace("#!/bin/sh\n", '#!/bin/sh\n[ "$3" = -migrate-state ] && exit 1\n')
    )
    checkout.fail()
    assert checkout.left() == [f"{BUCKET}.tfstate"]
    assert checkout.files() == set()
    stop.write_text(whole)
    assert "No changes" in checkout.succeed()
    assert checkout.left() == []
    assert "aws_s3_bucket" in state(account).values()

    # Interrupted after the move, when the state in the bucket is the newer one.
    (checkout.terraform / "bootstrap" / f"{BUCKET}.tfstate").write_text("{}")
    assert "No changes" in checkout.succeed()
    assert checkout.left() == []


def test_an_existing_bucket_is_imported_and_keeps_its_objects(
    account: LocalAWS, checkout: Checkout
) -> None:
    s3 = account.client("s3")
    s3.create_bucket(Bucket=BUCKET)
    s3.put_object(Bucket=BUCKET, Key="older", Body=b"kept")
    said = checkout.succeed()
    assert "Plan: 1 to import, " in said
    assert "0 to destroy" in said
    assert keys(account) == [STATE, "env:/dev/confirmed-users/terraform.tfstate", "older"]


def test_an_existing_identity_provider_is_imported_and_never_deleted(
    account: LocalAWS, checkout: Checkout
) -> None:
    account.client("iam").create_open_id_connect_provider(
        Url="https://token.actions.githubusercontent.com", ClientIDList=["sts.amazonaws.com"]
    )
    checkout.configure('github = "octo-org/app"\n')
    said = checkout.succeed()
    assert '# aws_iam_openid_connect_provider.this["github"] will be imported' in said
    assert "aws_iam_openid_connect_provider.this" in state(account)

    checkout.configure("")
    said = checkout.succeed()
    assert "aws_iam_openid_connect_provider.this" in state(account)
    assert 'module.environment["dev"].aws_iam_role.this' not in state(account)
    assert checkout.boundary("dev") is None


def test_a_malformed_repository_is_refused_before_anything_is_created(
    account: LocalAWS, checkout: Checkout
) -> None:
    checkout.configure('github = "https://github.com/octo-org/app"\n')
    said = " ".join(checkout.fail().replace("│", "").split())
    assert "github is owner/name, or owner@<id>/name@<id> with both ids." in said
    assert account.client("s3").list_buckets()["Buckets"] == []
    assert checkout.files() == set()


@pytest.mark.parametrize("folder", ["bootstrap", "bootstrap/environment"])
def test_terraforms_own_tests_pass(account: LocalAWS, provider: None, folder: str) -> None:
    with scratch_copy(account) as root:
        shutil.copy(root.directory / "backend_override.tf", root.directory / folder)
        terraform = Terraform(root.directory / folder, root.environment)
        terraform.run("init")
        assert re.search(r"Success! [1-9]\d* passed, 0 failed", terraform.run("test"))
