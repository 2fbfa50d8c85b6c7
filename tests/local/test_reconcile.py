"""`make reconcile` against the local AWS: the state machine, the function and the command."""

import json
import signal
import time
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from scripts.local.local_aws import LocalAWS
from tests.deployment import Deployment
from tests.local.conftest import Command
from tests.local.test_sign_up import role_arn


@pytest.fixture
def command(project_command: Command) -> Command:
    """`make reconcile`."""
    return replace(project_command, module="scripts.reconcile")


def counts(out: str) -> dict[str, int]:
    """The counts in the summary that are not 0."""
    rows = [line.replace(",", "").split() for line in out.splitlines() if line.startswith("  ")]
    return {name.rstrip(":"): int(number) for number, name, *_ in rows if number != "0"}


def test_users_without_a_record_get_one(
    command: Command, deployment: Deployment, confirmed: list[str]
) -> None:
    before = deployment.item(confirmed[2])
    deployment.sign_up()  # not confirmed
    status, out, err = command.run("local")
    assert status == 0, err
    assert "Started a sweep." in out
    assert counts(out) == {
        "users": 4, "already_stored": 1, "stored": 2, "not_eligible": 1, "UNCONFIRMED": 1,
    }  # fmt: skip
    assert all(deployment.item(sub) for sub in confirmed)
    assert deployment.item(confirmed[2]) == before


def test_a_dry_run_only_counts_and_fails_if_a_record_is_missing(
    command: Command, deployment: Deployment, confirmed: list[str]
) -> None:
    status, out, _ = command.run("local", "--dry-run")
    assert status == 1
    assert "Started a dry run, which only counts." in out
    assert out.endswith("To add or update these records: make reconcile ENV=local\n")
    assert counts(out) == {"users": 3, "already_stored": 1, "missing": 2}
    assert [deployment.item(sub) is None for sub in confirmed] == [True, True, False]
    command.run("local")
    assert command.run("local", "--dry-run")[0] == 0


@pytest.fixture
def no_put_item(aws: LocalAWS, deployment: Deployment) -> Iterator[None]:
    """Take the permission to write from the sweep's role for a while."""
    iam = aws.client("iam")
    role = role_arn(aws, deployment.outputs["reconcile_function_name"]).rpartition("/")[2]
    (name,) = iam.list_role_policies(RoleName=role)["PolicyNames"]
    policy = iam.get_role_policy(RoleName=role, PolicyName=name)["PolicyDocument"]
    without = [one for one in policy["Statement"] if "PutItem" not in json.dumps(one["Action"])]

    def put(statements: list[Any]) -> None:
        document = json.dumps(policy | {"Statement": statements})
        iam.put_role_policy(RoleName=role, PolicyName=name, PolicyDocument=document)

    put(without)
    yield
    put(policy["Statement"])


def test_it_reports_users_that_it_could_not_store(
    command: Command, deployment: Deployment, confirmed: list[str], no_put_item: None
) -> None:
    status, out, err = command.run("local")
    assert status == 1
    assert counts(out) == {"users": 3, "already_stored": 1, "failed": 2}
    assert "outcome `failed` and the `sub`" in err
    assert "make reconcile ENV=local" in err


def test_a_user_whose_password_was_reset_is_stored_and_a_deleted_user_is_not(
    command: Command, deployment: Deployment, confirmed: list[str]
) -> None:
    pool_id = deployment.outputs["user_pool_id"]
    deployment.cognito.admin_reset_user_password(UserPoolId=pool_id, Username=confirmed[0])
    assert deployment.status(confirmed[0]) == "RESET_REQUIRED"
    deployment.cognito.admin_delete_user(UserPoolId=pool_id, Username=confirmed[1])
    status, out, err = command.run("local")
    assert status == 0, err
    assert counts(out) == {"users": 2, "already_stored": 1, "stored": 1}
    assert deployment.item(confirmed[0]) is not None
    assert deployment.item(confirmed[1]) is None


def wait_for_running(aws: LocalAWS, machine: str, number: int) -> None:
    states = aws.client("stepfunctions")
    for _ in range(200):
        running = states.list_executions(stateMachineArn=machine, statusFilter="RUNNING")
        if len(running["executions"]) == number:
            return
        time.sleep(0.05)
    raise AssertionError(running)


@pytest.fixture
def slow_sweep(aws: LocalAWS, deployment: Deployment) -> Iterator[None]:
    """Have each call of the sweep's function take 4 s, because Cognito does not answer it."""
    functions, name = aws.client("lambda"), deployment.outputs["reconcile_function_name"]
    before = functions.get_function_configuration(FunctionName=name)["Environment"]
    variables = before["Variables"] | {"AWS_ENDPOINT_URL_COGNITO_IDENTITY_PROVIDER": BLACK_HOLE}
    functions.update_function_configuration(FunctionName=name, Environment={"Variables": variables})
    yield
    functions.update_function_configuration(FunctionName=name, Environment=before)


# An address at which no host answers: TEST-NET-1, RFC 5737.
BLACK_HOLE = "http://192.0.2.1"


def test_after_an_interruption_it_joins_the_running_sweep(
    aws: LocalAWS, command: Command, deployment: Deployment, slow_sweep: None
) -> None:
    machine = deployment.outputs["state_machine_arn"]
    process = command.start("local")
    wait_for_running(aws, machine, 1)
    assert process.stdout is not None
    assert process.stdout.readline() == "Started a sweep.\n"
    process.send_signal(signal.SIGINT)
    _, err = process.communicate()
    assert process.returncode == 130
    assert "To follow it: make reconcile ENV=local" in err
    assert "Traceback" not in err

    status, _, err = command.run("local", "--dry-run")
    assert status == 1
    assert "only one can run at a time" in err

    second = command.start("local")
    assert second.stdout is not None
    assert "Following the sweep that has been running since" in second.stdout.readline()
    (execution,) = aws.client("stepfunctions").list_executions(
        stateMachineArn=machine, statusFilter="RUNNING"
    )["executions"]
    aws.client("stepfunctions").stop_execution(
        executionArn=execution["executionArn"], error="Stopped", cause="by a test"
    )
    _, err = second.communicate()
    assert second.returncode == 1
    assert "The sweep ended with status ABORTED" in err


def test_an_environment_that_is_not_deployed_is_refused(command: Command) -> None:
    assert command.run("dev") == (1, "", "no dev\n")
