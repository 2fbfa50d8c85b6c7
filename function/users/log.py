"""Logs each outcome as one line of JSON."""

import json
import sys
from datetime import UTC, datetime
from typing import Any, Literal


def timestamp(time: datetime | None = None) -> str:
    """A time (by default now) in UTC, as ISO 8601 with milliseconds and `Z`."""
    moment = datetime.now(UTC) if time is None else time.astimezone(UTC)
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def log(level: Literal["INFO", "WARN", "ERROR"], outcome: str, line: dict[str, Any]) -> None:
    """Print one line of JSON. Lambda logs it unchanged, because it has `timestamp` and `level`.

    https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs-logformat.html
    """
    entry = {"timestamp": timestamp(), "level": level, "outcome": outcome, **line}
    # In one write, so that the lines of several threads do not mix.
    sys.stdout.write(json.dumps(entry) + "\n")
    sys.stdout.flush()
