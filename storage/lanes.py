"""How replicas share Telegram's limits on PostgreSQL: a row a chat, held by one of them at a time, and one for all.

SQLite needs none of it: one process sends, and keeps its pace in memory.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from sqlalchemy import Cast, Double, case, cast, func, or_, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col

from storage.reading import Read
from storage.tables import Lane

LEASE = 15.0  # seconds of the database's time, three calls' time-outs
ALL = 0  # no chat's id


@dataclass(frozen=True)
class Held:
    """A chat in hand with the times, in the database's seconds, from which its limits let the next call leave."""

    chat_id: int
    free_at: Mapping[str, float]


@dataclass(frozen=True)
class Slots:
    """So many slots of all replicas' calls, the first at `first`; `now` is the database's time."""

    first: float
    now: float


def _now() -> Cast[float]:
    """Give the database's time in seconds since 1970; not that of the transaction's begin."""
    return cast(func.extract("epoch", func.clock_timestamp()), Double)


def hold(read: Read, owner: str, chat_ids: Iterable[int]) -> tuple[list[Held], float]:
    """Take chats in hand, or keep them; give those that nobody else holds, and the database's time.

    The rows are asked for in one order, so that two replicas never wait for each other in a circle.
    """
    wanted = [{"chat_id": chat_id, "owner": owner} for chat_id in sorted(chat_ids)]
    new = insert(Lane).values(lease_until=_now() + LEASE, free_at={}, slot_at=0.0)
    free = or_(col(Lane.owner).is_(None), col(Lane.owner) == owner, col(Lane.lease_until) < _now())
    taking = new.on_conflict_do_update(
        index_elements=["chat_id"], set_={"owner": owner, "lease_until": new.excluded.lease_until}, where=free
    )
    held = []
    for each in wanted:
        row = read.connection().execute(taking.returning(col(Lane.chat_id), col(Lane.free_at)), each).first()
        if row is not None:
            held.append(Held(row[0], row[1]))
    return held, now(read)


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
    first = insert(Lane).values(chat_id=ALL, free_at={}, lease_until=0.0, slot_at=0.0).on_conflict_do_nothing()
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


def lapsed(read: Read, owner: str, chat_ids: Iterable[int]) -> frozenset[int]:
    """Give those of some chats that are in another's hand whose lease has run out: to be asked before they are held."""
    theirs = (col(Lane.owner) != owner, col(Lane.lease_until) < _now())
    found = select(col(Lane.chat_id)).where(col(Lane.chat_id).in_(list(chat_ids)), *theirs)
    return frozenset(read.connection().execute(found).scalars())
