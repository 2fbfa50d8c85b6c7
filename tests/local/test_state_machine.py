"""The deployed state machine, with a fake function that gives the answers of the test.

Its waits are 0 s here, and it retries once instead of several times.
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

# A custom runtime, because the local AWS does not report the type of an error in the Python one.
# https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html
_BOOTSTRAP = """#!{python}
import json, os, time, urllib.request

API = "http://" + os.environ["AWS_LAMBDA_RUNTIME_API"] + "/2018-06-01/runtime/invocation/"
answers = json.loads(os.environ["ANSWERS"])

def handle(event, answer):
    if isinstance(answer, str):
        return "/error", {{"errorType": answer, "errorMessage": "told to fail"}}
    users, token, throttled = answer
    time.sleep(float(os.environ["SECONDS"]))
    seen = (event.get("counts") or {{}}).get("seen", 0) + users
    return "/response", {{
        "dryRun": event["dryRun"], "paginationToken": token, "counts": {{"seen": seen}},
        "throttled": throttled, "done": token is None and not throttled,
    }}

while True:
    with urllib.request.urlopen(API + "next") as call:
        request, event = call.headers["Lambda-Runtime-Aws-Request-Id"], json.load(call)
    path, answer = handle(event, answers.pop(0) if len(answers) > 1 else answers[0])
    urllib.request.urlopen(API + request + path, json.dumps(answer).encode()).close()
