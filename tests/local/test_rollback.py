"""`make rollback` against the local AWS."""

import io
import json
import os
import re
import shutil
import subprocess
import zipfile
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import pytest

from scripts.local.deploy import Outputs, deploy
from scripts.local.local_aws import PYTHON, ROOT, LocalAWS
from scripts.local.terraform import ZIP
from tests.deployment import Deployment
from tests.scenarios import ADA


@pytest.fixture
def own_aws() -> Iterator[LocalAWS]:
    """A local AWS for this test, because other tests need the latest version."""
    with LocalAWS() as local:
        yield local


@pytest.fixture
def own_outputs(own_aws: LocalAWS) -> Outputs:
    return deploy(own_aws, ZIP)


def zipped(answer: str) -> bytes:
    """The zip of two functions that return this answer."""
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as file:
        file.writestr("users/__init__.py", "")
        for module in ("post_confirmation", "reconcile"):
            file.writestr(f"users/{module}.py", f"def handler(*_):\n    return {answer!r}\n")
    return archive.getvalue()


@dataclass
class Stack:
    """The deployed stack, and a project whose fake Terraform gives its outputs."""

    aws: LocalAWS
    outputs: Outputs
    project: Path

    def run(
        self, module: str, *arguments: str, stdin: str = "", **variables: str
    ) -> tuple[int, str, str]:
        """Run a script. Gives the exit status, what it printed, and its error messages."""
        result = subprocess.run(
            [PYTHON, "-m", f"scripts.{module}", *arguments],
            cwd=self.project,
            env={
                "PATH": os.environ["PATH"],
                "HOME": str(self.project),
                "AWS_ENDPOINT_URL": self.aws.endpoint_url,
                "AWS_ACCESS_KEY_ID": "test",
                "AWS_SECRET_ACCESS_KEY": "test",
                **variables,
            },
            input=stdin,
            capture_output=True,
            text=True,
            check=False,
        )
        assert "Traceback" not in result.stderr
        return result.returncode, result.stdout, result.stderr

    def alias_arns(self) -> tuple[str, str]:
        return self.outputs.alias_arn, self.outputs.reconcile_alias_arn

    def remember(self, *actions: str) -> None:
        """Do what `make deploy` does first, for a plan with these actions on the aliases."""
        changes = [
            {
                "type": "aws_lambda_alias",
                "change": {"actions": [action], "before": {"name": "live", "arn": arn}},
            }
            for arn, action in zip(self.alias_arns(), actions, strict=True)
        ]
        new = {"type": "aws_lambda_alias", "change": {"actions": ["create"], "before": None}}
        plan = json.dumps({"resource_changes": [*changes, new]})
        assert self.run("remember_live", stdin=plan) == (0, "", "")

    def deploy(self, answer: str) -> None:
        """Deploy a version of both functions that gives this answer."""
        self.remember("update", "update")
        for arn in self.alias_arns():
            self.publish(arn, ZipFile=zipped(answer))

    def publish(self, alias_arn: str, **code: Any) -> None:
        functions, name = self.aws.client("lambda"), alias_arn.split(":")[-2]
        if "ZipFile" in code:
            functions.update_function_code(FunctionName=name, **code)
        else:
            functions.update_function_configuration(FunctionName=name, **code)
        version = functions.publish_version(FunctionName=name)["Version"]
        functions.update_alias(FunctionName=name, Name="live", FunctionVersion=version)

    def serving(self) -> list[str]:
        """The answers of the two functions."""
        functions = self.aws.client("lambda")
        answers = [functions.invoke(FunctionName=arn, Payload=b"{}") for arn in self.alias_arns()]
        return [json.loads(answer["Payload"].read()) for answer in answers]


@pytest.fixture
def stack(own_aws: LocalAWS, own_outputs: Outputs, tmp_path: Path) -> Stack:
    shutil.copytree(ROOT / "scripts", tmp_path / "scripts")
    outputs = {name: {"value": value} for name, value in asdict(own_outputs).items()}
    (tmp_path / "outputs.json").write_text(json.dumps(outputs))
    (tmp_path / "scripts" / "terraform.sh").write_text(
        f"#!/bin/sh\n[ $2 = local ] && exec cat {tmp_path}/outputs.json\necho no $2 >&2\nexit 1\n"
    )
    return Stack(own_aws, own_outputs, tmp_path)


