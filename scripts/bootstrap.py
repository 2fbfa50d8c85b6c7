"""`make bootstrap ENV=dev`: applies terraform/bootstrap, whose plan says what it makes.

Its state moves into the bucket that it makes; until then it is beside terraform/bootstrap's files.
"""

import json
import os
import shutil
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

from scripts.account import TERRAFORM, AccountError, exit_status, read_hcl, require_account

PROJECT = "confirmed-users"  # the default of `project` in both configurations
IDENTITY_PROVIDER = "token.actions.githubusercontent.com"
APPROVAL = "TF_CLI_ARGS_apply"
COMMAND = os.environ.get("TERRAFORM", "terraform")


@dataclass(frozen=True)
class Environment:
    """What an environment's tfvars file says of where it is."""

    name: str
    project: str
    region: str
    allowed_account_ids: list[str]

    @property
    def variables_file(self) -> Path:
        """Where the environment is described."""
        return TERRAFORM / "environments" / f"{self.name}.tfvars"

    @property
    def backend_file(self) -> Path:
        """Where Terraform is told of the bucket."""
        return TERRAFORM / "environments" / f"{self.name}.s3.tfbackend"

    def backend(self, account_id: str) -> dict[str, str]:
        """The bucket, the key in it and the Region of the environment's state."""
        return {
            "bucket": f"{self.project}-state-{account_id}-{self.region}",
            "region": self.region,
            "key": f"{self.project}/terraform.tfstate",
        }


def main() -> int:
    """Make what is missing; 1 and a message if it cannot be done."""
    return exit_status(lambda: bootstrap(sys.argv[1] if len(sys.argv) > 1 else ""))


def bootstrap(name: str) -> None:
    """Apply terraform/bootstrap for an environment and all others in its bucket.

    Raises AccountError, botocore's ClientError or BotoCoreError.
    """
    environment = _environment(name)
    if shutil.which(COMMAND) is None:
        raise AccountError(
            f"{COMMAND} is not installed. Install Terraform, version 1.11 or later "
            "(https://developer.hashicorp.com/terraform/install), or OpenTofu, 1.10 or later "
            "(https://opentofu.org/docs/intro/install), and set TERRAFORM=tofu for that."
        )
    if APPROVAL not in os.environ and not sys.stdin.isatty():
        raise AccountError(
            "Terraform asks before it makes anything, and there is no terminal to ask on. "
            f"To approve beforehand: export {APPROVAL}=-auto-approve"
        )
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
    made = json.loads(terraform.quietly("output", "-json"))["environments"]["value"]
    for one in names:
        _write_files(_environment(one), account_id, made.get(one))
    # The planning role may not make a state, so the first plan finds one.
    terraform = _Terraform(TERRAFORM, data=name)
    terraform.quietly("init", "-input=false", f"-backend-config={environment.backend_file}")
    terraform.quietly("workspace", "select", "-or-create", name)
    _tell(names, made)
    print(f"Next: make plan ENV={name}")


