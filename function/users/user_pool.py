"""Reads the users of a Cognito user pool, page by page."""

import time
from typing import TYPE_CHECKING, Any, NamedTuple

import boto3
from botocore.config import Config

from users.calls import call
from users.configuration import CREATE_DATE_SOURCE, USERNAME_SOURCE
from users.item import sub_of
from users.log import timestamp

if TYPE_CHECKING:  # the stubs are not in the zip
    from mypy_boto3_cognito_idp.type_defs import ListUsersResponseTypeDef, UserTypeTypeDef

# https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_ListUsers.html
USERS_PER_PAGE = 60

# Three attempts end within 15 s: 4 s each, and waits of 3 s in all.
_CONFIG = Config(
    connect_timeout=1,
    read_timeout=3,
    retries={"mode": "standard", "total_max_attempts": 3},
)


class User(NamedTuple):
    """A user as ListUsers returns it. `sub` is None if it is missing or cannot be a key."""

    sub: str | None
    status: str
    attributes: dict[str, Any]


class Page(NamedTuple):
    """Up to 60 users, and the token of the next page, which is None on the last."""

    users: list[User]
    next_token: str | None


class UserPool:
    """A user pool. Calls it no more than `calls_per_second` times in a second."""

    def __init__(self, user_pool_id: str, calls_per_second: float) -> None:
        """Create the client. Sends nothing."""
        self._id = user_pool_id
        self._seconds_between_calls = 1 / calls_per_second
        self._earliest_next_call = time.monotonic()
        self._client = boto3.client("cognito-idp", config=_CONFIG)

    def page(self, token: str | None) -> Page:
        """The page with this token; None means the first page. Raises CallError."""
        answer = self._list({} if token is None else {"PaginationToken": token})
        return Page([_user(user) for user in answer["Users"]], answer.get("PaginationToken"))

    def find(self, sub: str) -> User | None:
        """The user with this `sub`, or None. Raises CallError."""
        parameters = {"Filter": f'sub = "{sub}"'}
        while True:
            answer = self._list(parameters)
            if answer["Users"]:
                return _user(answer["Users"][0])
            if "PaginationToken" not in answer:  # a page may be empty and not the last
                return None
            parameters["PaginationToken"] = answer["PaginationToken"]

    def _list(self, parameters: dict[str, str]) -> "ListUsersResponseTypeDef":
        time.sleep(max(0, self._earliest_next_call - time.monotonic()))
        self._earliest_next_call = time.monotonic() + self._seconds_between_calls
        return call(
            self._client.list_users, UserPoolId=self._id, Limit=USERS_PER_PAGE, **parameters
        )


def _user(user: "UserTypeTypeDef") -> User:
    attributes: dict[str, Any] = {
        entry["Name"]: entry.get("Value") for entry in user.get("Attributes", [])
    }
    attributes[USERNAME_SOURCE] = user.get("Username")
    if created := user.get("UserCreateDate"):
        attributes[CREATE_DATE_SOURCE] = timestamp(created)
    return User(sub_of(attributes), user.get("UserStatus", "UNKNOWN"), attributes)
