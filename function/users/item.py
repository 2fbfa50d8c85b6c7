"""From the attributes Cognito has of a user to the item DynamoDB stores."""

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
    """An attribute that was not stored although it has a value, and why; never the value."""

    attribute: str
    reason: str


class _UnfitError(Exception):
    """A value does not fit its attribute's type; the message is the reason."""


def sub_of(attributes: Mapping[str, Any]) -> str | None:
    """The user's `sub`, or None when there is none that can be a key."""
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
    """The item for one user, in DynamoDB's wire format, and what could not be stored of it.

    `attributes` has a value for each source that the user has. An attribute without a value is
    left out silently, one whose value does not fit is left out and reported. Never raises for a
    value, of whatever type it is.
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
    """The first source that is neither missing nor empty, else None."""
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
    """Bytes the attribute counts towards the item's limit: its name and value in UTF-8."""
    (content,) = value.values()
    return len(name.encode()) + (len(content.encode()) if isinstance(content, str) else 1)