TIME = r"\(\d{4}-\d\d-\d\d \d\d:\d\d UTC\)"


def test_it_switches_to_the_version_that_served_before_the_last_deployment(stack: Stack) -> None:
    stack.deploy("good")
    stack.deploy("bad")
    status, said, _ = stack.run("rollback", "local")
    assert status == 0
    for name in (stack.outputs.function_name, stack.outputs.reconcile_function_name):
        moved = rf"{name}: version 2 {TIME} is live now, instead of version 3 {TIME}\."
        assert re.search(moved, said), said
    assert "make plan ENV=local, then make deploy ENV=local" in said
    assert stack.serving() == ["good", "good"]

    # The version with the previous number is the bad one, so it is not chosen.
    stack.deploy("bad, too")
    assert stack.serving() == ["bad, too"] * 2
    stack.run("rollback", "local")
    assert stack.serving() == ["good", "good"]
    status, said, _ = stack.run("rollback", "local")
    assert status == 0
    assert len(re.findall(rf"version 2 {TIME} is live already\.", said)) == 2


def test_a_function_that_the_last_deployment_did_not_change_is_not_switched(stack: Stack) -> None:
    stack.deploy("good")
    stack.deploy("better")
    stack.remember("update", "no-op")
    stack.publish(stack.outputs.alias_arn, ZipFile=zipped("bad"))
    stack.remember("no-op", "no-op")  # a deployment of something else
    stack.run("rollback", "local")
    assert stack.serving() == ["better", "better"]


def test_with_a_version_number_the_sweep_switches_to_the_matching_version(stack: Stack) -> None:
    stack.deploy("one zip")
    # The sweep gets one more version, so its numbers differ from the trigger's from here on.
    stack.remember("no-op", "update")
    stack.publish(stack.outputs.reconcile_alias_arn, ZipFile=zipped("another zip"))
    stack.deploy("a third zip")
    status, said, _ = stack.run("rollback", "local", "--version", "2")
    assert status == 0
    name = stack.outputs.reconcile_function_name
    assert re.search(rf"{name}: version 2 {TIME} is live now, instead of version 4", said), said
    assert stack.serving() == ["one zip", "one zip"]

    # The same zip, with other settings of both functions.
    for arn in stack.alias_arns():
        configuration = stack.aws.client("lambda").get_function_configuration(FunctionName=arn)
        variables = configuration["Environment"]["Variables"] | {"STORED_ATTRIBUTES": "{}"}
        stack.publish(arn, Environment={"Variables": variables})
    assert "reconcile: version 4 (" in stack.run("rollback", "local", "--version", "3")[1]

    for arn in stack.alias_arns()[:1]:
        stack.publish(arn, ZipFile=zipped("of the trigger alone"))
    said = stack.run("rollback", "local", "--version", "5")[1]
    assert f"{name}: unchanged, because no version of it belongs to that one." in said

    # The first version is the project's own code.
    assert stack.run("rollback", "local", "--version", "1")[0] == 0
    made = Deployment(
        stack.aws.client("cognito-idp"),
        stack.aws.client("dynamodb"),
        stack.aws.client("lambda"),
        asdict(stack.outputs),
    )
    email, sub = made.sign_up(**ADA)
    made.confirm(email)
    assert made.item(sub)


def test_it_says_why_it_cannot_switch(stack: Stack) -> None:
    assert stack.run("rollback", "nowhere") == (1, "", "no nowhere\n")
    nobody = {"AWS_ACCESS_KEY_ID": "", "AWS_SECRET_ACCESS_KEY": ""}
    status, _, said = stack.run("rollback", "local", **nobody)
    assert status == 1
    assert len(said.splitlines()) == 1

    name = stack.outputs.function_name
    status, _, said = stack.run("rollback", "local")
    assert status == 1
    assert said.startswith(f"{name} has no previous version, so nothing was changed.")
    assert re.search(rf"^  version 1 {TIME}$", said, re.MULTILINE)
    for version in ("7", "x", "$LATEST"):
        status, _, said = stack.run("rollback", "local", "--version", version)
        assert status == 1
        assert said.startswith(f"{name} has no version {version}, so nothing was changed.")
        assert said.endswith("make rollback ENV=local VERSION=<number>\n")
