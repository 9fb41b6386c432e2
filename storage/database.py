"""Engine and transactions: one writer that commits whatever waits in one go, and readers of their own."""

import asyncio
import queue
import sqlite3
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager, suppress
from typing import Any, TypeVar

import structlog
from sqlalchemy import Engine, event
from sqlalchemy.engine import Connection, make_url
from sqlalchemy.exc import DBAPIError
from sqlmodel import Session, create_engine

from storage.migrations import head

Read = Session
T = TypeVar("T")
_log = structlog.get_logger(__name__)
_GROUP = 64
_READERS = 4


class UnknownDatabase(ValueError):
    """The database address is of a kind that this version does not run on."""


class _Job:
    """One unit of work that waits for the writer, and the future that its caller holds."""

    def __init__(self, unit: Callable[[Session], Any]) -> None:
        self.unit = unit
        self.future: Future[Any] = Future()
        self.result: Any = None
        self.posted: list[Any] = []
        self.fault: BaseException | None = None

    def begins(self) -> bool:
        """Tell whether somebody still waits for it; from now on nobody can call it off."""
        return self.future.set_running_or_notify_cancel()

    def settle(self) -> None:
        """Hand out what came of it."""
        if self.future.done():
            return
        if self.fault is None:
            self.future.set_result(self.result)
        else:
            self.future.set_exception(self.fault)


class _GroupLost(Exception):
    """The outer transaction is gone (SQLite may roll all of it back by itself): nobody gets a result of it."""


