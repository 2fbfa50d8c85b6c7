"""A sweep through the user pool: a record for every confirmed user who has none.

For users whose write failed, and for those for whom Cognito never calls the trigger: made by an
administrator, imported, or older than the trigger.
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

# The last one was confirmed, and its password reset by an administrator since.
# https://docs.aws.amazon.com/cognito/latest/developerguide/signing-up-users-in-your-app.html
ELIGIBLE_STATUSES = ("CONFIRMED", "EXTERNAL_PROVIDER", "RESET_REQUIRED")
# Beside Cognito's statuses: deleted while the sweep looked.
GONE = "gone"

# A page takes 89 s at worst: 15 s for each of two lists, 9 s for the records, 14 s more for those
# that DynamoDB left out, and four rounds of writes of 9 s.
MILLISECONDS_FOR_A_PAGE = 90_000

# A token that Cognito refuses makes the sweep start over, but not for ever.
MAX_RESTARTS = 3

# At INFO it reports where it found credentials, in a line of its own form.
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
    """Users so far; each of `seen` is in just one of the others.

    In a dry run `missing` ones would have been `stored`, and `outdated` ones `updated`.
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
    """Where a sweep is: the answer to one call, and the event of the next.

    `paginationToken` is None for the first page. `statuses` says how many users of which status
    are `not_eligible`. `throttled` asks to wait before the next call.
    """

    dryRun: bool
    paginationToken: str | None
    counts: Counts
    statuses: dict[str, int]
    restarts: int
    throttled: bool
    done: bool


class _Outcome(NamedTuple):
    """What became of one user; `status` of one who is not eligible."""

    outcome: Outcome | Literal["not_eligible"]
    status: str = ""
    throttled: bool = False


def handler(event: Mapping[str, Any], context: Any) -> Progress:
    """Go through as many pages of the pool as time allows.

    `event` is the Progress so far, `{}` for a new sweep. A user who cannot be stored is logged and
    counted. Raises CallError when the first page cannot be read; the event can then be sent
    again, because no user is stored twice. What fails after it, or is throttled, ends the call
    with the pages that were done.
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
    """The event with what it lacks; as a copy, for a call may be made again with it."""
    counts = Counts(
        seen=0,
        stored=0,
        already_stored=0,
        updated=0,
        not_eligible=0,
        missing=0,
        outdated=0,
        failed=0,
    )
    counts.update(cast("Counts", event.get("counts") or {}))
    return Progress(
        dryRun=bool(event.get("dryRun")),
        paginationToken=event.get("paginationToken"),
        counts=counts,
        statuses=dict(event.get("statuses") or {}),
        restarts=event.get("restarts", 0),
        throttled=False,
        done=False,
    )


def _through_page(progress: Progress) -> Progress:
    """The progress after one more page. Raises CallError; then the page can be gone over again."""
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
    """The page to go through, and the progress before it, which may be that of a new start.

    Cognito takes a token for an hour, and says of one that it no longer takes just what it says of
    any wrong parameter. So a refused call is made once more, and then without the token: if that
    works, it was the token.
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
    """What becomes of the users of the page with the token.

    Raises CallError, but not once a user has been written.
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
    """Of the page's users with a `sub` of these, those who are still in the pool, as they are now.

    One who was deleted while the page was on its way must not be written: nothing would take the
    record out again. Not by AdminGetUser, which makes a user count as active in Cognito's bill.
    Who has moved to another page meanwhile is left to the next sweep.
    """
    try:
        users = _pool.page(token).users
    except CallError as error:
        if not error.refused:
            raise
        users = [user for user in map(_pool.find, subs) if user is not None]
    return {user.sub: user for user in users if user.sub is not None and user.sub in subs}


def _store(sub: str, user: User | None, *, dry_run: bool) -> _Outcome:
    """Store a user who has no record and was looked up just now; None for one who is gone."""
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
    """Bring a record to what the pool has of the user."""
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
    """The user's item, and what the log says of attributes that are left out of it."""
    item, left_out = to_item(sub, user.attributes, _configuration.stored_attributes, timestamp())
    return item, {"leftOut": [entry._asdict() for entry in left_out]} if left_out else {}


def _failed(sub: str | None, error: CallError) -> _Outcome:
    log("ERROR", "failed", {"sub": sub, "source": "sweep", "error": error.code})
    return _Outcome("failed", throttled=error.throttled)
