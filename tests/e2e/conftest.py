"""For the tests of a deployed environment: `make e2e ENV=dev`.

If AWS protects the pool and the table against deletion, they probably have real users. Then only
the tests marked `everywhere` run. They sign up one user, which sends one mail.
"""

import functools
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest

from scripts.command import CommandError
from scripts.outputs import read_outputs
from tests.deployment import Deployment
from tests.tools import missing

HERE = Path(__file__).parent


@functools.cache
def _outputs() -> dict[str, Any]:
    """Terraform's outputs of the environment. Raises CommandError."""
    return read_outputs(os.environ["ENV"])


def _hindrance() -> str | None:
    """Why the tests cannot run; None if they can."""
    if not os.environ.get("ENV"):
        return "needs a deployed environment: make e2e ENV=dev"
    if boto3.Session().get_credentials() is None:
        return "needs AWS credentials: sign in, for example with `aws sso login`"
    return None


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Deselect the tests that are not for a protected environment."""
    try:
        if _hindrance() is not None or not _outputs()["deletion_protection_enabled"]:
            return
    except CommandError:  # the fixture `outputs` reports it
        return
    not_here = [
        item
        for item in items
        if item.path.is_relative_to(HERE) and item.get_closest_marker("everywhere") is None
    ]
    items[:] = [item for item in items if item not in not_here]
    config.hook.pytest_deselected(items=not_here)


@pytest.fixture(scope="session")
def outputs() -> dict[str, Any]:
    """Terraform's outputs of the environment."""
    if (reason := _hindrance()) is not None:
        missing(reason)
    try:
        return _outputs()
    except CommandError as error:
        pytest.fail(str(error), pytrace=False)


@pytest.fixture(scope="class")
def deployed(outputs: dict[str, Any]) -> Iterator[Deployment]:
    """The deployed stack. What the tests of a class create is deleted after them."""
    session = boto3.Session(region_name=outputs["region"])
    made = Deployment(
        session.client("cognito-idp"), session.client("dynamodb"), session.client("lambda"), outputs
    )
    yield made
    made.clean_up()
