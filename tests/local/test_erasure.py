"""`make forget` and `make orphans` against the local AWS."""

from dataclasses import replace

import pytest

from tests.deployment import Deployment
from tests.local.conftest import Command


@pytest.fixture
def forget(project_command: Command) -> Command:
    """`make forget` without its pause of a minute."""
    script = project_command.project / "scripts" / "forget.py"
    text = script.read_text()
    assert "SETTLE_SECONDS = 60" in text
    script.write_text(text.replace("SETTLE_SECONDS = 60", "SETTLE_SECONDS = 0"))
    return replace(project_command, module="scripts.forget")


@pytest.fixture
def orphans(project_command: Command) -> Command:
    """`make orphans` for records of any age."""
    script = project_command.project / "scripts" / "orphans.py"
    text = script.read_text()
    assert "timedelta(hours=1)" in text
    script.write_text(text.replace("timedelta(hours=1)", "timedelta()"))
    return replace(project_command, module="scripts.orphans")


def test_a_user_is_deleted_by_address_and_a_sweep_does_not_bring_the_record_back(
    forget: Command, deployment: Deployment
) -> None:
    email, sub = deployment.sign_up()
    deployment.confirm(email)
    status, _, err = forget.run("local", email)
    assert status == 1
    assert "no terminal to ask on" in err
    assert deployment.item(sub) is not None
    status, out, err = forget.run("local", email, "--yes")
    assert status == 0, err
    assert f"UserID {sub}: CONFIRMED" in out
    assert deployment.item(sub) is None
    status, _, err = replace(forget, module="scripts.reconcile").run("local")
    assert status == 0, err
    assert deployment.item(sub) is None
    assert forget.run("local", sub, "--yes")[0] == 0


def test_a_record_whose_user_is_gone_is_listed_and_is_deleted_on_request(
    orphans: Command, deployment: Deployment
) -> None:
    users = [deployment.sign_up() for _ in range(2)]
    for email, _ in users:
        deployment.confirm(email)
    (email, gone), (_, there) = users
    deployment.cognito.admin_delete_user(
        UserPoolId=deployment.outputs["user_pool_id"], Username=email
    )
    status, out, err = orphans.run("local")
    assert status == 1, err
    assert gone in out
    assert there not in out
    assert deployment.item(gone) is not None
    status, _, err = orphans.run("local", "--delete")
    assert status == 1
    assert "no terminal to ask on" in err
    assert deployment.item(gone) is not None
    status, _, err = orphans.run("local", "--delete", "--yes")
    assert status == 0, err
    assert deployment.item(gone) is None
    assert deployment.item(there) is not None
