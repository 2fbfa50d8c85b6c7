"""The environment named by ENV, as `make e2e ENV=dev` sets it, through its Terraform outputs."""

import os
from collections.abc import Iterator
from typing import Any

import boto3
import pytest

from scripts.outputs import OutputsError, read_outputs
from tests.deployment import Deployment
from tests.tools import missing


@pytest.fixture(scope="session")
def outputs() -> dict[str, Any]:
    """Terraform's outputs of the environment, or the test cannot run: nothing to test against."""
    environment = os.environ.get("ENV")
    if not environment:
        missing("needs a deployed environment: make e2e ENV=dev")
    if boto3.Session().get_credentials() is None:
        missing("needs AWS credentials: sign in, for example with `aws sso login`")
    try:
        values = read_outputs(environment, "make e2e ENV=dev")
    except OutputsError as error:
        pytest.fail(str(error), pytrace=False)
    if "app" not in values["user_pool_client_ids"]:
        pytest.fail(
            f"Environment {environment} has no app client named app, which the tests sign up with. "
            f"Add it to `clients` in terraform/environments/{environment}.tfvars.",
            pytrace=False,
        )
    return values


@pytest.fixture
def deployment(outputs: dict[str, Any]) -> Iterator[Deployment]:
    """The deployed stack; what a test makes is deleted after it."""
    session = boto3.Session(region_name=outputs["region"])
    made = Deployment(
        session.client("cognito-idp"), session.client("dynamodb"), session.client("lambda"), outputs
    )
    yield made
    made.clean_up()
