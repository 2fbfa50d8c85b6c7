"""Cognito's PostConfirmation trigger: a record in DynamoDB for every user who confirms."""

import os
from collections.abc import Mapping
from typing import Any

from users import configuration, endpoint
from users.configuration import USERNAME_SOURCE
from users.item import sub_of, to_item
from users.log import log, timestamp
from users.table import Table, WriteError

# https://docs.aws.amazon.com/cognito/latest/developerguide/cognito-user-pools-working-with-lambda-triggers.html
CONFIRM_SIGN_UP = "PostConfirmation_ConfirmSignUp"
# A password reset stores, too: it adds the record of a user whose first write failed.
CONFIRM_FORGOT_PASSWORD = "PostConfirmation_ConfirmForgotPassword"  # noqa: S105 - a trigger's name

# Cognito waits 5 s for the function, its cold start included.
WRITE_SECONDS = 4.0
# What the function needs after the write, to log and to answer.
RESERVED_SECONDS = 0.5

# Cognito shows it to the user, as "PostConfirmation failed with error <message>."
FAILED_MESSAGE = (
    "your account is confirmed and you can sign in, but your profile could not be saved yet"
)

_configuration = configuration.load(os.environ)
_table = Table(_configuration.table_name, endpoint.resolve(_configuration.table_region, os.environ))


class UserNotStoredError(Exception):
    """The user has no record; the message is fit for the user's screen."""

    def __init__(self) -> None:
        super().__init__(FAILED_MESSAGE)


def handler(event: Any, context: Any) -> Any:
    """Store the user of a post-confirmation event, and return the event as it came.

    Logs one line of JSON. Raises UserNotStoredError when a user who confirms a sign-up could not be
    stored. A password reset succeeds in any case, because the password has been changed already.
    An event of another trigger is logged and returned.
    """
    trigger_source = event.get("triggerSource") if isinstance(event, dict) else None
    line: dict[str, Any] = {
        "requestId": getattr(context, "aws_request_id", None),
        "triggerSource": trigger_source if isinstance(trigger_source, str) else None,
    }
    if trigger_source not in (CONFIRM_SIGN_UP, CONFIRM_FORGOT_PASSWORD):
        log("WARN", "ignored", line)
        return event
    if not _store(_attributes(event), line, context) and trigger_source == CONFIRM_SIGN_UP:
        raise UserNotStoredError
    return event


def _store(attributes: Mapping[str, Any], line: dict[str, Any], context: Any) -> bool:
    """Whether the user now has a record; logs `line` with the outcome."""
    line["sub"] = sub = sub_of(attributes)
    if sub is None:
        log("ERROR", "failed", line | {"error": "NoSub"})
        return False
    item, left_out = to_item(sub, attributes, _configuration.stored_attributes, timestamp())
    if left_out:
        line["leftOut"] = [entry._asdict() for entry in left_out]
    try:
        stored = _table.put_if_absent(item, _seconds_to_write(context))
    except WriteError as error:
        log("ERROR", "failed", line | {"error": error.code})
        return False
    log("WARN" if left_out else "INFO", "stored" if stored else "already_stored", line)
    return True


def _seconds_to_write(context: Any) -> float:
    if context is None:
        return WRITE_SECONDS
    remaining: float = context.get_remaining_time_in_millis() / 1000
    return min(WRITE_SECONDS, remaining - RESERVED_SECONDS)


def _attributes(event: Mapping[str, Any]) -> dict[str, Any]:
    """The user's attributes, and the username among them; of an event of any shape.

    https://docs.aws.amazon.com/cognito/latest/developerguide/user-pool-lambda-post-confirmation.html
    """
    request = event.get("request")
    attributes = request.get("userAttributes") if isinstance(request, dict) else None
    if not isinstance(attributes, dict):
        return {}
    return attributes | {USERNAME_SOURCE: event.get("userName")}
