"""How the zip is built, what is in it, and that both functions run with it alone."""

import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import sysconfig
import zipfile
from collections.abc import Sequence
from pathlib import Path

import pytest

from scripts.package import SERVICES
from tests import events
from tests.package.conftest import ENVIRONMENT, ROOT, ZIP


def copy_project(folder: Path) -> Path:
    """Copy what the build reads, and nothing else."""
    shutil.copytree(
        ROOT / "function", folder / "function", ignore=shutil.ignore_patterns("__pycache__")
    )
    (folder / "scripts").mkdir()
    for name in ("__init__", "isolated_pip", "package"):
        shutil.copy(ROOT / "scripts" / f"{name}.py", folder / "scripts")
    shutil.copy(ROOT / ".tool-versions", folder)
    return folder


def build(
    folder: Path, *, prefix: Sequence[str] = (), umask: int = 0o022, **environment: str
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*prefix, sys.executable, "-m", "scripts.package"],
        cwd=folder,
        env=os.environ | environment,
        umask=umask,
        capture_output=True,
        text=True,
        check=False,
    )


def as_another_user() -> list[str]:
    """The words before a command that run it under another user id, where the system allows it."""
    prefix = ["unshare", "--user", "--map-user=4321", "--map-group=4321"]
    allowed = (
        shutil.which("unshare") and not subprocess.run([*prefix, "true"], check=False).returncode
    )
    return prefix if allowed else []


def run(unpacked: Path, code: str, *options: str) -> subprocess.CompletedProcess[str]:
    """Run `code` in a Python that finds only the standard library and the zip's content."""
    path = f"import sys; sys.path.insert(0, {str(unpacked)!r})"
    return subprocess.run(
        [sys.executable, "-I", "-S", *options, "-c", f"{path}\n{code}"],
        env=ENVIRONMENT,
        capture_output=True,
        text=True,
        check=True,
    )


