"""Terraform in a copy of the project, from which only a local AWS can be reached."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from scripts.local.local_aws import LocalAWS
from scripts.local.terraform import Terraform, TerraformError, scratch_copy
from tests.terraform.project import Project, copy_of_project
from tests.tools import missing


@pytest.fixture
def scratch(aws: LocalAWS) -> Iterator[Terraform]:
    """A copy of the root module for one test."""
    with scratch_copy(aws) as terraform:
        yield terraform


@pytest.fixture(scope="session")
def provider(aws: LocalAWS) -> None:
    """The AWS provider. If it cannot be downloaded, the tests are skipped; in CI they fail."""
    with scratch_copy(aws) as terraform:
        try:
            terraform.run("init")
        except TerraformError:
            missing("no AWS provider; to see why: terraform -chdir=terraform init -backend=false")


@pytest.fixture
def project(aws: LocalAWS, scratch: Terraform, tmp_path: Path) -> Project:
    """The project in a folder with a space and an umlaut, with nothing deployed."""
    return copy_of_project(aws, scratch, tmp_path / "prüf mich")


@pytest.fixture(scope="session")
def state_of_dev(aws: LocalAWS, provider: None, tmp_path_factory: pytest.TempPathFactory) -> Any:
    """Terraform's state of dev, which is deployed once for all tests."""
    with scratch_copy(aws) as terraform:
        project = copy_of_project(aws, terraform, tmp_path_factory.mktemp("dev") / "project")
        project.deploy("dev")
        return project.state("dev")


@pytest.fixture
def deployed_project(project: Project, state_of_dev: Any) -> Project:
    """The project, with dev deployed: the stand-in for the provider creates only the state."""
    project.write_state("dev", state_of_dev)
    return project
