"""Each command in each document is run by a test or by CI, or says that it needs an account."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from scripts.local.local_aws import ROOT
from tests.tools import project_files

TARGETS = set(re.findall(r"^([a-z][a-z0-9-]*):", (ROOT / "Makefile").read_text(), re.MULTILINE))
CI = (ROOT / ".ci" / "run").read_text()
ACCOUNT = "needs an account"
# tests/clients/test_clients.py runs the commands of this document.
RUN_BY_CLIENTS = ROOT / "tests" / "clients" / "README.md"
# Other tests run these commands.
RUN_BY_TESTS = {
    "make bootstrap ENV=dev": "tests/terraform/test_backend.py, in the local AWS",
    "make plan ENV=dev": "tests/terraform/test_backend.py, in the local AWS",
    "make deploy ENV=dev": "tests/terraform/test_backend.py, in the local AWS",
}
# tests/terraform/test_commands.py runs the commands in README.md that begin so.
TERRAFORM_ALONE = "terraform -chdir=terraform "


every_document = pytest.mark.parametrize(
    "document",
    [ROOT / name for name in project_files("*.md")],
    ids=lambda path: str(path.relative_to(ROOT)),
)


def commands(document: Path) -> Iterator[tuple[str, str]]:
    """The commands in blocks of shell, each with the comment before it."""
    for block in re.findall(
        r"^ *```sh\n(.*?)^ *```", document.read_text(), re.DOTALL | re.MULTILINE
    ):
        comment = ""
        for line in block.splitlines():
            if line.strip().startswith("#"):
                comment = line.lower()
            elif line.strip():
                yield line.strip(), comment
                comment = ""


@every_document
def test_each_command_is_run_or_needs_an_account(document: Path) -> None:
    for command, comment in commands(document):
        is_run = (
            document == RUN_BY_CLIENTS
            or command.startswith("export ")
            or command in RUN_BY_TESTS
            or (document == ROOT / "README.md" and command.startswith(TERRAFORM_ALONE))
            or f"\n{command}\n" in CI
        )
        assert is_run or ACCOUNT in comment, command


@every_document
def test_each_make_target_in_a_document_exists(document: Path) -> None:
    named = set(re.findall(r"`make ([a-z][a-z0-9-]*)", document.read_text()))
    assert named <= TARGETS


@every_document
def test_each_link_to_a_file_leads_to_one(document: Path) -> None:
    for link in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", document.read_text()):
        if link.startswith("../../actions/"):  # a page of GitHub beside the repository's files
            continue
        assert (document.parent / link.replace("\n", " ")).exists(), link


def sections(document: Path) -> set[str]:
    """The anchors that GitHub gives to the headings of a document."""
    text = re.sub(r"```.*?```", "", document.read_text(), flags=re.DOTALL)
    headings = re.findall(r"^#+ (.*)$", text, re.MULTILINE)
    return {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}


@every_document
def test_each_link_to_a_section_leads_to_one(document: Path) -> None:
    for path, anchor in re.findall(r"\]\(([^)#:]*)#([^)]*)\)", document.read_text()):
        assert anchor in sections(document.parent / path if path else document), anchor
