"""Updates seen: each stored once, before Telegram hears that it arrived, and marked by what came of it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, insert, update
from sqlmodel import col, select

from storage.reading import Read
from storage.rules.refusals import N_, Refused
from storage.tables import Update

DONE, REFUSED, FAILED, IGNORED = "done", "refused", "failed", "ignored"


class AlreadyHandled(Refused):
    """This update's act has been done: a repeat changes nothing."""

    def __init__(self) -> None:
        super().__init__(N_("This has been done already"))


@dataclass(frozen=True)
class Arrival:
    """An update as it came in; `chat_id` is 0 where it belongs to no chat."""

    update_id: int
    chat_id: int
    body: Mapping[str, Any]


def store(session: Read, arrivals: Iterable[Arrival], at: datetime) -> list[Arrival]:
    """Keep those that were not seen before; give them in the order in which they came."""
    fresh: dict[int, Arrival] = {}
    for arrival in arrivals:
        fresh.setdefault(arrival.update_id, arrival)
    known = set(session.exec(select(Update.id).where(col(Update.id).in_(fresh))))
    new = [arrival for arrival in fresh.values() if arrival.update_id not in known]
    if new:
        session.connection().execute(
            insert(Update),
            [{"id": a.update_id, "chat_id": a.chat_id, "body": dict(a.body), "received_at": at} for a in new],
        )
    return new


def waiting(session: Read) -> list[Arrival]:
    """List what is not handled yet, in order, for a start after a crash."""
    rows = session.exec(select(Update).where(col(Update.handled_at).is_(None)).order_by(col(Update.id)))
    return [Arrival(row.id, row.chat_id, row.body) for row in rows]


def highest(session: Read) -> int | None:
    """Give the highest update id seen."""
    return session.exec(select(func.max(Update.id))).one()


def settle(session: Read, update_id: int, outcome: str, at: datetime, fault: str = "") -> None:
    """Mark an update by what came of it; done twice, it is refused, and with it the act."""
    changed = session.connection().execute(
        update(Update)
        .where(col(Update.id) == update_id, col(Update.handled_at).is_(None))
        .values(handled_at=at, outcome=outcome, fault=fault)
    )
    if changed.rowcount != 1:
        raise AlreadyHandled


def close(session: Read, update_id: int, outcome: str, at: datetime, fault: str = "") -> None:
    """Mark an update that had no act: a read, a refusal, a failure; one that is marked stays as it is."""
    session.connection().execute(
        update(Update)
        .where(col(Update.id) == update_id, col(Update.handled_at).is_(None))
        .values(handled_at=at, outcome=outcome, fault=fault)
    )


def is_open(session: Read, update_id: int) -> bool:
    """Tell whether an update is not handled yet."""
    return (
        session.exec(select(Update.id).where(Update.id == update_id, col(Update.handled_at).is_(None))).first()
        is not None
    )


def listed(session: Read, limit: int = 50) -> list[Update]:
    """List the updates that failed for good, newest first."""
    return list(
        session.exec(select(Update).where(Update.outcome == FAILED).order_by(col(Update.id).desc()).limit(limit))
    )
