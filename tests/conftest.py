"""For all tests."""

from collections.abc import Iterator

import pytest

from scripts.local.local_aws import LocalAWS

# Their assertions then say what was compared, as those of test modules do.
pytest.register_assert_rewrite("tests.deployment", "tests.scenarios")


@pytest.fixture(scope="session")
def aws() -> Iterator[LocalAWS]:
    """One local AWS for all tests; whoever makes something in it gives it a name of its own."""
    with LocalAWS() as local:
        yield local
