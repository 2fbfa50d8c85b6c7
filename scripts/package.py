"""Build dist/function.zip: the function and its pinned dependencies, byte for byte repeatable.

Run by `make package` with Python 3.13, the function's own version, for it writes byte code.
"""

import hashlib
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
FUNCTION = ROOT / "function"
ZIP = ROOT / "dist" / "function.zip"

PYTHON = (3, 13)
PLATFORM = "manylinux2014_aarch64"  # what Lambda's arm64 runs, whatever machine builds

# Not needed to read a user pool and write to a table.
LEFT_OUT = (
    "*.dist-info/**",
    "bin/**",
    "**/py.typed",
    "**/*.pyi",
    "**/tests/**",
    "botocore/data/**/examples-1.json",
    "botocore/data/**/paginators-1*.json",
    "botocore/data/**/waiters-2.json",
    "dateutil/zoneinfo/*.tar.gz",  # time zones by name
    "urllib3/contrib/emscripten/**",  # urllib3 in a browser
)
BOTOCORE_DATA = Path("botocore", "data")
BOTOCORE_SERVICES = (
    BOTOCORE_DATA / "dynamodb" / "2012-08-10",
    BOTOCORE_DATA / "cognito-idp" / "2016-04-18",
)

ZIP_EPOCH = (1980, 1, 1, 0, 0, 0)  # the first date a zip can hold
ZIP_MODE = 0o100644
ZIP_CREATOR = 3  # Unix, so that the mode counts


class BuildError(Exception):
    """The zip could not be built; the message says why and what to do."""


def build() -> None:
    """Write dist/function.zip.

    Raises BuildError; then there is no zip, not even the one of an earlier build.
    """
    ZIP.unlink(missing_ok=True)
    if sys.version_info[:2] != PYTHON:
        raise BuildError("This needs Python 3.13, the function's version. Use `make package`.")
    ZIP.parent.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".build-", dir=ZIP.parent) as scratch:
        tree = Path(scratch, "tree")
        _install_dependencies(tree)
        _copy_function(tree)
        _prune(tree)
        _compile(tree)
        unfinished = Path(scratch, "function.zip")
        _write_zip(tree, unfinished)
        unfinished.replace(ZIP)


def _install_dependencies(tree: Path) -> None:
    requirements = FUNCTION / "requirements.txt"
    command = [
        *(sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"),
        *("--target", str(tree), "--requirement", str(requirements)),
        *("--require-hashes", "--only-binary=:all:", "--no-deps", "--no-compile"),
        *("--implementation", "cp", "--python-version", "3.13", "--platform", PLATFORM),
    ]
    result = subprocess.run(command, stderr=subprocess.PIPE, text=True, check=False)  # noqa: S603 - no shell, no input from outside
    if result.returncode != 0:
        raise BuildError(
            f"pip could not install {requirements.relative_to(ROOT)}:\n{result.stderr.strip()}\n"
            "Check the network; if a hash is wrong or missing, run `make lock`."
        )


def _copy_function(tree: Path) -> None:
    for source in sorted(FUNCTION.rglob("*.py")):
        copy = tree / source.relative_to(FUNCTION)
        copy.parent.mkdir(parents=True, exist_ok=True)
        copy.write_bytes(source.read_bytes())


def _prune(tree: Path) -> None:
    for path in _files(tree):
        relative = path.relative_to(tree)
        of_other_service = relative.is_relative_to(BOTOCORE_DATA) and relative.parent not in (
            BOTOCORE_DATA,
            *BOTOCORE_SERVICES,
        )
        if of_other_service or any(relative.full_match(pattern) for pattern in LEFT_OUT):
            path.unlink()


def _compile(tree: Path) -> None:
    """Write byte code that holds neither times nor paths of this machine, and needs no check."""
    command = [
        *(sys.executable, "-S", "-m", "compileall", "-q", "-s", str(tree)),
        *("--invalidation-mode", "unchecked-hash", str(tree)),
    ]
    # Nothing of the caller's environment or site packages: both leave traces in byte code.
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
    """All files below `tree`, in an order that does not depend on the file system."""
    return sorted(path for path in tree.rglob("*") if path.is_file())


def main() -> int:
    """Build the zip and print its path, size and sha256; 1 if it could not be built."""
    try:
        build()
    except (BuildError, OSError) as error:
        print(f"No package was built. {error}", file=sys.stderr)
        return 1
    content = ZIP.read_bytes()
    print(f"{ZIP.relative_to(ROOT)}  {len(content):,} bytes")
    print(f"sha256  {hashlib.sha256(content).hexdigest()}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
