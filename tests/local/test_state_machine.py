"""The state machine as deployed, with a function in place of the real one that does as it is told.

Only its waits are cut to nothing, and of each retry but one is left.
"""

import io
import json
import time
import uuid
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from scripts.local.deploy import Outputs
from scripts.local.local_aws import PYTHON, LocalAWS

# A runtime of its own: of Python's, the local AWS does not tell which exception was raised.
# https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html
_BOOTSTRAP = """#!{python}
import json, os, time, urllib.request

API = "http://" + os.environ["AWS_LAMBDA_RUNTIME_API"] + "/2018-06-01/runtime/invocation/"
answers = json.loads(os.environ["ANSWERS"])

def handle(event, answer):
    if isinstance(answer, str):
        return "/error", {{"errorType": answer, "errorMessage": "told to fail"}}
    users, token = answer
    time.sleep(float(os.environ["SECONDS"]))
    seen = (event.get("counts") or {{}}).get("seen", 0) + users
    progress = {{"dryRun": event["dryRun"], "paginationToken": token, "counts": {{"seen": seen}}}}
    return "/response", progress

while True:
    with urllib.request.urlopen(API + "next") as call:
        request, event = call.headers["Lambda-Runtime-Aws-Request-Id"], json.load(call)
    path, answer = handle(event, answers.pop(0) if len(answers) > 1 else answers[0])
    urllib.request.urlopen(API + request + path, json.dumps(answer).encode()).close()
"""

# An error's name, or how many users the page has and the token of the next page.
type Answer = str | tuple[int, str | None]
type Event = dict[str, Any]


@dataclass
class Machine:
    """A state machine like the deployed one, and the function it calls."""

    aws: LocalAWS
    definition: dict[str, Any]
    role: str
    function_role: str
    name: str

    def create(self, *answers: Answer, seconds: float = 0) -> None:
        """Create both. The function gives the answers in turn, and the last again and again."""
        archive = io.BytesIO()
        with zipfile.ZipFile(archive, "w") as file:
            bootstrap = zipfile.ZipInfo("bootstrap")
            bootstrap.external_attr = 0o755 << 16
            file.writestr(bootstrap, _BOOTSTRAP.format(python=PYTHON))
        functions = self.aws.client("lambda")
        function = functions.create_function(
            FunctionName=self.name,
            Runtime="provided.al2023",
            Role=self.function_role,
            Handler="none",
            Code={"ZipFile": archive.getvalue()},
            Timeout=30,
            Environment={
                "Variables": {"ANSWERS": json.dumps(answers), "SECONDS": str(seconds)},
            },
        )
        functions.get_waiter("function_active_v2").wait(
            FunctionName=self.name, WaiterConfig={"Delay": 0.05, "MaxAttempts": 200}
        )
        sweep = self.definition["States"]["Sweep"]
        sweep["Arguments"]["FunctionName"] = function["FunctionArn"]
        self.aws.client("stepfunctions").create_state_machine(
            name=self.name, definition=json.dumps(self.definition), roleArn=self.role
        )

    @property
    def arn(self) -> str:
        return f"arn:aws:states:{self.aws.region}:{self.aws.account_id}:stateMachine:{self.name}"

    def start(self, execution_input: str = '{"dryRun": false}') -> str:
        """The ARN of a new execution."""
        started = self.aws.client("stepfunctions").start_execution(
            stateMachineArn=self.arn, input=execution_input
        )
        return str(started["executionArn"])

    def end(self, execution: str) -> dict[str, Any]:
        """What Step Functions says of an execution once it has ended."""
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            described: dict[str, Any] = self.aws.client("stepfunctions").describe_execution(
                executionArn=execution
            )
            if described["status"] != "RUNNING":
                return described
            time.sleep(0.05)
        pytest.fail("the execution does not end")

    def run(self, execution_input: str = '{"dryRun": false}') -> tuple[dict[str, Any], list[Event]]:
        """An execution from start to end: what is said of it, and its history."""
        execution = self.start(execution_input)
        return self.end(execution), self.history(execution)

    def history(self, execution: str) -> list[Event]:
        pages = self.aws.client("stepfunctions").get_paginator("get_execution_history")
        return [
            event for page in pages.paginate(executionArn=execution) for event in page["events"]
        ]

    def delete(self) -> None:
        self.aws.client("stepfunctions").delete_state_machine(stateMachineArn=self.arn)
        self.aws.client("lambda").delete_function(FunctionName=self.name)


def hurried(definition: Any) -> Any:
    """The definition without its waits, and with one retry in place of several."""
    if isinstance(definition, list):
        return [hurried(one) for one in definition]
    if not isinstance(definition, dict):
        return definition
    return {
        name: 0
        if name in ("Seconds", "IntervalSeconds")
        else min(value, 1)
        if name == "MaxAttempts"
        else hurried(value)
        for name, value in definition.items()
    }


def states_entered(history: list[Event]) -> list[str]:
    return [
        event["stateEnteredEventDetails"]["name"]
        for event in history
        if "stateEnteredEventDetails" in event
    ]


