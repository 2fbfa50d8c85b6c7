"""`make bench`: compares this function with other ways to do its job."""

import argparse
import json
import platform
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from tests.benchmarks import report
from tests.benchmarks.instructions import count_instructions
from tests.benchmarks.measure import Run, run
from tests.benchmarks.variants import HERE, ROOT, MissingToolError, Variant, prepare
from tests.certificates import Authority
from tests.server import http, serving

HOST = "localhost"
# As DynamoDB answers a PutItem.
ANSWER = http(
    "200 OK",
    "{}",
    "Server: Server\r\n"
    "Date: Wed, 25 Nov 2026 03:00:00 GMT\r\n"
    "Content-Type: application/x-amz-json-1.0\r\n"
    "Connection: keep-alive\r\n"
    f"x-amzn-RequestId: {'B' * 52}\r\n"
    "x-amz-crc32: 2745614147\r\n",
)
RESULTS = HERE / "results.json"
CHART = HERE / "results.svg"
EVENTS = 1000
ROUNDS = 9
MEMORY = 256  # MB, of a small function
MEMORIES = (128, 256, 512, 1024, 1769)


def main() -> int:
    """Measure, print the results and write them to files; 1 if a tool is missing."""
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    parser.add_argument(
        "--rounds", type=int, default=ROUNDS, help="how often each variant is measured"
    )
    parser.add_argument("--keep", action="store_true", help="replace the committed results")
    parser.add_argument("--memory", action="store_true", help="compare sizes of memory instead")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="bench-") as name:
        scratch = Path(name)
        authority = Authority(scratch)
        with serving(ANSWER, context=authority.server(HOST)) as server:
            try:
                variants = prepare(scratch, f"https://{HOST}:{server.port}", authority.root)
            except MissingToolError as error:
                print(f"No benchmark was run. {error}", file=sys.stderr)
                return 1
            if options.memory:
                _print_memories(variants[0], options.rounds)
                return 0
            results = _measure(variants, options.rounds)
    print(report.table(results))
    print(
        f"\nMedians of {results['rounds']} rounds; in brackets the ratio to Node and its quartiles."
    )
    print(f"The first call was throttled by {results['throttled_by']}.")
    if RESULTS.exists():
        print(f"\n{report.trend(results, json.loads(RESULTS.read_text('utf-8')))}")
    written = HERE if options.keep else ROOT / "dist"
    (written / RESULTS.name).write_text(json.dumps(results, indent=2) + "\n", "utf-8")
    (written / CHART.name).write_text(report.chart(results), "utf-8")
    print(f"\nWritten: {written.relative_to(ROOT)}/{RESULTS.name} and {CHART.name}")
    return 0


def _measure(variants: list[Variant], rounds: int) -> dict[str, Any]:
    """All figures of all variants. Each round measures each variant, so noise slows all of them."""
    runs: dict[str, list[Run]] = {variant.name: [] for variant in variants}
    throttled: dict[str, list[Run]] = {variant.name: [] for variant in variants}
    for number in range(rounds):
        print(f"round {number + 1} of {rounds}", file=sys.stderr)
        for variant in variants[number % len(variants) :] + variants[: number % len(variants)]:
            runs[variant.name].append(run(variant, events=EVENTS))
            throttled[variant.name].append(run(variant, memory=MEMORY))
    figures = {
        variant.name: _figures(variant, runs[variant.name], throttled[variant.name])
        for variant in variants
    }
    baseline = figures[report.BASELINE]
    return {
        "rounds": rounds,
        "events": EVENTS,
        "memory": MEMORY,
        "throttled_by": throttled["ours"][0].throttled_by,
        "python": platform.python_version(),
        "node": _version(next(each for each in variants if each.name == report.BASELINE)),
        "machine": platform.machine(),
        "variants": {
            variant.name: {
                "title": variant.title,
                "figures": {
                    key: report.summary(values, baseline.get(key, [0] * len(values)))
                    for key, values in figures[variant.name].items()
                },
            }
            for variant in variants
        },
    }


def _figures(variant: Variant, runs: list[Run], throttled: list[Run]) -> dict[str, list[float]]:
    """Each figure's values: one for each round, or a single one."""
    figures: dict[str, list[float]] = {
        "first_cpu": [run.first_cpu for run in runs],
        "first_wall": [run.first_wall for run in runs],
        "peak_memory": [run.peak_memory for run in runs],
    }
    if variant.zip and variant.folder:
        sizes = [path.stat().st_size for path in variant.folder.rglob("*") if path.is_file()]
        figures |= {
            "call_wall": [run.call_wall for run in throttled],
            "warm_cpu": [statistics.mean(run.warm) for run in runs],
            "warm_cpu_p50": [statistics.median(run.warm) for run in runs],
            "warm_cpu_p99": [statistics.quantiles(run.warm, n=100)[98] for run in runs],
            "zip_size": [variant.zip.stat().st_size],
            "unpacked_size": [sum(sizes)],
        }
    instructions = count_instructions(variant)
    if instructions:
        figures["instructions"] = [instructions]
    return figures


def _version(variant: Variant) -> str:
    command = [variant.command[0], "--version"]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()


def _print_memories(variant: Variant, rounds: int) -> None:
    """Print a table to choose the memory by. The start has a whole core, the event a share."""
    runs: dict[int, list[Run]] = {memory: [] for memory in MEMORIES}
    for _ in range(rounds):
        for memory in MEMORIES:
            runs[memory].append(run(variant, events=20, memory=memory))
    print("| memory, MB | start and first event, ms | first event, ms | peak memory, MB |")
    print("| --- | --- | --- | --- |")
    for memory, ran in runs.items():
        wall, call, peak = (
            statistics.median(getattr(each, name) for each in ran)
            for name in ("first_wall", "call_wall", "peak_memory")
        )
        print(f"| {memory} | {wall * 1000:.0f} | {call * 1000:.0f} | {peak / 2**20:.0f} |")


if __name__ == "__main__":
    sys.exit(main())
