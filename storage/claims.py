"""Which replica has a letter in hand: claims with owner, lease and fence, by the database's own time."""

from collections.abc import Collection, Iterable
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, bindparam, case, func, or_, update
from sqlmodel import col, select

from storage.outbox import LEASE, Posted
from storage.reading import Prepared, Read
from storage.tables import Letter, Person
from storage.tables.columns import epoch

A_CHAT = 20  # letters of one chat in a claim: its long queue must not stand before all others
_TABLE: Any = Letter.__table__  # type: ignore[attr-defined]  # SQLModel's table
_HELD: Prepared[int] = Prepared(
    select(Letter.id).where(
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


def holds(read: Read, owner: str, letter: Posted) -> bool:
    """Tell whether a letter is still in this hand: an act may have dropped it or moved it, another hand taken it."""
    return bool(read.exec(_HELD, number=letter.id, owner=owner, fence=letter.fence))


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
