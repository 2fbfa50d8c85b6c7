"""Stands for dateutil's time zones, of which the SDK uses two."""

from datetime import UTC, datetime, tzinfo


def tzutc() -> tzinfo:
    """UTC."""
    return UTC


def tzlocal() -> tzinfo | None:
    """The machine's own zone; UTC in Lambda."""
    return datetime.now().astimezone().tzinfo
