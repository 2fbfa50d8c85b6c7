"""A state that cannot be used: the message says why, and the command in it helps."""

import json
import re
import socket
from collections.abc import Iterator

import pytest

from scripts.local.local_aws import LocalAWS
from tests.server import close, http, serving
from tests.terraform.project import Project, state_key

BACKEND = "terraform/environments/dev.s3.tfbackend"
LOCK = {
    "ID": "2b6a6738-5dd5-50d6-c0ae-f6352977666b",
    "Operation": "OperationTypeApply",
    "Who": "ada@desk",
    "Version": "1.11.4",
    "Created": "2026-11-25T07:00:00.5Z",
}


def lock(project: Project, environment: str) -> None:
    """Put the lock of another person's deployment on the state."""
    project.aws.client("s3").put_object(
        Bucket=project.bucket, Key=f"{state_key(environment)}.tflock", Body=json.dumps(LOCK)
    )


def command(message: str) -> str:
    """The command at the end of a message."""
    found = re.search(r"make [a-z]+ ENV=[a-z]+( LOCK=[0-9a-f-]+)?$", message.strip())
    assert found, message
    return found[0]


@pytest.mark.usefixtures("provider")
def test_a_locked_environment_is_not_changed(deployed_project: Project) -> None:
    project = deployed_project
    project.succeed("plan", "dev")
    lock(project, "dev")
    for name in ("plan", "deploy", "destroy"):
        said = project.fail(name, "dev")
        assert said.startswith(
            "ada@desk is changing environment dev, since 2026-11-25T07:00:00.5Z. "
            "Try again when that has ended."
        )
    assert project.plan_file("dev").exists()
    # Commands that change nothing work, as do the plans of pull requests.
    assert "user_pool_id" in project.succeed("outputs", "dev")
    project.succeed("plan", "dev", TF_CLI_ARGS_plan="-no-color -lock=false")
    assert "no lock 1: the lock is now" in project.fail("unlock", "dev", "1")
    project.shell(command(said))
    assert f"has no lock {LOCK['ID']}: it is not locked" in project.fail(
        "unlock", "dev", LOCK["ID"]
    )
    project.succeed("deploy", "dev")


@pytest.mark.usefixtures("provider")
def test_a_lock_without_a_state_can_be_deleted(project: Project) -> None:
    lock(project, "dev")
    for name in ("plan", "outputs"):
        said = project.fail(name, "dev")
        assert said.startswith("ada@desk is changing environment dev, since ")
    project.shell(command(said))
    project.succeed("plan", "dev")


def test_unlock_without_a_lock_says_how_to_name_one(project: Project) -> None:
    assert project.fail("unlock", "dev").startswith("Say which lock: make unlock ENV=dev LOCK=<id>")


@pytest.fixture
def expiring(project: Project) -> Iterator[str]:
    """The address of a proxy before the local AWS, as if the credentials expired during an apply.

    Terraform can create the lock, but it can neither write the state nor delete the lock.
    """

    def proxy(connection: socket.socket, request: bytes) -> None:
        method, path = request.split(b" ", 2)[:2]
        is_lock = method == b"PUT" and b".tflock" in path
        if method in (b"PUT", b"DELETE") and not is_lock:
            http("403 Forbidden", "")(connection, request)
            return
        with socket.create_connection(("127.0.0.1", project.aws.port)) as upstream:
            upstream.sendall(request.replace(b"\r\n", b"\r\nConnection: close\r\n", 1))
            while part := upstream.recv(65536):
                connection.sendall(part)
        close(connection, request)

    with serving(proxy) as server:
        yield f"http://127.0.0.1:{server.port}"


@pytest.mark.usefixtures("provider")
def test_recover_writes_a_state_that_terraform_could_not_write(
    project: Project, expiring: str
) -> None:
    project.succeed("plan", "dev")
    status, said = project.run("deploy", "dev", AWS_ENDPOINT_URL=expiring)
    assert status == 1
    recover = command(said)
    assert recover == "make recover ENV=dev"
    left = project.folder / "terraform" / "errored-dev.tfstate"
    assert left.stat().st_mode & 0o777 == 0o600
    assert json.loads(left.read_text())["resources"]

    # No other command works before that, except for other environments.
    for name in ("check", "plan", "deploy", "destroy", "outputs"):
        assert command(project.fail(name, "dev")) == recover
    project.succeed("check", "prod")

    unlock = command(project.fail("recover", "dev"))
    assert unlock.startswith("make unlock ENV=dev LOCK=")
    project.shell(unlock)
    project.shell(recover)
    assert not left.exists()
    assert "No changes" in project.succeed("plan", "dev")


@pytest.mark.usefixtures("provider")
def test_a_state_of_an_unknown_environment_blocks_all_until_it_is_recovered(
    project: Project,
) -> None:
    for environment in ("dev", "staging"):
        project.succeed("plan", environment)
    state = project.state("dev") | {"serial": 9}
    left = project.folder / "terraform" / "errored.tfstate"
    left.write_text('{"version": 4')  # incomplete
    assert project.fail("recover", "dev").startswith("terraform/errored.tfstate is not a state of ")
    left.write_text(json.dumps(state))
    for environment in ("dev", "staging"):
        said = project.fail("plan", environment)
        assert said.startswith(
            "Terraform could not write a state to the bucket. The state is in "
            "terraform/errored.tfstate, "
        )
    status, said = project.run("recover", "staging")
    assert (status, left.exists()) == (1, True)
    assert said.startswith("terraform/errored.tfstate is not a state of environment staging. ")
    project.shell(command(project.fail("plan", "dev")))
    assert project.state("dev")["serial"] > 9
    assert project.fail("recover", "dev").startswith("There is no state of dev to recover")


def test_wrong_credentials_and_backend_files_are_refused_before_terraform_starts(
    project: Project,
) -> None:
    project.edit(BACKEND, LocalAWS.account_id, "111111111111")
    for name in ("plan", "outputs"):
        assert project.fail(name, "dev") == (
            f"Your credentials are for account {LocalAWS.account_id}, but environment dev belongs "
            f"to 111111111111 (allowed_account_ids in {BACKEND}). Sign in to that account, or "
            "choose its profile: export AWS_PROFILE=<name>"
        )
    project.edit(BACKEND, "111111111111", LocalAWS.account_id)

    nobody = {"AWS_ACCESS_KEY_ID": "", "AWS_SECRET_ACCESS_KEY": ""}
    assert project.fail("plan", "dev", **nobody).startswith("There are no AWS credentials. ")

    project.edit(BACKEND, project.bucket, "none-of-that-name")
    assert project.fail("plan", "dev") == (
        f"The bucket none-of-that-name, which {BACKEND} names, does not exist. "
        "To create it: make bootstrap ENV=dev"
    )
    project.edit(BACKEND, "key =", "keys =")
    assert project.fail("plan", "dev").startswith(f"{BACKEND} does not set key. Delete the file")
    project.edit(BACKEND, "keys =", "keys")
    assert project.fail("plan", "dev").startswith(f"{BACKEND} is not valid HCL. ")


@pytest.mark.usefixtures("provider")
def test_a_changed_backend_file_is_used_at_once(deployed_project: Project) -> None:
    project = deployed_project
    project.aws.client("s3").create_bucket(Bucket=f"{project.bucket}-2")
    project.edit(BACKEND, project.bucket, f"{project.bucket}-2")
    for command in ("outputs", "destroy"):
        assert "Nothing is deployed" in project.fail(command, "dev")
    project.edit(BACKEND, f"{project.bucket}-2", project.bucket)
    assert "No changes" in project.succeed("plan", "dev")
