"""Each fault once: what the user sees, how long it takes, what is stored, and that a sweep heals.

The calls pass a proxy that does what a network does; nothing is patched.
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

    The function is warm, so that the times are those of the write, whatever else the machine does.
    """

    @contextlib.contextmanager
    def befall(faulty: Faulty) -> Iterator[None]:
        faulty.warm_up()
        faulty.proxy.fault = fault
        yield
        faulty.proxy.fault = proxy.no_fault

    return befall


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
    """The function's process ends while it waits for DynamoDB."""

    def kill(connection: socket.socket, request: bytes) -> None:
        faulty.kill_function()
        reset(connection, request)

    with network(proxy.instead(kill))(faulty):
        yield


@contextlib.contextmanager
def throttled_function(faulty: Faulty) -> Iterator[None]:
    """No execution of the function is allowed.

    The emulator keeps to this for the function itself only, so the pool calls that for a while.
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
    """The function is warm, and its connection has ended while nobody called it."""
    email, _ = faulty.deployment.sign_up(**ADA)
    assert seen_by_the_user(faulty, email) == ""
    faulty.proxy.refuse()
    faulty.proxy.listen()
    yield


@contextlib.contextmanager
def wrong_certificate(faulty: Faulty) -> Iterator[None]:
    """Somebody else answers in DynamoDB's place, with a certificate that nobody vouches for."""
    with (
        tempfile.TemporaryDirectory() as folder,
        serving(http("200 OK"), context=Authority(Path(folder)).server()) as server,
        faulty.function(AWS_ENDPOINT_URL_DYNAMODB=f"https://localhost:{server.port}"),
    ):
        yield


FAULTS: list[tuple[str, Fault, str, bool]] = [
    # what happens, how, what the user sees ("" is success), whether there is a record at once
    ("none", network(proxy.no_fault), "", True),
    ("DynamoDB: connection refused", refused, SAFE, False),
    ("DynamoDB: reset after the request", network(proxy.reset_after_request), SAFE, False),
    (
        "DynamoDB: one reset after the request",
        lambda f: network(proxy.once(proxy.reset_after_request))(f),
        "",
        True,
    ),
    ("DynamoDB: one answer is lost", lambda f: network(proxy.once(proxy.answer_lost))(f), "", True),
    ("DynamoDB: every answer is lost", network(proxy.answer_lost), SAFE, True),
    (
        "DynamoDB: 500s",
        network(proxy.error("500 Internal Server Error", "InternalServerError")),
        SAFE,
        False,
    ),
    (
        "DynamoDB: the table is throttled",
        network(proxy.error("400 Bad Request", "ProvisionedThroughputExceededException")),
        SAFE,
        False,
    ),
    (
        "DynamoDB: the account is throttled",
        network(proxy.error("400 Bad Request", "RequestLimitExceeded")),
        SAFE,
        False,
    ),
    ("DynamoDB: slow (0.5 s)", network(proxy.slow), "", True),
    ("DynamoDB: the answer trickles", network(proxy.trickle), SAFE, True),
    ("DynamoDB: the answer's body trickles", network(proxy.trickle_body), SAFE, True),
    ("DynamoDB: an answer without end", network(proxy.endless), SAFE, False),
    (
        "DynamoDB: silence and throttling in turns",
        lambda f: network(
            proxy.in_turns(
                proxy.black_hole,
                proxy.error("400 Bad Request", "ThrottlingException", RETRY_AFTER),
            )
        )(f),
        SAFE,
        False,
    ),
    ("DynamoDB: the kept connection has ended", stale_connection, "", True),
    ("DynamoDB: a wrong certificate", wrong_certificate, SAFE, False),
    ("DynamoDB: a black hole", network(proxy.black_hole), SAFE, False),
    ("the table is gone", table_gone, SAFE, False),
    (
        "the function's credentials expired",
        network(proxy.error("400 Bad Request", "ExpiredTokenException")),
        SAFE,
        False,
    ),
    (
        "the function may not write",
        lambda faulty: no_put_item(faulty.aws, faulty.deployment.outputs["function_name"]),
        SAFE,
        False,
    ),
    ("the function is throttled", throttled_function, "TooManyRequestsException", False),
    ("the function is killed", killed, "Worker process died", False),
    (
        "the function's configuration is wrong",
        lambda faulty: faulty.function(STORED_ATTRIBUTES="not JSON"),
        SAFE,
        False,
    ),
]


def seen_by_the_user(faulty: Faulty, email: str) -> str:
    """What confirming says: nothing, if it goes well."""
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
def test_no_fault_loses_a_user(
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
    # The user is confirmed all the same.
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
    assert before in (None, after)  # what was stored is left as it was
    record_property(
        REPORT_ROW,
        (
            what,
            seen or "success",
            f"{seconds:.1f} s",
            "there" if at_once else "missing",
            str(writes),
            "as it was" if at_once else "there",
        ),
    )
