"""Terraform's outputs of a deployed environment."""

import json
import subprocess
from pathlib import Path
from typing import Any

from scripts.command import CommandError

TERRAFORM = Path(__file__).with_name("terraform.sh")


def read_outputs(environment: str) -> dict[str, Any]:
    """The outputs of an environment, by name. Raises CommandError if there are none."""
    result = subprocess.run(  # noqa: S603 - our own script, which checks the environment's name
        [TERRAFORM, "outputs", environment, "-json"], capture_output=True, text=True, check=False
    )
    if result.returncode != 0:
        raise CommandError(result.stderr.strip())
    return {name: output["value"] for name, output in json.loads(result.stdout).items()}
