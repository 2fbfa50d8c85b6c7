"""Cold starts in a real account: python -m tests.benchmarks.on_aws FUNCTION [--starts N].

FUNCTION is a deployed function of this stack. The script makes a temporary copy of it from
dist/function.zip with the same role and settings, calls the copy cold for each size of memory, and
deletes the copy and the record that it stored. It has never been run on AWS; its tests use a mock
of Lambda.
"""

import argparse
import base64
import json
import re
import statistics
import sys
import uuid
from typing import TYPE_CHECKING, NamedTuple

import boto3

from tests.benchmarks.measure import EVENT
from tests.benchmarks.variants import ZIP

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_lambda import LambdaClient

MEMORIES = (128, 256, 512, 1024, 1769)
STARTS = 20
SUB = "benchmark"

_REPORT = re.compile(
    r"REPORT .*?\tDuration: ([\d.]+) ms\t"
    r".*Max Memory Used: (\d+) MB\t(?:Init Duration: ([\d.]+) ms)?"
)


class ColdStart(NamedTuple):
    """Milliseconds of the start and of the first event, and the peak memory in MB."""

    start: float
    event: float
    memory: int


def parse_report(log: str) -> ColdStart | None:
    """What Lambda's REPORT line says; None if the call was not cold."""
    found = _REPORT.search(log)
    if not found:
        raise ValueError("Lambda's answer has no REPORT line.")
    duration, memory, start = found.groups()
    return None if start is None else ColdStart(float(start), float(duration), int(memory))


def cold_starts(
    functions: "LambdaClient", dynamodb: "DynamoDBClient", name: str, starts: int
) -> dict[int, list[ColdStart]]:
    """Cold starts of a copy of function `name`, for each size of memory."""
    deployed = functions.get_function_configuration(FunctionName=name)
    variables = deployed["Environment"]["Variables"]
    copy = f"{name[:40]}-benchmark-{uuid.uuid4().hex[:8]}"
    functions.create_function(
        FunctionName=copy,
        Runtime=deployed["Runtime"],
        Architectures=deployed["Architectures"],
        Handler=deployed["Handler"],
        Role=deployed["Role"],
        Environment={"Variables": variables},
        Timeout=30,
        Code={"ZipFile": ZIP.read_bytes()},
        # The role may write to this log group only. A REPORT line comes with the format Text only.
        LoggingConfig={
            "LogFormat": "Text",
            "LogGroup": deployed.get("LoggingConfig", {}).get("LogGroup", f"/aws/lambda/{name}"),
        },
    )
    try:
        functions.get_waiter("function_active_v2").wait(FunctionName=copy)
        return {memory: _start(functions, copy, memory, starts) for memory in MEMORIES}
    finally:
        functions.delete_function(FunctionName=copy)
        dynamodb.delete_item(TableName=variables["TABLE_NAME"], Key={"UserID": {"S": SUB}})


def _start(functions: "LambdaClient", copy: str, memory: int, starts: int) -> list[ColdStart]:
    event = json.loads(EVENT.read_text("utf-8"))
    event["request"]["userAttributes"]["sub"] = SUB
    found: list[ColdStart] = []
    for number in range(starts):
        # Any change of the configuration makes the next call a cold one.
        functions.update_function_configuration(
            FunctionName=copy, MemorySize=memory, Description=f"benchmark, start {number}"
        )
        functions.get_waiter("function_updated_v2").wait(FunctionName=copy)
        answer = functions.invoke(
            FunctionName=copy, LogType="Tail", Payload=json.dumps(event).encode()
        )
        log = base64.b64decode(answer["LogResult"]).decode()
        if "FunctionError" in answer:
            raise RuntimeError(f"The function failed:\n{log}")
        if cold_start := parse_report(log):
            found.append(cold_start)
    return found


def table(found: dict[int, list[ColdStart]]) -> str:
    """Medians and 90th percentiles, as Markdown."""
    lines = [
        "| memory, MB | cold starts | start, ms (p90) | first event, ms (p90) | memory used, MB |",
        "| --- | --- | --- | --- | --- |",
    ]
    for memory, starts in found.items():
        start = _median_and_p90([each.start for each in starts])
        event = _median_and_p90([each.event for each in starts])
        used = max((each.memory for each in starts), default=0)
        lines.append(f"| {memory} | {len(starts)} | {start} | {event} | {used} |")
    return "\n".join(lines)


def _median_and_p90(values: list[float]) -> str:
    if not values:
        return ""
    p90 = statistics.quantiles(values, n=10, method="inclusive")[8]
    return f"{statistics.median(values):.0f} ({p90:.0f})"


def main(arguments: list[str]) -> int:
    """Measure in the account of the caller's AWS credentials."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("function", help="name of the deployed function")
    parser.add_argument("--starts", type=int, default=STARTS, help="cold starts for each size")
    options = parser.parse_args(arguments)
    functions, dynamodb = boto3.client("lambda"), boto3.client("dynamodb")
    print(table(cold_starts(functions, dynamodb, options.function, options.starts)))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
