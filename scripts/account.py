"""Whose credentials these are, and what the files in terraform/environments say."""

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import boto3
import hcl2
from botocore.exceptions import BotoCoreError, ClientError, NoCredentialsError
from hcl2.utils import SerializationOptions
from lark.exceptions import LarkError

TERRAFORM = Path(__file__).resolve().parents[1] / "terraform"


class AccountError(Exception):
    """Something is not as it must be; the message says what, and what to do."""


def exit_status(act: Callable[[], None]) -> int:
    """Act; 0, or 1 with a message if that raises AccountError or AWS refuses."""
    try:
        act()
    except NoCredentialsError:
        print(
            "There are no AWS credentials. Sign in, for example with `aws sso login`, or name a "
            "profile: export AWS_PROFILE=<name>",
            file=sys.stderr,
        )
        return 1
    except (AccountError, ClientError, BotoCoreError) as error:
        print(error, file=sys.stderr)
        return 1
    return 0


def read_hcl(file: Path) -> dict[str, Any]:
    """The values in a file in terraform/environments. Raises AccountError if it is not HCL."""
    options = SerializationOptions(with_comments=False, strip_string_quotes=True)
    try:
        return hcl2.loads(file.read_text(), serialization_options=options)
    except LarkError as error:
        place = f"terraform/environments/{file.name}"
        raise AccountError(
            f"{place} cannot be read as HCL. To see where: terraform fmt -check {place}"
        ) from error


def require_account(
    session: boto3.Session, environment: str, allowed_account_ids: list[str], file: Path
) -> str:
    """The id of the credentials' account. Raises AccountError if the environment is in another.

    `allowed_account_ids`, of which none means any, are in `file` in terraform/environments.
    """
    account_id: str = session.client("sts").get_caller_identity()["Account"]
    if allowed_account_ids and account_id not in allowed_account_ids:
        raise AccountError(
            f"These are credentials of account {account_id}, and environment {environment} belongs "
            f"to {' or '.join(allowed_account_ids)} (allowed_account_ids in "
            f"terraform/environments/{file.name}). Sign in to that account, or name its profile: "
            "export AWS_PROFILE=<name>"
        )
    return account_id
