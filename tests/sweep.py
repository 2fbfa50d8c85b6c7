"""A sweep of a stack in the local AWS."""

import time

from scripts.local.local_aws import LocalAWS


def sweep(aws: LocalAWS, state_machine_arn: str) -> None:
    """Start a sweep as terraform/README.md says, and wait until it has succeeded."""
    states = aws.client("stepfunctions")
    started = states.start_execution(stateMachineArn=state_machine_arn, input='{"dryRun": false}')
    for _ in range(600):
        status = states.describe_execution(executionArn=started["executionArn"])["status"]
        if status != "RUNNING":
            break
        time.sleep(0.1)
    assert status == "SUCCEEDED"
