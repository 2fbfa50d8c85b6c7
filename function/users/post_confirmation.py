"""Cognito's PostConfirmation trigger: a record in DynamoDB for every user who confirms."""

import os
from collections.abc import Mapping
from typing import Any

from users import configuration
from users.configuration import USERNAME_SOURCE
from users.item import sub_of, to_item
from users.log import log, timestamp
from users.table import Table, WriteError

# A reset stores too: it heals a user whose first write failed, and changes nothing otherwise.
# https://docs.aws.amazon.com/cognito/latest/developerguide/cognito-user-pools-working-with-lambda-triggers.html
TRIGGER_SOURCES = (
    "PostConfirmation_ConfirmSignUp",
    "PostConfirmation_ConfirmForgotPassword",
)

# Cognito shows it to the user, as "PostConfirmation failed with error <message>."
FAILED_MESSAGE = (
    "your account is confirmed and you can sign in, but your profile could not be saved yet"
)

_configuration = configuration.load(os.environ)
_table = Table(_configuration.table_name)


class UserNotStoredError(Exception):
    """The user has no record; the message is fit for the user's screen."""

    def __init__(self) -> None:
        super().__init__(FAILED_MESSAGE)


def handler(event: Any, context: Any) -> Any:
    """Store the user of a post-confirmation event, and return the event as it came.

    Logs one line of JSON. Raises UserNotStoredError when the user could not be stored; an event
    of another trigger is logged and returned.
    """
    trigger_source = event.get("triggerSource") if isinstance(event, dict) else None
    line: dict[str, Any] = {
        "requestId": getattr(context, "aws_request_id", None),
        "triggerSource": trigger_source if isinstance(trigger_source, str) else None,
    }
    if trigger_source not in TRIGGER_SOURCES:
        log("WARN", "ignored", line)
        return event
    attributes = _attributes(event)
    line["sub"] = sub = sub_of(attributes)
    if sub is None:
        log("ERROR", "failed", line | {"error": "NoSub"})
        raise UserNotStoredError
    item, left_out = to_item(sub, attributes, _configuration.stored_attributes, timestamp())
    if left_out:
        line["leftOut"] = [entry._asdict() for entry in left_out]
    try:
        stored = _table.put_if_absent(item)
    except WriteError as error:
        log("ERROR", "failed", line | {"error": error.code})
        raise UserNotStoredError from None
    log("WARN" if left_out else "INFO", "stored" if stored else "already_stored", line)
    return event


def _attributes(event: Mapping[str, Any]) -> dict[str, Any]:
    """The user's attributes, and the username among them; of an event of any shape.

    https://docs.aws.amazon.com/cognito/latest/developerguide/user-pool-lambda-post-confirmation.html
    """
    request = event.get("request")
    attributes = request.get("userAttributes") if isinstance(request, dict) else None
    if not isinstance(attributes, dict):
        return {}
    return attributes | {USERNAME_SOURCE: event.get("userName")}
