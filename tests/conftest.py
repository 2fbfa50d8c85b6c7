"""Fixtures for all tests."""

import signal
from collections.abc import Iterator
from dataclasses import asdict

import pytest

from scripts.local.deploy import Outputs, deploy
from scripts.local.local_aws import LocalAWS
from scripts.local.terraform import ZIP

# A program that a shell starts in the background ignores Ctrl-C, and so would the programs that the
# tests interrupt.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

# With this, a failed assertion in these modules shows the values, as in a test module.
pytest.register_assert_rewrite("tests.deployment", "tests.scenarios")

from tests.deployment import Deployment  # noqa: E402 - after its registration
from tests.scenarios import User, signed_up  # noqa: E402 - as above


@pytest.fixture(scope="session")
def aws() -> Iterator[LocalAWS]:
    """One local AWS for all tests. A test that creates something in it gives it a new name."""
    with LocalAWS() as local:
        yield local


@pytest.fixture(scope="session")
def outputs(aws: LocalAWS) -> Outputs:
    """The outputs of scripts/local/stack.json, deployed with the zip of `make package`."""
    return deploy(aws, ZIP)


@pytest.fixture
def deployment(aws: LocalAWS, outputs: Outputs) -> Iterator[Deployment]:
    """The deployed stack. What a test creates in it is deleted after the test."""
    made = Deployment(
        aws.client("cognito-idp"), aws.client("dynamodb"), aws.client("lambda"), asdict(outputs)
    )
    yield made
    made.clean_up()


@pytest.fixture(scope="class")
def deployed(aws: LocalAWS, outputs: Outputs) -> Iterator[Deployment]:
    """The deployed stack. What the tests of a class create in it is deleted after them."""
    made = Deployment(
        aws.client("cognito-idp"), aws.client("dynamodb"), aws.client("lambda"), asdict(outputs)
    )
    yield made
    made.clean_up()


@pytest.fixture(scope="class")
def user(deployed: Deployment) -> User:
    """A confirmed user with a value for every stored attribute."""
    return signed_up(deployed, **deployed.values())
