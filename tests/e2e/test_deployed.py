from tests.scenarios import Scenarios


class TestDeployed(Scenarios):
    """All scenarios, in the account with the environment ENV."""
