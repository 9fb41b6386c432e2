"""Which replica has a letter in hand: claims with owner, lease and fence, by the database's own time."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, bindparam, case, func, or_, update
from sqlmodel import col, select

from storage.outbox import LEASE, Posted, Priority
from storage.prepared import Prepared
from storage.reading import Read
from storage.tables import Card, Entry, Letter, Person
from storage.tables.columns import epoch

A_CHAT = 20  # letters of one chat in a claim: its long queue must not stand before all others
_TABLE: Any = Letter.__table__  # type: ignore[attr-defined]  # SQLModel's table
_NEWEST = select(func.max(Entry.id)).where(Entry.case_id == Letter.case_id).scalar_subquery()
_CARD = select(Card.message_id).where(Card.person_id == Letter.person_id, Card.case_id == Letter.case_id)
_HELD: Prepared[tuple[int | None, int | None]] = Prepared(
    select(_NEWEST, _CARD.scalar_subquery()).where(
        Letter.id == bindparam("number"),
        Letter.owner == bindparam("owner"),
        Letter.fence == bindparam("fence"),
        col(Letter.settled_at).is_(None),
    )
)
_CARRIED = tuple(_TABLE.c[name] for name in Posted.__dataclass_fields__)


def left(
    read: Read, owner: str, at: datetime, room: int, but: Collection[int] = (), busy: Collection[int] = ()
) -> dict[int, int]:
    """Give the letters that nobody has in hand and that may go at `at`, first things first, with their chats.

    Left out are letters at rest (`but`) and those to chats that have their hands full (`busy`).
    """
    address = func.coalesce(Letter.chat_id, Person.account)
    order = (col(Letter.priority), col(Letter.id))
    place = func.row_number().over(partition_by=address, order_by=order)
    found = (
        select(Letter.id, address.label("address"), col(Letter.priority), place.label("place"))
        .join(Person, col(Person.id) == col(Letter.person_id), isouter=True)
        .where(
            col(Letter.settled_at).is_(None),
            or_(col(Letter.not_before).is_(None), col(Letter.not_before) <= at),
            _free(read, owner),
            address.is_not(None),
            col(Letter.id).not_in(but),
            address.not_in(busy),
        )
        .subquery()
    )
    first = select(found.c.id, found.c.address).where(found.c.place <= A_CHAT)
    rows = read.exec(first.order_by(found.c.priority, found.c.id).limit(room))
    return {letter_id: int(chat_id) for letter_id, chat_id in rows}


def _free(read: Read, owner: str) -> ColumnElement[bool]:
    """Tell that nobody has a letter in hand; on SQLite one process sends, and whoever else had it is gone."""
    free = [col(Letter.owner).is_(None), col(Letter.lease_until) < epoch()]
    if read.kind == "sqlite":
        free.append(col(Letter.owner) != owner)
    return or_(*free)


def in_hand(read: Read) -> ColumnElement[bool]:
    """Tell that a letter is in a living hand, which may be sending it: another's by its lease, or this process's own.

    Where one process sends it renews no lease.
    """
    held = col(Letter.lease_until) >= epoch()
    return and_(col(Letter.owner).is_not(None), or_(held, col(Letter.owner) == read.owner) if read.owner else held)


def lapsed(read: Read, owner: str, letter_ids: Collection[int]) -> frozenset[int]:
    """Give those of some letters that are in another's hand whose lease has run out: to be asked before a claim."""
    theirs = (col(Letter.owner) != owner, col(Letter.lease_until) < epoch(), col(Letter.settled_at).is_(None))
    return frozenset(read.exec(select(Letter.id).where(col(Letter.id).in_(letter_ids), *theirs)))


def claim(read: Read, owner: str, chats: dict[int, int]) -> list[Posted]:
    """Take letters in hand, each with a new fence; those that somebody else was faster with are left out."""
    free = (
        select(Letter.id)
        .where(col(Letter.id).in_(chats), col(Letter.settled_at).is_(None), _free(read, owner))
        .with_for_update(skip_locked=True)
    )
    fence = case((col(Letter.owner) == owner, col(Letter.fence)), else_=col(Letter.fence) + 1)
    taken = (
        update(Letter)
        .where(col(Letter.id).in_(free))
        .values(owner=owner, lease_until=epoch() + LEASE, fence=fence)
        .returning(*_CARRIED)
    )
    rows = read.connection().execute(taken).mappings()
    found = [Posted(**{**row, "chat_id": chats[row["id"]]}) for row in rows]
    return sorted(found, key=lambda letter: (letter.priority, letter.id))


@dataclass(frozen=True)
class Grip:
    """A letter that is in hand still: the newest entry on its case, and the message with its reader's card of that."""

    newest: int | None
    card: int | None


def held(read: Read, owner: str, letter: Posted) -> Grip | None:
    """Look whether a letter is still in this hand: an act may have dropped it or moved it, another hand taken it."""
    found = read.exec(_HELD, number=letter.id, owner=owner, fence=letter.fence).first()
    return Grip(*found) if found is not None else None


def renew(read: Read, owner: str, letter_ids: Iterable[int]) -> None:
    """Keep letters in hand for another lease."""
    mine = update(Letter).where(col(Letter.id).in_(list(letter_ids)), col(Letter.owner) == owner)
    read.connection().execute(mine.values(lease_until=epoch() + LEASE))


def release(read: Read, owner: str) -> None:
    """Let go of every letter in hand: for a stop in good order."""
    mine = update(Letter).where(col(Letter.owner) == owner, col(Letter.settled_at).is_(None))
    read.connection().execute(mine.values(owner=None))


def put_off(read: Read, letter: Posted, owner: str, until: datetime) -> None:
    """Leave a letter for a later moment, out of anybody's hand."""
    mine = update(Letter).where(col(Letter.id) == letter.id, col(Letter.owner) == owner)
    mine = mine.where(col(Letter.fence) == letter.fence)
    read.connection().execute(mine.values(owner=None, not_before=until))


def ring_now(read: Read, at: datetime) -> None:
    """Let go what the clock's letters still wait for, at a moment at which they may ring.

    None waits longer than for the next such moment, unless it was put off while the clock stood ahead.
    """
    waiting = (col(Letter.settled_at).is_(None), col(Letter.not_before) > at, col(Letter.priority) >= Priority.CLOCK)
    read.connection().execute(update(Letter).where(*waiting).values(not_before=None))
