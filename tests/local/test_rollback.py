"""`make rollback` against the local AWS."""

import io
import json
import os
import shutil
import subprocess
import zipfile
from collections.abc import Iterator
from dataclasses import asdict
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
    """A local AWS in which no other test counts on the latest version."""
    with LocalAWS() as local:
        yield local


@pytest.fixture
def own_outputs(own_aws: LocalAWS) -> Outputs:
    return deploy(own_aws, ZIP)


def publish(aws: LocalAWS, outputs: Outputs, answer: str) -> None:
    """Deploy a version that does nothing but give this answer."""
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as file:
        file.writestr("users/__init__.py", "")
        file.writestr("users/post_confirmation.py", f"def handler(*_):\n    return {answer!r}\n")
    functions, name = aws.client("lambda"), outputs.function_name
    version = functions.update_function_code(
        FunctionName=name, ZipFile=archive.getvalue(), Publish=True
    )["Version"]
    functions.update_alias(FunctionName=name, Name="live", FunctionVersion=version)


def invoke(aws: LocalAWS, outputs: Outputs) -> Any:
    answer = aws.client("lambda").invoke(FunctionName=outputs.alias_arn, Payload=b"{}")
    return json.loads(answer["Payload"].read())


@pytest.fixture
def roll_back(own_aws: LocalAWS, own_outputs: Outputs, tmp_path: Path) -> Any:
    """`make rollback`: the exit status, what was printed, and what was said of errors."""
    shutil.copytree(ROOT / "scripts", tmp_path / "scripts")
    outputs = {name: {"value": value} for name, value in asdict(own_outputs).items()}
    (tmp_path / "outputs.json").write_text(json.dumps(outputs))
    (tmp_path / "scripts" / "terraform.sh").write_text(
        f"#!/bin/sh\n[ $2 = local ] && exec cat {tmp_path}/outputs.json\necho no $2 >&2\nexit 1\n"
    )

    def run(environment: str, **variables: str) -> tuple[int, str, str]:
        result = subprocess.run(
            [PYTHON, "-m", "scripts.rollback", environment],
            cwd=tmp_path,
            env={
                "PATH": os.environ["PATH"],
                "HOME": str(tmp_path),
                "AWS_ENDPOINT_URL": own_aws.endpoint_url,
                "AWS_ACCESS_KEY_ID": "test",
                "AWS_SECRET_ACCESS_KEY": "test",
                **variables,
            },
            capture_output=True,
            text=True,
            check=False,
        )
        assert "Traceback" not in result.stderr
        return result.returncode, result.stdout, result.stderr

    return run


def test_the_version_before_takes_the_calls_until_there_is_none(
    own_aws: LocalAWS, own_outputs: Outputs, roll_back: Any
) -> None:
    publish(own_aws, own_outputs, "second")
    publish(own_aws, own_outputs, "third")
    assert invoke(own_aws, own_outputs) == "third"

    status, said, _ = roll_back("local")
    assert status == 0
    name = own_outputs.function_name
    assert said.startswith(f"{name}: version 2 takes the calls now, instead of 3.\n")
    assert "make plan ENV=local, then make deploy ENV=local" in said
    assert invoke(own_aws, own_outputs) == "second"

    assert "version 1 takes the calls now, instead of 2." in roll_back("local")[1]
    made = Deployment(
        own_aws.client("cognito-idp"),
        own_aws.client("dynamodb"),
        own_aws.client("lambda"),
        asdict(own_outputs),
    )
    email, sub = made.sign_up(**ADA)
    made.confirm(email)
    assert made.item(sub)

    assert roll_back("local") == (
        1,
        "",
        f"{name} runs version 1, and there is none before it, so nothing was changed.\n",
    )
    versions = own_aws.client("lambda").list_versions_by_function(FunctionName=name)["Versions"]
    assert [one["Version"] for one in versions] == ["$LATEST", "1", "2", "3"]


def test_what_hinders_it_is_told(roll_back: Any) -> None:
    assert roll_back("") == (1, "", "Say which environment: make rollback ENV=prod\n")
    assert roll_back("nowhere") == (1, "", "no nowhere\n")
    status, _, said = roll_back("local", AWS_ACCESS_KEY_ID="", AWS_SECRET_ACCESS_KEY="")
    assert status == 1
    assert len(said.splitlines()) == 1
