"""Reads from the environment variables what the functions store, and where."""

import json
import math
import re
from collections.abc import Mapping
from typing import Any, Literal, NamedTuple, cast, get_args

AttributeType = Literal["S", "N", "BOOL"]

# The functions write these two themselves, so the configuration cannot use their names.
PARTITION_KEY = "UserID"
CREATED_AT = "CreatedAt"

USERNAME_SOURCE = "cognito:username"
# Only a sweep learns from Cognito when a user signed up. The trigger does not.
CREATE_DATE_SOURCE = "cognito:user_create_date"
CUSTOM_PREFIX = "custom:"

# https://docs.aws.amazon.com/cognito/latest/developerguide/user-pool-settings-attributes.html
STANDARD_ATTRIBUTES = frozenset(
    {
        "address",
        "birthdate",
        "email",
        "email_verified",
        "family_name",
        "gender",
        "given_name",
        "locale",
        "middle_name",
        "name",
        "nickname",
        "phone_number",
        "phone_number_verified",
        "picture",
        "preferred_username",
        "profile",
        "sub",
        "updated_at",
        "website",
        "zoneinfo",
    }
)


# https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_PutItem.html
_TABLE = re.compile(
    r"(arn:[a-z0-9-]+:dynamodb:(?P<region>[a-z0-9-]+):[0-9]{12}:table/)?[A-Za-z0-9_.-]{3,255}"
)


class ConfigurationError(Exception):
    """An environment variable is missing or wrong. The message says which, and what is allowed."""


class StoredAttribute(NamedTuple):
    """One attribute of a record: its name, the Cognito attributes it comes from, and its type."""

    name: str
    sources: tuple[str, ...]
    type: AttributeType


class Configuration(NamedTuple):
    """The table to write to, and the attributes to store besides the two fixed ones.

    `table_name` is the table's ARN or its name. `table_region` is the Region in the ARN; it is None
    for a name.
    """

    table_name: str
    table_region: str | None
    stored_attributes: tuple[StoredAttribute, ...]


class Sweep(NamedTuple):
    """The settings of a sweep.

    `pages_per_second` limits how many pages of the user pool the sweep reads in a second.
    `update_records` says whether the sweep updates a record when the user's attributes changed.
    """

    user_pool_id: str
    pages_per_second: float
    update_records: bool


def load_sweep(environment: Mapping[str, str]) -> Sweep:
    """Read `USER_POOL_ID`, `PAGES_PER_SECOND` and `UPDATE_RECORDS` from `environment`.

    `UPDATE_RECORDS` is false if it is missing. Raises ConfigurationError if another one is missing,
    or if one is wrong.
    """
    user_pool_id = environment.get("USER_POOL_ID", "")
    if not user_pool_id:
        raise ConfigurationError("USER_POOL_ID is not set: set it to the id of the user pool.")
    try:
        pages_per_second = float(environment.get("PAGES_PER_SECOND", ""))
    except ValueError:
        pages_per_second = 0
    if not (1 <= pages_per_second < math.inf):
        raise ConfigurationError("PAGES_PER_SECOND must be set to at least 1, for example to 15.")
    update_records = environment.get("UPDATE_RECORDS", "false")
    if update_records not in ("true", "false"):
        raise ConfigurationError("UPDATE_RECORDS must be set to true or false.")
    return Sweep(user_pool_id, pages_per_second, update_records == "true")


def load(environment: Mapping[str, str]) -> Configuration:
    """Read `TABLE_NAME` and `STORED_ATTRIBUTES` from `environment`.

    `STORED_ATTRIBUTES` is a JSON object. Its keys are the names of the record's attributes. A value
    looks like `{"sources": ["custom:firstName", "given_name"], "type": "S"}`; the type is S, N or
    BOOL.

    Raises ConfigurationError if one of the two is missing or malformed.
    """
    table_name = environment.get("TABLE_NAME", "")
    if not table_name:
        raise ConfigurationError("TABLE_NAME is not set: set it to the DynamoDB table's ARN.")
    table = _TABLE.fullmatch(table_name)
    if not table:
        raise ConfigurationError(
            "TABLE_NAME must be the DynamoDB table's ARN, such as "
            "arn:aws:dynamodb:eu-west-1:123456789012:table/users, or its name."
        )
    text = environment.get("STORED_ATTRIBUTES", "")
    if not text:
        raise ConfigurationError(
            "STORED_ATTRIBUTES is not set: set it to a JSON object, for example "
            '{"Email": {"sources": ["email"], "type": "S"}}.'
        )
    try:
        entries = json.loads(text, object_pairs_hook=_unique_keys)
    except (ValueError, RecursionError) as error:
        raise ConfigurationError(f"STORED_ATTRIBUTES is not valid JSON: {error}.") from None
    if not isinstance(entries, dict):
        raise ConfigurationError("STORED_ATTRIBUTES must be a JSON object.")
    return Configuration(
        table_name,
        table["region"],
        tuple(_stored_attribute(*entry) for entry in entries.items()),
    )


def _unique_keys(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    entries = dict(pairs)
    if len(entries) != len(pairs):
        raise ValueError("a key is given twice")
    return entries


def _stored_attribute(name: str, entry: Any) -> StoredAttribute:
    where = f"STORED_ATTRIBUTES, {json.dumps(name)}"
    if not name or name in (PARTITION_KEY, CREATED_AT) or not _is_text(name):
        raise ConfigurationError(
            f"{where}: an attribute needs a name other than {PARTITION_KEY} and {CREATED_AT}, "
            "because the function writes these two itself."
        )
    if not isinstance(entry, dict) or entry.keys() != {"sources", "type"}:
        raise ConfigurationError(f'{where}: must be an object with only "sources" and "type".')
    sources, attribute_type = entry["sources"], entry["type"]
    if not isinstance(sources, list) or not sources:
        raise ConfigurationError(f'{where}: "sources" must be a list with at least one attribute.')
    for source in sources:
        if not _is_source(source):
            raise ConfigurationError(
                f"{where}: {json.dumps(source)} is not a source. Use a standard Cognito attribute "
                f'such as "given_name", a custom one such as "custom:firstName", '
                f'"{USERNAME_SOURCE}" or "{CREATE_DATE_SOURCE}".'
            )
    if attribute_type not in get_args(AttributeType):
        raise ConfigurationError(
            f'{where}: "type" must be one of {", ".join(get_args(AttributeType))}.'
        )
    return StoredAttribute(name, tuple(sources), cast("AttributeType", attribute_type))


def _is_source(source: Any) -> bool:
    return isinstance(source, str) and (
        source in STANDARD_ATTRIBUTES
        or source in (USERNAME_SOURCE, CREATE_DATE_SOURCE)
        or (source.startswith(CUSTOM_PREFIX) and source != CUSTOM_PREFIX)
    )


def _is_text(value: str) -> bool:
    """Whether DynamoDB can store it. DynamoDB uses UTF-8, which has no lone surrogates."""
    return not any("\ud800" <= character <= "\udfff" for character in value)
