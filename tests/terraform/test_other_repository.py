"""The modules in another repository, as README.md and terraform/README.md say.

The modules come from a tag, and the zip comes from the release of that tag.
"""

import re
import shutil
import subprocess
import textwrap
from pathlib import Path

import pytest

from scripts.local.deploy import create
from scripts.local.local_aws import ROOT, LocalAWS
from scripts.local.snapshot import apply
from scripts.local.terraform import ZIP, Terraform, scratch_copy
from tests.deployment import Deployment
from tests.sweep import sweep
from tests.tools import project_files

SOURCE = "git::https://github.com/OWNER/NAME.git//terraform/modules/"
TAG = "v1.0.0"
# The outputs that the test needs to use the stack.
OUTPUTS = {
    "alias_arn": "module.lambda.alias_arn",
    "region": '"us-east-1"',
    "table_name": "module.dynamodb.table_name",
    "user_pool_client_ids": "module.cognito.user_pool_client_ids",
    "user_pool_id": "module.cognito.user_pool_id",
}


def snippet(document: str, heading: str) -> str:
    """The configuration that a section of a document shows."""
    text = (ROOT / document).read_text()
    section = text.partition(f"\n## {heading}\n")[2].partition("\n## ")[0]
    blocks = re.findall(r"^ *```hcl\n(.*?)^ *```", section, re.DOTALL | re.MULTILINE)
    found = "\n".join(textwrap.dedent(block) for block in blocks)
    assert found.count(SOURCE) == found.count(f"?ref={TAG}") == found.count("  source ") > 0
    return found


def consumer_of(repository: Path, folder: Path, configuration: str) -> Path:
    """A folder with this configuration, which gets the modules from the repository, and the zip."""
    consumer = folder / "consumer"
    consumer.mkdir()
    shutil.copy(ZIP, consumer / "function.zip")
    (consumer / "main.tf").write_text(
        configuration.replace(SOURCE, f"git::file://{repository}//terraform/modules/")
    )
    return consumer


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """A repository with the modules and a tag."""
    folder = tmp_path / "repository"
    for name in project_files("terraform"):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, folder / name)
    author = ["-c", "user.name=A", "-c", "user.email=a@example.com", "-c", "commit.gpgsign=false"]
    for command in (["init"], ["add", "."], [*author, "commit", "-m", "All"], ["tag", TAG]):
        subprocess.run(["git", *command], cwd=folder, check=True, capture_output=True)
    return folder


@pytest.mark.usefixtures("provider")
def test_the_modules_work_in_another_repository(
    aws: LocalAWS, repository: Path, tmp_path: Path
) -> None:
    consumer = consumer_of(
        repository,
        tmp_path,
        snippet("README.md", "Use the modules in your own Terraform")
        + snippet("terraform/README.md", "From another repository"),
    )
    outputs_file = "".join(
        f'output "{name}" {{\n  value = {of}\n}}\n' for name, of in OUTPUTS.items()
    )
    (consumer / "outputs.tf").write_text(outputs_file)
    (consumer / "provider.tf").write_text('provider "aws" {\n  region = "us-east-1"\n}\n')
    with scratch_copy(aws) as root:
        terraform = Terraform(consumer, root.environment)
        terraform.run("fmt", "-check", "-diff")
        terraform.run("init")
        stack = apply(terraform)
    outputs = create(aws, ZIP, stack)
    deployment = Deployment(
        aws.client("cognito-idp"), aws.client("dynamodb"), aws.client("lambda"), outputs
    )
    email, sub = deployment.sign_up()
    deployment.confirm(email)
    item = deployment.item(sub)
    assert item is not None
    assert item["Email"] == {"S": email}

    _, created = deployment.create()
    assert deployment.item(created) is None
    sweep(aws, outputs["state_machine_arn"])
    assert deployment.item(created) is not None


@pytest.mark.usefixtures("provider")
def test_the_trigger_and_the_sweep_take_the_pool_and_table_of_the_aws_samples_pattern(
    aws: LocalAWS, repository: Path, tmp_path: Path
) -> None:
    shown = snippet("terraform/coming-from-aws-samples.md", "Steps").replace(
        "111122223333", aws.account_id
    )
    with scratch_copy(aws) as root:
        terraform = Terraform(consumer_of(repository, tmp_path, shown), root.environment)
        terraform.run("fmt", "-check", "-diff")
        terraform.run("init")
        terraform.run("plan", "-out=plan")
        planned = terraform.json("show", "-json", "plan")["resource_changes"]
    after = {one["address"]: one["change"]["after"] for one in planned}
    functions = [one for one in after if ".aws_lambda_function." in one]
    assert len(functions) == 2
    for function in functions:
        variables = after[function]["environment"][0]["variables"]
        assert variables["TABLE_NAME"] == f"arn:aws:dynamodb:us-east-1:{aws.account_id}:table/Users"
    assert not [one for one in after if "cognito_user_pool." in one or "dynamodb_table." in one]
    assert after["module.reconcile.aws_scheduler_schedule.this"]["state"] == "DISABLED"
