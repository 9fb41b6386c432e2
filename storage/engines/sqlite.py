"""A SQLite file in WAL mode with `synchronous=FULL`: one writer that commits whatever waits in one go."""

import asyncio
import queue
import sqlite3
import threading
from collections.abc import Iterator
from concurrent.futures import Future
from contextlib import contextmanager, suppress
from typing import Any, TypeVar

import structlog
from sqlalchemy import Engine, event
from sqlalchemy.engine import URL, Connection
from sqlalchemy.exc import DBAPIError
from sqlmodel import create_engine

from storage.engines.handover import Handover
from storage.engines.jobs import Job, settle
from storage.migrations import head
from storage.reading import Read, Work

T = TypeVar("T")
_log = structlog.get_logger(__name__)
_GROUP = 64
_READERS = 4


class _GroupLost(Exception):
    """The outer transaction is gone (SQLite may roll all of it back by itself): nobody gets a result of it."""


class Sqlite:
    """Writes through one thread and one connection, each unit in a savepoint of its own; reads beside it.

    Results are handed out only after the commit. Readers have connections of their own (`query_only`).
    """

    readers = _READERS

    def __init__(self, url: URL, handover: Handover) -> None:
        self.writing = create_engine(url, connect_args={"check_same_thread": False, "timeout": 30})
        self._reading = create_engine(
            url, connect_args={"check_same_thread": False, "timeout": 30}, pool_size=_READERS, max_overflow=0
        )
        event.listen(self.writing, "connect", _tune)
        event.listen(self.writing, "begin", _begin_immediate)
        event.listen(self._reading, "connect", _tune_reader)
        event.listen(self._reading, "begin", _begin)
        self._near = create_engine(url, connect_args={"check_same_thread": False, "timeout": 30}, pool_size=1)
        event.listen(self._near, "connect", _tune_reader)
        self._handover = handover
        self._jobs: queue.SimpleQueue[Job | None] = queue.SimpleQueue()
        self._writer: threading.Thread | None = None
        self.owner: str | None = None
        self._glancing: Connection | None = None

    def create(self) -> None:
        """Bring the tables to the newest version, alone with the file."""
        with _migrating(self.writing) as connection:
            broken = head.upgrade(connection) and connection.exec_driver_sql("PRAGMA foreign_key_check").first()
            if broken:
                raise head.Broken(str(broken[0]))

    def open(self) -> None:
        """Start the writer, once: a second one would wait for an end that the first has taken."""
        if self._writer is not None:
            return
        self._writer = threading.Thread(target=self._write, name="writer", daemon=True)
        self._writer.start()

    def close(self) -> None:
        """Finish what waits, then let go of every connection."""
        if self._writer is not None:
            self._jobs.put(None)
            self._writer.join()
            self._writer = None
        if self._glancing is not None:
            self._glancing.close()
            self._glancing = None
        for engine in (self._near, self._reading, self.writing):
            engine.dispose()

    def submit(self, unit: Work[T], *, guarded: bool) -> Future[T]:  # noqa: ARG002 (the writer is alone anyway)
        """Have the writer run a unit."""
        job = Job(unit)
        self._jobs.put(job)
        future: Future[T] = job.future
        return future

    async def act(self, unit: Work[T], *, guarded: bool) -> T:  # noqa: ARG002 (as above)
        """Have the writer run a unit, and wait for its commit in the event loop."""
        job = Job(unit, asyncio.get_running_loop())
        self._jobs.put(job)
        result: T = await job.future
        return result

    async def glance(self, unit: Work[T]) -> T:
        """Run a short reading unit in the event loop itself: to hand it to a thread would cost more than it does.

        The loop has a connection of its own, kept open.
        """
        if self._glancing is None:
            self._glancing = self._near.connect()
        connection = self._glancing
        driver: Any = connection.connection.driver_connection
        driver.execute("BEGIN")  # by the driver: SQLAlchemy's own way costs more than most of what is read
        try:
            return unit(Read(connection))
        finally:
            connection.rollback()
            if driver.in_transaction:
                driver.execute("ROLLBACK")

    def look(self, unit: Work[T]) -> T:
        """Run a reading unit in this thread."""
        with self._reading.connect() as connection, connection.begin():
            return unit(Read(connection))

    def _write(self) -> None:
        """Take whatever waits, never wait for more, commit once, hand out the results; whatever happens, go on."""
        connection: Connection | None = None
        ended = False
        while not ended:
            group, ended = self._group()
            try:
                connection = connection or self.writing.connect()
                self._commit(connection, group)
            except BaseException as fault:  # noqa: BLE001 (a writer that dies would have everybody wait for ever)
                _log.exception("the writer starts anew on a connection of its own")
                _drop(connection)
                connection = None
                for job in group:
                    job.fault = fault
                settle(group)
        if connection is not None:
            connection.close()

    def _group(self) -> tuple[list[Job], bool]:
        """Wait for a unit, take those that wait with it, and tell whether the end was among them."""
        group: list[Job] = []
        job = self._jobs.get()
        while job is not None:
            if job.begins():
                group.append(job)
            if len(group) == _GROUP or self._jobs.empty():
                return group, False
            job = self._jobs.get()
        return group, True

    def _commit(self, connection: Connection, group: list[Job]) -> None:
        """Run a group in one transaction; where that is lost, run every unit again alone."""
        if not group:
            return
        left: list[Any] | None = None
        try:
            self._run(connection, group)
            left = [thing for job in group if job.fault is None for thing in job.posted]
        except (_GroupLost, DBAPIError, sqlite3.Error) as fault:
            _rollback(connection)
            if len(group) == 1:
                group[0].fault = fault.__cause__ if isinstance(fault, _GroupLost) and fault.__cause__ else fault
            else:
                _log.warning("group lost, its units run alone", units=len(group), fault=type(fault).__name__)
                for job in group:
                    self._commit(connection, [job])
                return
        self._handover.settle(self._handover.ticket(), left)
        settle(group)

    def _run(self, connection: Connection, group: list[Job]) -> None:
        """Begin, run each unit in its savepoint, commit."""
        with connection.begin():
            for job in group:
                job.result, job.fault = None, None
                with _savepoint(connection, job):
                    read = Read(connection, self.owner)
                    job.result = job.unit(read)
                    job.posted = read.posted


