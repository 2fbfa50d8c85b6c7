"""Builds a user's record, as a DynamoDB item, from the attributes that Cognito has."""

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

from users.configuration import CREATED_AT, PARTITION_KEY, StoredAttribute

if TYPE_CHECKING:  # the stubs are not in the zip
    from mypy_boto3_dynamodb.type_defs import AttributeValueTypeDef

type Item = dict[str, AttributeValueTypeDef]

# https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Constraints.html
MAX_KEY_BYTES = 2048
MAX_ITEM_BYTES = 400 * 1024


class LeftOut(NamedTuple):
    """An attribute that has a value but was not stored, and the reason. It never has the value."""

    attribute: str
    reason: str


class _UnfitError(Exception):
    """A value does not fit its attribute's type. The message is the reason."""


def sub_of(attributes: Mapping[str, Any]) -> str | None:
    """The user's `sub`, or None if it is missing or cannot be a key."""
    sub = attributes.get("sub")
    if not isinstance(sub, str):
        return None
    try:
        return sub if 0 < len(sub.encode()) <= MAX_KEY_BYTES else None
    except UnicodeEncodeError:
        return None


def to_item(
    sub: str,
    attributes: Mapping[str, Any],
    stored_attributes: Iterable[StoredAttribute],
    created_at: str,
) -> tuple[Item, list[LeftOut]]:
    """A user's record, in DynamoDB's wire format, and the attributes that were left out of it.

    `attributes` maps each source to the user's value. An attribute without a value is left out, and
    not reported. An attribute whose value does not fit is left out and reported. A value of any
    type is accepted: none raises an error.
    """
    item: Item = {PARTITION_KEY: {"S": sub}, CREATED_AT: {"S": created_at}}
    size = sum(map(_size, item, item.values()))
    left_out = []
    for attribute in stored_attributes:
        value = _first_value(attributes, attribute.sources)
        if value is None:
            continue
        try:
            typed = _typed(attribute, value)
        except _UnfitError as reason:
            left_out.append(LeftOut(attribute.name, str(reason)))
            continue
        added = _size(attribute.name, typed)
        if size + added > MAX_ITEM_BYTES:
            left_out.append(LeftOut(attribute.name, "the item would be over 400 KB"))
            continue
        item[attribute.name] = typed
        size += added
    return item, left_out


def _first_value(attributes: Mapping[str, Any], sources: Iterable[str]) -> Any:
    """The first value that is neither missing nor empty, or None."""
    for source in sources:
        value = attributes.get(source)
        if value is not None and value != "":
            return value
    return None


def _typed(attribute: StoredAttribute, value: Any) -> "AttributeValueTypeDef":
    if not isinstance(value, str):  # Cognito sends strings only
        raise _UnfitError("not a string")
    if attribute.type == "BOOL":
        return {"BOOL": _boolean(value)}
    if attribute.type == "N":
        from users.number import to_number  # importing decimal would slow each cold start

        try:
            return {"N": to_number(value)}
        except ValueError as error:
            raise _UnfitError(str(error)) from None
    try:
        value.encode()
    except UnicodeEncodeError:
        raise _UnfitError("not valid Unicode") from None
    return {"S": value}


def _boolean(value: str) -> bool:
    lowered = value.lower()
    if lowered not in ("true", "false"):
        raise _UnfitError("neither true nor false")
    return lowered == "true"


def _size(name: str, value: "AttributeValueTypeDef") -> int:
    """How many bytes of the item's limit the attribute takes: its name and its value in UTF-8."""
    (content,) = value.values()
    return len(name.encode()) + (len(content.encode()) if isinstance(content, str) else 1)
