"""Terraform in a copy of the project, with a local AWS as the only one in reach."""

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
    """The AWS provider; where it cannot be downloaded, tests are skipped, but never in CI."""
    with scratch_copy(aws) as terraform:
        try:
            terraform.run("init")
        except TerraformError:
            missing("no AWS provider to be had: terraform -chdir=terraform init -backend=false")
