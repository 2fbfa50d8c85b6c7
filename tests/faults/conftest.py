"""A local AWS in which both functions reach DynamoDB through a proxy that can cause faults."""

import json
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from typing import Any

import boto3
import pytest
from botocore.config import Config

from scripts.local.deploy import deploy
from scripts.local.local_aws import LocalAWS
from scripts.local.terraform import ZIP
from tests.deployment import Deployment
from tests.faults.proxy import Proxy, no_fault

# The time-out of the sweep's function.
SWEEP_SECONDS = 300

type Counts = dict[str, int]

# The names of test properties that are printed at the end: a row of the table of faults, and text.
REPORT_ROW = "fault"
REPORT_LINES = "load"


@dataclass
class Faulty:
    """The deployed stack, and the proxy before its table."""

    aws: LocalAWS
    proxy: Proxy
    deployment: Deployment

    def warm_up(self) -> None:
        """Start the function, by an event that it ignores."""
        self.aws.client("lambda").invoke(
            FunctionName=self.deployment.outputs["function_name"], Qualifier="live", Payload=b"{}"
        )

    def kill_function(self) -> None:
        """Kill the function's process, as Lambda does when it uses too much memory."""
        name = self.deployment.outputs["function_name"]
        of_this_aws = f"{self.aws._scratch}/ministack-lambda-{name}-"
        subprocess.run(["pkill", "-KILL", "-f", of_this_aws], check=True)

    @contextmanager
    def function(self, **environment: str) -> Iterator[None]:
        """Set variables of the trigger's function for a while, behind the same alias."""
        functions = self.aws.client("lambda")
        name = self.deployment.outputs["function_name"]
        before = functions.get_function_configuration(FunctionName=name)
        live = functions.get_alias(FunctionName=name, Name="live")["FunctionVersion"]
        variables = before["Environment"]["Variables"]
        functions.update_function_configuration(
            FunctionName=name,
            Environment={"Variables": variables | environment},
        )
        version = functions.publish_version(FunctionName=name)["Version"]
        functions.update_alias(FunctionName=name, Name="live", FunctionVersion=version)
        try:
            yield
        finally:
            functions.update_function_configuration(
                FunctionName=name, Environment={"Variables": variables}
            )
            functions.update_alias(FunctionName=name, Name="live", FunctionVersion=live)

    def lead_sweep_through_proxy(self) -> None:
        """Let the sweep's function reach DynamoDB through the proxy, too."""
        functions = self.aws.client("lambda")
        name = self.deployment.outputs["reconcile_function_name"]
        variables = functions.get_function_configuration(FunctionName=name)["Environment"]
        functions.update_function_configuration(
            FunctionName=name,
            Environment={
                "Variables": variables["Variables"] | {"AWS_ENDPOINT_URL_DYNAMODB": self.proxy.url}
            },
        )

    def sweep(self, attempts: int = 1) -> Counts:
        """Sweep through the pool once; give the counts.

        Like the state machine, it repeats a failed call with the same progress.
        """
        functions: Any = boto3.client(
            "lambda",
            region_name=self.aws.region,
            endpoint_url=self.aws.endpoint_url,
            aws_access_key_id="test",
            aws_secret_access_key="test",  # noqa: S106 - the emulator's own
            config=Config(read_timeout=SWEEP_SECONDS, retries={"total_max_attempts": 1}),
        )
        progress: dict[str, Any] = {}
        failures = 0
        while True:
            answer = functions.invoke(
                FunctionName=self.deployment.outputs["reconcile_function_name"],
                Payload=json.dumps(progress).encode(),
            )
            said = json.loads(answer["Payload"].read())
            if "FunctionError" in answer:
                failures += 1
                assert failures < attempts, said
                continue
            failures, progress = 0, said
            if progress["done"]:
                counts: Counts = progress["counts"]
                return counts


@contextmanager
def faulty_stack() -> Iterator[Faulty]:
    """Start a local AWS, deploy the stack, and put the proxy before DynamoDB."""
    with LocalAWS() as aws, Proxy(aws.port) as proxy:
        outputs = deploy(aws, ZIP)
        deployment = Deployment(
            aws.client("cognito-idp"),
            aws.client("dynamodb"),
            aws.client("lambda"),
            asdict(outputs),
        )
        stack = Faulty(aws, proxy, deployment)
        stack.lead_sweep_through_proxy()
        with stack.function(AWS_ENDPOINT_URL_DYNAMODB=proxy.url):
            yield stack


@pytest.fixture(scope="session")
def stack() -> Iterator[Faulty]:
    with faulty_stack() as faulty:
        yield faulty


@pytest.fixture
def faulty(stack: Faulty) -> Iterator[Faulty]:
    """The stack without a fault before and after the test, and without its users after it."""
    stack.proxy.written.clear()
    yield stack
    stack.proxy.fault = no_fault
    stack.deployment.clean_up()


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print the table of faults that tests/README.md shows, and the result of the many sign-ups."""
    properties = [
        entry
        for test in terminalreporter.getreports("passed")
        if test.when == "call"
        for entry in test.user_properties
    ]
    rows = [value for name, value in properties if name == REPORT_ROW]
    if rows:
        terminalreporter.section("faults and their effects")
        header = ("fault", "the user sees", "after", "record", "writes", "the sweep")
        for row in (header, ("---",) * len(header), *rows):
            terminalreporter.write_line(f"| {' | '.join(row)} |")
    for name, value in properties:
        if name == REPORT_LINES:
            terminalreporter.section("sign-ups during faults")
            terminalreporter.write_line(value)
