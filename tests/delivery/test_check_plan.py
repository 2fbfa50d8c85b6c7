"""scripts/check_plan.py, which refuses plans: each here is a part of what Terraform prints."""

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
    """Check a plan; what is said of it, nothing if it is good."""

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
def test_an_attribute_that_terraform_would_drop_is_named(
    check: Any, values: dict[str, Any], said: str
) -> None:
    message = check(variables(**values), "--new")
    assert f"\n  {said}" in message
    assert message.endswith("and plan again: make plan ENV=dev\n")


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


def test_the_attributes_of_a_list_of_objects_are_looked_at() -> None:
    declared = check_plan._Each({"name": None})
    assert list(check_plan._unknown("x", [{"name": 1}, {"nme": 1}], declared)) == [
        "x has no attribute nme, only name."
    ]


def pool(before: list[dict[str, Any]], after: list[dict[str, Any]] | None) -> dict[str, Any]:
    """A plan that updates a pool's custom attributes; None: to what is not known yet."""
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
def test_a_custom_attribute_that_cognito_would_keep_is_named(
    check: Any, after: list[dict[str, Any]], said: str
) -> None:
    message = check(pool([attribute("age")], after), "--new")
    assert message.splitlines()[1] == f"  {said}"
    assert "Undo that in custom_attributes." in message


@pytest.mark.parametrize(
    "after",
    [[attribute("age")], [attribute("age"), attribute("name")], None],
    ids=["the same", "one more", "not known yet"],
)
def test_custom_attributes_may_be_added(check: Any, after: Any) -> None:
    assert check(pool([attribute("age")], after), "--new") == ""


def functions(**values: Any) -> dict[str, Any]:
    """A plan with a function in a module's module, and one of which nothing is known yet."""
    known = {"type": "aws_lambda_function", "values": values}
    unknown = {"type": "aws_lambda_function"}
    child = {"child_modules": [{"resources": [known, unknown]}]}
    return {"planned_values": {"root_module": {"child_modules": [child]}}}


def test_the_zip_is_the_one_planned_with(check: Any, tmp_path: Path) -> None:
    archive = tmp_path / "function.zip"
    archive.write_bytes(b"code")
    digest = base64.b64encode(hashlib.sha256(b"code").digest()).decode()
    plan = functions(filename=str(archive), source_code_hash=digest)
    assert check(plan, "--same-zip") == ""
    archive.write_bytes(b"other")
    assert check(plan, "--same-zip").startswith("function.zip is not the zip that was planned with")
    archive.unlink()
    assert check(plan, "--same-zip").startswith("function.zip is not the zip that was planned with")


def test_a_zip_in_s3_is_not_looked_at(check: Any) -> None:
    assert check(functions(filename=None, s3_key="function.zip"), "--same-zip") == ""


def test_without_a_plan_terraform_has_said_why(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO(""))
    monkeypatch.setattr(sys, "argv", ["check_plan.py", "--environment", "dev", "--new"])
    assert check_plan.main() == 1
    assert capsys.readouterr().err == ""
