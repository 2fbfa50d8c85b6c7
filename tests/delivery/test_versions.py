"""The versions of Terraform, OpenTofu and the AWS provider that each folder asks for."""

import re
from pathlib import Path

import pytest

from scripts.local.local_aws import ROOT

TERRAFORM = ROOT / "terraform"
FOLDERS = sorted(path.parent for path in TERRAFORM.rglob("versions.tf"))
# The roots keep their state in S3 with its own lock, which is younger than what the modules need.
ROOTS = (TERRAFORM, TERRAFORM / "bootstrap")


def asked(file: Path) -> tuple[str, str]:
    """The versions of the tool and of the provider."""
    text = file.read_text()
    (tool,) = re.findall(r'required_version = "(.*)"', text)
    (provider,) = re.findall(r'version = "(.*)"', text.partition("required_providers")[2])
    return tool, provider


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda path: str(path.relative_to(ROOT)))
def test_versions_that_are_known_not_to_work_are_not_asked_for(folder: Path) -> None:
    lowest = "1.11" if folder in ROOTS else "1.9"
    provider = ">= 6.30, < 7"  # before, key_schema of an index is missing or makes it panic
    assert asked(folder / "versions.tf") == (f">= {lowest}, != 1.15.0", provider)
    assert asked(folder / "versions.tofu") == (">= 1.10", provider)
