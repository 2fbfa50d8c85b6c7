"""The variants to compare, each unpacked in a read-only folder, as in Lambda."""

import json
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from scripts.package import SERVICES

ROOT = Path(__file__).resolve().parents[2]
HERE = Path(__file__).parent
ZIP = ROOT / "dist" / "function.zip"
PYTHON = sys._base_executable  # type: ignore[attr-defined] # not the virtual environment's

ENVIRONMENT = {
    "AWS_REGION": "eu-west-1",
    "AWS_DEFAULT_REGION": "eu-west-1",
    "AWS_ACCESS_KEY_ID": "testing",
    "AWS_SECRET_ACCESS_KEY": "testing",
    "AWS_SESSION_TOKEN": "t" * 800,  # about as long as a real one
    "TABLE_NAME": "users",
    "STORED_ATTRIBUTES": json.dumps(
        {
            "Email": {"sources": ["email"], "type": "S"},
            "FirstName": {"sources": ["custom:firstName", "given_name"], "type": "S"},
            "LastName": {"sources": ["custom:lastName", "family_name"], "type": "S"},
        }
    ),
}


class Variant(NamedTuple):
    """A way to do the function's job: how it is started, its folder, and its zip if it has one."""

    name: str
    title: str
    command: Sequence[str]
    environment: Mapping[str, str]
    folder: Path | None = None
    zip: Path | None = None


class MissingToolError(Exception):
    """A tool is not installed; the message says which."""


def prepare(scratch: Path, url: str, root: Path) -> list[Variant]:
    """All variants, built or unpacked below `scratch`, to call `url` and trust `root`.

    Raises MissingToolError.
    """
    node_path, npm = shutil.which("node"), shutil.which("npm")
    if not node_path or not npm:
        raise MissingToolError("Node.js or its npm is not installed: install version 20 or later.")
    environment = ENVIRONMENT | {"AWS_ENDPOINT_URL_DYNAMODB": url}
    python = [PYTHON, "-I", "-B", str(HERE / "runner.py")]
    node = [node_path, str(HERE / "runner.cjs")]
    # Node prints no warnings, because they would cost it time.
    in_node = environment | {"NODE_EXTRA_CA_CERTS": str(root), "NODE_NO_WARNINGS": "1"}
    # Its own roots and the test's, because every variant is to load its own roots.
    ours = _ours(scratch / "ours")
    roots = scratch / "roots.pem"
    roots.write_text((ours / "users" / "amazon_roots.pem").read_text() + root.read_text())
    boto3 = _boto3(scratch / "boto3", root)
    trimmed = _trimmed(scratch / "trimmed", boto3)
    bundle = _bundle(scratch / "node", npm)
    return [
        Variant(
            "ours",
            "this function",
            [*python, str(ours), "users.post_confirmation.handler"],
            environment | {"AWS_CA_BUNDLE": str(roots)},
            ours,
            ZIP,
        ),
        Variant(
            "node",
            "Node 20, SDK v3, esbuild",
            [*node, str(bundle), "handler.handler"],
            in_node,
            bundle,
            _zip(bundle),
        ),
        Variant(
            "trimmed",
            "boto3, two services' data, byte code",
            [*python, str(trimmed), "handler.handler"],
            environment,
            trimmed,
            _zip(trimmed),
        ),
        Variant(
            "boto3",
            "boto3, the usual way (no byte code)",
            [*python, str(boto3), "handler.handler"],
            environment,
            boto3,
            _zip(boto3),
        ),
        Variant("bare_python", "bare Python", [*python, "", ""], environment),
        Variant("bare_node", "bare Node", [*node, "", ""], in_node),
    ]


def _ours(folder: Path) -> Path:
    with zipfile.ZipFile(ZIP) as archive:
        archive.extractall(folder)
    return _read_only(folder)


def _boto3(folder: Path, root: Path) -> Path:
    requirements = str(ROOT / "scripts" / "requirements" / "dev.txt")
    command = [
        *(sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"),
        *("--no-compile", "--target", str(folder), "--constraint", requirements, "boto3"),
    ]
    subprocess.run(command, check=True)
    shutil.copy(HERE / "boto3" / "handler.py", folder)
    with (folder / "botocore" / "cacert.pem").open("a") as bundle:
        bundle.write(root.read_text())
    return _read_only(folder)


def _trimmed(folder: Path, boto3: Path) -> Path:
    """The same SDK, not patched, and as small and quick to load as possible."""
    shutil.copytree(boto3, folder)
    for path in [folder, *folder.rglob("*")]:
        path.chmod(0o755 if path.is_dir() else 0o644)
    for service in (folder / "botocore" / "data").iterdir():
        if service.is_dir() and service.name not in SERVICES:
            shutil.rmtree(service)
    command = [sys.executable, "-m", "compileall", "-q", "--invalidation-mode", "unchecked-hash"]
    subprocess.run([*command, str(folder)], check=True)
    return _read_only(folder)


def _bundle(folder: Path, npm: str) -> Path:
    project = folder.with_name("node_project")
    shutil.copytree(HERE / "node", project, ignore=shutil.ignore_patterns("node_modules"))
    install = [npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]
    subprocess.run(install, cwd=project, check=True, stdout=subprocess.DEVNULL)
    command = [
        *("node_modules/.bin/esbuild", "handler.mjs", "--bundle", "--minify"),
        *("--platform=node", "--target=node20", "--log-level=error"),
        # ES modules, because esbuild leaves unused code out of those only. That makes the bundle a
        # third smaller and its start a fifth faster.
        *("--main-fields=module,main", f"--outfile={folder / 'handler.js'}"),
    ]
    subprocess.run(command, cwd=project, check=True)
    return _read_only(folder)


def _zip(folder: Path) -> Path:
    path = folder.with_suffix(".zip")
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for file in sorted(folder.rglob("*")):
            archive.write(file, file.relative_to(folder))
    return path


def _read_only(folder: Path) -> Path:
    for path in [folder, *folder.rglob("*")]:
        path.chmod(0o555 if path.is_dir() else 0o444)
    return folder
