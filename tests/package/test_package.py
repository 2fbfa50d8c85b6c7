"""The zip as built and as Lambda runs it."""

import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Sequence
from pathlib import Path

import pytest

from tests import events

ROOT = Path(__file__).resolve().parents[2]
ZIP = ROOT / "dist" / "function.zip"
ENVIRONMENT = {
    "AWS_DEFAULT_REGION": "eu-west-1",
    "AWS_ACCESS_KEY_ID": "testing",
    "AWS_SECRET_ACCESS_KEY": "testing",
    "TABLE_NAME": "users",
    "AWS_ENDPOINT_URL": "http://127.0.0.1:1",  # nobody listens
    "STORED_ATTRIBUTES": '{"Email": {"sources": ["email"], "type": "S"}}',
}


def copy_project(folder: Path) -> Path:
    """Just what the build reads."""
    shutil.copytree(
        ROOT / "function", folder / "function", ignore=shutil.ignore_patterns("__pycache__")
    )
    (folder / "scripts").mkdir()
    shutil.copy(ROOT / "scripts" / "package.py", folder / "scripts")
    return folder


def build(
    folder: Path, *, prefix: Sequence[str] = (), umask: int = 0o022, **environment: str
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*prefix, sys.executable, folder / "scripts" / "package.py"],
        env=os.environ | environment,
        umask=umask,
        capture_output=True,
        text=True,
        check=False,
    )


def as_another_user() -> list[str]:
    """Runs a command under another user id, where the system lets us."""
    prefix = ["unshare", "--user", "--map-user=4321", "--map-group=4321"]
    allowed = (
        shutil.which("unshare") and not subprocess.run([*prefix, "true"], check=False).returncode
    )
    return prefix if allowed else []


@pytest.fixture(scope="session")
def unpacked(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The zip's content in a folder that cannot be written to, as in Lambda."""
    folder = tmp_path_factory.mktemp("unpacked")
    with zipfile.ZipFile(ZIP) as archive:
        archive.extractall(folder)
    for path in [folder, *folder.rglob("*")]:
        path.chmod(0o555 if path.is_dir() else 0o444)
    return folder


def run(unpacked: Path, code: str, *options: str) -> subprocess.CompletedProcess[str]:
    """`code` in a bare Python 3.13 that sees the standard library and the zip's content alone."""
    path = f"import sys; sys.path.insert(0, {str(unpacked)!r})"
    return subprocess.run(
        [sys.executable, "-I", "-S", *options, "-c", f"{path}\n{code}"],
        env=ENVIRONMENT,
        capture_output=True,
        text=True,
        check=True,
    )


def test_two_builds_give_the_same_bytes(tmp_path: Path) -> None:
    here = copy_project(tmp_path / "here")
    there = copy_project(tmp_path / "somewhere else" / "Ünïcode")
    for path in there.rglob("*"):
        os.utime(path, (1, 1))
        if path.is_file():
            path.chmod(0o600)
    first = build(here)
    second = build(
        there,
        prefix=as_another_user(),
        umask=0o077,
        TZ="Pacific/Kiritimati",
        LC_ALL="C",
        USER="somebody",
        HOME=str(tmp_path),
        PYTHONHASHSEED="42",
    )
    assert first.returncode == second.returncode == 0, first.stderr + second.stderr
    content = (here / "dist" / "function.zip").read_bytes()
    assert content == (there / "dist" / "function.zip").read_bytes() == ZIP.read_bytes()
    assert first.stdout == second.stdout
    assert f"dist/function.zip  {len(content):,} bytes" in first.stdout
    assert hashlib.sha256(content).hexdigest() in first.stdout
    assert list((here / "dist").iterdir()) == [here / "dist" / "function.zip"]


@pytest.mark.parametrize(
    ("file", "content", "message"),
    [
        ("function/requirements.txt", "botocore==1.44.8\n", "make lock"),
        ("function/requirements.txt", "no-such-package==1 --hash=sha256:" + "0" * 64, "pip could"),
        ("function/users/item.py", "def broken(:\n", "does not compile"),
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
    assert result.stderr.startswith("No package was built. ")
    assert message in result.stderr
    assert "Traceback" not in result.stderr
    assert list((folder / "dist").iterdir()) == []


def test_another_python_is_refused(tmp_path: Path) -> None:
    folder = copy_project(tmp_path)
    script = folder / "scripts" / "package.py"
    script.write_text(script.read_text().replace("PYTHON = (3, 13)", "PYTHON = (3, 99)"))
    result = build(folder)
    assert result.returncode == 1
    assert "This needs Python" in result.stderr


def test_the_zip_runs_with_nothing_installed(unpacked: Path) -> None:
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
    assert (line["outcome"], line["error"]) == ("failed", "EndpointConnectionError")
    assert not [file for file in files if "site-packages" in file]
    packages = {Path(file).relative_to(unpacked).parts[0] for file in files if "unpacked" in file}
    assert packages >= {"botocore", "urllib3", "users"}


def test_no_module_is_compiled_at_a_cold_start(unpacked: Path) -> None:
    result = run(unpacked, "import users.post_confirmation", "-v")
    loaded = [line for line in result.stderr.splitlines() if str(unpacked) in line]
    from_byte_code = [line for line in loaded if re.match(r"# code object from '.*\.pyc'", line)]
    from_source = [line for line in loaded if re.match(r"# code object from .*\.py$", line)]
    assert len(from_byte_code) > 50
    assert from_source == []


def test_only_what_the_function_needs_is_in_it() -> None:
    with zipfile.ZipFile(ZIP) as archive:
        names = archive.namelist()
        entries = archive.infolist()
    assert names == sorted(names)
    assert {entry.date_time for entry in entries} == {(1980, 1, 1, 0, 0, 0)}
    assert {entry.external_attr >> 16 for entry in entries} == {0o100644}
    assert "users/post_confirmation.py" in names
    services = {name.split("/")[2] for name in names if name.startswith("botocore/data/")}
    assert {service for service in services if not service.endswith(".json")} == {
        "cognito-idp",
        "dynamodb",
    }
    assert not [name for name in names if ".dist-info" in name or "/tests/" in name]
    assert not [name for name in names if name.endswith(".so")]


def test_the_zip_is_of_the_code_under_test() -> None:
    # The local AWS runs the zip: a stale one would test yesterday's function.
    with zipfile.ZipFile(ZIP) as archive:
        for source in (ROOT / "function").rglob("*.py"):
            assert (
                archive.read(source.relative_to(ROOT / "function").as_posix())
                == source.read_bytes()
            )