class Database:
    """A SQLite file in WAL mode with `synchronous=FULL`.

    Writes go through one thread and one connection: what waits is committed together, each unit in a savepoint of its
    own, and results are handed out only after the commit. Reads have connections of their own (`query_only`).
    """

    def __init__(self, url: str) -> None:
        if make_url(url).get_backend_name() != "sqlite":
            raise UnknownDatabase(url.split(":", 1)[0])
        self._writing = create_engine(url, connect_args={"check_same_thread": False, "timeout": 30})
        self._reading = create_engine(
            url, connect_args={"check_same_thread": False, "timeout": 30}, pool_size=_READERS, max_overflow=0
        )
        event.listen(self._writing, "connect", _tune)
        event.listen(self._writing, "begin", _begin_immediate)
        event.listen(self._reading, "connect", _tune_reader)
        self._jobs: queue.SimpleQueue[_Job | None] = queue.SimpleQueue()
        self._pool = ThreadPoolExecutor(_READERS, thread_name_prefix="reader")
        self._writer: threading.Thread | None = None
        self._after: list[Callable[[list[Any]], None]] = []
        self.owner: str | None = None  # the replica that sends what is written here; none: nobody does
        self.commits = 0

    @property
    def engine(self) -> Engine:
        """The writing engine, for migrations and backups only."""
        return self._writing

    def create(self) -> None:
        """Bring the tables to the newest version; raise `TooNew` for a database that a newer program has made."""
        head.upgrade(self._writing)

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
        self._pool.shutdown()
        self._reading.dispose()
        self._writing.dispose()

    def after_commit(self, call: Callable[[list[Any]], None]) -> None:
        """Have `call` run, in the writer's thread, after each commit, with what its units posted; it must be quick."""
        self._after.append(call)

    async def act(self, unit: Callable[[Session], T]) -> T:
        """Run a unit of work in the writer and give its result after the commit; its exception undoes it alone."""
        job = _Job(unit)
        self._jobs.put(job)
        result: T = await asyncio.wrap_future(job.future)
        return result

    async def read(self, unit: Callable[[Session], T]) -> T:
        """Run a reading unit beside the writer."""
        return await asyncio.get_running_loop().run_in_executor(self._pool, self.look, unit)

    def look(self, unit: Callable[[Session], T]) -> T:
        """Run a reading unit in this thread."""
        with Session(self._reading, autoflush=False, expire_on_commit=False) as session:
            return unit(session)

    def act_now(self, unit: Callable[[Session], T]) -> T:
        """Run a unit of work from plain code (command line, set-up of tests) and wait for its commit."""
        if self._writer is None:
            self.open()
        job = _Job(unit)
        self._jobs.put(job)
        result: T = job.future.result()
        return result

    def _write(self) -> None:
        """Take whatever waits, never wait for more, commit once, hand out the results; whatever happens, go on."""
        connection: Connection | None = None
        ended = False
        while not ended:
            group, ended = self._group()
            try:
                connection = connection or self._writing.connect()
                self._commit(connection, group)
            except BaseException as fault:  # noqa: BLE001 (a writer that dies would have everybody wait for ever)
                _log.exception("the writer starts anew on a connection of its own")
                _drop(connection)
                connection = None
                for job in group:
                    job.fault = fault
                    job.settle()
        if connection is not None:
            connection.close()

    def _group(self) -> tuple[list[_Job], bool]:
        """Wait for a unit, take those that wait with it, and tell whether the end was among them."""
        group: list[_Job] = []
        job = self._jobs.get()
        while job is not None:
            if job.begins():
                group.append(job)
            if len(group) == _GROUP or self._jobs.empty():
                return group, False
            job = self._jobs.get()
        return group, True

    def _commit(self, connection: Connection, group: list[_Job]) -> None:
        """Run a group in one transaction; where that is lost, run every unit again alone."""
        if not group:
            return
        try:
            self._run(connection, group)
        except (_GroupLost, DBAPIError) as fault:
            _rollback(connection)
            if len(group) == 1:
                group[0].fault = fault.__cause__ if isinstance(fault, _GroupLost) and fault.__cause__ else fault
            else:
                _log.warning("group lost, its units run alone", units=len(group), fault=type(fault).__name__)
                for job in group:
                    self._commit(connection, [job])
                return
        for job in group:
            job.settle()
        posted = [letter for job in group if job.fault is None for letter in job.posted]
        for call in self._after:
            try:
                call(posted)
            except Exception:  # noqa: BLE001 (who wished to be told has failed, not who was committed)
                _log.exception("a call after the commit failed")

    def _run(self, connection: Connection, group: list[_Job]) -> None:
        """Begin, run each unit in its savepoint, commit."""
        with connection.begin():
            for job in group:
                job.result, job.fault, job.posted = None, None, []
                with (
                    _savepoint(connection, job),
                    Session(
                        connection, autoflush=False, expire_on_commit=False, join_transaction_mode="rollback_only"
                    ) as session,
                ):
                    session.info.update(owner=self.owner, posted=job.posted)
                    job.result = job.unit(session)
        self.commits += 1


@contextmanager
def _savepoint(connection: Connection, job: _Job) -> Iterator[None]:
    """Undo one unit alone when it fails; tell when the whole transaction went with it."""
    connection.exec_driver_sql("SAVEPOINT unit")
    try:
        yield
    except BaseException as fault:  # noqa: BLE001 (whatever a unit raises belongs to its caller)
        job.fault = fault
        try:
            if not _in_transaction(connection):
                raise _GroupLost from fault
            connection.exec_driver_sql("ROLLBACK TO unit")
        except DBAPIError as lost:
            raise _GroupLost from lost
    if not _in_transaction(connection):
        raise _GroupLost from job.fault
    connection.exec_driver_sql("RELEASE unit")


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
        "journal_mode=WAL",
        "synchronous=FULL",
        "foreign_keys=ON",
        "cache_size=-65536",
        "busy_timeout=30000",
    ):
        raw.execute(f"PRAGMA {pragma}").close()


def _tune_reader(raw: sqlite3.Connection, _record: object) -> None:
    """Readers never write and never wait for the writer (WAL)."""
    raw.execute("PRAGMA query_only=ON").close()
    raw.execute("PRAGMA busy_timeout=30000").close()


def _begin_immediate(connection: Connection) -> None:
    """Take the write lock at once, so that a unit never fails halfway for want of it."""
    connection.exec_driver_sql("BEGIN IMMEDIATE")
