"""The stack in the local AWS that the tests in this folder share."""

from collections.abc import Iterator
from dataclasses import asdict

import pytest

from scripts.local.deploy import Outputs, deploy
from scripts.local.local_aws import ROOT, LocalAWS
from tests.deployment import Deployment


@pytest.fixture(scope="session")
def outputs(aws: LocalAWS) -> Outputs:
    """The stack of scripts/local/stack.json, deployed with the zip of `make package`."""
    return deploy(aws, ROOT / "dist" / "function.zip")


@pytest.fixture
def deployment(aws: LocalAWS, outputs: Outputs) -> Iterator[Deployment]:
    """The stack as the scenarios use it; what a test makes is deleted after it."""
    made = Deployment(
        aws.client("cognito-idp"), aws.client("dynamodb"), aws.client("lambda"), asdict(outputs)
    )
    yield made
    made.clean_up()
