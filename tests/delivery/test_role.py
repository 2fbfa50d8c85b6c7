"""The role's Terraform in .github/README.md, which teams copy from there."""

import json
import re
import textwrap

from scripts.local.local_aws import ROOT, LocalAWS
from scripts.local.terraform import Terraform, TerraformError, scratch_copy
from tests.tools import missing

BLOCK = re.compile(r"^ +```hcl\n(.*?)^ +```$", re.DOTALL | re.MULTILINE)
README = (ROOT / ".github" / "README.md").read_text()
(ROLE,) = (textwrap.dedent(block) for block in BLOCK.findall(README))
VARIABLES = {
    "repository": "owner/name",
    "environment": "dev",
    "policy_arns": ["arn:aws:iam::aws:policy/job-function/ViewOnlyAccess"],
}


def test_the_role_can_be_planned(aws: LocalAWS) -> None:
    with scratch_copy(aws) as project:
        folder = project.directory.parent / "github"
        folder.mkdir()
        (folder / "main.tf").write_text(ROLE)
        (folder / "terraform.tfvars.json").write_text(json.dumps(VARIABLES))
        terraform = Terraform(folder, project.environment)
        terraform.run("fmt", "-check", "-diff")
        try:
            terraform.run("init")
        except TerraformError:
            missing("no AWS provider to be had: terraform -chdir=terraform init -backend=false")
        terraform.run("validate")
        terraform.run("apply", "-auto-approve")
        state = terraform.json("show", "-json")
    (policy,) = (
        json.loads(resource["values"]["assume_role_policy"])
        for resource in state["values"]["root_module"]["resources"]
        if resource["type"] == "aws_iam_role"
    )
    (statement,) = policy["Statement"]
    assert statement["Condition"]["StringEquals"] == {
        "token.actions.githubusercontent.com:aud": "sts.amazonaws.com",
        "token.actions.githubusercontent.com:sub": "repo:owner/name:environment:dev",
    }