"""

# The type of an error; or the number of users on the page, the next token, and whether to wait.
type Answer = str | tuple[int, str | None, bool]
type Event = dict[str, Any]


@dataclass
class Machine:
    """A state machine like the deployed one, and the function that it calls."""

    aws: LocalAWS
    deployed: dict[str, Any]
    definition: dict[str, Any]
    role: str
    function_role: str
    name: str

    def create(self, *answers: Answer, seconds: float = 0) -> None:
        """Create both. The function gives the answers in turn, and repeats the last one."""
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
        """Run an execution to its end. Gives its description and its history."""
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
    """The definition without waits, and with one retry instead of several."""
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
    """How often the function was called, with retries."""
    return sum(
        event["type"] == "TaskScheduled"
        and event["taskScheduledEventDetails"]["resource"].endswith(":lambda:invoke")
        for event in history
    )


BEGINNING = ["WaitUntilListed", "FindOldestSweep", "IsAnotherSweepRunning"]
PAGE = ["Sweep", "IsDone"]


MORE: Answer = (60, "next", False)
LAST: Answer = (7, None, False)


@pytest.fixture
def machine(aws: LocalAWS, outputs: Outputs) -> Iterator[Machine]:
    deployed = aws.client("stepfunctions").describe_state_machine(
        stateMachineArn=outputs.state_machine_arn
    )
    function = aws.client("lambda").get_function_configuration(
        FunctionName=outputs.reconcile_function_name
    )
    definition = json.loads(deployed["definition"])
    name = f"machine-{uuid.uuid4()}"
    made = Machine(
        aws, definition, hurried(definition), deployed["roleArn"], function["Role"], name
    )
    yield made
    made.delete()


@pytest.mark.parametrize("dry_run", [False, True])
def test_it_goes_through_all_pages_and_adds_the_counts_up(machine: Machine, dry_run: bool) -> None:
    machine.create(MORE, MORE, LAST)
    ended, history = machine.run(json.dumps({"dryRun": dry_run}))
    assert ended["status"] == "SUCCEEDED"
    assert json.loads(ended["output"]) == {
        "dryRun": dry_run,
        "paginationToken": None,
        "counts": {"seen": 127},
        "throttled": False,
        "done": True,
    }
    assert states_entered(history) == [*BEGINNING, *PAGE, *PAGE, *PAGE, "Done"]
    assert calls(history) == 3


def test_it_continues_from_a_given_token_and_counts(machine: Machine) -> None:
    machine.create(LAST)
    ended, _ = machine.run('{"dryRun": false, "paginationToken": "second", "counts": {"seen": 60}}')
    assert json.loads(ended["output"])["counts"] == {"seen": 67}


def test_a_failed_call_is_repeated_with_the_same_token(machine: Machine) -> None:
    machine.create(MORE, "CallError", LAST)
    ended, history = machine.run()
    assert json.loads(ended["output"])["counts"] == {"seen": 67}
    assert states_entered(history) == [*BEGINNING, *PAGE, *PAGE, "Done"]
    assert calls(history) == 3


FAILED = ["Sweep", "HasFailedThreeTimes"]


@pytest.mark.parametrize("dry_run", [False, True])
def test_it_keeps_the_token_and_the_counts_during_an_outage(
    machine: Machine, dry_run: bool
) -> None:
    machine.create(MORE, *["CallError"] * 4, LAST)
    ended, history = machine.run(json.dumps({"dryRun": dry_run}))
    output = json.loads(ended["output"])
    assert (output["counts"], output["dryRun"]) == ({"seen": 67}, dry_run)
    assert states_entered(history) == [
        *BEGINNING, *PAGE, *[*FAILED, "WaitFiveMinutes"] * 2, *PAGE, "Done",
    ]  # fmt: skip
    inputs = [
        json.loads(event["stateEnteredEventDetails"]["input"])
        for event in history
        if event.get("stateEnteredEventDetails", {}).get("name") == "Sweep"
    ]
    assert [one.get("paginationToken") for one in inputs] == [None, "next", "next", "next"]


@pytest.mark.parametrize("token", [None, "next"])
def test_when_throttled_it_waits_and_continues(machine: Machine, token: str | None) -> None:
    machine.create((60, token, True), LAST)
    ended, history = machine.run()
    assert json.loads(ended["output"])["counts"] == {"seen": 67}
    assert states_entered(history) == [*BEGINNING, *PAGE, "WaitFiveMinutes", *PAGE, "Done"]


def test_after_three_failed_rounds_it_fails_with_the_last_error(machine: Machine) -> None:
    machine.create(MORE, "FirstError", "FirstError", "CallError")
    ended, history = machine.run()
    assert (ended["status"], ended["error"]) == ("FAILED", "CallError")
    assert json.loads(ended["cause"]) == {
        "errorType": "CallError",
        "errorMessage": "told to fail",
    }
    assert states_entered(history) == [
        *BEGINNING, *PAGE, *[*FAILED, "WaitFiveMinutes"] * 2, *FAILED, "GiveUp",
    ]  # fmt: skip
    assert calls(history) == 1 + 3 * 2


HOURS = 56
OUTAGE_SECONDS = 600


def test_a_ten_minute_outage_in_each_hour_does_not_end_a_sweep(machine: Machine) -> None:
    """In each of 56 hours there is no answer for ten minutes, and one page in between."""
    states = machine.deployed["States"]
    (retry,) = states["Sweep"]["Retry"]
    retries = [
        retry["IntervalSeconds"] * retry["BackoffRate"] ** n for n in range(retry["MaxAttempts"])
    ]
    caught, seconds = 0, sum(retries)
    while seconds <= OUTAGE_SECONDS:
        caught += 1
        seconds += states["WaitFiveMinutes"]["Seconds"] + sum(retries)
    # There is one retry here, so a failure is caught after two failed calls.
    answers: list[Answer] = []
    for _ in range(HOURS):
        answers += [MORE, *["CallError"] * (2 * caught + 1)]
    machine.create(*answers, LAST)
    ended = machine.end(machine.start())
    assert ended["status"] == "SUCCEEDED", ended
    assert json.loads(ended["output"])["counts"] == {"seen": 60 * HOURS + 7}


def test_a_second_sweep_ends_at_once_and_names_the_running_one(machine: Machine) -> None:
    machine.create((60, None, False), seconds=1)
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
    assert calls(history) == 1, "a sweep that has ended keeps the next one from running"


def test_of_several_sweeps_started_at_once_the_oldest_runs(machine: Machine) -> None:
    machine.create((60, None, False), seconds=1)
    executions = [machine.start() for _ in range(5)]
    ends = [json.loads(machine.end(execution)["output"]) for execution in executions]
    assert ends[0]["counts"] == {"seen": 60}
    assert ends[1:] == [{"runningExecutionArn": executions[0]}] * 4
