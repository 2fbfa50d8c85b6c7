"""Terraform's outputs of a deployed environment."""

import json
import subprocess
from pathlib import Path
from typing import Any

TERRAFORM = Path(__file__).with_name("terraform.sh")


class OutputsError(Exception):
    """There are no outputs; the message says why and what to do."""


def read_outputs(environment: str, usage: str) -> dict[str, Any]:
    """The outputs of an environment, by name.

    `usage` is the command that asks, to show when no environment was named. Raises OutputsError.
    """
    if not environment:
        raise OutputsError(f"Say which environment: {usage}")
    result = subprocess.run(  # noqa: S603 - our own script, which checks the environment's name
        [TERRAFORM, "outputs", environment, "-json"], capture_output=True, text=True, check=False
    )
    if result.returncode != 0:
        raise OutputsError(result.stderr.strip())
    return {name: output["value"] for name, output in json.loads(result.stdout).items()}
