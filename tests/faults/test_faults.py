"""Each fault once: what the user sees, how long it takes, and that a sweep adds the record.

A proxy before DynamoDB causes the faults of the network. No code is patched.
"""

import contextlib
import socket
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from botocore.exceptions import ClientError

from tests.certificates import Authority
from tests.faults import proxy
from tests.faults.conftest import REPORT_ROW, Faulty
from tests.local.test_sign_up import SAFE_MESSAGE, no_put_item
from tests.scenarios import ADA
from tests.server import http, reset, serving

COGNITO_SECONDS = 5
RETRY_AFTER = "x-amz-retry-after: 60000\r\n"
SAFE = "the safe message"

type Fault = Callable[[Faulty], contextlib.AbstractContextManager[object]]


def network(fault: proxy.Fault) -> Fault:
    """A fault of the proxy for a while.

    The function is started before, so that only the write is timed.
    """

    @contextlib.contextmanager
    def cause(faulty: Faulty) -> Iterator[None]:
        faulty.warm_up()
        faulty.proxy.fault = fault
        yield
        faulty.proxy.fault = proxy.no_fault

    return cause


@contextlib.contextmanager
def refused(faulty: Faulty) -> Iterator[None]:
    faulty.proxy.refuse()
    yield
    faulty.proxy.listen()


@contextlib.contextmanager
def table_gone(faulty: Faulty) -> Iterator[None]:
    dynamodb, name = faulty.deployment.dynamodb, faulty.deployment.outputs["table_name"]
    table = dynamodb.describe_table(TableName=name)["Table"]
    dynamodb.delete_table(TableName=name)
    yield
    dynamodb.create_table(
        TableName=name,
        BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=table["AttributeDefinitions"],
        KeySchema=table["KeySchema"],
    )


@contextlib.contextmanager
def killed(faulty: Faulty) -> Iterator[None]:
    """The function's process is killed while it waits for DynamoDB."""

    def kill(connection: socket.socket, request: bytes) -> None:
        faulty.kill_function()
        reset(connection, request)

    with network(proxy.instead(kill))(faulty):
        yield


@contextlib.contextmanager
def throttled_function(faulty: Faulty) -> Iterator[None]:
    """Lambda allows no execution of the function.

    The emulator does not throttle an alias, so the pool calls the function itself for a while.
    """
    functions, cognito = faulty.aws.client("lambda"), faulty.aws.client("cognito-idp")
    name, pool_id = (faulty.deployment.outputs[key] for key in ("function_name", "user_pool_id"))
    pool = cognito.describe_user_pool(UserPoolId=pool_id)["UserPool"]
    arn = functions.get_function_configuration(FunctionName=name)["FunctionArn"]

    def call(function_arn: str) -> None:
        cognito.update_user_pool(
            UserPoolId=pool_id,
            AutoVerifiedAttributes=pool["AutoVerifiedAttributes"],
            LambdaConfig=pool["LambdaConfig"] | {"PostConfirmation": function_arn},
        )

    functions.add_permission(
        FunctionName=name,
        StatementId="unqualified",
        Action="lambda:InvokeFunction",
        Principal="cognito-idp.amazonaws.com",
        SourceArn=pool["Arn"],
        SourceAccount=faulty.aws.account_id,
    )
    functions.put_function_concurrency(FunctionName=name, ReservedConcurrentExecutions=0)
    call(arn)
    yield
    call(pool["LambdaConfig"]["PostConfirmation"])
    functions.delete_function_concurrency(FunctionName=name)
    functions.remove_permission(FunctionName=name, StatementId="unqualified")


@contextlib.contextmanager
def stale_connection(faulty: Faulty) -> Iterator[None]:
    """The function has kept a connection, which has ended since its last call."""
    email, _ = faulty.deployment.sign_up(**ADA)
    assert seen_by_the_user(faulty, email) == ""
    faulty.proxy.refuse()
    faulty.proxy.listen()
    yield


@contextlib.contextmanager
def wrong_certificate(faulty: Faulty) -> Iterator[None]:
    """Another server answers in DynamoDB's place, with a certificate that no known root signed."""
    with (
        tempfile.TemporaryDirectory() as folder,
        serving(http("200 OK"), context=Authority(Path(folder)).server()) as server,
        faulty.function(AWS_ENDPOINT_URL_DYNAMODB=f"https://localhost:{server.port}"),
    ):
        yield


