"""Terraform in a copy of the project, from which only a local AWS can be reached."""

from collections.abc import Iterator

import pytest

from scripts.local.local_aws import LocalAWS
from scripts.local.terraform import Terraform, TerraformError, scratch_copy
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
            missing("no AWS provider to be had: terraform -chdir=terraform init -backend=false")
