"""The sweep: it goes through the user pool and adds a record for each confirmed user without one.

A record is missing if the trigger could not write it. It is also missing if Cognito never called
the trigger: an administrator created the user, the user was imported, or is older than the trigger.
"""

import logging
import os
from collections.abc import Collection, Mapping
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, TypedDict, cast

from users import configuration
from users.calls import CallError
from users.item import to_item
from users.log import log, timestamp
from users.records import WRITES_AT_ONCE, Records, differences
from users.user_pool import Page, User, UserPool

if TYPE_CHECKING:
    from users.item import Item

type Outcome = Literal["stored", "already_stored", "missing", "updated", "outdated", "failed"]

# RESET_REQUIRED: the user is confirmed, and an administrator has reset the password since.
# https://docs.aws.amazon.com/cognito/latest/developerguide/signing-up-users-in-your-app.html
ELIGIBLE_STATUSES = ("CONFIRMED", "EXTERNAL_PROVIDER", "RESET_REQUIRED")
# Not a status of Cognito: the user was deleted while the sweep was running.
GONE = "gone"

# A page takes up to 89 s: 15 s for each of two calls of ListUsers, 9 s to read the records, 14 s
# more for keys that DynamoDB left unprocessed, and 9 s for each of four rounds of writes.
MILLISECONDS_FOR_A_PAGE = 90_000

# The sweep starts again when Cognito refuses its token, but only this often.
MAX_RESTARTS = 3

# At INFO, botocore logs where it found credentials, in a line that is not JSON.
logging.getLogger("botocore").setLevel(logging.WARNING)

_configuration = configuration.load(os.environ)
_sweep = configuration.load_sweep(os.environ)
_pool = UserPool(_sweep.user_pool_id, _sweep.pages_per_second)
_records = Records(
    _configuration.table_name,
    _configuration.table_region,
    [attribute.name for attribute in _configuration.stored_attributes]
    if _sweep.update_records
    else [],
)
_threads = ThreadPoolExecutor(WRITES_AT_ONCE)


class Counts(TypedDict):
    """How many users so far. `seen` counts all of them; each is in one of the other counts, too.

    Only a dry run counts `missing` and `outdated`: a sweep would have `stored` or `updated` these.
    """

    seen: int
    stored: int
    already_stored: int
    updated: int
    not_eligible: int
    missing: int
    outdated: int
    failed: int


class Progress(TypedDict):
    """How far a sweep has come. One call returns it, and the next call gets it as its event.

    `paginationToken` is None for the first page. `statuses` counts the `not_eligible` users by
    their status. `throttled` asks the caller to wait before the next call.
    """

    dryRun: bool
    paginationToken: str | None
    counts: Counts
    statuses: dict[str, int]
    restarts: int
    throttled: bool
    done: bool


class _Outcome(NamedTuple):
    """What happened to one user. `status` is set only for a user who is not eligible."""

    outcome: Outcome | Literal["not_eligible"]
    status: str = ""
    throttled: bool = False


def handler(event: Mapping[str, Any], context: Any) -> Progress:
    """Go through as many pages of the pool as time allows.

    `event` is the Progress so far; `{}` starts a new sweep. A user who cannot be stored is logged
    and counted. Raises CallError if the first page fails, unless AWS throttles the call. The caller
    can then send the same event again, because no user is stored twice. If a later page fails, or
    AWS throttles a call, this returns the progress up to there.
    """
    progress = _progress(event)
    worked = False
    while not progress["done"]:
        try:
            progress = _through_page(progress)
        except CallError as error:
            if not (worked or error.throttled):
                raise
            log("WARN", "interrupted", {"source": "sweep", "error": error.code})
            progress["throttled"] = error.throttled
            break
        worked = True
        if progress["throttled"]:
            break
        if context.get_remaining_time_in_millis() < MILLISECONDS_FOR_A_PAGE:
            break
    line = {"source": "sweep", "requestId": context.aws_request_id, "dryRun": progress["dryRun"]}
    log("INFO", "swept", line | progress["counts"] | {"statuses": progress["statuses"]})
    return progress


def _progress(event: Mapping[str, Any]) -> Progress:
    """A copy of the event, with defaults. A call may be made again with the event itself."""
    counts = dict.fromkeys(Counts.__annotations__, 0) | (event.get("counts") or {})
    return Progress(
        dryRun=bool(event.get("dryRun")),
        paginationToken=event.get("paginationToken"),
        counts=cast("Counts", counts),
        statuses=dict(event.get("statuses") or {}),
        restarts=event.get("restarts", 0),
        throttled=False,
        done=False,
    )


