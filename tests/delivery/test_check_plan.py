"""scripts/check_plan.py, which refuses plans. The plans here are parts of what Terraform prints."""

import base64
import hashlib
import io
import json
import sys
from pathlib import Path
from typing import Any

import pytest

from scripts import check_plan

POOL = "module.cognito.aws_cognito_user_pool.this"
LIMITS = [{"min_length": "0", "max_length": "2048"}]


@pytest.fixture
def check(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Any:
    """Checks a plan and gives the error; empty if the plan is accepted."""

    def checked(plan: dict[str, Any], *options: str) -> str:
        monkeypatch.setattr("sys.stdin", io.StringIO(json.dumps(plan)))
        monkeypatch.setattr(sys, "argv", ["check_plan.py", "--environment", "dev", *options])
        status = check_plan.main()
        said = capsys.readouterr().err
        assert status == (1 if said else 0)
        return said

    return checked


def variables(**values: Any) -> dict[str, Any]:
    return {"variables": {name: {"value": value} for name, value in values.items()}}


@pytest.mark.parametrize(
    ("values", "said"),
    [
        (
            {"sweep": {"schedule": False}},
            "sweep has no attribute schedule, only pages_per_second, ",
        ),
        (
            {"stored_attributes": {"Email": {"source": ["email"]}}},
            "stored_attributes.Email has no attribute source, only sources, type.",
        ),
        (
            {"function": {"s3_object": {"bucket": "a", "key": "b", "version": "c", "etag": "d"}}},
            "function.s3_object has no attribute etag, only bucket, key, version.",
        ),
        (
            {"clients": {"web": {"callback_url": "https://example.com"}}},
            "clients.web has no attribute callback_url, only ",
        ),
    ],
    ids=["object", "map", "nested", "client"],
)
def test_an_attribute_that_terraform_would_ignore_is_refused(
    check: Any, values: dict[str, Any], said: str
) -> None:
    message = check(variables(**values), "--new")
    assert f"\n  {said}" in message
    assert message.endswith("then plan again: make plan ENV=dev\n")


def test_attributes_that_exist_are_accepted(check: Any) -> None:
    plan = variables(
        alarms={"email_addresses": ["a@example.com"]},
        allowed_account_ids=["123456789012"],
        region="us-east-1",
        stored_attributes={"Email": {"sources": ["email"], "type": "S"}},
        function={"s3_object": None, "memory_size": 1024},
        table={},
    )
    assert check(plan, "--new") == ""


def test_the_attributes_in_a_list_of_objects_are_checked() -> None:
    declared = check_plan._Each({"name": None})
    assert list(check_plan._unknown("x", [{"name": 1}, {"nme": 1}], declared)) == [
        "x has no attribute nme, only name."
    ]


def pool(before: list[dict[str, Any]], after: list[dict[str, Any]] | None) -> dict[str, Any]:
    """A plan that updates a pool's custom attributes. None stands for values not known yet."""
    change = {
        "actions": ["update"],
        "before": {"schema": before},
        "after": {} if after is None else {"schema": after},
    }
    resource = {"address": POOL, "type": "aws_cognito_user_pool", "change": change}
    return {"resource_changes": [resource]}


def attribute(name: str, **values: Any) -> dict[str, Any]:
    return {
        "name": name,
        "attribute_data_type": "String",
        "mutable": True,
        "number_attribute_constraints": [],
        "string_attribute_constraints": LIMITS,
    } | values


@pytest.mark.parametrize(
    ("after", "said"),
    [
        ([], "age would be removed."),
        (
            [attribute("age", string_attribute_constraints=[LIMITS[0] | {"max_length": "100"}])],
            "age would change: max_length from 2048 to 100.",
        ),
        ([attribute("age", mutable=False)], "age would change: mutable from true to false."),
        (
            [attribute("age", attribute_data_type="Boolean", string_attribute_constraints=[])],
            (
                "age would change: attribute_data_type from String to Boolean, "
                "max_length from 2048 to none, min_length from 0 to none."
            ),
        ),
    ],
    ids=["removed", "limit", "mutable", "type"],
)
def test_a_change_of_a_custom_attribute_that_cognito_cannot_make_is_refused(
    check: Any, after: list[dict[str, Any]], said: str
) -> None:
    message = check(pool([attribute("age")], after), "--new")
    assert message.splitlines()[1] == f"  {said}"
    assert "Undo that change in custom_attributes." in message


@pytest.mark.parametrize(
    "after",
    [[attribute("age")], [attribute("age"), attribute("name")], None],
    ids=["the same", "one more", "not known yet"],
)
def test_custom_attributes_may_be_added(check: Any, after: Any) -> None:
    assert check(pool([attribute("age")], after), "--new") == ""


def functions(**values: Any) -> dict[str, Any]:
    """A plan with two functions in a nested module; nothing is known yet of the second."""
    known = {"type": "aws_lambda_function", "values": values}
    unknown = {"type": "aws_lambda_function"}
    child = {"child_modules": [{"resources": [known, unknown]}]}
    return {"planned_values": {"root_module": {"child_modules": [child]}}}


def test_another_zip_than_the_planned_one_is_refused(check: Any, tmp_path: Path) -> None:
    archive = tmp_path / "function.zip"
    archive.write_bytes(b"code")
    digest = base64.b64encode(hashlib.sha256(b"code").digest()).decode()
    plan = functions(filename=str(archive), source_code_hash=digest)
    assert check(plan, "--same-zip") == ""
    archive.write_bytes(b"other")
    assert check(plan, "--same-zip").startswith("function.zip has changed since the plan was made")
    archive.unlink()
    assert check(plan, "--same-zip").startswith("function.zip has changed since the plan was made")


def test_a_zip_in_s3_is_not_checked(check: Any) -> None:
    assert check(functions(filename=None, s3_key="function.zip"), "--same-zip") == ""
