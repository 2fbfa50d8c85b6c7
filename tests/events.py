"""The events in tests/events, one JSON file each."""

import json
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent / "events"


def load(name: str) -> Any:
    """The event in tests/events/<name>.json, new on each call."""
    return json.loads((FOLDER / f"{name}.json").read_text())
