"""`make bootstrap`, with AWS by moto."""

import json
from collections.abc import Iterator
from http import HTTPStatus
from pathlib import Path
from typing import Any

import boto3
import pytest
from moto import mock_aws
from moto.core.models import DEFAULT_ACCOUNT_ID
from moto.s3.models import s3_backends

from scripts import bootstrap

BUCKET = f"confirmed-users-state-{DEFAULT_ACCOUNT_ID}-eu-west-1"
VARIABLES = '# region = "us-east-1"\nenvironment = "dev"\nregion      = "eu-west-1"\n'
SETTINGS = 6


@pytest.fixture
def environments(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with the environment dev, and credentials."""
    monkeypatch.setattr(bootstrap, "ENVIRONMENTS", tmp_path)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "testing")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "testing")
    (tmp_path / "dev.tfvars").write_text(VARIABLES)
    return tmp_path


@pytest.fixture
def s3(environments: Path) -> Iterator[Any]:
    with mock_aws():
        yield boto3.client("s3", region_name="eu-west-1")


def run(monkeypatch: pytest.MonkeyPatch, *arguments: str) -> int:
    monkeypatch.setattr("sys.argv", ["bootstrap", *arguments])
    return bootstrap.main()


@pytest.fixture
def fails(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], environments: Path
) -> Any:
    """What it says, in one line, when it fails; it must not have written the file."""

    def fail(*arguments: str) -> str:
        before = {path: path.read_text() for path in environments.iterdir()}
        assert run(monkeypatch, *arguments) == 1
        assert {path: path.read_text() for path in environments.iterdir()} == before
        (line,) = capsys.readouterr().err.splitlines()
        return line

    return fail


def test_it_makes_a_bucket_fit_for_a_state_and_names_it(
    s3: Any, environments: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(monkeypatch, "dev") == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line[:9].strip() for line in lines[:-1]] == ["made"] * (SETTINGS + 2)
    assert lines[-1] == "Commit that file. Next: make plan ENV=dev"

    assert s3.get_bucket_location(Bucket=BUCKET)["LocationConstraint"] == "eu-west-1"
    assert s3.get_bucket_versioning(Bucket=BUCKET)["Status"] == "Enabled"
    public = s3.get_public_access_block(Bucket=BUCKET)["PublicAccessBlockConfiguration"]
    assert list(public.values()) == [True] * 4
    [owner] = s3.get_bucket_ownership_controls(Bucket=BUCKET)["OwnershipControls"]["Rules"]
    assert owner == {"ObjectOwnership": "BucketOwnerEnforced"}
    encryption = s3.get_bucket_encryption(Bucket=BUCKET)["ServerSideEncryptionConfiguration"]
    [rule] = encryption["Rules"]
    assert rule["ApplyServerSideEncryptionByDefault"] == {"SSEAlgorithm": "AES256"}
    [statement] = json.loads(s3.get_bucket_policy(Bucket=BUCKET)["Policy"])["Statement"]
    assert statement["Effect"] == "Deny"
    assert statement["Principal"] == "*"
    assert statement["Action"] == "s3:*"
    assert statement["Resource"] == [f"arn:aws:s3:::{BUCKET}", f"arn:aws:s3:::{BUCKET}/*"]
    assert statement["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}
    [rule] = s3.get_bucket_lifecycle_configuration(Bucket=BUCKET)["Rules"]
    assert rule["Status"] == "Enabled"
    assert rule["NoncurrentVersionExpiration"] == {"NoncurrentDays": 90}
    assert rule["AbortIncompleteMultipartUpload"] == {"DaysAfterInitiation": 7}

    assert {path.name for path in environments.iterdir()} == {"dev.tfvars", "dev.s3.tfbackend"}
    assert (environments / "dev.s3.tfbackend").read_text().splitlines()[1:] == [
        f'bucket              = "{BUCKET}"',
        'region              = "eu-west-1"',
        'key                 = "confirmed-users/terraform.tfstate"',
        f'allowed_account_ids = ["{DEFAULT_ACCOUNT_ID}"]',
    ]


def test_a_second_run_changes_nothing(
    s3: Any, environments: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    run(monkeypatch, "dev")
    file = environments / "dev.s3.tfbackend"
    file.write_text(f'{file.read_text()}kms_key_id = "mine"\n')
    capsys.readouterr()
    assert run(monkeypatch, "dev") == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line[:9] for line in lines[:-1]] == ["as it was"] * (SETTINGS + 2)
    assert 'kms_key_id = "mine"' in file.read_text()


def test_what_is_amiss_is_mended_and_what_others_added_stays(
    s3: Any, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    run(monkeypatch, "dev")
    s3.put_bucket_versioning(Bucket=BUCKET, VersioningConfiguration={"Status": "Suspended"})
    theirs = {"Sid": "Theirs", "Effect": "Deny", "Principal": "*", "Action": "s3:PutBucketAcl"}
    theirs["Resource"] = f"arn:aws:s3:::{BUCKET}"
    s3.put_bucket_policy(Bucket=BUCKET, Policy=json.dumps({"Statement": [theirs]}))
    rule = {"ID": "Theirs", "Status": "Enabled", "Filter": {"Prefix": "x"}}
    rules = [rule | {"Expiration": {"Days": 1}}]
    s3.put_bucket_lifecycle_configuration(Bucket=BUCKET, LifecycleConfiguration={"Rules": rules})
    key = {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": "mine"}
    s3.put_bucket_encryption(
        Bucket=BUCKET,
        ServerSideEncryptionConfiguration={"Rules": [{"ApplyServerSideEncryptionByDefault": key}]},
    )
    capsys.readouterr()
    assert run(monkeypatch, "dev") == 0
    said = capsys.readouterr().out.splitlines()
    assert [line[10:] for line in said if line.startswith("made")] == [
        "every version of a state is kept",
        "only over TLS",
        "old versions expire after 90 days",
    ]
    assert s3.get_bucket_versioning(Bucket=BUCKET)["Status"] == "Enabled"
    policy = json.loads(s3.get_bucket_policy(Bucket=BUCKET)["Policy"])
    assert [one["Sid"] for one in policy["Statement"]] == ["Theirs", "OnlyOverTLS"]
    rules = s3.get_bucket_lifecycle_configuration(Bucket=BUCKET)["Rules"]
    assert [one["ID"] for one in rules] == ["Theirs", "OldVersions"]
    encryption = s3.get_bucket_encryption(Bucket=BUCKET)["ServerSideEncryptionConfiguration"]
    assert encryption["Rules"][0]["ApplyServerSideEncryptionByDefault"] == key


def test_the_one_region_that_is_not_named(
    s3: Any, environments: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (environments / "dev.tfvars").write_text(VARIABLES.replace("eu-west-1", "us-east-1"))
    assert run(monkeypatch, "dev") == 0
    assert "us-east-1" in (environments / "dev.s3.tfbackend").read_text()


def test_an_environment_must_be_named_and_known(fails: Any) -> None:
    assert fails() == "Say which environment: make bootstrap ENV=<environment>, one of dev."
    assert fails("prod").startswith('There is no environment "prod"; use one of dev, or add ')
    assert 'no environment "../dev"' in fails("../dev")


def test_a_region_must_be_set(fails: Any, environments: Path) -> None:
    (environments / "dev.tfvars").write_text('environment = "dev"\n')
    assert fails("dev").startswith("terraform/environments/dev.tfvars sets no region.")


def test_without_credentials_it_says_how_to_sign_in(
    fails: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", "/dev/null")
    monkeypatch.setenv("AWS_CONFIG_FILE", "/dev/null")
    assert fails("dev").startswith("There are no AWS credentials. Sign in")


@pytest.mark.usefixtures("s3")
def test_another_account_than_the_environments_is_refused(
    fails: Any, environments: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = environments / "dev.tfvars"
    file.write_text(
        f'{VARIABLES}allowed_account_ids = [\n  "111111111111", # "{DEFAULT_ACCOUNT_ID}"\n]\n'
    )
    said = fails("dev")
    assert said.startswith(f"These are credentials of account {DEFAULT_ACCOUNT_ID}, and")
    assert "belongs to 111111111111 (allowed_account_ids in " in said
    file.write_text(f'{VARIABLES}allowed_account_ids = ["{DEFAULT_ACCOUNT_ID}"]\n')
    assert run(monkeypatch, "dev") == 0


def test_a_file_that_names_another_bucket_stays(fails: Any, s3: Any, environments: Path) -> None:
    (environments / "dev.s3.tfbackend").write_text('bucket = "theirs"\n')
    said = fails("dev")
    assert "names the bucket theirs, and with these credentials" in said
    assert BUCKET in said
    assert s3.list_buckets()["Buckets"] == []


@pytest.mark.parametrize(
    "status",
    [
        HTTPStatus.FORBIDDEN,  # what AWS says to an expected owner who is not
        HTTPStatus.NOT_FOUND,  # somebody took the name just now
    ],
)
def test_a_bucket_of_somebody_else_is_refused(
    fails: Any, s3: Any, monkeypatch: pytest.MonkeyPatch, status: HTTPStatus
) -> None:
    if status == HTTPStatus.NOT_FOUND:
        s3_backends["111111111111"]["aws"].create_bucket(BUCKET, "eu-west-1")
    answer(monkeypatch, "head_bucket", status)
    said = fails("dev")
    assert said.startswith(f"The bucket {BUCKET} belongs to somebody else, or these credentials")


def test_a_refusal_by_aws_is_told(fails: Any, s3: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    answer(monkeypatch, "get_bucket_versioning", HTTPStatus.FORBIDDEN)
    assert "when calling the GetBucketVersioning operation" in fails("dev")


def answer(monkeypatch: pytest.MonkeyPatch, operation: str, status: HTTPStatus) -> None:
    """Make S3 give this status to every call of an operation."""
    monkeypatch.setattr(
        f"moto.s3.responses.S3Response.{operation}", lambda _response: (status.value, {}, "")
    )
