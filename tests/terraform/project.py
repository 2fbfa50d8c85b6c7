"""A copy of the project, in which tests run the commands that `make` runs."""

import json
import shutil
import subprocess
import uuid
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from scripts.local.local_aws import ROOT, LocalAWS
from scripts.local.terraform import Terraform

_KEY = "confirmed-users/terraform.tfstate"


@dataclass
class Project:
    """A copy of the project. Terraform can reach only a local AWS, and keeps its state there."""

    folder: Path
    environment: dict[str, str]
    aws: LocalAWS
    bucket: str

    def run(self, *arguments: str, **environment: str) -> tuple[int, str]:
        """Run scripts/terraform.sh. Gives the exit status and what it printed."""
        result = self._run(
            [str(self.folder / "scripts" / "terraform.sh"), *arguments], **environment
        )
        return result.returncode, result.stdout

    def shell(self, command: str) -> str:
        """Run a command of a message or a document in the project's folder; it must succeed.

        Gives what it printed.
        """
        result = self._run(["sh", "-euc", command])
        assert result.returncode == 0, result.stdout
        return result.stdout

    def succeed(self, *arguments: str, **environment: str) -> str:
        """Run scripts/terraform.sh, which must succeed. Gives what it printed."""
        status, said = self.run(*arguments, **environment)
        assert status == 0, said
        return said

    def fail(self, *arguments: str, **environment: str) -> str:
        """Run scripts/terraform.sh, which must fail with its own message. Gives the message."""
        status, said = self.run(*arguments, **environment)
        assert status == 1, said
        assert "│" not in said
        return said.strip()

    def deploy(self, environment: str) -> None:
        """Plan, and apply the plan."""
        self.succeed("plan", environment)
        self.succeed("deploy", environment)

    def plan_file(self, environment: str) -> Path:
        """The file in which `make plan` leaves the plan for `make deploy`."""
        return self.folder / "terraform" / ".terraform" / environment / "plan"

    def edit(self, path: str, old: str, new: str) -> None:
        """Change a file of the copy."""
        file = self.folder / path
        assert old in file.read_text()
        file.write_text(file.read_text().replace(old, new))

    def state(self, environment: str) -> Any:
        """Terraform's state of an environment."""
        answer = self.aws.client("s3").get_object(Bucket=self.bucket, Key=state_key(environment))
        return json.loads(answer["Body"].read())

    def write_state(self, environment: str, state: Any) -> None:
        """Put a state of an environment where Terraform keeps it."""
        self.aws.client("s3").put_object(
            Bucket=self.bucket, Key=state_key(environment), Body=json.dumps(state)
        )

    def _run(self, command: list[str], **environment: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            command,
            cwd=self.folder,
            env=self.environment | environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )


def state_key(environment: str) -> str:
    """The key of an environment's state in the bucket."""
    return f"env:/{environment}/{_KEY}"


def copy_of_project(aws: LocalAWS, terraform: Terraform, folder: Path) -> Project:
    """The project in a new folder, with an empty bucket for its states.

    The Terraform files and the environment variables come from a scratch copy, `terraform`.
    """
    shutil.copytree(terraform.directory.parent, folder)
    (folder / "terraform" / "backend_override.tf").unlink()
    # With their times, because make renews a Python environment that is older than its scripts.
    ignore = shutil.ignore_patterns("__pycache__")
    shutil.copytree(ROOT / "scripts", folder / "scripts", ignore=ignore)
    shutil.copy(ROOT / "Makefile", folder)
    (folder / ".venv-local").symlink_to(ROOT / ".venv-local")
    bucket = f"state-{uuid.uuid4()}"
    aws.client("s3").create_bucket(Bucket=bucket)
    for file in (folder / "terraform" / "environments").glob("*.tfvars"):
        file.with_suffix(".s3.tfbackend").write_text(
            f'bucket = "{bucket}"\nkey = "{_KEY}"\nregion = "{aws.region}"\n'
            f'allowed_account_ids = ["{aws.account_id}"]\n'
        )
    return Project(folder, dict(terraform.environment), aws, bucket)
