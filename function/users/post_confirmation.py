"""Cognito's PostConfirmation trigger: a record in DynamoDB for every user who confirms."""

import json
import os
from datetime import UTC, datetime
from typing import Any, Literal

from users import configuration
from users.item import sub_of, to_item
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
        _log("WARN", "ignored", line)
        return event
    line["sub"] = sub = sub_of(event)
    if sub is None:
        _log("ERROR", "failed", line | {"error": "NoSub"})
        raise UserNotStoredError
    item, left_out = to_item(sub, event, _configuration.stored_attributes, _now())
    if left_out:
        line["leftOut"] = [entry._asdict() for entry in left_out]
    try:
        stored = _table.put_if_absent(item)
    except WriteError as error:
        _log("ERROR", "failed", line | {"error": error.code})
        raise UserNotStoredError from None
    _log("WARN" if left_out else "INFO", "stored" if stored else "already_stored", line)
    return event


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _log(
    level: Literal["INFO", "WARN", "ERROR"],
    outcome: Literal["stored", "already_stored", "ignored", "failed"],
    line: dict[str, Any],
) -> None:
    """Print one line of JSON; with `timestamp` and `level` Lambda takes it as it is.

    https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs-logformat.html
    """
    print(json.dumps({"timestamp": _now(), "level": level, "outcome": outcome, **line}), flush=True)