FAULTS: list[tuple[str, Fault, str, bool]] = [
    # the fault, how it is caused, what the user sees ("" is success), and whether there is a record
    # before the sweep
    ("none", network(proxy.no_fault), "", True),
    ("DynamoDB refuses the connection", refused, SAFE, False),
    (
        "DynamoDB resets the connection after each request",
        network(proxy.reset_after_request),
        SAFE,
        False,
    ),
    (
        "DynamoDB resets the connection once",
        lambda f: network(proxy.once(proxy.reset_after_request))(f),
        "",
        True,
    ),
    (
        "DynamoDB writes, and its first answer is lost",
        lambda f: network(proxy.once(proxy.answer_lost))(f),
        "",
        True,
    ),
    ("DynamoDB writes, and every answer is lost", network(proxy.answer_lost), SAFE, True),
    (
        "DynamoDB answers with status 500",
        network(proxy.error("500 Internal Server Error", "InternalServerError")),
        SAFE,
        False,
    ),
    (
        "DynamoDB throttles the table",
        network(proxy.error("400 Bad Request", "ProvisionedThroughputExceededException")),
        SAFE,
        False,
    ),
    (
        "DynamoDB throttles the account",
        network(proxy.error("400 Bad Request", "RequestLimitExceeded")),
        SAFE,
        False,
    ),
    ("DynamoDB answers 0.5 s late", network(proxy.slow), "", True),
    ("DynamoDB's answer comes byte by byte", network(proxy.trickle), SAFE, True),
    ("the body of DynamoDB's answer comes byte by byte", network(proxy.trickle_body), SAFE, True),
    ("DynamoDB's answer never ends", network(proxy.endless), SAFE, False),
    (
        "DynamoDB alternates between silence and throttling",
        lambda f: network(
            proxy.in_turns(
                proxy.black_hole,
                proxy.error("400 Bad Request", "ThrottlingException", RETRY_AFTER),
            )
        )(f),
        SAFE,
        False,
    ),
    ("DynamoDB has closed the connection that the function kept", stale_connection, "", True),
    ("another server answers, without a valid certificate", wrong_certificate, SAFE, False),
    ("DynamoDB never answers", network(proxy.black_hole), SAFE, False),
    ("the table is deleted", table_gone, SAFE, False),
    (
        "the function's credentials have expired",
        network(proxy.error("400 Bad Request", "ExpiredTokenException")),
        SAFE,
        False,
    ),
    (
        "the function has no permission to write",
        lambda faulty: no_put_item(faulty.aws, faulty.deployment.outputs["function_name"]),
        SAFE,
        False,
    ),
    ("Lambda throttles the function", throttled_function, "TooManyRequestsException", False),
    ("the function's process is killed", killed, "Worker process died", False),
    (
        "the function's configuration is wrong",
        lambda faulty: faulty.function(STORED_ATTRIBUTES="not JSON"),
        SAFE,
        False,
    ),
]


def seen_by_the_user(faulty: Faulty, email: str) -> str:
    """The message of the confirmation; empty if it succeeds."""
    try:
        faulty.deployment.cognito.confirm_sign_up(
            ClientId=faulty.deployment.client_id,
            Username=email,
            ConfirmationCode=faulty.aws.latest_code(email),
        )
    except ClientError as error:
        return str(error.response["Error"]["Message"])
    return ""


@pytest.mark.parametrize(("what", "fault", "seen", "at_once"), FAULTS, ids=[f[0] for f in FAULTS])
def test_a_fault_costs_no_user_the_record(
    faulty: Faulty,
    record_property: Callable[[str, object], None],
    what: str,
    fault: Fault,
    seen: str,
    at_once: bool,
) -> None:
    email, sub = faulty.deployment.sign_up(**ADA)
    with fault(faulty):
        started = time.monotonic()
        message = seen_by_the_user(faulty, email)
        seconds = time.monotonic() - started
    # The fault does not undo the confirmation.
    assert faulty.deployment.status(email) == "CONFIRMED"
    before = faulty.deployment.item(sub)
    assert (before is not None) == at_once
    if seen == SAFE:
        assert message == SAFE_MESSAGE
        assert seconds < COGNITO_SECONDS
    else:
        assert seen in message
        assert bool(seen) == bool(message)

    writes = faulty.proxy.written.count(sub)
    assert writes == (1 if at_once else 0)
    counts = faulty.sweep()
    assert (counts["failed"], counts["stored"]) == (0, 0 if at_once else 1)
    assert faulty.proxy.written.count(sub) == 1
    after = faulty.deployment.item(sub)
    assert after is not None
    assert after["Email"] == {"S": email}
    assert before in (None, after)  # the sweep leaves a record as it was
    record_property(
        REPORT_ROW,
        (
            what,
            seen or "success",
            f"{seconds:.1f} s",
            "yes" if at_once else "no",
            str(writes),
            "left it" if at_once else "added it",
        ),
    )
