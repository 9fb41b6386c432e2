"""The session of one unit of work, and what the unit leaves for those who are told after its commit."""

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from sqlalchemy import event
from sqlalchemy.engine import Connection
from sqlalchemy.orm import SessionTransaction
from sqlmodel import Session

T = TypeVar("T")
Work = Callable[[Session], T]
_POSTED, _MARKS = "posted", "marks"


class Unit(Session):
    """An open transaction as acts see it; the engine that has opened it commits."""

    def __init__(self, connection: Connection) -> None:
        super().__init__(connection, autoflush=False, expire_on_commit=False, join_transaction_mode="rollback_only")


def post(session: Session, *things: Any) -> None:
    """Leave things for the calls of `Database.after_commit`; a unit that is undone has left nothing."""
    session.info.setdefault(_POSTED, []).extend(things)


def posted(session: Session) -> Sequence[Any]:
    """Give what a unit has left, in its order."""
    left: Sequence[Any] = session.info.get(_POSTED, ())
    return left


@event.listens_for(Unit, "after_transaction_create")
def _mark(session: Session, transaction: SessionTransaction) -> None:
    """Remember at a savepoint how much was posted before it."""
    if transaction.nested:
        session.info.setdefault(_MARKS, {})[transaction] = len(posted(session))


@event.listens_for(Unit, "after_soft_rollback")
def _forget(session: Session, transaction: SessionTransaction) -> None:
    """Take back what was posted after a savepoint that is undone."""
    mark = session.info.get(_MARKS, {}).get(transaction)
    if mark is not None:
        del session.info.get(_POSTED, [])[mark:]
