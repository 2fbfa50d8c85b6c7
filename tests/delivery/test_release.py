"""What a release has beside the zip: its sha256 and its list of packages (SBOM)."""

import hashlib
import json
import os
import re
import subprocess
from pathlib import Path

from scripts.local.local_aws import ROOT
from scripts.local.terraform import ZIP

REQUIREMENT = re.compile(r"^([a-z0-9-]+)==([^ ]+) ", re.MULTILINE)
LOCK = (ROOT / "function" / "requirements.txt").read_text()


def bill(path: Path) -> bytes:
    """Write the SBOM as `make sbom` does, but to this path."""
    subprocess.run(
        [
            ROOT / ".venv-audit" / "bin" / "cyclonedx-py",
            *("requirements", "--output-reproducible", "--output-file", path),
            ROOT / "function" / "requirements.txt",
        ],
        check=True,
    )
    return path.read_bytes()


def test_the_sbom_lists_every_package_and_is_the_same_each_time(tmp_path: Path) -> None:
    first = bill(tmp_path / "1.json")
    assert bill(tmp_path / "2.json") == first
    written = json.loads(first)
    assert written["bomFormat"] == "CycloneDX"
    packages = {(one["name"], one["version"]): one for one in written["components"]}
    assert sorted(packages) == sorted(REQUIREMENT.findall(LOCK))
    for (name, version), one in packages.items():
        assert one["purl"].startswith(f"pkg:pypi/{name}@{version}")
        hashes = one["externalReferences"][0]["hashes"]
        assert {entry["content"] for entry in hashes} <= set(re.findall("[0-9a-f]{64}", LOCK))


def packaged(sha256: str) -> subprocess.CompletedProcess[str]:
    script = ROOT / "scripts" / "packaged.sh"
    return subprocess.run([script, sha256], capture_output=True, text=True, check=False)


def test_a_zip_with_another_sum_is_not_deployed() -> None:
    sha256 = hashlib.sha256(ZIP.read_bytes()).hexdigest()
    assert packaged(sha256).returncode == 0
    refused = packaged("0" * 64)
    assert refused.returncode == 1
    assert refused.stderr == (
        f"dist/function.zip is not the zip to deploy: its sha256 is {sha256}, not {'0' * 64}.\n"
    )


def test_publish_creates_a_release_with_the_three_built_files(tmp_path: Path) -> None:
    gh = tmp_path / "gh"
    gh.write_text('#!/bin/sh\nprintf "%s\\n" "$@"\n')
    gh.chmod(0o755)
    path = f"{tmp_path}:{os.environ['PATH']}"

    def publish(*arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            ["make", "publish", *arguments],
            cwd=ROOT,
            env=os.environ | {"PATH": path},
            capture_output=True,
            text=True,
            check=False,
        )

    assert publish("TAG=v1.0.0").stdout.split() == [
        *("release", "create", "v1.0.0"),
        *("dist/function.zip", "dist/function.zip.sha256", "dist/function.cdx.json"),
        *("--verify-tag", "--generate-notes"),
    ]
    refused = publish()
    assert refused.returncode != 0
    assert refused.stderr.startswith("Say which tag: make publish TAG=v1.0.0\n")


def test_a_release_has_every_file_that_the_readme_downloads() -> None:
    readme = (ROOT / "terraform" / "README.md").read_text()
    section = readme.partition("## From another repository")[2].partition("\n## ")[0]
    recipe = (ROOT / "Makefile").read_text().partition("\npublish:")[2].partition("\n\n")[0]
    files = set(re.findall(r"function\.zip[.\w]*", section))
    assert files == {"function.zip", "function.zip.sha256"}
    assert all(f"dist/{file} " in recipe for file in files)


def dry_run(*arguments: str) -> str:
    """The commands that `make` would run."""
    return subprocess.run(
        ["make", "--dry-run", *arguments], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout


def test_plan_does_not_build_a_zip_that_is_given_by_its_sum() -> None:
    commands = dry_run("plan", "ENV=dev", f"PACKAGED={'0' * 64}")
    assert "scripts/packaged.sh" in commands
    assert "scripts.package" not in commands
    assert "scripts.package" in dry_run("plan", "ENV=dev")
    assert "scripts.package" not in dry_run("deploy", "ENV=dev")
