"""Locks that the replicas on one database share: who has one does alone what must not be done twice at once."""

from enum import IntEnum

from sqlalchemy import func, select

from storage.reading import Read


class Lock(IntEnum):
    """What is done by one replica at a time; the numbers are PostgreSQL's advisory locks and never change."""

    SEQUENCER = 7_301_002


def taken(read: Read, lock: Lock) -> bool:
    """Take a lock until the end of the transaction, without waiting; tell whether it is ours.

    A SQLite file has one writer at a time, and so the lock already.
    """
    if read.kind != "postgresql":
        return True
    asked = select(func.pg_try_advisory_xact_lock(lock.value))
    return bool(read.connection().execute(asked).scalar_one())
