"""Updates seen: each stored once, before Telegram hears that it arrived, and marked by what came of it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import bindparam, func, literal, or_, update
from sqlmodel import col, select

from storage.prepared import Prepared
from storage.reading import Read
from storage.rules.refusals import N_, Refused
from storage.tables import Update
from storage.writing import alike, rewrite

DONE, REFUSED, FAILED, IGNORED = "done", "refused", "failed", "ignored"
RETRIES = (timedelta(seconds=5), timedelta(minutes=1))  # after a failure of ours; then it is listed for the operator

_STORE = alike(
    lambda insert: insert(Update).on_conflict_do_nothing(index_elements=["id"]).returning(col(Update.id)),
    ("id", "chat_id", "body", "received_at"),
)
_OPEN = (col(Update.id) == bindparam("number"), col(Update.handled_at).is_(None))
_MARK: Prepared[Any] = Prepared(
    update(Update)
    .where(*_OPEN)
    .values(handled_at=bindparam("at"), outcome=bindparam("came_of_it"), fault=bindparam("what_failed"))
)
_OLDER: Prepared[int] = Prepared(
    select(Update.id)
    .where(
        Update.chat_id == bindparam("chat"),
        Update.id < bindparam("number"),
        col(Update.handled_at).is_(None),
        or_(col(Update.not_before).is_(None), col(Update.not_before) <= bindparam("at")),
    )
    .limit(1)
)
_WAITING = Prepared(
    select(Update)
    .where(
        Update.chat_id == bindparam("chat"),
        col(Update.handled_at).is_(None),
        or_(col(Update.not_before).is_(None), col(Update.not_before) <= bindparam("at")),
    )
    .order_by(col(Update.id))
)

# As the index says it: SQLite compares the words of a partial index with those of the question, not their values.
IS_FAILED = col(Update.outcome) == literal(FAILED, literal_execute=True)


class AlreadyHandled(Refused):
    """This update's act has been done: a repeat changes nothing."""

    def __init__(self) -> None:
        super().__init__(N_("This has been done already"))


@dataclass(frozen=True)
class Arrival:
    """An update as it came in; `chat_id` is 0 where it belongs to no chat, `attempts` those that have failed."""

    update_id: int
    chat_id: int
    body: Mapping[str, Any]
    attempts: int = 0


def store(read: Read, arrivals: Iterable[Arrival], at: datetime) -> list[Arrival]:
    """Keep those that were not seen before; give them in the order in which they came."""
    new = []
    for arrival in arrivals:
        row = {"id": arrival.update_id, "chat_id": arrival.chat_id, "body": dict(arrival.body), "received_at": at}
        if read.rows(_STORE[read.kind], **row):
            new.append(arrival)
    return new


def waiting(read: Read, chat_id: int, at: datetime) -> list[Arrival]:
    """List what of a chat is not handled yet and may be now, in order."""
    return [_arrival(row) for row in read.exec(_WAITING, chat=chat_id, at=at)]


def older(read: Read, chat_id: int, update_id: int, at: datetime) -> bool:
    """Tell whether something of a chat that came before an update waits still: a failure may have left it."""
    return bool(read.exec(_OLDER, chat=chat_id, number=update_id, at=at))


def _arrival(row: Update) -> Arrival:
    """Give a stored update as it came in."""
    return Arrival(row.id, row.chat_id, row.body, row.attempts)


def highest(read: Read) -> int | None:
    """Give the highest update id seen."""
    return read.exec(select(func.max(Update.id))).one()


def settle(read: Read, update_id: int, outcome: str, at: datetime) -> None:
    """Mark an update by what came of it; done twice, it is refused, and with it the act."""
    if not _mark(read, update_id, outcome, at):
        raise AlreadyHandled


def close(read: Read, update_id: int, outcome: str, at: datetime, fault: str = "") -> None:
    """Mark an update that had no act: a read, a refusal; one that is marked stays as it is."""
    _mark(read, update_id, outcome, at, fault)


def _mark(read: Read, update_id: int, outcome: str, at: datetime, fault: str = "") -> bool:
    """Mark an update that is open; tell whether it was."""
    return read.run(_MARK, number=update_id, came_of_it=outcome, at=at, what_failed=fault) == 1


def fail(read: Read, update_id: int, at: datetime, fault: str) -> timedelta | None:
    """Note that handling an update has failed by our fault; give after what time it is tried again, if it is."""
    row = read.get_one(Update, update_id)
    if row.handled_at is not None:
        return None
    if row.attempts >= len(RETRIES):
        _mark(read, update_id, FAILED, at, fault)
        return None
    wait = RETRIES[row.attempts]
    rewrite(read, Update, update_id, {"attempts": row.attempts + 1, "not_before": at + wait, "fault": fault})
    return wait


def listed(read: Read, limit: int = 50) -> list[Update]:
    """List the updates that failed for good, newest first."""
    return list(read.exec(select(Update).where(IS_FAILED).order_by(col(Update.id).desc()).limit(limit)))


def again(read: Read, update_id: int) -> bool:
    """Have an update that failed for good tried once more; tell whether it was one."""
    failed = update(Update).where(col(Update.id) == update_id, col(Update.outcome) == FAILED)
    changed = read.connection().execute(failed.values(handled_at=None, outcome=None, not_before=None, attempts=0))
    return changed.rowcount == 1
