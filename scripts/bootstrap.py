"""`make bootstrap ENV=dev`: applies terraform/bootstrap, which creates the bucket for the state.

Its own state moves into that bucket, too. Until then, it is a file in terraform/bootstrap.
"""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from typing import Any

import boto3
from botocore.exceptions import ClientError

from scripts.account import TERRAFORM, read_hcl, require_account
from scripts.command import CommandError, exit_status, require_terminal

PROJECT = "confirmed-users"  # the default of `project` in both configurations
IDENTITY_PROVIDER = "token.actions.githubusercontent.com"
APPROVAL = "TF_CLI_ARGS_apply"
COMMAND = os.environ.get("TERRAFORM", "terraform")


@dataclass(frozen=True)
class Environment:
    """Where an environment is, according to its tfvars file."""

    name: str
    project: str
    region: str
    allowed_account_ids: list[str]

    @property
    def variables_file(self) -> Path:
        """The file with the environment's variables."""
        return TERRAFORM / "environments" / f"{self.name}.tfvars"

    @property
    def backend_file(self) -> Path:
        """The file that tells Terraform where the state is."""
        return TERRAFORM / "environments" / f"{self.name}.s3.tfbackend"

    def backend(self, account_id: str) -> dict[str, str]:
        """The bucket, Region and key of the environment's state."""
        return {
            "bucket": f"{self.project}-state-{account_id}-{self.region}",
            "region": self.region,
            "key": f"{self.project}/terraform.tfstate",
        }


def main() -> int:
    """Create what is missing; 1 and a message if that fails."""
    return exit_status(lambda: bootstrap(sys.argv[1]))


def bootstrap(name: str) -> None:
    """Apply terraform/bootstrap for an environment, and for all others in the same bucket.

    Raises CommandError, and botocore's ClientError and BotoCoreError.
    """
    environment = _environment(name)
    require_terminal(f"export {APPROVAL}=-auto-approve", approved=APPROVAL in os.environ)
    session = boto3.Session(region_name=environment.region)
    account_id = require_account(
        session, name, environment.allowed_account_ids, environment.variables_file
    )
    backend = environment.backend(account_id)
    _require_same_backend(environment, account_id, backend)
    names = sorted({name, *_environments_in(backend["bucket"])})

    s3 = session.client("s3")
    state = backend | {"key": f"{environment.project}/bootstrap.tfstate"}
    bucket = {"Bucket": state["bucket"], "ExpectedBucketOwner": account_id}
    bucket_exists = _exists(s3.head_bucket, bucket)
    terraform = _Terraform(TERRAFORM / "bootstrap", data=state["bucket"])
    if _exists(s3.head_object, bucket | {"Key": state["key"]}):
        terraform.forget_local_state()
    local = terraform.local_state.is_file() or not bucket_exists
    terraform.init(None if local else state)
    terraform.openly(
        "apply",
        *_arguments(
            "var",
            {
                "project": environment.project,
                "region": environment.region,
                "environments": json.dumps(names),
                "allowed_account_ids": json.dumps([account_id]),
                "bucket_exists": json.dumps(bucket_exists),
                "identity_provider_exists": json.dumps(_has_provider(session.client("iam"))),
            },
        ),
    )
    if local:
        terraform.init(state, "-migrate-state", "-force-copy")
        terraform.forget_local_state()
    roles = json.loads(terraform.quietly("output", "-json"))["environments"]["value"]
    _write_backend(environment, account_id)
    for one in names:
        _write_boundary(one, roles.get(one))
    # Create an empty state, because the role that plans may not create one.
    terraform = _Terraform(TERRAFORM, data=name)
    terraform.quietly("init", "-input=false", f"-backend-config={environment.backend_file}")
    terraform.quietly("workspace", "select", "-or-create", name)
    _print_what_is_next(names, roles)
    print(f"Next: make plan ENV={name}")


def _environment(name: str) -> Environment:
    variables = read_hcl(TERRAFORM / "environments" / f"{name}.tfvars")
    if not isinstance(variables.get("region"), str):
        raise CommandError(
            f"terraform/environments/{name}.tfvars does not set region. Add a line such as: "
            'region = "us-east-1"'
        )
    return Environment(
        name,
        variables.get("project") or PROJECT,
        variables["region"],
        variables.get("allowed_account_ids") or [],
    )


def _require_same_backend(
    environment: Environment, account_id: str, backend: dict[str, str]
) -> None:
    """Raise CommandError if the file names another place, because a state may be there."""
    file = environment.backend_file
    there = read_hcl(file) if file.is_file() else backend
    for setting, value in backend.items():
        if there.get(setting) != value:
            raise CommandError(
                f"terraform/environments/{file.name} sets {setting} to "
                f"{there.get(setting, '(nothing)')}. For this project in account {account_id} and "
                f"Region {environment.region}, it would be {value}. If your credentials are for "
                "the wrong account, sign in to the right one. If you want the state in the new "
                "place, delete the file."
            )


