"""For all tests."""

import signal
from collections.abc import Iterator
from dataclasses import asdict

import pytest

from scripts.local.deploy import Outputs, deploy
from scripts.local.local_aws import LocalAWS
from scripts.local.terraform import ZIP

# A shell ignores Ctrl-C in what it starts in the background, and so would what the tests interrupt.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

# Their assertions then say what was compared, as those of test modules do.
pytest.register_assert_rewrite("tests.deployment", "tests.scenarios")

from tests.deployment import Deployment  # noqa: E402 - only now is it rewritten
from tests.scenarios import User, signed_up  # noqa: E402 - as above


@pytest.fixture(scope="session")
def aws() -> Iterator[LocalAWS]:
    """One local AWS for all tests; whoever makes something in it gives it a name of its own."""
    with LocalAWS() as local:
        yield local


@pytest.fixture(scope="session")
def outputs(aws: LocalAWS) -> Outputs:
    """The stack of scripts/local/stack.json, deployed with the zip of `make package`."""
    return deploy(aws, ZIP)


@pytest.fixture
def deployment(aws: LocalAWS, outputs: Outputs) -> Iterator[Deployment]:
    """The stack as the scenarios use it; what a test makes is deleted after it."""
    made = Deployment(
        aws.client("cognito-idp"), aws.client("dynamodb"), aws.client("lambda"), asdict(outputs)
    )
    yield made
    made.clean_up()


@pytest.fixture(scope="class")
def deployed(aws: LocalAWS, outputs: Outputs) -> Iterator[Deployment]:
    """The same for all tests of a class, after which what they made is deleted."""
    made = Deployment(
        aws.client("cognito-idp"), aws.client("dynamodb"), aws.client("lambda"), asdict(outputs)
    )
    yield made
    made.clean_up()


@pytest.fixture(scope="class")
def user(deployed: Deployment) -> User:
    """A confirmed user for the scenarios, who has a value for every stored attribute."""
    return signed_up(deployed, **deployed.values())
