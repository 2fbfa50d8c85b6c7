"""The trigger: Cognito calls it when a user confirms, and it stores the user's record.

As the PostAuthentication trigger, which is an option, it adds a missing record at a sign-in.
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
# A password reset also stores the user, because the write at the confirmation may have failed.
CONFIRM_FORGOT_PASSWORD = "PostConfirmation_ConfirmForgotPassword"  # noqa: S105 - a trigger's name
SIGN_IN = "PostAuthentication_Authentication"

# Cognito waits 5 s for the function, including its cold start.
WRITE_SECONDS = 4.0
# A sign-in should not wait long, because the record is usually there already.
SIGN_IN_WRITE_SECONDS = 1.0
# The time that the function needs after the write, to log and to answer.
RESERVED_SECONDS = 0.5

# Cognito shows this to the user, as "PostConfirmation failed with error <message>."
FAILED_MESSAGE = (
    "your account is confirmed and you can sign in, but your profile could not be saved yet"
)


@functools.cache
def _load() -> tuple[Configuration, Table]:
    """What to store, and the table to store it in. Raises ConfigurationError."""
    loaded = configuration.load(os.environ)
    return loaded, Table(loaded.table_name, endpoint.resolve(loaded.table_region, os.environ))


# Load now, because Lambda gives a function more CPU while it starts. An error is ignored here: the
# handler meets it again, logs it, and still lets users sign in.
with suppress(Exception):
    _load()


class UserNotStoredError(Exception):
    """The user has no record. The message may be shown to the user."""

    def __init__(self) -> None:
        super().__init__(FAILED_MESSAGE)


def handler(event: Any, context: Any) -> Any:
    """Store the user of a PostConfirmation or PostAuthentication event; return the event unchanged.

    Logs one line of JSON. Raises UserNotStoredError if a user who confirms a sign-up could not be
    stored. A password reset and a sign-in always succeed, because the password is already changed,
    and a missing record is no reason to keep a user out. Any other event is logged and returned.
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
    """Store the user, and log `line` with the outcome.

    Returns whether the user now has a record. Never raises.
    """
    try:
        outcome = _store(event, line, context)
    except WriteError as error:
        failure = {"error": error.code}
    except ConfigurationError as error:
        failure = {"error": "ConfigurationError", "message": str(error)}
    except Exception as error:  # noqa: BLE001 - a bug here must not keep users from signing in
        failure = {"error": type(error).__name__}  # its text may quote an attribute
    else:
        log("WARN" if "leftOut" in line else "INFO", outcome, line)
        return True
    log("ERROR", "failed", line | failure)
    return False


def _store(event: Mapping[str, Any], line: dict[str, Any], context: Any) -> str:
    """Store the user of an event, and return the outcome.

    Adds the `sub`, and the attributes that are left out, to `line`. Raises WriteError and
    ConfigurationError.
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
    """The user's attributes, with the username added. The event may have any shape.

    https://docs.aws.amazon.com/cognito/latest/developerguide/user-pool-lambda-post-confirmation.html
    """
    request = event.get("request")
    attributes = request.get("userAttributes") if isinstance(request, dict) else None
    if not isinstance(attributes, dict):
        return {}
    return attributes | {USERNAME_SOURCE: event.get("userName")}
