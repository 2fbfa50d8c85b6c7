"""The events in tests/events, one JSON file each."""

import json
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent / "events"


def load(name: str) -> Any:
    """A new copy of the event in tests/events/<name>.json."""
    return json.loads((FOLDER / f"{name}.json").read_text())
