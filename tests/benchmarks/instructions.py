"""Counts instructions, with perf or, for Python only, with valgrind, if the machine has them."""

import re
import shutil
import subprocess

from tests.benchmarks.measure import EVENT
from tests.benchmarks.variants import Variant

STEPS = b"\n" * 3


def count_instructions(variant: Variant) -> int | None:
    """Instructions of a cold start and its first event, in user mode; None if unknown."""
    perf = shutil.which("perf")
    if perf and (
        count := _count([perf, "stat", "-x,", "-e", "instructions:u"], r"^(\d+),", variant)
    ):
        return count
    valgrind = shutil.which("valgrind")
    if valgrind and "node" not in variant.name:  # valgrind does not run Node's compiled code
        options = ["--tool=callgrind", "--callgrind-out-file=/dev/null"]
        return _count([valgrind, *options], r"Collected : (\d+)", variant)
    return None


def _count(prefix: list[str], pattern: str, variant: Variant) -> int | None:
    command = ["/bin/sh", "-c", 'exec "$@" 3>/dev/null', "sh", *prefix, *variant.command]
    result = subprocess.run(
        [*command, str(EVENT), "0"],
        input=STEPS,
        capture_output=True,
        env=variant.environment,
        check=False,
    )
    found = re.search(pattern, result.stderr.decode(), re.MULTILINE)
    return int(found[1]) if found else None
