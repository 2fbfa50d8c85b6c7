"""Tools that tests need and this project does not install. Without one, its tests are skipped.

In CI they fail instead, because a skip would hide that nothing was tested.
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
    """The path of Chromium."""
    for name in _CHROMIUM:
        if path := shutil.which(name):
            return path
    return missing("Chromium is not installed; on Debian: apt-get install chromium")


@functools.cache
def npm_packages() -> Path:
    """The folder with the packages of tests/package-lock.json; installs them if needed."""
    packages, folder = _TESTS / "package-lock.json", _TESTS / "node_modules"
    installed = folder / ".package-lock.json"  # npm writes it last
    npm = shutil.which("npm")
    if npm is None:
        return missing("Node.js is not installed: https://nodejs.org/en/download")
    with packages.open() as locked:
        # One worker at a time, because npm first deletes what another worker has installed.
        fcntl.flock(locked, fcntl.LOCK_EX)
        if not installed.is_file() or installed.stat().st_mtime < packages.stat().st_mtime:
            command = [npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund"]
            subprocess.run(command, cwd=_TESTS, check=True)
            installed.touch()
    return folder


def project_files(*patterns: str) -> list[str]:
    """The paths of the project's files, from its root; those that git ignores are left out."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard", *patterns],
        cwd=_TESTS.parent,
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    ).stdout
    # A deleted file is listed until the deletion is committed.
    return [name for name in listed.split("\0") if name and (_TESTS.parent / name).is_file()]


def missing(what: str) -> NoReturn:
    """Skip the test with this reason; in CI, fail it."""
    if os.environ.get("CI"):
        pytest.fail(what)
    pytest.skip(what)
