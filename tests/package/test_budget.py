"""What a cold start may cost, in units that noise does not change."""

from pathlib import Path

from tests import events
from tests.package.conftest import ZIP
from tests.package.test_trimmed_sdk import execute, http, serving

# A twentieth above what each is. Over it: find out why (`make bench` tells what it costs), and take
# it out or raise the budget on purpose.
ZIP_BYTES = 1_040_000
MODULES = 270
CALLS = 98_000  # of functions, Python's and C's

COLD_START = """
import io, json, sys
calls = 0
def count(frame, event, argument):
    global calls
    calls += event in ("call", "c_call")
sys.stdout, stdout = io.StringIO(), sys.stdout
sys.setprofile(count)
from users.post_confirmation import handler
handler({event!r}, None)
sys.setprofile(None)
import start_up
print(json.dumps({{
    "outcome": json.loads(sys.stdout.getvalue())["outcome"],
    "modules": len(sys.modules),
    "calls": calls,
    "imported": [name for name in start_up.LAZY
                 if not isinstance(sys.modules[name], start_up.LazyModule)],
}}), file=stdout)
"""


def test_the_zip_is_small() -> None:
    assert ZIP.stat().st_size <= ZIP_BYTES


def test_a_cold_start_does_little(unpacked: Path) -> None:
    code = COLD_START.format(event=events.load("confirm_sign_up"))
    with serving(http("200 OK")) as (port, _):
        found = execute(code, unpacked, AWS_ENDPOINT_URL=f"http://127.0.0.1:{port}")
    assert found["outcome"] == "stored"
    # What was put off until it is used must not be used: else it is worth nothing.
    assert found["imported"] == []
    assert found["modules"] <= MODULES
    assert found["calls"] <= CALLS
