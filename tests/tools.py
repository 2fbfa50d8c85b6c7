"""Tools that tests need and this project cannot install: where they are missing, tests are skipped.

Never in CI, where a test that does not run is a failure.
"""

import fcntl
import functools
import os
import shutil
import subprocess
from pathlib import Path
from typing import NoReturn

import pytest

_TESTS = Path(__file__).parent
_CHROMIUM = (
    "chromium",
    "chromium-browser",
    "google-chrome",
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
)


@functools.cache
def chromium() -> str:
    """The path of a Chromium."""
    for name in _CHROMIUM:
        if path := shutil.which(name):
            return path
    return missing("Chromium is not installed; on Debian: apt-get install chromium")


@functools.cache
def npm_packages() -> Path:
    """The folder of the packages in tests/package-lock.json, which are installed if need be."""
    packages, folder = _TESTS / "package-lock.json", _TESTS / "node_modules"
    installed = folder / ".package-lock.json"  # npm writes it last
    npm = shutil.which("npm")
    if npm is None:
        return missing("Node.js is not installed: https://nodejs.org/en/download")
    with packages.open() as locked:
        # One worker at a time, because npm begins by deleting what another has just installed.
        fcntl.flock(locked, fcntl.LOCK_EX)
        if not installed.is_file() or installed.stat().st_mtime < packages.stat().st_mtime:
            command = [npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund"]
            subprocess.run(command, cwd=_TESTS, check=True)
            installed.touch()
    return folder


def missing(what: str) -> NoReturn:
    """Skip the test for what is not there; in CI it fails, where a skip would hide something."""
    if os.environ.get("CI"):
        pytest.fail(what)
    pytest.skip(what)
