from typing import Any

import pytest

from users.configuration import AttributeType, StoredAttribute
from users.item import MAX_ITEM_BYTES, LeftOut, sub_of, to_item

SUB = "5b0a7c1e-2f4d-4c0b-9a53-6d1d5f3f8a10"
CREATED_AT = "2026-11-25T10:20:30.456Z"
KEYS = {"UserID": {"S": SUB}, "CreatedAt": {"S": CREATED_AT}}


def mapped(
    attributes: dict[str, Any], *stored_attributes: StoredAttribute
) -> tuple[Any, list[LeftOut]]:
    item, left_out = to_item(SUB, attributes, stored_attributes, CREATED_AT)
    for name, value in KEYS.items():
        assert item.pop(name) == value
    return item, left_out


def one(value: Any, attribute_type: AttributeType) -> tuple[Any, list[LeftOut]]:
    return mapped({"custom:x": value}, StoredAttribute("X", ("custom:x",), attribute_type))


@pytest.mark.parametrize(
    ("attributes", "expected"),
    [
        ({"custom:firstName": "Ada", "given_name": "Augusta"}, {"FirstName": {"S": "Ada"}}),
        ({"custom:firstName": "", "given_name": "Augusta"}, {"FirstName": {"S": "Augusta"}}),
        ({"custom:firstName": None, "given_name": "Augusta"}, {"FirstName": {"S": "Augusta"}}),
        ({"given_name": "Augusta"}, {"FirstName": {"S": "Augusta"}}),
        ({"given_name": ""}, {}),
        ({}, {}),
    ],
)
def test_the_first_source_with_a_value_wins(attributes: dict[str, Any], expected: Any) -> None:
    first_name = StoredAttribute("FirstName", ("custom:firstName", "given_name"), "S")
    assert mapped(attributes, first_name) == (expected, [])


def test_only_configured_attributes_are_stored() -> None:
    assert mapped({"email": "ada@example.com", "phone_number": "+15555550100"}) == ({}, [])


@pytest.mark.parametrize(
    ("value", "stored"),
    [
        ("42", "42"),
        ("-0", "0"),
        ("0e-500", "0"),
        ("+1.50", "1.50"),
        ("007", "7"),
        (".5", "0.5"),
        ("5.", "5"),
        ("1e3", "1E+3"),
        ("9" * 38, "9" * 38),
        ("1" + "0" * 60, "1." + "0" * 37 + "E+60"),
        ("9." + "9" * 37 + "e125", "9." + "9" * 37 + "E+125"),
        ("-1e-130", "-1E-130"),
    ],
)
def test_a_number_is_stored_as_dynamodb_writes_it(value: str, stored: str) -> None:
    assert one(value, "N") == ({"X": {"N": stored}}, [])


@pytest.mark.parametrize(
    "value",
    ["forty-two", "NaN", "-Infinity", "1_000", "1,5", "0x10", " 42", "4 2", "٤٢", "--1", ".", "e5"],
)
def test_a_value_that_is_not_a_number_is_left_out(value: str) -> None:
    assert one(value, "N") == ({}, [LeftOut("X", "not a number")])


@pytest.mark.parametrize(
    "value",
    ["1" * 39, "0." + "1" * 39, "1e126", "1e-131", "1e" + "9" * 400, "1e-" + "9" * 400, "1" * 2048],
)
def test_a_number_that_dynamodb_cannot_hold_is_left_out(value: str) -> None:
    reason = "beyond DynamoDB's 38 digits or its range"
    assert one(value, "N") == ({}, [LeftOut("X", reason)])


@pytest.mark.parametrize(
    ("value", "stored"), [("true", True), ("false", False), ("True", True), ("FALSE", False)]
)
def test_true_and_false_are_stored_in_any_case_of_letters(value: str, stored: bool) -> None:
    assert one(value, "BOOL") == ({"X": {"BOOL": stored}}, [])


@pytest.mark.parametrize("value", ["yes", "1", "tru", " true"])
def test_a_value_that_is_not_a_boolean_is_left_out(value: str) -> None:
    assert one(value, "BOOL") == ({}, [LeftOut("X", "neither true nor false")])


@pytest.mark.parametrize("value", ["x" * 2048, "Zoë 李 👩‍👩‍👧 \u0000 \u202e", " ", "<b>'\";--"])
def test_any_text_is_stored_as_it_is(value: str) -> None:
    assert one(value, "S") == ({"X": {"S": value}}, [])


@pytest.mark.parametrize("value", ["\ud800", "a\udfffb"])
def test_a_text_with_a_lone_surrogate_is_left_out(value: str) -> None:
    assert one(value, "S") == ({}, [LeftOut("X", "not valid Unicode")])


@pytest.mark.parametrize("attribute_type", ["S", "N", "BOOL"])
@pytest.mark.parametrize("value", [0, 1.5, True, ["a"], {"a": 1}])
def test_a_value_that_is_not_a_string_is_left_out(
    value: Any, attribute_type: AttributeType
) -> None:
    assert one(value, attribute_type) == ({}, [LeftOut("X", "not a string")])


def test_the_other_attributes_of_a_user_with_a_bad_one_are_stored() -> None:
    item, left_out = mapped(
        {"custom:age": "old", "email": "ada@example.com"},
        StoredAttribute("Age", ("custom:age",), "N"),
        StoredAttribute("Email", ("email",), "S"),
    )
    assert item == {"Email": {"S": "ada@example.com"}}
    assert [entry.attribute for entry in left_out] == ["Age"]


def test_an_item_stays_within_dynamodbs_400_kb() -> None:
    stored_attributes = [StoredAttribute(f"A{i:03}", (f"custom:{i}",), "S") for i in range(60)]
    attributes = {f"custom:{i}": "👩" * 2048 for i in range(60)}
    item, left_out = mapped(attributes, *stored_attributes)
    size = sum(len(name) + len(value["S"].encode()) for name, value in (item | KEYS).items())
    assert MAX_ITEM_BYTES - 8200 < size <= MAX_ITEM_BYTES
    assert len(item) + len(left_out) == 60
    assert {entry.reason for entry in left_out} == {"the item would be over 400 KB"}


@pytest.mark.parametrize("sub", [SUB, "x" * 2048])
def test_a_sub_that_can_be_a_key_is_taken(sub: str) -> None:
    assert sub_of({"sub": sub}) == sub


@pytest.mark.parametrize("sub", ["", None, 7, ["1"], "\ud800", "x" * 2049])
def test_a_sub_that_cannot_be_a_key_counts_as_none(sub: Any) -> None:
    assert sub_of({"sub": sub}) is None
    assert sub_of({}) is None
