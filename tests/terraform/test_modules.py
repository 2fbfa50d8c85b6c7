"""Each module without the root, and as its README shows its usage."""

import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from scripts.local.local_aws import ROOT, LocalAWS
from scripts.local.terraform import ZIP, Terraform, scratch_copy

MODULES = {path.name: path for path in sorted((ROOT / "terraform" / "modules").iterdir())}
# How another repository names a module. terraform/README.md shows the same, and
# test_other_repository.py gets the modules this way.
SOURCE = re.compile(
    r"git::https://github\.com/OWNER/NAME\.git//terraform/modules/\w+\?ref=v1\.0\.0"
)
PROVIDER = """
provider "aws" {
  region = "us-east-1"
}
"""


@pytest.fixture
def nowhere(aws: LocalAWS, provider: None, tmp_path: Path) -> Iterator[Terraform]:
    """Terraform in an empty folder outside the project."""
    with scratch_copy(aws) as root:
        yield Terraform(tmp_path, root.environment)


def usage(module: str) -> str:
    """The block of HCL in a module's README, with the module in this repository as its source."""
    (block,) = re.findall(
        r"^```hcl\n(.*?)^```", (MODULES[module] / "README.md").read_text(), re.DOTALL | re.MULTILINE
    )
    local, replaced = SOURCE.subn(rf"./modules/{module}", block)
    assert replaced == 1
    return str(local)


def with_those_it_names(module: str) -> dict[str, str]:
    """The usage of a module, and the usages of all modules whose outputs it needs."""
    found: dict[str, str] = {}
    waiting = {module}
    while waiting:
        name = waiting.pop()
        found[name] = usage(name)
        waiting |= set(re.findall(r"\bmodule\.(\w+)\.", found[name])) - found.keys()
    return found


@pytest.mark.parametrize("module", MODULES)
def test_a_modules_own_tests_pass_outside_the_project(nowhere: Terraform, module: str) -> None:
    shutil.copytree(ROOT / "terraform" / "modules", nowhere.directory, dirs_exist_ok=True)
    alone = Terraform(nowhere.directory / module, nowhere.environment)
    alone.run("init")
    alone.run("validate")
    assert re.search(r"Success! [1-9]\d* passed, 0 failed", alone.run("test"))


@pytest.mark.parametrize("module", MODULES)
def test_the_usage_in_a_modules_readme_can_be_planned(nowhere: Terraform, module: str) -> None:
    blocks = with_those_it_names(module)
    (nowhere.directory / "main.tf").write_text("\n".join([PROVIDER, *blocks.values()]))
    shutil.copytree(ROOT / "terraform" / "modules", nowhere.directory / "modules")
    shutil.copy(ZIP, nowhere.directory)
    nowhere.run("init")
    nowhere.run("validate")
    nowhere.run("plan", "-out=plan")
    planned = nowhere.json("show", "-json", "plan")["resource_changes"]
    made = {
        ".".join(one["module_address"].split(".")[:2])
        for one in planned
        if one["mode"] == "managed"
    }
    assert made == {f"module.{name}" for name in blocks}


@pytest.mark.parametrize("module", MODULES)
def test_the_usage_is_short_and_formatted(nowhere: Terraform, module: str) -> None:
    text = usage(module)
    assert len(text.splitlines()) <= 15
    (nowhere.directory / "main.tf").write_text(text)
    nowhere.run("fmt", "-check", "-diff")
