"""Units of work on one SQLite transaction, each in a savepoint of its own."""

import sqlite3
from contextlib import suppress
from typing import Any

from sqlalchemy.engine import Connection

from storage.engines.jobs import Job
from storage.reading import Read


class GroupLost(Exception):
    """The outer transaction is gone (SQLite may roll all of it back by itself): nobody gets a result of it."""


def run(connection: Connection, job: Job, owner: str | None) -> None:
    """Run a unit in its savepoint and keep what came of it; raise `GroupLost` where all others went with it.

    One that fails is undone alone; SQLite may have rolled back everything by itself.
    """
    job.result, job.fault = None, None
    driver: Any = connection.connection.driver_connection
    driver.execute("SAVEPOINT unit")
    try:
        read = Read(connection, owner)
        job.result = job.unit(read)
        job.posted = read.posted
    except BaseException as fault:  # noqa: BLE001 (whatever a unit raises belongs to its caller)
        job.fault = fault
        try:
            if not driver.in_transaction:
                raise GroupLost from fault
            driver.execute("ROLLBACK TO unit")
        except sqlite3.Error as lost:
            raise GroupLost from lost
    if not driver.in_transaction:
        raise GroupLost from job.fault
    driver.execute("RELEASE unit")


def rollback(connection: Connection) -> None:
    """Leave the connection clean, whatever state a lost group left it in."""
    connection.rollback()  # also of a transaction whose commit has failed, which counts as none
    raw = connection.connection.driver_connection
    if isinstance(raw, sqlite3.Connection) and raw.in_transaction:
        raw.rollback()


def drop(connection: Connection | None) -> None:
    """Let go of a connection that may be broken."""
    if connection is not None:
        with suppress(Exception):
            connection.invalidate()
            connection.close()
