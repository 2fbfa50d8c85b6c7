"""One line of JSON for each outcome."""

import json
import sys
from datetime import UTC, datetime
from typing import Any, Literal


def timestamp(time: datetime | None = None) -> str:
    """A time in UTC, the present one if none is given: ISO 8601 with milliseconds and `Z`."""
    moment = datetime.now(UTC) if time is None else time.astimezone(UTC)
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def log(level: Literal["INFO", "WARN", "ERROR"], outcome: str, line: dict[str, Any]) -> None:
    """Print one line of JSON; with `timestamp` and `level` Lambda takes it as it is.

    https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs-logformat.html
    """
    entry = {"timestamp": timestamp(), "level": level, "outcome": outcome, **line}
    # In one piece: the lines of several threads must not run into each other.
    sys.stdout.write(json.dumps(entry) + "\n")
    sys.stdout.flush()