def _through_page(progress: Progress) -> Progress:
    """The progress after one more page. Raises CallError; the page can then be tried again."""
    page, progress = _next_page(progress)
    after = _progress(progress)
    after["counts"]["seen"] += len(page.users)
    for one in _outcomes(page.users, progress["paginationToken"], dry_run=progress["dryRun"]):
        after["counts"][one.outcome] += 1
        if one.outcome == "not_eligible":
            after["statuses"][one.status] = after["statuses"].get(one.status, 0) + 1
        after["throttled"] = after["throttled"] or one.throttled
    after["paginationToken"] = page.next_token
    after["done"] = page.next_token is None
    return after


def _next_page(progress: Progress) -> tuple[Page, Progress]:
    """The next page, and the progress before it: a new one if the sweep starts again.

    Cognito accepts a token for an hour. It answers an expired token with the error of any wrong
    parameter. So a refused call is made again with the token, and then without it: if that works,
    the token was the reason.
    """
    token = progress["paginationToken"]
    for last in (False, True):
        try:
            return _pool.page(token), progress
        except CallError as error:
            if token is None or not error.refused:
                raise
            if last and progress["restarts"] >= MAX_RESTARTS:
                raise
    first = _pool.page(None)
    log("WARN", "restarted", {"source": "sweep", "restarts": progress["restarts"] + 1})
    return first, _progress({"dryRun": progress["dryRun"], "restarts": progress["restarts"] + 1})


def _outcomes(users: Collection[User], token: str | None, *, dry_run: bool) -> list[_Outcome]:
    """What happened to the users of one page; `token` is the page's.

    Raises CallError only before the first write.
    """
    outcomes: list[_Outcome] = []
    eligible: dict[str, User] = {}
    for user in users:
        if user.status not in ELIGIBLE_STATUSES:
            outcomes.append(_Outcome("not_eligible", user.status))
        elif user.sub is None:
            outcomes.append(_failed(None, CallError("NoSub")))
        else:
            eligible[user.sub] = user
    items = _records.read(eligible)
    missing = eligible.keys() - items.keys()
    there = _look_again(missing, token) if missing else {}
    writes = [partial(_store, sub, there.get(sub), dry_run=dry_run) for sub in missing]
    if _sweep.update_records:
        writes += [
            partial(_update, sub, eligible[sub], item, dry_run=dry_run)
            for sub, item in items.items()
        ]
    else:
        outcomes += [_Outcome("already_stored")] * len(items)
    outcomes += _threads.map(lambda write: write(), writes)
    return outcomes


def _look_again(subs: Collection[str], token: str | None) -> dict[str, User]:
    """The users with these `sub`s, as they are in the pool now; `token` is the page's.

    A user who was deleted since the page was read must not be stored, because nothing would delete
    that record. This does not call AdminGetUser, because Cognito bills the user as active then. A
    user who has moved to another page since is left to the next sweep.
    """
    try:
        users = _pool.page(token).users
    except CallError as error:
        if not error.refused:
            raise
        users = [user for user in map(_pool.find, subs) if user is not None]
    return {user.sub: user for user in users if user.sub is not None and user.sub in subs}


def _store(sub: str, user: User | None, *, dry_run: bool) -> _Outcome:
    """Store a user who has no record. `user` was just looked up; None means the user is gone."""
    if user is None or user.status not in ELIGIBLE_STATUSES:
        return _Outcome("not_eligible", GONE if user is None else user.status)
    line: dict[str, Any] = {"sub": sub, "source": "sweep"}
    if dry_run:
        log("WARN", "missing", line)
        return _Outcome("missing")
    item, left_out = _item(sub, user)
    try:
        if not _records.put_if_absent(item):
            return _Outcome("already_stored")
    except CallError as error:
        return _failed(sub, error)
    log("WARN", "stored", line | left_out)
    return _Outcome("stored")


def _update(sub: str, user: User, item: "Item", *, dry_run: bool) -> _Outcome:
    """Update the record if the user's attributes have changed."""
    wanted, left_out = _item(sub, user)
    changes = differences(item, wanted, _configuration.stored_attributes)
    if not changes:
        return _Outcome("already_stored")
    outcome: Outcome = "outdated" if dry_run else "updated"
    try:
        if not dry_run and not _records.update(sub, changes):
            return _Outcome("not_eligible", GONE)
    except CallError as error:
        return _failed(sub, error)
    line = {"sub": sub, "source": "sweep", "attributes": sorted(changes)}
    log("WARN" if left_out else "INFO", outcome, line | left_out)
    return _Outcome(outcome)


def _item(sub: str, user: User) -> tuple["Item", dict[str, Any]]:
    """The user's record, and what to log about attributes that are left out of it."""
    item, left_out = to_item(sub, user.attributes, _configuration.stored_attributes, timestamp())
    return item, {"leftOut": [entry._asdict() for entry in left_out]} if left_out else {}


def _failed(sub: str | None, error: CallError) -> _Outcome:
    log("ERROR", "failed", {"sub": sub, "source": "sweep", "error": error.code})
    return _Outcome("failed", throttled=error.throttled)