def _exists(head: Callable[..., Any], parameters: dict[str, str]) -> bool:
    """Whether the bucket or object exists. Raises CommandError if the bucket is not yours."""
    try:
        head(**parameters)
    except ClientError as error:
        if error.response["ResponseMetadata"]["HTTPStatusCode"] == HTTPStatus.NOT_FOUND:
            return False
        raise CommandError(
            f"The bucket {parameters['Bucket']} belongs to somebody else, or your credentials "
            f"(account {parameters['ExpectedBucketOwner']}) may not use it. Nothing was changed. "
            "If the bucket is yours, get the rights to create and configure it. If not, use "
            "another account or Region."
        ) from error
    return True


def _environments_in(bucket: str) -> list[str]:
    """The environments whose state is in the bucket."""
    files = (TERRAFORM / "environments").glob("*.s3.tfbackend")
    found = [file for file in files if read_hcl(file).get("bucket") == bucket]
    return [file.name.removesuffix(".s3.tfbackend") for file in found]


def _has_provider(iam: Any) -> bool:
    providers = iam.list_open_id_connect_providers()["OpenIDConnectProviderList"]
    return any(one["Arn"].endswith(f":oidc-provider/{IDENTITY_PROVIDER}") for one in providers)


class _Terraform:
    """Terraform in a folder. `data` names its data folder, so that two buckets never mix."""

    def __init__(self, folder: Path, *, data: str) -> None:
        self.local_state = folder / f"{data}.tfstate"
        self._folder = folder
        self._local_backend = folder / "backend_override.tf"
        self._environment = os.environ | {
            "TF_DATA_DIR": f".terraform/{data}",
            "TF_IN_AUTOMATION": "1",
        }
        self._environment.pop("TF_WORKSPACE", None)  # it would keep Terraform from selecting one

    def init(self, state: dict[str, str] | None, how: str = "-reconfigure", *more: str) -> None:
        """Keep the state in S3; None means in a file in the folder."""
        self._local_backend.unlink(missing_ok=True)
        if state is None:
            path = json.dumps(self.local_state.name)
            self._local_backend.write_text(
                f'terraform {{\n  backend "local" {{\n    path = {path}\n  }}\n}}\n'
            )
        arguments = _arguments("backend-config", state or {})
        self.quietly("init", "-input=false", how, *more, *arguments)

    def forget_local_state(self) -> None:
        """Delete the state in the folder. Call it only when the bucket has the state."""
        for file in self._folder.glob(f"{self.local_state.name}*"):
            file.unlink()

    def quietly(self, *arguments: str) -> str:
        """Run a command, and return its stdout. Raises CommandError with its stderr."""
        result = self._run(*arguments, capture_output=True)
        if result.returncode != 0:
            raise CommandError(result.stderr.strip())
        return str(result.stdout)

    def openly(self, *arguments: str) -> None:
        """Run a command that prints and asks. Raises CommandError if it fails."""
        # Ctrl-C also reaches Terraform, which then stops in good order. Wait for it.
        before = signal.signal(signal.SIGINT, lambda *_: None)
        try:
            failed = self._run(*arguments).returncode != 0
        finally:
            signal.signal(signal.SIGINT, before)
        if failed:
            raise CommandError("Terraform did not finish. To go on, run the same command again.")

    def _run(self, *arguments: str, **options: Any) -> subprocess.CompletedProcess[str]:
        return subprocess.run(  # noqa: S603 - no shell, no input from outside
            [COMMAND, *arguments],
            cwd=self._folder,
            env=self._environment,
            text=True,
            check=False,
            **options,
        )


def _arguments(option: str, values: dict[str, str]) -> list[str]:
    return [f"-{option}={name}={value}" for name, value in values.items()]


def _write_backend(environment: Environment, account_id: str) -> None:
    """Write where the environment's state is, if no file says so yet."""
    file = environment.backend_file
    if file.is_file():
        return
    settings = environment.backend(account_id)
    _write(
        file,
        f"# `make bootstrap` wrote this. Terraform keeps the state of {environment.name} here.",
        *(f'{setting} = "{value}"' for setting, value in settings.items()),
        f'allowed_account_ids = ["{account_id}"]',
    )


def _write_boundary(name: str, roles: dict[str, str] | None) -> None:
    """Write the permissions boundary of an environment's roles."""
    boundary = roles["permissions_boundary"] if roles else None
    _write(
        TERRAFORM / "environments" / f"{name}.bootstrap.json",
        json.dumps({"permissions_boundary": boundary}, indent=2),
    )


def _write(path: Path, *lines: str) -> None:
    new = path.with_name(f".{path.name}")
    new.write_text("\n".join(lines) + "\n")
    new.replace(path)  # so that the file is never half written


def _print_what_is_next(names: list[str], roles: dict[str, dict[str, str]]) -> None:
    for name, arns in roles.items():
        print(f"On GitHub, set AWS_ROLE_ARN of environment {name} to {arns['deploy_role_arn']}")
        print(f"On GitHub, set AWS_ROLE_ARN of environment {name}-plan to {arns['plan_role_arn']}")
    files = ", ".join(f"{name}.s3.tfbackend, {name}.bootstrap.json" for name in names)
    print(f"Commit these files in terraform/environments: {files}")


if __name__ == "__main__":
    sys.exit(main())