@pytest.fixture(scope="module")
def elsewhere(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The project in another folder, with other times and permissions, for another Python."""
    folder = copy_project(tmp_path_factory.mktemp("build") / "somewhere else" / "Ünïcode")
    (folder / ".tool-versions").write_text("python 3.13.99\n")
    for path in folder.rglob("*"):
        os.utime(path, (1, 1))
        if path.is_file():
            path.chmod(0o600)
    return folder


@pytest.fixture(scope="module")
def built_elsewhere(elsewhere: Path) -> list[str]:
    """What a build there prints, run by another user with another language and time zone."""
    result = build(
        elsewhere,
        prefix=as_another_user(),
        umask=0o077,
        TZ="Pacific/Kiritimati",
        LC_ALL="C",
        USER="somebody",
        HOME=str(elsewhere),
        PYTHONHASHSEED="42",
    )
    assert result.returncode == 0, result.stderr
    return result.stdout.splitlines()


def test_another_machine_builds_the_same_bytes(elsewhere: Path, built_elsewhere: list[str]) -> None:
    (archive,) = (elsewhere / "dist").iterdir()
    content = ZIP.read_bytes()
    assert archive.read_bytes() == content
    assert built_elsewhere[:2] == [
        f"dist/function.zip  {len(content):,} bytes",
        f"sha256  {hashlib.sha256(content).hexdigest()}",
    ]


def test_the_build_says_when_another_python_builds_other_bytes(built_elsewhere: list[str]) -> None:
    running = ".".join(map(str, sys.version_info[:3]))
    line = built_elsewhere[2]
    assert line.startswith(f"Built with Python {running}. ")
    assert "its bytes differ from those that Python 3.13.99 (.tool-versions) builds" in line


@pytest.mark.parametrize(
    ("file", "content", "message"),
    [
        ("function/requirements.txt", "botocore==1.44.8\n", "pip could not"),
        (
            "function/requirements.txt",
            "no-such-package==1 --hash=sha256:" + "0" * 64,
            "pip could not",
        ),
        ("function/users/reconcile.py", "def broken(:\n", "does not compile"),
    ],
)
def test_a_failed_build_leaves_no_zip_not_even_an_old_one(
    tmp_path: Path, file: str, content: str, message: str
) -> None:
    folder = copy_project(tmp_path)
    (folder / "dist").mkdir()
    (folder / "dist" / "function.zip").write_bytes(b"an old one")
    (folder / file).write_text(content)
    result = build(folder, PIP_RETRIES="0")
    assert result.returncode == 1
    assert result.stderr.startswith("The zip was not built. ")
    assert message in result.stderr
    assert "Traceback" not in result.stderr
    assert list((folder / "dist").iterdir()) == []


def test_the_build_refuses_another_python(tmp_path: Path) -> None:
    folder = copy_project(tmp_path)
    script = folder / "scripts" / "package.py"
    script.write_text(script.read_text().replace("PYTHON = (3, 13)", "PYTHON = (3, 99)"))
    result = build(folder)
    assert result.returncode == 1
    assert "This needs Python" in result.stderr


def test_the_trigger_imports_only_the_standard_library_and_our_own_modules(unpacked: Path) -> None:
    event = json.dumps(events.load("confirm_sign_up"))
    result = run(
        unpacked,
        "import json\n"
        "from users.post_confirmation import UserNotStoredError, handler\n"
        "try:\n"
        f"    handler(json.loads({event!r}), None)\n"
        "except UserNotStoredError:\n"
        "    files = {getattr(module, '__file__', None) for module in sys.modules.values()}\n"
        "    print(json.dumps(sorted(filter(None, files))))\n",
    )
    line, files = map(json.loads, result.stdout.splitlines())
    assert (line["outcome"], line["error"]) == ("failed", "ConnectionRefusedError")
    library = sysconfig.get_path("stdlib")
    others = {file for file in files if not file.startswith(library) or "site-packages" in file}
    assert {Path(file).relative_to(unpacked).parts[0] for file in others} == {"users"}


def test_the_sweep_runs_with_nothing_installed(unpacked: Path) -> None:
    result = run(
        unpacked,
        "import boto3\n"
        "from users import calls, reconcile\n"
        "try:\n"
        "    reconcile.handler({}, None)\n"
        "except calls.CallError as error:\n"
        "    print(error.code, boto3.__file__)\n",
    )
    error, file = result.stdout.split()
    assert error == "EndpointConnectionError"
    assert Path(file).is_relative_to(unpacked)


def test_a_cold_start_loads_our_modules_from_byte_code(unpacked: Path) -> None:
    result = run(unpacked, "import users.post_confirmation", "-v")
    loaded = [line for line in result.stderr.splitlines() if str(unpacked) in line]
    from_byte_code = [line for line in loaded if re.match(r"# code object from '.*\.pyc'", line)]
    from_source = [line for line in loaded if re.match(r"# code object from .*\.py$", line)]
    assert len(from_byte_code) > 5
    assert from_source == []


def test_the_zip_has_nothing_unnecessary_in_it() -> None:
    with zipfile.ZipFile(ZIP) as archive:
        names = archive.namelist()
        entries = archive.infolist()
    assert names == sorted(names)
    assert {entry.date_time for entry in entries} == {(1980, 1, 1, 0, 0, 0)}
    assert {entry.external_attr >> 16 for entry in entries} == {0o100644}
    services = {name.split("/")[2] for name in names if name.startswith("botocore/data/")}
    assert {service for service in services if not service.endswith(".json")} == set(SERVICES)
    assert not [name for name in names if ".dist-info" in name or name.startswith("bin/")]
    assert not [name for name in names if name.endswith(".so")]
    # The SDK has no byte code, as pip installs it.
    assert {name.split("/")[0] for name in names if name.endswith(".pyc")} == {"users"}


def test_the_zip_has_the_code_of_this_checkout() -> None:
    # The tests in the local AWS would otherwise test an old function.
    with zipfile.ZipFile(ZIP) as archive:
        for source in (ROOT / "function" / "users").glob("*.p*"):
            assert archive.read(f"users/{source.name}") == source.read_bytes()
