"""`make bootstrap ENV=dev`: the bucket that keeps Terraform's state, and the file that names it.

Safe to run again: what is there as it should be is left alone.
"""

import json
import re
import sys
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from typing import Any

import boto3
from botocore.exceptions import BotoCoreError, ClientError, NoCredentialsError

ENVIRONMENTS = Path(__file__).parents[1] / "terraform" / "environments"
PROJECT = "confirmed-users"  # the default of the variable `project`
OLD_VERSIONS_DAYS = 90
INCOMPLETE_UPLOADS_DAYS = 7

MADE, FOUND = "made     ", "as it was"

_NAME = re.compile(r"[a-z0-9-]+")
_COMMENT = re.compile(r"(?:#|//).*")


class BootstrapError(Exception):
    """There is no bucket to keep the state in; the message says why and what to do."""


@dataclass(frozen=True)
class Environment:
    """What the environment's tfvars file says of where it is."""

    name: str
    region: str
    project: str
    allowed_account_ids: list[str]

    @property
    def backend_file(self) -> Path:
        """Where Terraform is told of the bucket."""
        return ENVIRONMENTS / f"{self.name}.s3.tfbackend"


@dataclass(frozen=True)
class Account:
    """Whose credentials these are."""

    account_id: str
    partition: str


@dataclass(frozen=True)
class Setting:
    """A setting of the bucket: its calls are get_<name> and put_<name>, which takes `parameter`."""

    text: str
    name: str
    parameter: str
    wanted: dict[str, Any]
    enough: dict[str, Any] | None = None
    """Where less than `wanted` will do."""


def main() -> int:
    """Make what is missing and say what was done or found; 1 if it cannot be done."""
    try:
        environment = _environment(sys.argv[1] if len(sys.argv) > 1 else "")
        session = boto3.Session(region_name=environment.region)
        account = _account(session, environment)
        bucket = f"confirmed-users-state-{account.account_id}-{environment.region}"
        _require_same_bucket(environment, account, bucket)
        s3 = session.client("s3")
        _make_bucket(s3, bucket, environment.region, account)
        for setting in _settings(bucket, account):
            print(_apply(s3, setting, bucket, account), setting.text)
        done = _write_backend_file(environment, account, bucket)
        print(done, f"terraform/environments/{environment.backend_file.name}")
    except NoCredentialsError:
        print(
            "There are no AWS credentials. Sign in, for example with `aws sso login`, or name a "
            "profile: export AWS_PROFILE=<name>",
            file=sys.stderr,
        )
        return 1
    except (BootstrapError, ClientError, BotoCoreError) as error:
        print(error, file=sys.stderr)
        return 1
    print(f"Commit that file. Next: make plan ENV={environment.name}")
    return 0


def _environment(name: str) -> Environment:
    known = ", ".join(sorted(path.stem for path in ENVIRONMENTS.glob("*.tfvars")))
    if not name:
        raise BootstrapError(
            f"Say which environment: make bootstrap ENV=<environment>, one of {known}."
        )
    file = ENVIRONMENTS / f"{name}.tfvars"
    if not _NAME.fullmatch(name) or not file.is_file():
        raise BootstrapError(
            f'There is no environment "{name}"; use one of {known}, '
            f"or add terraform/environments/{name}.tfvars."
        )
    text = _COMMENT.sub("", file.read_text())
    region = re.search(r'^\s*region\s*=\s*"([^"]+)"', text, re.MULTILINE)
    if region is None:
        raise BootstrapError(
            f'terraform/environments/{name}.tfvars sets no region. Add a line: region = "us-east-1"'
        )
    accounts = re.search(r"^\s*allowed_account_ids\s*=\s*\[([^\]]*)\]", text, re.MULTILINE)
    project = re.search(r'^\s*project\s*=\s*"([^"]+)"', text, re.MULTILINE)
    return Environment(
        name,
        region[1],
        project[1] if project else PROJECT,
        re.findall(r'"([^"]*)"', accounts[1]) if accounts else [],
    )


def _account(session: Any, environment: Environment) -> Account:
    identity = session.client("sts").get_caller_identity()
    account = Account(identity["Account"], identity["Arn"].split(":")[1])
    if environment.allowed_account_ids and account.account_id not in (
        environment.allowed_account_ids
    ):
        raise BootstrapError(
            f"These are credentials of account {account.account_id}, and environment "
            f"{environment.name} belongs to {' or '.join(environment.allowed_account_ids)} "
            f"(allowed_account_ids in terraform/environments/{environment.name}.tfvars). Sign in "
            "to that account, or name its profile: export AWS_PROFILE=<name>"
        )
    return account


def _require_same_bucket(environment: Environment, account: Account, bucket: str) -> None:
    """Raise BootstrapError when the file names another bucket, which may hold a state."""
    if not environment.backend_file.is_file():
        return
    text = _COMMENT.sub("", environment.backend_file.read_text())
    named = re.search(r'^\s*bucket\s*=\s*"([^"]*)"', text, re.MULTILINE)
    if named is None or named[1] != bucket:
        raise BootstrapError(
            f"terraform/environments/{environment.backend_file.name} names the bucket "
            f"{named[1] if named else '(none)'}, and with these credentials (account "
            f"{account.account_id}) in {environment.region} it would be {bucket}. Sign in to the "
            "account of the first; or, if the state is to move, delete the file."
        )


