"""`make forget ENV=dev USER_ID=<e-mail or UserID>`: delete a user, and the record, for good.

First the user, then the record: the other way round a sweep, a reset of the password or a sign-in
stores again whoever is in the user pool. Cut off anywhere, it can be run again with the UserID.
"""

import argparse
import sys
import time
import uuid
from contextlib import suppress
from typing import Any, NamedTuple

import boto3
from botocore.exceptions import BotoCoreError, ClientError
from tqdm import tqdm

from scripts.outputs import OutputsError, read_outputs

USAGE = "make forget ENV=dev USER_ID=<e-mail or UserID>"

# ListUsers is eventually consistent: it may show a user for a while who was deleted.
POLL_SECONDS = 2
POLLS = 150
# What looked the user up before that writes within this time: a sweep lists a page 36 s at most
# before it writes (function/users/reconcile.py), and the trigger ends after 5 s.
SETTLE_SECONDS = 60


class ForgetError(Exception):
    """The user is not forgotten; the message says why and what to do."""


class User(NamedTuple):
    """A user in the pool. `user_id` is the `sub`, the key of the record."""

    username: str
    user_id: str
    status: str


def main() -> int:
    """Delete the user and the record; 0 only if neither is left."""
    parser = argparse.ArgumentParser(description="Delete a user and the record for good.")
    parser.add_argument("environment", help="such as dev")
    parser.add_argument("user", help="e-mail address or UserID")
    options = parser.parse_args()
    again = f"Not finished. To go on: make forget ENV={options.environment} USER_ID=<UserID>"
    try:
        outputs = read_outputs(options.environment, USAGE)
        _forget(outputs, options.user)
    except KeyboardInterrupt:
        print(f"\n{again}", file=sys.stderr)
        return 130
    except (ClientError, BotoCoreError) as error:
        print(f"{error}\n{again}", file=sys.stderr)
        return 1
    except (ForgetError, OutputsError) as error:
        print(error, file=sys.stderr)
        return 1
    print(
        "Neither the user nor a record is left. What stays for a while: the table's backup, for 35 "
        "days, and the UserID (no other attribute) in the functions' logs, for as long as they are "
        "kept."
    )
    return 0


def _forget(outputs: dict[str, Any], named: str) -> None:
    """Delete the user and the record. Raises ForgetError if one of them is left."""
    pool = Pool(outputs)
    user = pool.find(named)
    user_id = user.user_id if user else named
    print(f"UserID {user_id}: {user.status if user else 'not in the user pool'}")
    if user:
        pool.delete(user)
        print("Deleted from the user pool.")
    pool.wait_until_gone(user_id)
    _settle()
    had_record = _delete_record(outputs, user_id)
    print("Deleted the record." if had_record else "There was no record.")
    _look_again(outputs, pool, user_id)


class Pool:
    """The user pool of an environment, by its outputs."""

    def __init__(self, outputs: dict[str, Any]) -> None:
        self._id = outputs["user_pool_id"]
        self._cognito: Any = boto3.client("cognito-idp", region_name=outputs["region"])

    def find(self, named: str) -> User | None:
        """The user with the address or UserID; None if nobody has the UserID.

        Raises ForgetError for an address that nobody has, or several, and for what is neither.
        """
        if "@" not in named:
            return self._find_by_id(named)
        users = self._list("email", named)
        if not users:
            raise ForgetError(
                "Nobody in the user pool has this address, spelt like this. If the user is deleted "
                f"from the pool already, name the UserID: {USAGE}"
            )
        if len(users) > 1:
            rows = "".join(f"\n  {user.user_id}  {user.status}" for user in users)
            raise ForgetError(
                f"{len(users)} users have this address, so nothing was deleted. "
                f"Name the right one by the UserID:{rows}"
            )
        return users[0]

    def delete(self, user: User) -> None:
        """Delete the user, if nobody else has done it just now."""
        with suppress(self._cognito.exceptions.UserNotFoundException):
            self._cognito.admin_delete_user(UserPoolId=self._id, Username=user.username)

    def has(self, user_id: str) -> bool:
        """Whether ListUsers shows the user."""
        return bool(self._list("sub", user_id))

    def wait_until_gone(self, user_id: str) -> None:
        """Wait until ListUsers no longer shows the user. Raises ForgetError after 5 minutes."""
        for _ in range(POLLS):
            if not self.has(user_id):
                return
            time.sleep(POLL_SECONDS)
        raise ForgetError(
            f"The user pool still shows {user_id}, so the record was left: a sweep would bring it "
            "back. Try again later."
        )

    def _find_by_id(self, user_id: str) -> User | None:
        try:
            canonical = str(uuid.UUID(user_id)) == user_id
        except ValueError:
            canonical = False
        if not canonical:
            raise ForgetError(f'"{user_id}" is neither an e-mail address nor a UserID: {USAGE}')
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
    """Wait until nothing that is under way can write the record again."""
    seconds = range(SETTLE_SECONDS)
    for _ in tqdm(seconds, "Waiting for writes that are under way", unit=" s", disable=None):
        time.sleep(1)


def _delete_record(outputs: dict[str, Any], user_id: str) -> bool:
    """Delete the record; whether there was one."""
    answer = _table(outputs).delete_item(
        TableName=outputs["table_arn"], Key={"UserID": {"S": user_id}}, ReturnValues="ALL_OLD"
    )
    return "Attributes" in answer


def _look_again(outputs: dict[str, Any], pool: Pool, user_id: str) -> None:
    """Raise ForgetError if the user or the record is there again."""
    answer = _table(outputs).get_item(
        TableName=outputs["table_arn"],
        Key={"UserID": {"S": user_id}},
        ConsistentRead=True,
        ProjectionExpression="UserID",
    )
    if "Item" in answer or pool.has(user_id):
        raise ForgetError(
            f"{user_id} is there again: something has stored the user meanwhile. Run it again with "
            "this UserID; if that does not help, find out what else writes into the table."
        )


def _table(outputs: dict[str, Any]) -> Any:
    region = outputs["table_arn"].split(":")[3]
    return boto3.client("dynamodb", region_name=region)


if __name__ == "__main__":
    sys.exit(main())
