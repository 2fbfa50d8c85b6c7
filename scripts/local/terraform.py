"""Runs Terraform on a copy of terraform/, from where it reaches only a local AWS.

Terraform gets made-up credentials and the local AWS's address. It gets nothing of the caller's
environment that AWS's code reads. So the real provider applies to the local AWS, too.
"""

import json
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from scripts.local.local_aws import ROOT, LocalAWS

ZIP = ROOT / "dist" / "function.zip"

# Where Terraform finds its provider, and how it gets there. AWS's code reads none of these.
_PASSED_ON = (
    "PATH",
    "TF_CLI_CONFIG_FILE",
    "TF_PLUGIN_CACHE_DIR",
    *("HTTPS_PROXY", "HTTP_PROXY", "NO_PROXY", "https_proxy", "http_proxy", "no_proxy"),
    *("SSL_CERT_FILE", "SSL_CERT_DIR"),
)
# A copy keeps its state beside it, whatever backend the project has.
_LOCAL_BACKEND = 'terraform {\n  backend "local" {}\n}\n'


class TerraformError(Exception):
    """A tool or file is missing or Terraform failed; the text says why and what to do."""


@dataclass(frozen=True)
class Terraform:
    """Terraform in one directory, with its own environment variables."""

    directory: Path
    environment: Mapping[str, str]

    def run(self, command: str, *arguments: str) -> str:
        """The command's stdout. Raises TerraformError with all its output if it fails."""
        result = subprocess.run(  # noqa: S603 - arguments of our own
            [_tool(), command, *arguments],
            cwd=self.directory,
            env=self.environment,
            check=False,
            capture_output=True,
            text=True,
        )
        if result.returncode != 0:
            said = f"{result.stdout}\n{result.stderr}".strip()
            raise TerraformError(f"terraform {command} failed:\n{said}")
        return result.stdout

    def json(self, command: str, *arguments: str) -> dict[str, Any]:
        """What a command prints as JSON."""
        result: dict[str, Any] = json.loads(self.run(command, *arguments))
        return result


@contextmanager
def scratch_copy(aws: LocalAWS) -> Iterator[Terraform]:
    """Terraform in a copy of terraform/ beside the built zip. The copy is deleted in the end.

    Raises TerraformError if Terraform or the zip is missing.
    """
    if shutil.which(_tool()) is None:
        raise TerraformError(
            f"{_tool()} is not installed. Install Terraform, version 1.11 or later: "
            "https://developer.hashicorp.com/terraform/install"
        )
    if not ZIP.is_file():
        raise TerraformError(f"{ZIP.relative_to(ROOT)} is not there. Build it first: make package")
    with tempfile.TemporaryDirectory(prefix="confirmed-users-terraform-") as directory:
        scratch = Path(directory)
        shutil.copytree(
            ROOT / "terraform",
            scratch / "terraform",
            ignore=shutil.ignore_patterns(
                ".terraform*",
                *("*.tfstate*", "*.tfbackend", "*.bootstrap.json"),  # they name an account
                *("terraform.tfvars*", "*.auto.tfvars*"),
            ),
        )
        (scratch / "terraform" / "backend_override.tf").write_text(_LOCAL_BACKEND)
        (scratch / "dist").mkdir()
        shutil.copy2(ZIP, scratch / "dist")
        yield Terraform(scratch / "terraform", _environment(scratch, aws))


def _tool() -> str:
    """The command to run: Terraform, or OpenTofu with TERRAFORM=tofu."""
    return os.environ.get("TERRAFORM", "terraform")


def _environment(scratch: Path, aws: LocalAWS) -> dict[str, str]:
    """All variables that Terraform gets. No profile, file or metadata service adds credentials."""
    environment = {name: os.environ[name] for name in _PASSED_ON if name in os.environ}
    own_configuration = Path.home() / ".terraformrc"
    if own_configuration.is_file():
        environment.setdefault("TF_CLI_CONFIG_FILE", str(own_configuration))
    return environment | {
        "HOME": str(scratch),
        "TMPDIR": str(scratch),
        "CHECKPOINT_DISABLE": "1",
        "GOGC": "400",  # Each command lives for seconds, so collecting garbage is wasted time.
        "TF_IN_AUTOMATION": "1",
        "TF_INPUT": "0",
        "TF_CLI_ARGS": "-no-color",
        "AWS_ENDPOINT_URL": aws.endpoint_url,
        "AWS_REGION": aws.region,
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        "AWS_EC2_METADATA_DISABLED": "true",
    }