def _environment(name: str) -> Environment:
    folder = TERRAFORM / "environments"
    known = {path.stem: path for path in sorted(folder.glob("*.tfvars"))}
    if not name:
        raise AccountError(
            f"Say which environment: make bootstrap ENV=<environment>, one of {', '.join(known)}."
        )
    if name not in known:
        raise AccountError(
            f'There is no environment "{name}"; use one of {", ".join(known)}, '
            f"or add terraform/environments/{name}.tfvars."
        )
    variables = read_hcl(known[name])
    if not isinstance(variables.get("region"), str):
        raise AccountError(
            f'terraform/environments/{name}.tfvars sets no region. Add a line: region = "us-east-1"'
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
    """Raise AccountError when the file names another place, which may hold a state."""
    file = environment.backend_file
    there = read_hcl(file) if file.is_file() else backend
    for setting, value in backend.items():
        if there.get(setting) != value:
            raise AccountError(
                f"terraform/environments/{file.name} names the {setting} "
                f"{there.get(setting, '(none)')}, and for this project, with these credentials "
                f"(account {account_id}) in {environment.region}, it would be {value}. Sign in to "
                "the account of the first; or, if the state is to move, delete the file."
            )


def _exists(head: Callable[..., Any], parameters: dict[str, str]) -> bool:
    """Whether bucket or object is there. Raises AccountError for a bucket of somebody else."""
    try:
        head(**parameters)
    except ClientError as error:
        if error.response["ResponseMetadata"]["HTTPStatusCode"] == HTTPStatus.NOT_FOUND:
            return False
        raise AccountError(
            f"The bucket {parameters['Bucket']} belongs to somebody else, or these credentials "
            f"(account {parameters['ExpectedBucketOwner']}) may not use it, so nothing was "
            "changed. If it is yours, ask for the rights to make and configure it; if not, use "
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
    """Terraform in a folder, with a data folder of its own so that two buckets never mix."""

    def __init__(self, folder: Path, *, data: str) -> None:
        self.local_state = folder / f"{data}.tfstate"
        self._folder = folder
        self._local_backend = folder / "backend_override.tf"
        self._environment = os.environ | {
            "TF_DATA_DIR": f".terraform/{data}",
            "TF_IN_AUTOMATION": "1",
        }
        self._environment.pop("TF_WORKSPACE", None)  # with it no workspace can be selected

    def init(self, state: dict[str, str] | None, how: str = "-reconfigure", *more: str) -> None:
        """Keep the state in S3, or with None beside the files."""
        self._local_backend.unlink(missing_ok=True)
        if state is None:
            path = json.dumps(self.local_state.name)
            self._local_backend.write_text(
                f'terraform {{\n  backend "local" {{\n    path = {path}\n  }}\n}}\n'
            )
        arguments = _arguments("backend-config", state or {})
        self.quietly("init", "-input=false", how, *more, *arguments)

    def forget_local_state(self) -> None:
        """Delete the state beside the files, which is in the bucket."""
        for file in self._folder.glob(f"{self.local_state.name}*"):
            file.unlink()

    def quietly(self, *arguments: str) -> str:
        """Stdout of a command. Raises AccountError with what it says when it fails."""
        result = self._run(*arguments, capture_output=True)
        if result.returncode != 0:
            raise AccountError(result.stderr.strip())
        return str(result.stdout)

    def openly(self, *arguments: str) -> None:
        """A command that shows and asks. Raises AccountError when it fails."""
        # Ctrl-C goes to Terraform, too, which then ends in good order; it must be waited for.
        before = signal.signal(signal.SIGINT, lambda *_: None)
        try:
            failed = self._run(*arguments).returncode != 0
        finally:
            signal.signal(signal.SIGINT, before)
        if failed:
            raise AccountError("Not done. The same command goes on from here.")

    def _run(self, *arguments: str, **options: Any) -> subprocess.CompletedProcess[str]:
        return subprocess.run(  # noqa: S603 - arguments of our own
            [COMMAND, *arguments],
            cwd=self._folder,
            env=self._environment,
            text=True,
            check=False,
            **options,
        )


def _arguments(option: str, values: dict[str, str]) -> list[str]:
    return [f"-{option}={name}={value}" for name, value in values.items()]


def _write_files(environment: Environment, account_id: str, made: dict[str, str] | None) -> None:
    """Write where the environment's state is, and the boundary of its roles."""
    file = environment.backend_file
    if not file.is_file():
        settings = environment.backend(account_id)
        lines = [f'{setting} = "{value}"' for setting, value in settings.items()]
        _write(
            file,
            f"# Where Terraform keeps the state of {environment.name}; `make bootstrap` wrote it.",
            *lines,
            f'allowed_account_ids = ["{account_id}"]',
        )
    boundary = made["permissions_boundary"] if made else None
    _write(
        file.with_name(f"{environment.name}.bootstrap.json"),
        json.dumps({"permissions_boundary": boundary}, indent=2),
    )


def _write(path: Path, *lines: str) -> None:
    new = path.with_name(f".{path.name}")
    new.write_text("\n".join(lines) + "\n")
    new.replace(path)  # as a whole or not at all


def _tell(names: list[str], made: dict[str, dict[str, str]]) -> None:
    for name, roles in made.items():
        print(f"AWS_ROLE_ARN of GitHub's environment {name}: {roles['deploy_role_arn']}")
        print(f"AWS_ROLE_ARN of GitHub's environment {name}-plan: {roles['plan_role_arn']}")
    files = ", ".join(f"{name}.s3.tfbackend, {name}.bootstrap.json" for name in names)
    print(f"Commit, in terraform/environments: {files}")


if __name__ == "__main__":
    sys.exit(main())
