"""A sweep through the user pool: a record for every confirmed user who has none.

For users whose write failed, and for those for whom Cognito never calls the trigger: made by an
administrator, imported, or older than the trigger.
"""

import os
import time
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import TYPE_CHECKING, Any, Literal, TypedDict, cast

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

from users import configuration
from users.configuration import CREATE_DATE_SOURCE, PARTITION_KEY, USERNAME_SOURCE
from users.item import sub_of, to_item
from users.log import log, timestamp

if TYPE_CHECKING:  # the stubs are not in the zip
    from mypy_boto3_cognito_idp.type_defs import UserTypeTypeDef

    from users.item import Item

type Outcome = Literal["stored", "alreadyStored", "notEligible", "missing", "failed"]

# https://docs.aws.amazon.com/cognito/latest/developerguide/signing-up-users-in-your-app.html
ELIGIBLE_STATUSES = ("CONFIRMED", "EXTERNAL_PROVIDER")

# https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_ListUsers.html
USERS_PER_PAGE = 60

# A page takes 31 s at worst: 15 s for the list, waits included, and four rounds of writes at 4 s.
MILLISECONDS_FOR_A_PAGE = 32_000

_LIST_CONFIG = Config(
    connect_timeout=1,
    read_timeout=3,
    retries={"mode": "standard", "total_max_attempts": 3},
)

MAX_CONNECTIONS = 16
_WRITE_CONFIG = Config(
    connect_timeout=0.5,
    read_timeout=0.8,
    max_pool_connections=MAX_CONNECTIONS,
    retries={"mode": "standard", "total_max_attempts": 3},
)

_configuration = configuration.load(os.environ)
_sweep = configuration.load_sweep(os.environ)
# Given an ARN of another Region, the SDK would call its own Region.
_dynamodb = boto3.client("dynamodb", region_name=_configuration.table_region, config=_WRITE_CONFIG)
_cognito = boto3.client("cognito-idp", config=_LIST_CONFIG)
_threads = ThreadPoolExecutor(MAX_CONNECTIONS)


class WriteError(Exception):
    """The user's record could not be written; `code` says why."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class PaginationTokenExpiredError(Exception):
    """Cognito takes the token no longer, an hour after it gave it: start over without one."""


class TooManyRequestsError(Exception):
    """Cognito asks to come back later: call again with the same token."""


class ListUsersError(Exception):
    """The pool's users could not be listed; the message is the error's code."""


class Counts(TypedDict):
    """Users so far; each of `seen` is in just one of the others.

    `missing` ones would have been stored but for the dry run.
    """

    seen: int
    stored: int
    alreadyStored: int
    notEligible: int
    missing: int
    failed: int


class Progress(TypedDict):
    """Where a sweep is: the answer to one call, and the event of the next.

    `paginationToken` is None before the first page and after the last.
    """

    dryRun: bool
    paginationToken: str | None
    counts: Counts


def handler(event: Mapping[str, Any], context: Any) -> Progress:
    """Go through as many pages of the pool as time allows; at least one.

    `event` is the Progress so far, `{}` for a new sweep. A user who cannot be stored is logged and
    counted. Raises PaginationTokenExpiredError, TooManyRequestsError or ListUsersError; the event
    can then be sent again, for no user is stored twice.
    """
    dry_run = bool(event.get("dryRun"))
    token = event.get("paginationToken")
    counts = Counts(seen=0, stored=0, alreadyStored=0, notEligible=0, missing=0, failed=0)
    counts.update(cast("Counts", event.get("counts") or {}))
    for users, next_token in _pages(token):
        counts["seen"] += len(users)
        for outcome in _threads.map(partial(_reconcile, dry_run=dry_run), users):
            counts[outcome] += 1
        token = next_token
        if context.get_remaining_time_in_millis() < MILLISECONDS_FOR_A_PAGE:
            break
    log("INFO", "swept", {"requestId": context.aws_request_id, "dryRun": dry_run, **counts})
    return Progress(dryRun=dry_run, paginationToken=token, counts=counts)


def _pages(token: str | None) -> Iterator[tuple[list["UserTypeTypeDef"], str | None]]:
    """The pages from `token` on, each with the next one's token, no faster than is configured."""
    while True:
        earliest_next = time.monotonic() + 1 / _sweep.pages_per_second
        users, token = _list_users(token)
        yield users, token
        if token is None:
            return
        time.sleep(max(0, earliest_next - time.monotonic()))


def _list_users(token: str | None) -> tuple[list["UserTypeTypeDef"], str | None]:
    page = {} if token is None else {"PaginationToken": token}
    try:
        answer = _cognito.list_users(UserPoolId=_sweep.user_pool_id, Limit=USERS_PER_PAGE, **page)
    except Exception as error:  # noqa: BLE001 - whatever it is, its text may quote the answer
        code = _code(error)
    else:
        return answer["Users"], answer.get("PaginationToken")
    if code == "InvalidParameterException" and token is not None:
        raise PaginationTokenExpiredError
    if code in ("TooManyRequestsException", "ThrottlingException"):
        raise TooManyRequestsError
    raise ListUsersError(code)


def _code(error: Exception) -> str:
    """The service's error code, or the class of another error."""
    if isinstance(error, ClientError):
        return str(error.response.get("Error", {}).get("Code", "ClientError"))
    return type(error).__name__


def _reconcile(user: "UserTypeTypeDef", *, dry_run: bool) -> Outcome:
    """Store one user, or in a dry run find out whether it is stored."""
    if user.get("UserStatus") not in ELIGIBLE_STATUSES:
        return "notEligible"
    attributes = {entry["Name"]: entry.get("Value") for entry in user.get("Attributes", [])}
    attributes[USERNAME_SOURCE] = user.get("Username")
    if created := user.get("UserCreateDate"):
        attributes[CREATE_DATE_SOURCE] = timestamp(created)
    sub = sub_of(attributes)
    if sub is None:
        log("ERROR", "failed", {"sub": None, "error": "NoSub"})
        return "failed"
    try:
        if dry_run:
            return _look_up(sub)
        item, left_out = to_item(sub, attributes, _configuration.stored_attributes, timestamp())
        if not _put(item, f"attribute_not_exists({PARTITION_KEY})"):
            return "alreadyStored"
    except WriteError as error:
        log("ERROR", "failed", {"sub": sub, "error": error.code})
        return "failed"
    line: dict[str, Any] = {"sub": sub}
    if left_out:
        line["leftOut"] = [entry._asdict() for entry in left_out]
    log("WARN", "healed", line)
    return "stored"


def _look_up(sub: str) -> Outcome:
    # A condition that holds only where there is an item, and never writes one.
    never = f"attribute_exists({PARTITION_KEY}) AND attribute_not_exists({PARTITION_KEY})"
    if _put({PARTITION_KEY: {"S": sub}}, never, "ALL_OLD"):
        return "alreadyStored"
    log("WARN", "missing", {"sub": sub})
    return "missing"


def _put(item: "Item", condition: str, on_failure: Literal["ALL_OLD", "NONE"] = "NONE") -> bool:
    """Whether the item was written, or with ALL_OLD whether there was one. Raises WriteError."""
    try:
        _dynamodb.put_item(
            TableName=_configuration.table_name,
            Item=item,
            ConditionExpression=condition,
            ReturnValuesOnConditionCheckFailure=on_failure,
        )
    except _dynamodb.exceptions.ConditionalCheckFailedException as error:
        return bool(error.response.get("Item"))
    except Exception as error:  # noqa: BLE001 - whatever it is, the caller must learn of it
        code = _code(error)
    else:
        return True
    raise WriteError(code)
