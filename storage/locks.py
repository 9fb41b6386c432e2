"""Locks that the replicas on one database share: who has one does alone what must not be done twice at once."""

from enum import IntEnum

from sqlalchemy import func, select, text

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


def nobody_else(read: Read) -> bool:
    """Tell whether no other connection of this program is open on this PostgreSQL database, from any machine.

    Call it on the first connection of a process. Sessions name their program to those of the same role (PostgreSQL,
    `pg_stat_activity`).
    """
    asked = text(
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid() "
        "AND application_name = current_setting('application_name')"
    )
    return bool(read.connection().execute(asked).scalar_one() == 0)
