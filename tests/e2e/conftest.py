"""The environment named by ENV, as `make e2e ENV=dev` sets it, through its Terraform outputs."""

import json
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import boto3
import pytest

from tests.deployment import Deployment

TERRAFORM = Path(__file__).resolve().parents[2] / "scripts" / "terraform.sh"


@pytest.fixture(scope="session")
def outputs() -> dict[str, str]:
    """Terraform's outputs of the environment, or the test is skipped: nothing to test against."""
    environment = os.environ.get("ENV")
    if not environment:
        pytest.skip("needs a deployed environment: make e2e ENV=dev")
    if boto3.Session().get_credentials() is None:
        pytest.skip("needs AWS credentials: sign in, for example with `aws sso login`")
    result = subprocess.run(
        [TERRAFORM, "outputs", environment, "-json"], capture_output=True, text=True, check=False
    )
    if result.returncode != 0:
        pytest.fail(result.stderr.strip(), pytrace=False)
    return {name: output["value"] for name, output in json.loads(result.stdout).items()}


@pytest.fixture
def deployment(outputs: dict[str, str]) -> Iterator[Deployment]:
    """The deployed stack; what a test makes is deleted after it."""
    session = boto3.Session(region_name=outputs["region"])
    made = Deployment(
        session.client("cognito-idp"), session.client("dynamodb"), session.client("lambda"), outputs
    )
    yield made
    made.clean_up()
