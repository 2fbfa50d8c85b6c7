"""Any event and any configuration have a clear outcome: no lost user, no attribute in a log."""

import contextlib
import io
import json
import string
from types import ModuleType
from typing import Any
from unittest import mock

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests import events
from users import configuration
from users.configuration import ConfigurationError, StoredAttribute, load
from users.item import to_item

pytestmark = pytest.mark.usefixtures("environment")

# A log contains this mark only if it contains an attribute.
MARK = "§"
ANY_TEXT = st.text(st.characters(exclude_categories=()), max_size=300)
MARKED = ANY_TEXT.map(lambda text: f"{MARK}{text}{MARK}")
JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | ANY_TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(ANY_TEXT, inner, max_size=3),
    max_leaves=8,
)
SOURCES = st.sampled_from(sorted(configuration.STANDARD_ATTRIBUTES)) | st.builds(
    "custom:{}".format, st.text(string.ascii_letters, min_size=1, max_size=20)
)
STORED_ATTRIBUTES = st.builds(
    StoredAttribute,
    st.text(string.ascii_letters, min_size=1, max_size=30).filter(
        lambda name: name not in ("UserID", "CreatedAt")
    ),
    st.lists(SOURCES, min_size=1, max_size=3).map(tuple),
    st.sampled_from(["S", "N", "BOOL"]),
)


def call(module: ModuleType, event: Any) -> tuple[str, str]:
    """The outcome of one call, with the table in moto, and all that the call printed."""
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed), contextlib.redirect_stderr(printed):
        try:
            shown = ""
            assert module.handler(event, None) is event
        except module.UserNotStoredError as error:
            shown = str(error)
    assert shown in ("", module.FAILED_MESSAGE)
    (line,) = printed.getvalue().splitlines()
    return json.loads(line)["outcome"], printed.getvalue()


@pytest.mark.usefixtures("dynamodb")
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(event=JSON_VALUES | st.fixed_dictionaries({"triggerSource": JSON_VALUES}))
def test_any_json_that_is_no_known_event_is_ignored(
    post_confirmation: ModuleType, event: Any
) -> None:
    assert call(post_confirmation, event)[0] == "ignored"


@pytest.mark.usefixtures("dynamodb")
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(request=JSON_VALUES, username=JSON_VALUES)
def test_a_confirmation_with_any_request_that_has_no_user_fails_clearly(
    post_confirmation: ModuleType, request: Any, username: Any
) -> None:
    event = events.load("confirm_sign_up") | {"request": request, "userName": username}
    assert call(post_confirmation, event)[0] == "failed"


@pytest.mark.usefixtures("dynamodb")
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(
    attributes=st.dictionaries(
        st.sampled_from(
            ["email", "custom:firstName", "given_name", "custom:age", "custom:newsletter"]
        )
        | ANY_TEXT.filter(lambda name: name != "sub"),
        MARKED | JSON_VALUES,
        max_size=8,
    ),
    sub=st.uuids().map(str),
    username=MARKED,
)
def test_a_user_with_a_sub_is_stored_whatever_other_attributes_they_have(
    post_confirmation: ModuleType, attributes: dict[str, Any], sub: str, username: str
) -> None:
    event = events.load("confirm_sign_up") | {"userName": username}
    event["request"]["userAttributes"] = attributes | {"sub": sub}
    outcome, printed = call(post_confirmation, event)
    assert outcome in ("stored", "already_stored")
    assert MARK not in printed
    assert json.dumps(MARK).strip('"') not in printed


@given(
    stored_attributes=st.lists(STORED_ATTRIBUTES, max_size=6),
    attributes=st.dictionaries(SOURCES, ANY_TEXT | JSON_VALUES, max_size=10),
)
def test_each_attribute_is_stored_or_left_out_or_empty(
    stored_attributes: list[StoredAttribute], attributes: dict[str, Any]
) -> None:
    names = {attribute.name: attribute for attribute in stored_attributes}
    item, left_out = to_item("1", attributes, names.values(), "2026-01-01T00:00:00.000Z")
    assert item.keys() >= {"UserID", "CreatedAt"}
    unfit = {entry.attribute for entry in left_out}
    assert not unfit & item.keys()
    for name, attribute in names.items():
        values = [attributes.get(source) for source in attribute.sources]
        has_value = any(value not in (None, "") for value in values)
        assert has_value == (name in unfit or name in item)
        if name in item:
            assert list(item[name]) == [attribute.type]


@given(text=ANY_TEXT | JSON_VALUES.map(json.dumps))
def test_any_configuration_is_accepted_or_refused_with_a_message(text: str) -> None:
    with mock.patch.dict("os.environ"), contextlib.suppress(ConfigurationError):
        load({"TABLE_NAME": "users", "STORED_ATTRIBUTES": text})
