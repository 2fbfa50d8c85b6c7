"""`make forget ENV=dev USER_ID=<e-mail or UserID>`: deletes a user and the user's record for good.

It deletes the user first. In the other order, a sweep, a password reset or a sign-in could add the
record again. If it is stopped halfway, it can be run again with the UserID.
"""

import argparse
import sys
import time
import uuid
from contextlib import suppress
from typing import Any, NamedTuple

import boto3
from tqdm import tqdm

from scripts.command import CommandError, confirm, exit_status, require_terminal
from scripts.outputs import read_outputs

USAGE = "make forget ENV=dev USER_ID=<e-mail or UserID>"

# ListUsers is eventually consistent: for a while it may still return a deleted user.
POLL_SECONDS = 2
POLLS = 150
# Whatever read the user before the deletion writes within this time: a sweep reads a page at most
# 36 s before it writes (function/users/reconcile.py), and the trigger ends within 5 s.
SETTLE_SECONDS = 60


class User(NamedTuple):
    """A user in the pool. `user_id` is the `sub`, which is the key of the record."""

    username: str
    user_id: str
    status: str


def main() -> int:
    """Delete the user and the record; 0 only if both are gone."""
    parser = argparse.ArgumentParser(description="Delete a user and the user's record for good.")
    parser.add_argument("environment", help="such as dev")
    parser.add_argument("user", help="e-mail address or UserID")
    parser.add_argument("--yes", action="store_true", help="do not ask")
    options = parser.parse_args()
    return exit_status(
        lambda: _forget(options.environment, options.user, yes=options.yes),
        f"To go on: make forget ENV={options.environment} USER_ID=<UserID>",
    )


def _forget(environment: str, named: str, *, yes: bool) -> None:
    """Delete the user and the record. Raises CommandError if one of them is left."""
    outputs = read_outputs(environment)
    require_terminal(f"{USAGE} YES=1", approved=yes)
    pool = Pool(outputs)
    user = pool.find(named)
    user_id = user.user_id if user else named
    print(f"UserID {user_id}: {user.status if user else 'not in the user pool'}")
    if not yes:
        confirm("Delete this user and the user's record for good?")
    if user:
        pool.delete(user)
        print("Deleted the user from the user pool.")
    pool.wait_until_gone(user_id)
    _settle()
    had_record = _delete_record(outputs, user_id)
    print("Deleted the record." if had_record else "There was no record.")
    _require_gone(outputs, pool, user_id)
    print(
        "The user and the record are gone. For a while, the table's backup keeps the record (35 "
        "days), and the functions' logs keep the UserID, but no other attribute."
    )


class Pool:
    """The user pool of an environment, by its outputs."""

    def __init__(self, outputs: dict[str, Any]) -> None:
        self._id = outputs["user_pool_id"]
        self._cognito: Any = boto3.client("cognito-idp", region_name=outputs["region"])

    def find(self, named: str) -> User | None:
        """The user with this e-mail address or UserID. None if no user has the UserID.

        Raises CommandError if no user or several users have the address, or if `named` is neither
        an address nor a UserID.
        """
        if "@" not in named:
            return self._find_by_id(named)
        users = self._list("email", named)
        if not users:
            raise CommandError(
                "No user in the user pool has exactly this address. If the user is already deleted "
                f"from the pool, name the UserID: {USAGE}"
            )
        if len(users) > 1:
            rows = "".join(f"\n  {user.user_id}  {user.status}" for user in users)
            raise CommandError(
                f"{len(users)} users have this address, so nothing was deleted. "
                f"Name one of them by the UserID:{rows}"
            )
        return users[0]

    def delete(self, user: User) -> None:
        """Delete the user. It is no error if the user is already deleted."""
        with suppress(self._cognito.exceptions.UserNotFoundException):
            self._cognito.admin_delete_user(UserPoolId=self._id, Username=user.username)

    def has(self, user_id: str) -> bool:
        """Whether ListUsers returns the user."""
        return bool(self._list("sub", user_id))

    def wait_until_gone(self, user_id: str) -> None:
        """Wait until ListUsers no longer returns the user. Raises CommandError after 5 minutes."""
        for _ in range(POLLS):
            if not self.has(user_id):
                return
            time.sleep(POLL_SECONDS)
        raise CommandError(
            f"The user pool still shows {user_id}, so the record was not deleted: a sweep would "
            "add it again. Try again later."
        )

    def _find_by_id(self, user_id: str) -> User | None:
        try:
            canonical = str(uuid.UUID(user_id)) == user_id
        except ValueError:
            canonical = False
        if not canonical:
            raise CommandError(f'"{user_id}" is neither an e-mail address nor a UserID: {USAGE}')
        users = self._list("sub", user_id)
        return users[0] if users else None

    def _list(self, attribute: str, value: str) -> list[User]:
        quoted = value.replace("\\", "\\\\").replace('"', '\\"')
        pages = self._cognito.get_paginator("list_users").paginate(
            UserPoolId=self._id, Filter=f'{attribute} = "{quoted}"'
        )
        return [_user(user) for page in pages for user in page["Users"]]


def _user(listed: dict[str, Any]) -> User:
    attributes = {entry["Name"]: entry["Value"] for entry in listed["Attributes"]}
    return User(listed["Username"], attributes["sub"], listed["UserStatus"])


def _settle() -> None:
    """Wait until nothing that is already running can write the record again."""
    seconds = range(SETTLE_SECONDS)
    for _ in tqdm(seconds, "Waiting for writes that are under way", unit=" s", disable=None):
        time.sleep(1)


def _delete_record(outputs: dict[str, Any], user_id: str) -> bool:
    """Delete the record. Returns whether there was one."""
    answer = _table(outputs).delete_item(
        TableName=outputs["table_arn"], Key={"UserID": {"S": user_id}}, ReturnValues="ALL_OLD"
    )
    return "Attributes" in answer


def _require_gone(outputs: dict[str, Any], pool: Pool, user_id: str) -> None:
    """Raise CommandError if the user or the record is there again."""
    answer = _table(outputs).get_item(
        TableName=outputs["table_arn"],
        Key={"UserID": {"S": user_id}},
        ConsistentRead=True,
        ProjectionExpression="UserID",
    )
    if "Item" in answer or pool.has(user_id):
        raise CommandError(
            f"{user_id} is there again: something stored the user meanwhile. Run the command again "
            "with this UserID. If that does not help, find out what else writes into the table."
        )


def _table(outputs: dict[str, Any]) -> Any:
    region = outputs["table_arn"].split(":")[3]
    return boto3.client("dynamodb", region_name=region)


if __name__ == "__main__":
    sys.exit(main())
