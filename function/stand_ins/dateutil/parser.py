"""Stands for dateutil's parser: the times that the SDK is given as text are ISO 8601."""

from datetime import datetime
from typing import Any


def parse(text: str, **_: Any) -> datetime:
    """The time in `text`; aware if it says its zone."""
    return datetime.fromisoformat(text)
