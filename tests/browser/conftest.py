"""The page of `make local` in a real browser. Each test has a new stack and a new page."""

import json
import os
from collections.abc import Iterator
from dataclasses import asdict

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, expect, sync_playwright

from scripts.local.deploy import Outputs, deploy
from scripts.local.local_aws import LocalAWS
from scripts.local.page.server import PageServer
from scripts.local.page.stack import Stack
from scripts.local.terraform import ZIP
from tests.deployment import Deployment
from tests.tools import chromium

WIDTH, HEIGHT = 1200, 900
PATIENCE = 10_000  # milliseconds for what a busy machine does late
# The browser makes no requests that the page did not ask for.
ARGUMENTS = [
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    # As root, Chromium does not start with a sandbox.
    *(["--no-sandbox"] if os.geteuid() == 0 else []),
]
# What Chromium writes to the console when a test causes an error as the answer, or no answer.
EXPECTED = (
    "Failed to load resource: the server responded with a status of 400",
    "Failed to load resource: net::ERR_FAILED",
)


@pytest.fixture(scope="package")
def own_aws() -> Iterator[LocalAWS]:
    """A local AWS for these tests only, because the page shows everything in it."""
    with LocalAWS() as local:
        yield local


@pytest.fixture
def deployment(own_aws: LocalAWS) -> Deployment:
    """A new stack without users."""
    own_aws.reset()
    outputs = deploy(own_aws, ZIP)
    return Deployment(
        own_aws.client("cognito-idp"),
        own_aws.client("dynamodb"),
        own_aws.client("lambda"),
        asdict(outputs),
    )


@pytest.fixture
def options_on(own_aws: LocalAWS, deployment: Deployment) -> None:
    """Turn `store_at_sign_in` and `update_records` on in that stack, which has them off."""
    outputs = deployment.outputs
    deployment.cognito.update_user_pool(
        UserPoolId=outputs["user_pool_id"],
        AutoVerifiedAttributes=["email"],
        LambdaConfig=deployment.pool["LambdaConfig"] | {"PostAuthentication": outputs["alias_arn"]},
    )
    name = outputs["reconcile_function_name"]
    function = deployment.functions.get_function_configuration(FunctionName=name)
    variables = function["Environment"]["Variables"] | {"UPDATE_RECORDS": "true"}
    deployment.functions.update_function_configuration(
        FunctionName=name, Environment={"Variables": variables}
    )
    may_update = {"Effect": "Allow", "Action": "dynamodb:UpdateItem", "Resource": "*"}
    own_aws.client("iam").put_role_policy(
        RoleName=function["Role"].rpartition("/")[2],
        PolicyName="update",
        PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [may_update]}),
    )


@pytest.fixture
def stack(own_aws: LocalAWS, deployment: Deployment) -> Stack:
    """That stack, as the page uses it."""
    return Stack(own_aws, Outputs(**deployment.outputs))


@pytest.fixture
def server(own_aws: LocalAWS, stack: Stack) -> Iterator[PageServer]:
    """The page's server."""
    with PageServer(stack, own_aws.endpoint_url) as running:
        yield running


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Chromium. It ends with the module, because other tests cannot run an event loop beside it."""
    expect.set_options(timeout=PATIENCE)
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=chromium(), args=ARGUMENTS)
        yield running
        running.close()


@pytest.fixture
def page(browser: Browser, server: PageServer) -> Iterator[Page]:
    """The opened page, which must cause no error and no violation of its security policy."""
    context = browser.new_context(viewport={"width": WIDTH, "height": HEIGHT}, locale="en-GB")
    opened = context.new_page()
    opened.set_default_timeout(PATIENCE)
    complaints: list[str] = []

    def listen(message: ConsoleMessage) -> None:
        if message.type in ("error", "warning") and not message.text.startswith(EXPECTED):
            complaints.append(message.text)

    opened.on("console", listen)
    opened.on("pageerror", lambda error: complaints.append(str(error)))
    opened.goto(server.url)
    yield opened
    context.close()
    assert complaints == []
