"""The modules in somebody else's repository, as terraform/README.md says.

They come from a tag, and the zip from the release of that tag.
"""

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from scripts.local.deploy import create
from scripts.local.local_aws import ROOT, LocalAWS
from scripts.local.snapshot import apply
from scripts.local.terraform import ZIP, Terraform, scratch_copy
from tests.deployment import Deployment

SOURCE = "git::https://github.com/OWNER/NAME.git//terraform/modules/"
TAG = "v1.0.0"
# What the local AWS's deployment has to be told of it.
OUTPUTS = {
    "alias_arn": "module.lambda.alias_arn",
    "region": '"us-east-1"',
    "table_name": "module.dynamodb.table_name",
    "user_pool_client_ids": "module.cognito.user_pool_client_ids",
    "user_pool_id": "module.cognito.user_pool_id",
}


def snippet() -> str:
    """The configuration that terraform/README.md shows."""
    text = (ROOT / "terraform" / "README.md").read_text()
    (found,) = re.findall(r"```hcl\n(provider.*?)```", text, re.DOTALL)
    assert found.count(SOURCE) == found.count(f"?ref={TAG}") == found.count("source ")
    return str(found)


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """A repository with these modules and a tag."""
    folder = tmp_path / "repository"
    files = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard", "terraform"],
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    ).stdout
    for name in filter(None, files.split("\0")):
        if (ROOT / name).is_file():  # not deleted since
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
    consumer = tmp_path / "consumer"
    consumer.mkdir()
    shutil.copy(ZIP, consumer / "function.zip")
    here = snippet().replace(SOURCE, f"git::file://{repository}//terraform/modules/")
    (consumer / "main.tf").write_text(here)
    outputs_file = "".join(
        f'output "{name}" {{\n  value = {of}\n}}\n' for name, of in OUTPUTS.items()
    )
    (consumer / "outputs.tf").write_text(outputs_file)
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
