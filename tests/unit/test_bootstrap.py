"""What `make bootstrap` refuses before it runs Terraform. moto stands in for AWS.

tests/terraform/test_bootstrap.py runs it with Terraform.
"""

import io
from collections.abc import Callable, Iterator
from http import HTTPStatus
from pathlib import Path
from typing import Any

import boto3
import pytest
from moto import mock_aws
from moto.core.models import DEFAULT_ACCOUNT_ID

from scripts import bootstrap

BUCKET = f"confirmed-users-state-{DEFAULT_ACCOUNT_ID}-eu-west-1"
VARIABLES = '/* region = "us-west-2" */\nenvironment = "dev"\nregion      = "eu-west-1"\n'
type Fails = Callable[..., str]


@pytest.fixture
def environments(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder with dev's variables; there are credentials, an approval and a fake Terraform."""
    monkeypatch.setattr(bootstrap, "TERRAFORM", tmp_path / "terraform")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "testing")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "testing")
    monkeypatch.setenv("TF_CLI_ARGS_apply", "-auto-approve")
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "terraform").write_text("#!/bin/sh\necho it ran >&2\nexit 1\n")
    (tmp_path / "bin" / "terraform").chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    (tmp_path / "terraform" / "bootstrap").mkdir(parents=True)
    folder = tmp_path / "terraform" / "environments"
    folder.mkdir()
    (folder / "dev.tfvars").write_text(VARIABLES)
    return folder


@pytest.fixture
def s3(environments: Path) -> Iterator[Any]:
    with mock_aws():
        yield boto3.client("s3", region_name="eu-west-1")


@pytest.fixture
def fails(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], environments: Path
) -> Fails:
    """Runs the command, which must fail and write no file, and gives its one line of error."""

    def fail(environment: str) -> str:
        before = {path: path.read_text() for path in environments.iterdir()}
        monkeypatch.setattr("sys.argv", ["bootstrap", environment])
        assert bootstrap.main() == 1
        assert {path: path.read_text() for path in environments.iterdir()} == before
        (line,) = capsys.readouterr().err.splitlines()
        return line

    return fail


@pytest.mark.parametrize(
    "commented_out",
    [
        "",
        '# region = "eu-west-1"\n',
        '// region = "eu-west-1"\n',
        '/* region = "eu-west-1" */\n',
        '/*\nregion = "eu-west-1"\n*/\n',
    ],
)
def test_variables_without_a_region_are_refused(
    fails: Fails, environments: Path, commented_out: str
) -> None:
    (environments / "dev.tfvars").write_text(f'environment = "dev"\n{commented_out}')
    assert fails("dev") == (
        "terraform/environments/dev.tfvars does not set region. "
        'Add a line such as: region = "us-east-1"'
    )


def test_variables_that_are_not_hcl_are_refused(fails: Fails, environments: Path) -> None:
    file = environments / "dev.tfvars"
    file.write_text('region "eu-west-1"\n= {')
    assert fails("dev") == f"{file} is not valid HCL. To see where: terraform fmt -check {file}"


def test_it_says_how_to_approve_when_there_is_no_terminal(
    fails: Fails, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("TF_CLI_ARGS_apply")
    monkeypatch.setattr("sys.stdin", io.StringIO())
    assert fails("dev").endswith("To approve beforehand: export TF_CLI_ARGS_apply=-auto-approve")


def test_it_says_how_to_sign_in_when_there_are_no_credentials(
    fails: Fails, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", "/dev/null")
    monkeypatch.setenv("AWS_CONFIG_FILE", "/dev/null")
    assert fails("dev").startswith("There are no AWS credentials. Sign in")


@pytest.mark.usefixtures("s3")
def test_credentials_of_an_account_that_is_not_allowed_are_refused(
    fails: Fails, environments: Path
) -> None:
    file = environments / "dev.tfvars"
    file.write_text(
        f'{VARIABLES}allowed_account_ids = [\n  "111111111111", # "{DEFAULT_ACCOUNT_ID}"\n]\n'
    )
    said = fails("dev")
    assert said.startswith(f"Your credentials are for account {DEFAULT_ACCOUNT_ID}, but")
    assert "belongs to 111111111111 (allowed_account_ids in " in said
    file.write_text(f'{VARIABLES}allowed_account_ids = ["{DEFAULT_ACCOUNT_ID}"]\n')
    assert fails("dev") == "it ran"


@pytest.mark.usefixtures("s3")
def test_a_backend_file_that_names_another_bucket_is_kept_and_refused(
    fails: Fails, environments: Path
) -> None:
    file = environments / "dev.s3.tfbackend"
    file.write_text('bucket = "theirs"\n')
    said = fails("dev")
    assert f"sets bucket to theirs. For this project in account {DEFAULT_ACCOUNT_ID} and" in said
    assert f"it would be {BUCKET}." in said
    file.write_text(f'bucket = "{BUCKET}"\nregion = "eu-west-1"\n')
    assert "sets key to (nothing). " in fails("dev")
    file.write_text(f'{file.read_text()}key = "confirmed-users/terraform.tfstate"\n')
    assert fails("dev") == "it ran"


def test_a_bucket_that_belongs_to_another_account_is_refused(
    fails: Fails, s3: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(  # what AWS answers when the expected owner is not the owner
        "moto.s3.responses.S3Response.head_bucket",
        lambda _response: (HTTPStatus.FORBIDDEN.value, {}, ""),
    )
    said = fails("dev")
    assert said.startswith(f"The bucket {BUCKET} belongs to somebody else, or your credentials")


@pytest.mark.usefixtures("s3")
def test_it_waits_for_terraform_to_end_after_ctrl_c(fails: Fails, tmp_path: Path) -> None:
    ended = tmp_path / "ended"
    (tmp_path / "bin" / "terraform").write_text(
        "#!/bin/sh\n"
        '[ "$1" = apply ] || exit 0\n'
        f"kill -INT $PPID; /bin/sleep 0.5; echo yes >{ended}; exit 1\n"
    )
    assert fails("dev") == "Terraform did not finish. To go on, run the same command again."
    assert ended.read_text() == "yes\n"


def test_both_configurations_have_the_same_default_project() -> None:
    for folder in (".", "bootstrap"):
        path = Path(__file__).parents[2] / "terraform" / folder / "variables.tf"
        _, _, after = path.read_text().partition('variable "project" {')
        assert f'default     = "{bootstrap.PROJECT}"' in after.partition("\n}\n")[0], path
