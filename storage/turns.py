"""Whose a chat's updates are: one replica handles them, in order, for as long as its lease lasts.

A fence that only grows tells a holder that was paused from the one that took over: what it finishes late is undone.
Whoever stores an update writes into its chat's row, and so does whoever finishes one: neither can miss the other.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, case, func, or_, update
from sqlmodel import col, select

from storage.prepared import Prepared
from storage.reading import Read
from storage.tables import Turn, Update
from storage.tables.columns import epoch
from storage.writing import alike

LEASE = 30  # seconds of the database
_RENEW = LEASE // 3  # seconds after which it is renewed
NOTHING = -1  # below every update's number


@dataclass
class Hold:
    """A chat that a replica has in hand; `left` once nothing of it waits any more."""

    chat_id: int
    owner: str
    fence: int
    newest: int  # the highest of its updates that is known here
    done: int = NOTHING  # with what is being handled all is done up to here, as it was known when that began
    left: bool = False
    lost: bool = False  # once another replica has taken the chat over
    pending: int = 0  # updates of it that are known here and not at their end
    again: float = 0.0  # seconds after which an update of its that failed is tried once more; 0: none is

    def ending(self) -> None:
        """Fix what is done with the update that ends now: what arrives meanwhile raises `newest` and is not."""
        self.done = self.newest if self.pending <= 1 else NOTHING


class Overtaken(Exception):
    """Another replica has taken this chat over: what was just done is undone, for the other does it."""


_FREE = or_(col(Turn.owner).is_(None), col(Turn.until) < epoch())
_TAKEN: Mapping[str, Any] = {
    "newest": case((col(Turn.newest) < bindparam("newest"), bindparam("newest")), else_=col(Turn.newest)),
    "owner": case((_FREE, bindparam("owner")), else_=col(Turn.owner)),
    "until": case((_FREE, epoch() + LEASE), else_=col(Turn.until)),
    "fence": case((_FREE, col(Turn.fence) + 1), else_=col(Turn.fence)),
}
_TAKE = alike(
    lambda insert: (
        insert(Turn)
        .values(
            chat_id=bindparam("chat_id"),
            owner=bindparam("owner"),
            newest=bindparam("newest"),
            until=epoch() + LEASE,
            fence=1,
        )
        .on_conflict_do_update(index_elements=["chat_id"], set_=_TAKEN)
        .returning(col(Turn.owner), col(Turn.fence), col(Turn.newest))
    )
)
_PASS: Prepared[Any] = Prepared(
    update(Turn)
    .where(
        col(Turn.chat_id) == bindparam("chat"),
        col(Turn.owner) == bindparam("owner_"),
        col(Turn.fence) == bindparam("fence_"),
    )
    .values(owner=case((col(Turn.newest) > bindparam("done"), col(Turn.owner)), else_=None))
    .returning(col(Turn.owner))
)


def take(read: Read, chat_id: int, newest: int, owner: str) -> Hold | None:
    """Note that an update was stored; give the hold where the chat is now this replica's, none where it is another's.

    The hold that this replica has already comes again with the same fence.
    """
    holder, fence, highest = read.rows(_TAKE[read.kind], chat_id=chat_id, newest=newest, owner=owner)[0]
    return Hold(chat_id, owner, fence, highest) if holder == owner else None


def lapsed(read: Read, chat_ids: Collection[int], owner: str) -> frozenset[int]:
    """Give those of some chats that are in another's hand whose lease has run out: to be asked before a take."""
    theirs = (col(Turn.owner) != owner, col(Turn.until) < epoch())  # nobody's is NULL, and neither true nor false
    return frozenset(read.exec(select(Turn.chat_id).where(col(Turn.chat_id).in_(chat_ids), *theirs)))


def passed(read: Read, hold: Hold) -> bool:
    """Go on after an update; leave the chat where nothing known here or stored beyond it waits, and tell whether so.

    Raise `Overtaken` where the chat is in other hands meanwhile.
    """
    found = read.rows(_PASS, chat=hold.chat_id, owner_=hold.owner, fence_=hold.fence, done=hold.done)
    if not found:
        raise Overtaken
    return found[0][0] is None


def renew(read: Read, owner: str, chat_ids: Collection[int]) -> None:
    """Keep chats in hand for another lease, those alone whose lease has run for a while.

    To write the row of a chat in which an act is under way undoes that act on PostgreSQL.
    """
    aged = col(Turn.until) < epoch() + LEASE - _RENEW
    mine = update(Turn).where(col(Turn.chat_id).in_(chat_ids), col(Turn.owner) == owner, aged)
    read.connection().execute(mine.values(until=epoch() + LEASE))


def release(read: Read, owner: str) -> None:
    """Let go of every chat: at a stop, so that others need not wait for the lease."""
    read.connection().execute(update(Turn).where(col(Turn.owner) == owner).values(owner=None))


def free_left(read: Read) -> None:
    """Take chats out of dead hands at a start; elsewhere than on SQLite, which has one process, their leases end."""
    if read.kind == "sqlite":
        read.connection().execute(update(Turn).where(col(Turn.owner).is_not(None)).values(owner=None))


def orphans(read: Read, at: datetime, limit: int) -> list[tuple[int, int]]:
    """List chats of which updates wait and which nobody has in hand, each with its newest update."""
    waiting = (
        select(Update.chat_id, func.max(Update.id))
        .join(Turn, col(Turn.chat_id) == col(Update.chat_id), isouter=True)
        .where(
            col(Update.handled_at).is_(None),
            or_(col(Update.not_before).is_(None), col(Update.not_before) <= at),
            or_(_FREE, col(Turn.chat_id).is_(None)),
        )
        .group_by(col(Update.chat_id))
        .order_by(func.min(Update.id))
        .limit(limit)
    )
    return [(chat_id, newest) for chat_id, newest in read.exec(waiting)]
