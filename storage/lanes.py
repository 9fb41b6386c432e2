"""How replicas share Telegram's limits on PostgreSQL: a row a chat, held by one of them at a time, and one for all.

SQLite needs none of it: one process sends, and keeps its pace in memory.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Cast, Double, case, cast, func, select, update
from sqlmodel import col

from storage.reading import Read
from storage.tables import Lane
from storage.writing import own_insert

# Seconds of the database's time; renewed three times within it, also while a call is on the line. After a replica's
# death a chat of its own waits this long for another one, and once more the chat's own pace.
LEASE = 5.0
ALL = 0  # no chat's id


@dataclass(frozen=True)
class Held:
    """A chat in hand with the times, in the database's seconds, from which its limits let the next call leave."""

    chat_id: int
    free_at: Mapping[str, float]
    lapsed: bool = False  # another replica had it when its lease ran out


@dataclass(frozen=True)
class Slots:
    """So many slots of all replicas' calls, the first at `first`; `now` is the database's time."""

    first: float
    now: float


def _now() -> Cast[float]:
    """Give the database's time in seconds since 1970; not that of the transaction's begin."""
    return cast(func.extract("epoch", func.clock_timestamp()), Double)


def hold(read: Read, owner: str, chat_ids: Iterable[int], spent: Mapping[str, float]) -> tuple[list[Held], float]:
    """Take chats in hand, or keep them; give those that nobody else holds, and the database's time.

    Of a holder whose lease ran out nobody knows what it has sent: it is taken to have used up every limit, `spent`
    seconds of each, at the lease's end. Rows are asked for in one order, so that two replicas never wait in a circle.
    """
    wanted = sorted(chat_ids)
    seen: Any = select(col(Lane.chat_id), col(Lane.owner), col(Lane.lease_until), col(Lane.free_at))
    rows = read.exec(seen.where(col(Lane.chat_id).in_(wanted)).order_by(col(Lane.chat_id)).with_for_update()).all()
    at = now(read)
    known = {chat_id for chat_id, *_ in rows}
    held = [Held(chat_id, {}) for chat_id in _begin(read, [each for each in wanted if each not in known])]
    for chat_id, holder, until, free_at in rows:
        if holder in {None, owner}:
            held.append(Held(chat_id, free_at))
        elif until < at:
            used_up = {name: until + seconds for name, seconds in spent.items()}
            held.append(Held(chat_id, free_at | used_up, lapsed=True))
    mine = update(Lane).where(col(Lane.chat_id).in_([each.chat_id for each in held]))
    read.connection().execute(mine.values(owner=owner, lease_until=_now() + LEASE))
    return held, at


def _begin(read: Read, chat_ids: list[int]) -> list[int]:
    """Enter chats that nobody has written to yet; give those that another replica has not entered meanwhile."""
    if not chat_ids:
        return []
    rows = [{"chat_id": chat_id, "lease_until": 0.0, "slot_at": 0.0, "free_at": {}} for chat_id in chat_ids]
    new = own_insert("postgresql")(Lane).values(rows).on_conflict_do_nothing().returning(col(Lane.chat_id))
    return [chat_id for (chat_id,) in read.connection().execute(new)]


def now(read: Read) -> float:
    """Give the database's time in seconds since 1970."""
    return float(read.connection().execute(select(_now())).scalar_one())


def release(read: Read, owner: str, chats: Mapping[int, Mapping[str, float]]) -> None:
    """Let chats go, each with the times from which its limits let the next call leave."""
    for chat_id in sorted(chats):
        mine = update(Lane).where(col(Lane.chat_id) == chat_id, col(Lane.owner) == owner)
        read.connection().execute(mine.values(owner=None, free_at=dict(chats[chat_id])))


def reserve(read: Read, count: int, every: float) -> Slots:
    """Reserve the next slots, `every` seconds apart, for one replica; what it does not use is lost to all."""
    first = (
        own_insert("postgresql")(Lane)
        .values(chat_id=ALL, free_at={}, lease_until=0.0, slot_at=0.0)
        .on_conflict_do_nothing()
    )
    read.connection().execute(first)
    begins = case((col(Lane.slot_at) > _now(), col(Lane.slot_at)), else_=_now())
    taken = update(Lane).where(col(Lane.chat_id) == ALL).values(slot_at=begins + count * every)
    after, at = read.connection().execute(taken.returning(col(Lane.slot_at), _now())).one()
    return Slots(float(after) - count * every, float(at))


def pause(read: Read, seconds: float) -> None:
    """Let nobody's slots begin for so many seconds: the limit of all has been refused."""
    until = _now() + seconds
    paused = update(Lane).where(col(Lane.chat_id) == ALL, col(Lane.slot_at) < until)
    read.connection().execute(paused.values(slot_at=until))
