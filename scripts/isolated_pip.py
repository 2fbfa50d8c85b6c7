"""Runs pip without your settings, except those that say where packages come from.

Settings such as PIP_USER=1, or `dry-run = true` in a pip.conf, would change what pip installs. Your
index, proxy and certificates are kept, because pip accepts only files with the right hashes.

Also a command: `isolated_pip.py REQUIREMENTS` installs into the Python that runs it.
"""

import ast
import os
import subprocess
import sys
from pathlib import Path

# https://pip.pypa.io/en/stable/cli/pip_install/ and https://pip.pypa.io/en/stable/cli/pip/
KEPT = (
    *("index-url", "extra-index-url", "find-links", "no-index", "trusted-host"),
    *("proxy", "cert", "client-cert", "keyring-provider"),
    *("timeout", "default-timeout", "retries", "cache-dir", "no-cache-dir"),
)


class PipError(Exception):
    """pip could not install a requirements file. The message says why, and what to do."""


def install(requirements: Path | str, *options: str) -> None:
    """Install the packages of a requirements file, and no others. Each must have a hash.

    `options` are options of `pip install`. Raises PipError.
    """
    command = [
        *(sys.executable, "-I", "-m", "pip", "install", "--quiet", "--disable-pip-version-check"),
        *("--require-hashes", "--no-deps", "--requirement", str(requirements), *options),
    ]
    result = subprocess.run(  # noqa: S603 - no shell, no input from outside
        command, env=_environment(), stderr=subprocess.PIPE, text=True, check=False
    )
    if result.returncode != 0:
        raise PipError(
            f"pip could not install {Path(requirements).name}:\n{result.stderr.strip()}\n"
            "If pip cannot reach the package index, check the network and pip's settings for it. "
            "If a hash does not match, the package index serves another file than the pinned one. "
            "Do not use it and do not pin it, but ask the people who run the index."
        )


def _environment() -> dict[str, str]:
    """The environment variables for pip, with only those of your settings that are kept."""
    neutral = {name: value for name, value in os.environ.items() if not name.startswith("PIP_")}
    kept = _from_files(neutral)
    for option in KEPT:
        if value := os.environ.get(_variable(option)):
            kept[_variable(option)] = value
    return neutral | kept | {"PIP_CONFIG_FILE": os.devnull}  # so that pip reads no file


def _from_files(neutral: dict[str, str]) -> dict[str, str]:
    """The kept settings in your pip configuration files, as environment variables.

    `pip config list` prints lines such as `global.index-url='https://…'`.
    """
    environment = neutral | {"PIP_QUIET": "0"}  # With `quiet` in a file, pip would print nothing.
    if file := os.environ.get("PIP_CONFIG_FILE"):
        environment["PIP_CONFIG_FILE"] = file
    listed = subprocess.run(
        [sys.executable, "-I", "-m", "pip", "config", "list"],
        env=environment,
        stdout=subprocess.PIPE,
        text=True,
        check=False,
    ).stdout
    found: dict[str, str] = {}
    for section in ("global", "install"):  # the second one wins, as in pip
        for line in listed.splitlines():
            name, _, value = line.partition("=")
            if name.startswith(f"{section}.") and name.removeprefix(f"{section}.") in KEPT:
                found[_variable(name.removeprefix(f"{section}."))] = ast.literal_eval(value)
    return found


def _variable(option: str) -> str:
    """The name of the environment variable for a long option."""
    return f"PIP_{option.upper().replace('-', '_')}"


if __name__ == "__main__":
    try:
        install(sys.argv[1])
    except PipError as error:
        sys.exit(str(error))
