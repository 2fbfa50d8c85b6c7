"""The versions of Terraform, OpenTofu and the AWS provider that each folder requires."""

import re
from pathlib import Path

import pytest

from scripts.local.local_aws import ROOT

TERRAFORM = ROOT / "terraform"
FOLDERS = sorted(path.parent for path in TERRAFORM.rglob("versions.tf"))
# The roots lock their state in S3, which needs a newer Terraform than the modules do.
ROOTS = (TERRAFORM, TERRAFORM / "bootstrap")


def asked(file: Path) -> tuple[str, str]:
    """The required versions of the tool and of the provider."""
    text = file.read_text()
    (tool,) = re.findall(r'required_version = "(.*)"', text)
    (provider,) = re.findall(r'version = "(.*)"', text.partition("required_providers")[2])
    return tool, provider


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda path: str(path.relative_to(ROOT)))
def test_the_required_versions_exclude_those_that_do_not_work(folder: Path) -> None:
    lowest = "1.11" if folder in ROOTS else "1.9"
    provider = ">= 6.30, < 7"  # older ones lack an index's key_schema, or panic on it
    assert asked(folder / "versions.tf") == (f">= {lowest}, != 1.15.0", provider)
    assert asked(folder / "versions.tofu") == (">= 1.10", provider)
