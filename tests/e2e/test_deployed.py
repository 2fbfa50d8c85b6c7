from tests.scenarios import Scenarios


class TestDeployed(Scenarios):
    """All scenarios, in the account that ENV is deployed to."""
