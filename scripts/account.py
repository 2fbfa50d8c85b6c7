"""Reads HCL files, and checks that the credentials belong to the environment's account."""

from pathlib import Path
from typing import Any

import boto3
import hcl2
from hcl2.utils import SerializationOptions
from lark.exceptions import LarkError

from scripts.command import CommandError

TERRAFORM = Path(__file__).resolve().parents[1] / "terraform"


def shown(path: Path) -> str:
    """A path as messages show it: relative to the project's folder if it is in there."""
    root = TERRAFORM.parent
    return str(path.relative_to(root) if path.is_relative_to(root) else path)


def read_hcl(path: Path) -> dict[str, Any]:
    """What an HCL file sets. Raises CommandError if it is not valid HCL."""
    options = SerializationOptions(
        with_comments=False, explicit_blocks=False, strip_string_quotes=True
    )
    try:
        return hcl2.loads(path.read_text(), serialization_options=options)
    except LarkError as error:
        raise CommandError(
            f"{shown(path)} is not valid HCL. To see where: terraform fmt -check {shown(path)}"
        ) from error


def require_account(
    session: boto3.Session, environment: str, allowed_account_ids: list[str], path: Path
) -> str:
    """The account id of the credentials. Raises CommandError if it is not an allowed one.

    `allowed_account_ids` is from the file at `path`. If it is empty, every account is allowed.
    """
    account_id: str = session.client("sts").get_caller_identity()["Account"]
    if allowed_account_ids and account_id not in allowed_account_ids:
        raise CommandError(
            f"Your credentials are for account {account_id}, but environment {environment} belongs "
            f"to {' or '.join(allowed_account_ids)} (allowed_account_ids in {shown(path)}). Sign "
            "in to that account, or choose its profile: export AWS_PROFILE=<name>"
        )
    return account_id
