"""For the tests of scripts that `make` runs against a deployed stack."""

import json
import os
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest

from scripts.local.local_aws import PYTHON, ROOT, LocalAWS
from tests.deployment import Deployment
from tests.scenarios import ADA


@dataclass
class Command:
    """A script in a copy of the project. A fake Terraform there gives the local stack's outputs."""

    project: Path
    environment: dict[str, str]
    module: str = ""

    def start(self, *arguments: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [PYTHON, "-m", self.module, *arguments],
            cwd=self.project,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def run(self, *arguments: str) -> tuple[int, str, str]:
        """The exit status, what it printed, and its error messages."""
        process = self.start(*arguments)
        out, err = process.communicate()
        assert "Traceback" not in err
        return process.returncode, out, err


@pytest.fixture
def project_command(aws: LocalAWS, deployment: Deployment, tmp_path: Path) -> Command:
    shutil.copytree(ROOT / "scripts", tmp_path / "scripts")
    outputs = {name: {"value": value} for name, value in deployment.outputs.items()}
    (tmp_path / "outputs.json").write_text(json.dumps(outputs))
    terraform = tmp_path / "scripts" / "terraform.sh"
    terraform.write_text(
        f"#!/bin/sh\n[ $2 = local ] && exec cat {tmp_path}/outputs.json\necho no $2 >&2\nexit 1\n"
    )
    return Command(
        tmp_path,
        {
            "PATH": os.environ["PATH"],
            "PYTHONUNBUFFERED": "1",
            "HOME": str(tmp_path),
            "AWS_ENDPOINT_URL": aws.endpoint_url,
            "AWS_ACCESS_KEY_ID": "test",
            "AWS_SECRET_ACCESS_KEY": "test",
        },
    )


@pytest.fixture
def confirmed(deployment: Deployment) -> list[str]:
    """The `sub` of three confirmed users. The first two have no record."""
    users = [deployment.sign_up(**ADA) for _ in range(3)]
    for email, _ in users:
        deployment.confirm(email)
    for _, sub in users[:2]:
        deployment.delete_item(sub)
    return [sub for _, sub in users]