def calls(history: list[Event]) -> int:
    """How often the function was called, retries included."""
    return sum(
        event["type"] == "TaskScheduled"
        and event["taskScheduledEventDetails"]["resource"].endswith(":lambda:invoke")
        for event in history
    )


BEGINNING = ["WaitUntilListed", "FindOldestSweep", "IsAnotherSweepRunning"]
PAGE = ["Sweep", "IsDone"]


@pytest.fixture
def machine(aws: LocalAWS, outputs: Outputs) -> Iterator[Machine]:
    deployed = aws.client("stepfunctions").describe_state_machine(
        stateMachineArn=outputs.state_machine_arn
    )
    function = aws.client("lambda").get_function_configuration(
        FunctionName=outputs.reconcile_function_name
    )
    definition = hurried(json.loads(deployed["definition"]))
    name = f"machine-{uuid.uuid4()}"
    made = Machine(aws, definition, deployed["roleArn"], function["Role"], name)
    yield made
    made.delete()


@pytest.mark.parametrize("dry_run", [False, True])
def test_it_goes_through_all_pages_and_sums_up(machine: Machine, dry_run: bool) -> None:
    machine.create((60, "second"), (60, "third"), (7, None))
    ended, history = machine.run(json.dumps({"dryRun": dry_run}))
    assert ended["status"] == "SUCCEEDED"
    assert json.loads(ended["output"]) == {
        "dryRun": dry_run,
        "paginationToken": None,
        "counts": {"seen": 127},
    }
    assert states_entered(history) == [*BEGINNING, *PAGE, *PAGE, *PAGE, "Done"]
    assert calls(history) == 3


def test_it_goes_on_from_where_it_is_told(machine: Machine) -> None:
    machine.create((60, None))
    ended, _ = machine.run('{"dryRun": false, "paginationToken": "second", "counts": {"seen": 60}}')
    assert json.loads(ended["output"])["counts"] == {"seen": 120}


@pytest.mark.parametrize("error", ["TooManyRequestsError", "ListUsersError"])
def test_a_call_that_failed_is_made_again_with_the_same_token(machine: Machine, error: str) -> None:
    machine.create((60, "second"), error, (60, None))
    ended, history = machine.run()
    assert json.loads(ended["output"])["counts"] == {"seen": 120}
    assert states_entered(history) == [*BEGINNING, *PAGE, *PAGE, "Done"]
    assert calls(history) == 3


@pytest.mark.parametrize("dry_run", [False, True])
def test_it_starts_over_at_once_when_the_token_has_expired(machine: Machine, dry_run: bool) -> None:
    machine.create((60, "second"), "PaginationTokenExpiredError", (50, "second"), (10, None))
    ended, history = machine.run(json.dumps({"dryRun": dry_run}))
    assert json.loads(ended["output"]) == {
        "dryRun": dry_run,
        "paginationToken": None,
        "counts": {"seen": 60},  # and not those of the first start too
    }
    assert states_entered(history) == [
        *BEGINNING, *PAGE, "Sweep", "StartOver", *PAGE, *PAGE, "Done",
    ]  # fmt: skip
    assert calls(history) == 4


def test_it_starts_over_after_a_while_when_a_call_keeps_failing(machine: Machine) -> None:
    machine.create((60, "second"), "ListUsersError", "ListUsersError", (50, None))
    ended, history = machine.run()
    assert json.loads(ended["output"]) == {
        "dryRun": False,
        "paginationToken": None,
        "counts": {"seen": 50},
    }
    assert states_entered(history) == [
        *BEGINNING, *PAGE, "Sweep", "StartOver", "WaitForBetterTimes", *PAGE, "Done",
    ]  # fmt: skip


def test_it_gives_up_after_three_starts(machine: Machine) -> None:
    machine.create("PaginationTokenExpiredError", "ListUsersError")
    ended, history = machine.run("{}")
    assert (ended["status"], ended["error"]) == ("FAILED", "ListUsersError")
    assert "three times" in ended["cause"]
    assert states_entered(history) == [
        *BEGINNING, "Sweep", "StartOver", "Sweep", "StartOver", "WaitForBetterTimes",
        "Sweep", "StartOver", "GiveUp",
    ]  # fmt: skip
    assert calls(history) == 1 + 2 + 2


def test_there_is_one_sweep_at_a_time(machine: Machine) -> None:
    machine.create((60, None), seconds=1)
    first = machine.start()
    second = machine.end(machine.start())
    assert second["status"] == "SUCCEEDED"
    assert json.loads(second["output"]) == {"runningExecutionArn": first}
    assert states_entered(machine.history(second["executionArn"])) == [
        *BEGINNING,
        "AnotherSweepIsRunning",
    ]

    ended = machine.end(first)
    assert json.loads(ended["output"])["counts"] == {"seen": 60}
    _, history = machine.run()
    assert calls(history) == 1, "the next sweep is kept from running by one that has ended"


def test_of_several_started_at_once_the_oldest_runs(machine: Machine) -> None:
    machine.create((60, None), seconds=1)
    executions = [machine.start() for _ in range(5)]
    ends = [json.loads(machine.end(execution)["output"]) for execution in executions]
    assert ends[0]["counts"] == {"seen": 60}
    assert ends[1:] == [{"runningExecutionArn": executions[0]}] * 4