def _make_bucket(s3: Any, bucket: str, region: str, account: Account) -> None:
    try:
        s3.head_bucket(Bucket=bucket, ExpectedBucketOwner=account.account_id)
    except ClientError as error:
        if _status(error) != HTTPStatus.NOT_FOUND:
            raise _refused(bucket, account) from error
    else:
        print(FOUND, f"bucket {bucket}")
        return
    parameters: dict[str, Any] = {"Bucket": bucket}
    # The one Region that must not be named:
    # https://docs.aws.amazon.com/AmazonS3/latest/API/API_CreateBucketConfiguration.html
    if region != "us-east-1":
        parameters["CreateBucketConfiguration"] = {"LocationConstraint": region}
    try:
        s3.create_bucket(**parameters)
    except s3.exceptions.BucketAlreadyExists as error:
        raise _refused(bucket, account) from error
    print(MADE, f"bucket {bucket}")


def _refused(bucket: str, account: Account) -> BootstrapError:
    return BootstrapError(
        f"The bucket {bucket} belongs to somebody else, or these credentials (account "
        f"{account.account_id}) may not use it, so nothing was changed. If it is yours, ask for "
        "the rights to make and configure it; if not, use another account or Region."
    )


def _settings(bucket: str, account: Account) -> list[Setting]:
    arn = f"arn:{account.partition}:s3:::{bucket}"
    return [
        Setting(
            "every version of a state is kept",
            "bucket_versioning",
            "VersioningConfiguration",
            {"Status": "Enabled"},
        ),
        Setting(
            "no public access",
            "public_access_block",
            "PublicAccessBlockConfiguration",
            dict.fromkeys(
                (
                    "BlockPublicAcls",
                    "BlockPublicPolicy",
                    "IgnorePublicAcls",
                    "RestrictPublicBuckets",
                ),
                True,
            ),
        ),
        Setting(
            "the account owns every object",
            "bucket_ownership_controls",
            "OwnershipControls",
            {"Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]},
        ),
        Setting(
            "encrypted",
            "bucket_encryption",
            "ServerSideEncryptionConfiguration",
            {"Rules": [{"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}}]},
            # A KMS key that somebody chose stays.
            enough={"Rules": [{"ApplyServerSideEncryptionByDefault": {}}]},
        ),
        Setting(
            "only over TLS",
            "bucket_policy",
            "Policy",
            {
                "Version": "2012-10-17",
                "Statement": [
                    {
                        "Sid": "OnlyOverTLS",
                        "Effect": "Deny",
                        "Principal": "*",
                        "Action": "s3:*",
                        "Resource": [arn, f"{arn}/*"],
                        "Condition": {"Bool": {"aws:SecureTransport": "false"}},
                    }
                ],
            },
        ),
        Setting(
            f"old versions expire after {OLD_VERSIONS_DAYS} days",
            "bucket_lifecycle_configuration",
            "LifecycleConfiguration",
            {
                "Rules": [
                    {
                        "ID": "OldVersions",
                        "Status": "Enabled",
                        "Filter": {"Prefix": ""},
                        "NoncurrentVersionExpiration": {"NoncurrentDays": OLD_VERSIONS_DAYS},
                        "AbortIncompleteMultipartUpload": {
                            "DaysAfterInitiation": INCOMPLETE_UPLOADS_DAYS
                        },
                    }
                ]
            },
        ),
    ]


def _apply(s3: Any, setting: Setting, bucket: str, account: Account) -> str:
    mine = {"Bucket": bucket, "ExpectedBucketOwner": account.account_id}
    try:
        answer = getattr(s3, f"get_{setting.name}")(**mine)
    except ClientError as error:
        # Each setting has a code of its own for "there is none".
        if _status(error) != HTTPStatus.NOT_FOUND:
            raise
        answer = {}
    there = answer.get(setting.parameter, answer)
    if isinstance(there, str):  # a policy
        there = json.loads(there)
    if _holds(there, setting.enough or setting.wanted):
        return FOUND
    value: Any = _beside_others(there, setting.wanted)
    if setting.parameter == "Policy":
        value = json.dumps(value)
    getattr(s3, f"put_{setting.name}")(**mine, **{setting.parameter: value})
    return MADE


def _holds(there: Any, wanted: Any) -> bool:
    """Whether all that is wanted is there, whatever else is."""
    if isinstance(wanted, dict):
        return isinstance(there, dict) and all(
            name in there and _holds(there[name], value) for name, value in wanted.items()
        )
    if isinstance(wanted, list):
        return isinstance(there, list) and all(
            any(_holds(one, value) for one in there) for value in wanted
        )
    return bool(there == wanted)


def _beside_others(there: Any, wanted: dict[str, Any]) -> dict[str, Any]:
    """What is wanted, and the named rules and statements that somebody else added."""
    together = dict(wanted)
    for name, key in (("Rules", "ID"), ("Statement", "Sid")):
        ours = [one[key] for one in wanted.get(name, []) if key in one]
        if ours:
            others = [one for one in there.get(name, []) if one.get(key) not in ours]
            together[name] = others + wanted[name]
    return together


def _write_backend_file(environment: Environment, account: Account, bucket: str) -> str:
    path = environment.backend_file
    if path.is_file():
        return FOUND
    new = path.with_name(f".{path.name}")
    new.write_text(
        f"# Where Terraform keeps the state of {environment.name}; `make bootstrap` wrote it.\n"
        f'bucket              = "{bucket}"\n'
        f'region              = "{environment.region}"\n'
        f'key                 = "{environment.project}/terraform.tfstate"\n'
        f'allowed_account_ids = ["{account.account_id}"]\n'
    )
    new.replace(path)  # as a whole or not at all
    return MADE


def _status(error: ClientError) -> int:
    return int(error.response["ResponseMetadata"]["HTTPStatusCode"])


if __name__ == "__main__":
    sys.exit(main())
