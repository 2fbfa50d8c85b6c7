"""Every machine, shell and user setting gives the same build."""

import base64
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from scripts.local.local_aws import ROOT
from scripts.local.terraform import ZIP
from tests.tools import project_files


@pytest.mark.parametrize("script", project_files("*.sh", ".ci/run"))
def test_a_shell_script_uses_nothing_beyond_posix(script: str) -> None:
    # With this first line shellcheck refuses what only some shells have. The bash 3.2 of macOS, and
    # dash, can then run the script, too.
    assert (ROOT / script).read_text().startswith("#!/bin/sh\n")
    shellcheck = ROOT / ".venv" / "bin" / "shellcheck"
    result = subprocess.run(
        [shellcheck, ROOT / script], capture_output=True, text=True, check=False
    )
    assert result.returncode == 0, result.stdout


def test_make_runs_recipes_in_sh() -> None:
    assert re.search(r"^SHELL\b", (ROOT / "Makefile").read_text(), re.MULTILINE) is None


def test_a_checkout_on_windows_has_unix_line_ends(tmp_path: Path) -> None:
    windows = ["-c", "core.autocrlf=true", "-c", "core.eol=crlf"]
    repository = tmp_path / "repository"
    shutil.copytree(ROOT / "scripts", repository / "scripts", ignore=_no_caches)
    shutil.copytree(ROOT / "function", repository / "function", ignore=_no_caches)
    shutil.copy(ROOT / ".gitattributes", repository)
    for command in (["init", "--quiet"], ["add", "--all"]):
        subprocess.run(["git", *command], cwd=repository, check=True)
    checkout = tmp_path / "checkout"
    subprocess.run(
        ["git", *windows, "checkout-index", "--all", f"--prefix={checkout}/"],
        cwd=repository,
        check=True,
    )
    files = [path for path in checkout.rglob("*") if path.is_file()]
    assert files
    assert [path for path in files if b"\r\n" in path.read_bytes()] == []


_no_caches = shutil.ignore_patterns("__pycache__")


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A copy of what the build reads, in a folder with a space and an umlaut."""
    folder = tmp_path / "prüf mich"
    for name in ("function", "scripts"):
        shutil.copytree(ROOT / name, folder / name, ignore=_no_caches)
    for name in ("Makefile", ".tool-versions"):
        shutil.copy(ROOT / name, folder)
    for name in (".venv-audit", ".venv-local"):
        (folder / name).symlink_to(ROOT / name)
    return folder


PIP_CONF = """
[global]
quiet = 3
dry-run = true
prefix = /nonexistent
[install]
user = true
no-binary = :all:
"""


def test_the_callers_settings_for_pip_python_and_the_shell_do_not_change_a_release(
    project: Path, tmp_path: Path
) -> None:
    # Nothing is newer than the Python environments, so make does not renew them.
    for path in project.rglob("requirements/*.txt"):
        os.utime(path, (1, 1))
    (tmp_path / "pip.conf").write_text(PIP_CONF)
    subprocess.run(
        ["make", "release"],
        cwd=project,
        env=os.environ
        | {
            "CDPATH": str(tmp_path),
            "PIP_CONFIG_FILE": str(tmp_path / "pip.conf"),
            "PIP_DRY_RUN": "1",
            "PIP_PREFIX": "/nonexistent",
            "PIP_REQUIREMENT": "/nonexistent",
            "PIP_USER": "1",
            "PYTHONINSPECT": "1",
            "PYTHONOPTIMIZE": "2",
            "PYTHONPATH": "/nonexistent",
            "PYTHONSAFEPATH": "1",
            "PYTHONWARNINGS": "error",
        },
        stdin=subprocess.DEVNULL,
        check=True,
    )
    built = (project / "dist" / ZIP.name).read_bytes()
    assert built == ZIP.read_bytes()
    sums = (project / "dist" / "function.zip.sha256").read_text()
    assert sums == f"{hashlib.sha256(built).hexdigest()}  function.zip\n"
    assert json.loads((project / "dist" / "function.cdx.json").read_text())["components"]


@pytest.fixture
def index(tmp_path: Path) -> Path:
    """A caller's package index: a folder with one wheel."""
    folder = tmp_path / "my index"
    folder.mkdir()
    with zipfile.ZipFile(folder / "thing-1-py3-none-any.whl", "w") as wheel:
        info = "thing-1.dist-info"
        files = {
            "thing.py": "",
            f"{info}/METADATA": "Metadata-Version: 2.1\nName: thing\nVersion: 1\n",
            f"{info}/WHEEL": "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
        }
        record = ""
        for name, content in files.items():
            digest = hashlib.sha256(content.encode()).digest()
            digest64 = base64.urlsafe_b64encode(digest).decode().rstrip("=")
            record += f"{name},sha256={digest64},{len(content)}\n"
            wheel.writestr(name, content)
        wheel.writestr(f"{info}/RECORD", record + f"{info}/RECORD,,\n")
    return folder


def install(folder: Path, sha256: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Install the index's wheel, pinned with this hash, into a folder."""
    (folder / "requirements.txt").write_text(f"thing==1 --hash=sha256:{sha256}\n")
    call = "from scripts.isolated_pip import install; import sys; install(*sys.argv[1:])"
    mine = {name: value for name, value in os.environ.items() if not name.startswith("PIP_")}
    return subprocess.run(
        [sys.executable, "-c", call, folder / "requirements.txt", "--target", folder / "target"],
        cwd=ROOT,
        env=mine | environment,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize("place", ["environment", "file", "user's file"])
def test_the_callers_package_index_is_used(tmp_path: Path, index: Path, place: str) -> None:
    settings = {"PIP_NO_INDEX": "1", "PIP_FIND_LINKS": index.as_uri()}
    if place != "environment":
        settings = {"PIP_CONFIG_FILE": str(tmp_path / "pip.conf")}
        file = tmp_path / "pip.conf"
        if place == "user's file":
            settings = {"HOME": str(tmp_path), "XDG_CONFIG_HOME": str(tmp_path)}
            file = tmp_path / "pip" / "pip.conf"
            file.parent.mkdir()
        # The section of the command has priority over the section [global].
        other = f"{PIP_CONF}no-index = true\nfind-links = {index.as_uri()}\n"
        file.write_text(other.replace("[install]", "find-links = /nonexistent\n[install]"))
    (wheel,) = index.iterdir()
    result = install(tmp_path, hashlib.sha256(wheel.read_bytes()).hexdigest(), **settings)
    assert result.returncode == 0, result.stderr
    assert (tmp_path / "target" / "thing.py").is_file()


def test_a_package_with_another_hash_is_refused_and_the_message_warns_of_it(
    tmp_path: Path, index: Path
) -> None:
    settings = {"PIP_NO_INDEX": "1", "PIP_FIND_LINKS": index.as_uri()}
    result = install(tmp_path, "0" * 64, **settings)
    assert result.returncode == 1
    assert "the package index serves another file than the pinned one" in result.stderr
    assert "make lock" not in result.stderr
    assert not (tmp_path / "target" / "thing.py").exists()
