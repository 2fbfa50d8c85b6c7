import secrets

import pytest

from tests.faults.conftest import Faulty
from tests.faults.load import run

USERS = 300  # CI also runs `make soak` with 3,000


def test_no_user_is_lost_while_faults_come_and_go(
    stack: Faulty, capsys: pytest.CaptureFixture[str]
) -> None:
    seed = secrets.randbelow(10**6)
    with capsys.disabled():
        print(f"\nseed {seed}; to repeat: make soak USERS={USERS} SEED={seed}")
        print(run(stack, USERS, seed, progress=lambda: None))