@contextmanager
def _migrating(engine: Engine) -> Iterator[Connection]:
    """Open the one transaction of a migration, which locks others out, with foreign keys not enforced.

    Alembic alters a table by making it anew; with foreign keys enforced, dropping the old one would empty those that
    point to it, and the pragma changes nothing inside a transaction (SQLite's own twelve steps of ALTER TABLE).
    """
    with engine.connect() as connection:
        raw: Any = connection.connection.driver_connection
        raw.execute("PRAGMA foreign_keys=OFF").close()
        try:
            with connection.begin():
                yield connection
        finally:
            raw.execute("PRAGMA foreign_keys=ON").close()


@contextmanager
def _savepoint(connection: Connection, job: Job) -> Iterator[None]:
    """Undo one unit alone when it fails; tell when the whole transaction went with it."""
    driver: Any = connection.connection.driver_connection
    driver.execute("SAVEPOINT unit")
    try:
        yield
    except BaseException as fault:  # noqa: BLE001 (whatever a unit raises belongs to its caller)
        job.fault = fault
        try:
            if not _in_transaction(connection):
                raise _GroupLost from fault
            driver.execute("ROLLBACK TO unit")
        except sqlite3.Error as lost:
            raise _GroupLost from lost
    if not _in_transaction(connection):
        raise _GroupLost from job.fault
    driver.execute("RELEASE unit")


def _in_transaction(connection: Connection) -> bool:
    """Ask the driver itself: SQLAlchemy does not notice a rollback that SQLite did on its own."""
    raw = connection.connection.driver_connection
    return isinstance(raw, sqlite3.Connection) and raw.in_transaction


def _rollback(connection: Connection) -> None:
    """Leave the connection clean, whatever state the lost group left it in."""
    if connection.in_transaction():
        connection.rollback()
    raw = connection.connection.driver_connection
    if isinstance(raw, sqlite3.Connection) and raw.in_transaction:
        raw.rollback()


def _drop(connection: Connection | None) -> None:
    """Let go of a connection that may be broken."""
    if connection is not None:
        with suppress(Exception):
            connection.invalidate()
            connection.close()


def _tune(raw: sqlite3.Connection, _record: object) -> None:
    """Set what durability and order rest on; `isolation_level=None` or savepoints commit one by one."""
    raw.isolation_level = None
    for pragma in (
        "busy_timeout=30000",
        "journal_mode=WAL",
        "synchronous=FULL",
        "foreign_keys=ON",
        "cache_size=-65536",
        "temp_store=MEMORY",
    ):
        raw.execute(f"PRAGMA {pragma}").close()


def _tune_reader(raw: sqlite3.Connection, _record: object) -> None:
    """Readers never write and never wait for the writer (WAL)."""
    raw.isolation_level = None
    raw.execute("PRAGMA query_only=ON").close()
    raw.execute("PRAGMA busy_timeout=30000").close()


def _begin(connection: Connection) -> None:
    """Read everything of one unit as of one moment."""
    connection.exec_driver_sql("BEGIN")


def _begin_immediate(connection: Connection) -> None:
    """Take the write lock at once, so that a unit never fails halfway for want of it."""
    connection.exec_driver_sql("BEGIN IMMEDIATE")
