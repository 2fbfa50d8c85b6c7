"""Limits what a cold start costs, in units that do not depend on the machine's load."""

import json
import subprocess
import sys
from pathlib import Path

from tests import events
from tests.package.conftest import ENVIRONMENT, ZIP
from tests.server import http, serving

# Each is a twentieth above the present value. If one is exceeded, find out why (`make bench` shows
# the cost), and remove the cause or raise the limit on purpose.
ZIP_BYTES = 1_545_000
MODULES = 124
CALLS = 55_600  # of functions, Python's and C's

COLD_START = """
import sys
sys.path.insert(0, {folder!r})
calls = 0
def count(frame, event, argument):
    global calls
    calls += event in ("call", "c_call")
sys.setprofile(count)
from users.post_confirmation import handler
handler({event!r}, None)
sys.setprofile(None)
import json
print(json.dumps({{"modules": len(sys.modules), "calls": calls}}))
"""


def test_the_zip_stays_within_its_limit() -> None:
    assert ZIP.stat().st_size <= ZIP_BYTES


def test_a_cold_start_stays_within_its_limits(unpacked: Path) -> None:
    code = COLD_START.format(event=events.load("confirm_sign_up"), folder=str(unpacked))
    with serving(http("200 OK")) as server:
        result = subprocess.run(
            [sys.executable, "-I", "-S", "-c", code],
            env=ENVIRONMENT | {"AWS_ENDPOINT_URL": f"http://127.0.0.1:{server.port}"},
            capture_output=True,
            text=True,
            check=True,
        )
    line, found = map(json.loads, result.stdout.splitlines())
    assert line["outcome"] == "stored"
    assert found["modules"] <= MODULES
    assert found["calls"] <= CALLS
