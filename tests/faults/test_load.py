import secrets
from collections.abc import Callable

from tests.faults.conftest import REPORT_LINES, Faulty
from tests.faults.load import run

USERS = 300  # CI also runs `make soak` with 3,000


def test_no_user_is_lost_while_faults_come_and_go(
    stack: Faulty, record_property: Callable[[str, object], None]
) -> None:
    seed = secrets.randbelow(10**6)
    again = f"seed {seed}; to repeat: make soak USERS={USERS} SEED={seed}"
    print(again)  # shown when the test fails
    result = run(stack, USERS, seed, progress=lambda: None)
    record_property(REPORT_LINES, f"{again}\n{result}")
