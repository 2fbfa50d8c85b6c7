"""Cognito's PostConfirmation trigger: a record in DynamoDB for every user who confirms.

If it is also the PostAuthentication trigger, it stores who signs in and has no record.
"""

import functools
import os
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from users import configuration, endpoint
from users.configuration import USERNAME_SOURCE, Configuration, ConfigurationError
from users.item import sub_of, to_item
from users.log import log, timestamp
from users.table import Table, WriteError

# https://docs.aws.amazon.com/cognito/latest/developerguide/cognito-user-pools-working-with-lambda-triggers.html
CONFIRM_SIGN_UP = "PostConfirmation_ConfirmSignUp"
# A password reset stores, too: it adds the record of a user whose first write failed.
CONFIRM_FORGOT_PASSWORD = "PostConfirmation_ConfirmForgotPassword"  # noqa: S105 - a trigger's name
SIGN_IN = "PostAuthentication_Authentication"

# Cognito waits 5 s for the function, its cold start included.
WRITE_SECONDS = 4.0
# A sign-in waits for a record that is there, as a rule.
SIGN_IN_WRITE_SECONDS = 1.0
# What the function needs after the write, to log and to answer.
RESERVED_SECONDS = 0.5

# Cognito shows it to the user, as "PostConfirmation failed with error <message>."
FAILED_MESSAGE = (
    "your account is confirmed and you can sign in, but your profile could not be saved yet"
)


@functools.cache
def _load() -> tuple[Configuration, Table]:
    """What to store and where. Raises ConfigurationError."""
    loaded = configuration.load(os.environ)
    return loaded, Table(loaded.table_name, endpoint.resolve(loaded.table_region, os.environ))


# Lambda gives a function more CPU while it starts. An error comes again in the handler, where it is
# logged and keeps nobody from signing in.
with suppress(Exception):
    _load()


class UserNotStoredError(Exception):
    """The user has no record; the message is fit for the user's screen."""

    def __init__(self) -> None:
        super().__init__(FAILED_MESSAGE)


def handler(event: Any, context: Any) -> Any:
    """Store the user of an event of one of the two triggers, and return the event as it came.

    Logs one line of JSON. Raises UserNotStoredError when a user who confirms a sign-up could not be
    stored. A password reset and a sign-in succeed in any case: the password has been changed
    already, and a missing record is no reason to keep a user out. An event of another trigger is
    logged and returned.
    """
    trigger_source = event.get("triggerSource") if isinstance(event, dict) else None
    line: dict[str, Any] = {
        "requestId": getattr(context, "aws_request_id", None),
        "triggerSource": trigger_source if isinstance(trigger_source, str) else None,
    }
    if trigger_source not in (CONFIRM_SIGN_UP, CONFIRM_FORGOT_PASSWORD, SIGN_IN):
        log("WARN", "ignored", line)
        return event
    line["source"] = "sign_in" if trigger_source == SIGN_IN else "trigger"
    if not _stored(event, line, context) and trigger_source == CONFIRM_SIGN_UP:
        raise UserNotStoredError
    return event


def _stored(event: Mapping[str, Any], line: dict[str, Any], context: Any) -> bool:
    """Whether the user now has a record; logs `line` with the outcome. Never raises."""
    try:
        outcome = _store(event, line, context)
    except WriteError as error:
        failure = {"error": error.code}
    except ConfigurationError as error:
        failure = {"error": "ConfigurationError", "message": str(error)}
    except Exception as error:  # noqa: BLE001 - a fault of ours must keep nobody from signing in
        failure = {"error": type(error).__name__}  # its text may quote an attribute
    else:
        log("WARN" if "leftOut" in line else "INFO", outcome, line)
        return True
    log("ERROR", "failed", line | failure)
    return False


def _store(event: Mapping[str, Any], line: dict[str, Any], context: Any) -> str:
    """Store the user of an event: the outcome. Adds the `sub` and what is left out to `line`.

    Raises WriteError and ConfigurationError.
    """
    attributes = _attributes(event)
    line["sub"] = sub = sub_of(attributes)
    if sub is None:
        raise WriteError("NoSub")
    loaded, table = _load()
    item, left_out = to_item(sub, attributes, loaded.stored_attributes, timestamp())
    if left_out:
        line["leftOut"] = [entry._asdict() for entry in left_out]
    at_most = SIGN_IN_WRITE_SECONDS if line["source"] == "sign_in" else WRITE_SECONDS
    stored = table.put_if_absent(item, _seconds_to_write(context, at_most))
    return "stored" if stored else "already_stored"


def _seconds_to_write(context: Any, at_most: float) -> float:
    if context is None:
        return at_most
    remaining: float = context.get_remaining_time_in_millis() / 1000
    return min(at_most, remaining - RESERVED_SECONDS)


def _attributes(event: Mapping[str, Any]) -> dict[str, Any]:
    """The user's attributes, and the username among them; of an event of any shape.

    https://docs.aws.amazon.com/cognito/latest/developerguide/user-pool-lambda-post-confirmation.html
    """
    request = event.get("request")
    attributes = request.get("userAttributes") if isinstance(request, dict) else None
    if not isinstance(attributes, dict):
        return {}
    return attributes | {USERNAME_SOURCE: event.get("userName")}
