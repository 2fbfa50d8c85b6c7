"""`make package`: builds dist/function.zip from the functions and their pinned packages.

The same sources give the same bytes. It needs Python 3.13, because the zip has byte code, which
must be for the functions' version of Python.
"""

import hashlib
import platform
import shutil
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

from scripts import isolated_pip

ROOT = Path(__file__).resolve().parent.parent
FUNCTION = ROOT / "function"
ZIP = ROOT / "dist" / "function.zip"

# The services that the sweep calls. The zip leaves out the data of all others, which is 16 MB.
SERVICES = ("cognito-idp", "dynamodb")

PYTHON = (3, 13)
PLATFORM = "manylinux2014_aarch64"  # Lambda's arm64, on whatever machine the zip is built

ZIP_EPOCH = (1980, 1, 1, 0, 0, 0)  # the first date a zip can hold
ZIP_MODE = 0o100644
ZIP_CREATOR = 3  # Unix, because only then the mode has a meaning


class BuildError(Exception):
    """The zip could not be built. The message says why, and what to do."""


def build() -> None:
    """Write dist/function.zip.

    Raises BuildError and PipError. Then there is no zip, not even that of an earlier build.
    """
    ZIP.unlink(missing_ok=True)
    if sys.version_info[:2] != PYTHON:
        raise BuildError("This needs Python 3.13, the functions' version. Run: make package")
    ZIP.parent.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".build-", dir=ZIP.parent) as scratch:
        tree = Path(scratch, "tree")
        _copy_function(tree)
        _compile(tree / "users")  # before the download, because it fails sooner
        _install_dependencies(tree)
        _leave_out(tree)
        unfinished = Path(scratch, "function.zip")
        _write_zip(tree, unfinished)
        unfinished.replace(ZIP)


def _install_dependencies(tree: Path) -> None:
    isolated_pip.install(
        FUNCTION / "requirements.txt",
        *("--target", str(tree), "--only-binary=:all:", "--no-compile"),
        *("--implementation", "cp", "--python-version", "3.13", "--platform", PLATFORM),
    )


def _leave_out(tree: Path) -> None:
    """Delete what no function reads: the data of other services, and what only installers use."""
    for folder in (tree / "botocore" / "data").iterdir():
        if folder.is_dir() and folder.name not in SERVICES:
            shutil.rmtree(folder)
    for folder in (*tree.glob("*.dist-info"), *tree.glob("bin")):
        shutil.rmtree(folder)


def _copy_function(tree: Path) -> None:
    shutil.copytree(
        FUNCTION / "users", tree / "users", ignore=shutil.ignore_patterns("__pycache__", ".*")
    )


def _compile(folder: Path) -> None:
    """Write byte code without times or paths of this machine, which Python loads unchecked."""
    command = [
        *(sys.executable, "-S", "-m", "compileall", "-q", "-s", str(folder.parent)),
        *("--invalidation-mode", "unchecked-hash", str(folder)),
    ]
    # Not the caller's environment variables or site packages, because both can change byte code.
    environment = {"PYTHONHASHSEED": "0", "LC_ALL": "C.UTF-8"}
    result = subprocess.run(command, capture_output=True, text=True, env=environment, check=False)  # noqa: S603 - no shell, no input from outside
    if result.returncode != 0:
        raise BuildError(f"The Python code does not compile:\n{result.stdout.strip()}")


def _write_zip(tree: Path, path: Path) -> None:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for file in _files(tree):
            entry = zipfile.ZipInfo(file.relative_to(tree).as_posix(), ZIP_EPOCH)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.create_system = ZIP_CREATOR
            entry.external_attr = ZIP_MODE << 16
            archive.writestr(entry, file.read_bytes())


def _files(tree: Path) -> list[Path]:
    """All files below `tree`, in the same order on every machine."""
    return sorted(path for path in tree.rglob("*") if path.is_file())


def main() -> int:
    """Build the zip, and print its path, size and sha256; 1 if it could not be built."""
    try:
        build()
    except (BuildError, isolated_pip.PipError, OSError) as error:
        print(f"The zip was not built. {error}", file=sys.stderr)
        return 1
    content = ZIP.read_bytes()
    print(f"{ZIP.relative_to(ROOT)}  {len(content):,} bytes")
    print(f"sha256  {hashlib.sha256(content).hexdigest()}")
    exact, running = _exact_python(), platform.python_version()
    if running != exact:
        print(
            f"Built with Python {running}. The zip works, but its bytes differ from those that "
            f"Python {exact} (.tool-versions) builds. So a plan shows a change of the functions if "
            "what is deployed was built with that version."
        )
    return 0


def _exact_python() -> str:
    """The version of Python in .tool-versions, such as 3.13.0."""
    tools = dict(line.split() for line in (ROOT / ".tool-versions").read_text().splitlines())
    return tools["python"]


if __name__ == "__main__":
    sys.exit(main())
