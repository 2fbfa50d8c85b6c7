import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from users.configuration import (
    STANDARD_ATTRIBUTES,
    Configuration,
    ConfigurationError,
    StoredAttribute,
    Sweep,
    load,
    load_sweep,
)

ROOT = Path(__file__).resolve().parents[2]
FUNCTION = ROOT / "function"
EMAIL = {"sources": ["email"], "type": "S"}


def load_stored_attributes(value: Any) -> Configuration:
    text = value if isinstance(value, str) else json.dumps(value)
    return load({"TABLE_NAME": "users", "STORED_ATTRIBUTES": text})


def test_terraform_and_the_function_accept_the_same_standard_attributes() -> None:
    file = ROOT / "terraform" / "modules" / "cognito" / "standard_attributes.json"
    assert set(json.loads(file.read_text())) == STANDARD_ATTRIBUTES


def test_the_configuration_has_the_table_and_the_attributes_in_order() -> None:
    configuration = load_stored_attributes(
        {
            "FirstName": {"sources": ["custom:firstName", "given_name"], "type": "S"},
            "Age": {"sources": ["custom:age"], "type": "N"},
            "Active": {"sources": ["email_verified"], "type": "BOOL"},
            "Login": {"sources": ["cognito:username"], "type": "S"},
            "SignedUpAt": {"sources": ["cognito:user_create_date"], "type": "S"},
        }
    )
    assert configuration == Configuration(
        "users",
        None,
        (
            StoredAttribute("FirstName", ("custom:firstName", "given_name"), "S"),
            StoredAttribute("Age", ("custom:age",), "N"),
            StoredAttribute("Active", ("email_verified",), "BOOL"),
            StoredAttribute("Login", ("cognito:username",), "S"),
            StoredAttribute("SignedUpAt", ("cognito:user_create_date",), "S"),
        ),
    )


def test_no_stored_attributes_are_accepted() -> None:
    assert load_stored_attributes({}).stored_attributes == ()


@pytest.mark.parametrize(
    ("table_name", "region"),
    [
        ("users", None),
        ("arn:aws:dynamodb:eu-west-3:123456789012:table/users", "eu-west-3"),
        ("arn:aws-us-gov:dynamodb:us-gov-west-1:123456789012:table/a.b-c_d", "us-gov-west-1"),
    ],
)
def test_the_table_may_be_a_name_or_an_arn(table_name: str, region: str | None) -> None:
    found = load({"TABLE_NAME": table_name, "STORED_ATTRIBUTES": "{}"})
    assert (found.table_name, found.table_region) == (table_name, region)


@pytest.mark.parametrize(
    "table_name",
    [
        "us",
        "users table",
        "arn:aws:dynamodb:eu-west-3:123456789012:table/users/index/Email",
        "arn:aws:s3:::users",
        "arn:aws:dynamodb:eu-west-3:1234:table/users",
    ],
)
def test_any_other_form_of_table_is_refused(table_name: str) -> None:
    with pytest.raises(ConfigurationError, match="TABLE_NAME must be the DynamoDB table's ARN"):
        load({"TABLE_NAME": table_name, "STORED_ATTRIBUTES": "{}"})


@pytest.mark.parametrize("name", ["TABLE_NAME", "STORED_ATTRIBUTES"])
def test_a_missing_or_empty_variable_is_refused(name: str) -> None:
    complete = {"TABLE_NAME": "users", "STORED_ATTRIBUTES": "{}"}
    without = {other: value for other, value in complete.items() if other != name}
    for environment in (without, complete | {name: ""}):
        with pytest.raises(ConfigurationError, match=f"{name} is not set: set it to"):
            load(environment)


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ("{", "not valid JSON"),
        ("[" * 100_000, "not valid JSON"),
        ('{"Email": {}, "Email": {}}', "given twice"),
        ([], "must be a JSON object"),
        ("null", "must be a JSON object"),
        ({"": EMAIL}, "needs a name"),
        ({"UserID": EMAIL}, "other than UserID and CreatedAt"),
        ({"CreatedAt": EMAIL}, "other than UserID and CreatedAt"),
        ({"\ud800": EMAIL}, "needs a name"),
        ({"Email": "email"}, 'only "sources" and "type"'),
        ({"Email": {"sources": ["email"]}}, 'only "sources" and "type"'),
        ({"Email": EMAIL | {"source": "email"}}, 'only "sources" and "type"'),
        ({"Email": {"sources": [], "type": "S"}}, "at least one"),
        ({"Email": {"sources": "email", "type": "S"}}, "at least one"),
        ({"Email": {"sources": ["emial"], "type": "S"}}, '"emial" is not a source'),
        ({"Email": {"sources": [1], "type": "S"}}, "1 is not a source"),
        ({"Email": {"sources": ["custom:"], "type": "S"}}, '"custom:" is not a source'),
        ({"Email": {"sources": ["cognito:user_status"], "type": "S"}}, "is not a source"),
        ({"Email": {"sources": ["email"], "type": "s"}}, "one of S, N, BOOL"),
        ({"Email": {"sources": ["email"], "type": ["S"]}}, "one of S, N, BOOL"),
    ],
)
def test_a_wrong_stored_attribute_is_refused_and_the_message_says_why(
    value: Any, message: str
) -> None:
    with pytest.raises(ConfigurationError, match=message):
        load_stored_attributes(value)


SWEEP = {"USER_POOL_ID": "eu-west-1_a", "PAGES_PER_SECOND": "2.5"}


@pytest.mark.parametrize(
    ("more", "update_records"),
    [({}, False), ({"UPDATE_RECORDS": "false"}, False), ({"UPDATE_RECORDS": "true"}, True)],
)
def test_a_sweep_has_a_pool_a_rate_and_perhaps_updates(
    more: dict[str, str], update_records: bool
) -> None:
    assert load_sweep(SWEEP | more) == Sweep("eu-west-1_a", 2.5, update_records)


@pytest.mark.parametrize("text", ["", "True", "1", "yes"])
def test_update_records_must_be_true_or_false(text: str) -> None:
    with pytest.raises(ConfigurationError, match="UPDATE_RECORDS must be set to true or false"):
        load_sweep(SWEEP | {"UPDATE_RECORDS": text})


@pytest.mark.parametrize("rate", ["", "0", "0.5", "-1", "nan", "inf", "fast"])
def test_a_rate_below_1_or_not_a_number_is_refused(rate: str) -> None:
    with pytest.raises(ConfigurationError, match="PAGES_PER_SECOND must be set to at least 1"):
        load_sweep({"USER_POOL_ID": "eu-west-1_a", "PAGES_PER_SECOND": rate})


def test_a_sweep_without_a_pool_is_refused() -> None:
    with pytest.raises(ConfigurationError, match="USER_POOL_ID is not set"):
        load_sweep({"PAGES_PER_SECOND": "1"})


@pytest.mark.parametrize(("module", "fails"), [("reconcile", True), ("post_confirmation", False)])
def test_a_wrong_configuration_fails_the_import_of_the_sweep_but_not_of_the_trigger(
    module: str, fails: bool
) -> None:
    result = subprocess.run(
        [sys.executable, "-c", f"import users.{module}"],
        env=os.environ | {"PYTHONPATH": str(FUNCTION), "STORED_ATTRIBUTES": "no"},
        capture_output=True,
        text=True,
        check=False,
    )
    message = "ConfigurationError: STORED_ATTRIBUTES is not valid JSON"
    assert (result.returncode != 0) == (message in result.stderr) == fails
