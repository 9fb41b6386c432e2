"""A SQLite file in WAL mode with `synchronous=FULL`: one writer at a time, that commits whatever waits in one go."""

import asyncio
import sqlite3
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from typing import Any, Final, TypeVar

from sqlalchemy import Engine, event
from sqlalchemy.engine import URL, Connection
from sqlmodel import create_engine

from storage import jsons
from storage.engines.handover import Handover
from storage.engines.jobs import Job
from storage.engines.near import Near
from storage.engines.writer import Pen, Writer
from storage.migrations import head
from storage.reading import Read, Work

T = TypeVar("T")
_READERS: Final = 4
_STATEMENTS: Final = 512  # kept ready by a connection; the driver's own 128 are fewer than a day's presses need


class Sqlite:
    """Writes in one thread or in the event loop, each unit in a savepoint of its own; reads beside it.

    Results are handed out only after the commit. Readers have connections of their own (`query_only`).
    """

    readers = _READERS

    def __init__(self, url: URL, handover: Handover) -> None:
        self.writing = _engine(url, _tune, begins=_begin_immediate)
        self._reading = _engine(url, _tune_reader, begins=_begin, pool_size=_READERS, max_overflow=0)
        self._loops = _engine(url, _tune_reader)
        self._loops_writing = _engine(url, _tune_near, begins=_begin_immediate)
        self._pen = Pen(handover)
        self._writer = Writer(self.writing, self._pen)
        self._near = Near(self._loops_writing, self._pen, self._writer.put)
        self._glancing: Connection | None = None

    @property
    def owner(self) -> str | None:
        """The replica that sends what is written here; none: whoever looks."""
        return self._pen.owner

    @owner.setter
    def owner(self, owner: str | None) -> None:
        self._pen.owner = owner

    def create(self) -> None:
        """Bring the tables to the newest version, alone with the file."""
        with _migrating(self.writing) as connection:
            broken = head.upgrade(connection) and connection.exec_driver_sql("PRAGMA foreign_key_check").first()
            if broken:
                raise head.Broken(str(broken[0]))

    def open(self) -> None:
        """Start the writer."""
        self._writer.open()

    def close(self) -> None:
        """Finish what waits, then let go of every connection."""
        self._near.close()
        self._writer.close()
        if self._glancing is not None:
            self._glancing.close()
            self._glancing = None
        for engine in (self._loops, self._loops_writing, self._reading, self.writing):
            engine.dispose()

    def submit(self, unit: Work[T], *, guarded: bool) -> Future[T]:  # noqa: ARG002 (the writer is alone anyway)
        """Have the writer run a unit."""
        job = Job(unit)
        self._writer.put(job)
        future: Future[T] = job.future
        return future

    async def act(self, unit: Work[T], *, guarded: bool, brief: bool) -> T:  # noqa: ARG002 (as above)
        """Have a unit run by the writer, or a short one in the event loop itself, and wait for its commit."""
        loop = asyncio.get_running_loop()
        job = Job(unit, loop)
        if brief:
            self._near.put(job, loop)
        else:
            self._writer.put(job)
        result: T = await job.future
        return result

    async def glance(self, unit: Work[T]) -> T:
        """Run a short reading unit in the event loop itself: to hand it to a thread would cost more than it does.

        The loop has a connection of its own, kept open.
        """
        if self._glancing is None:
            self._glancing = self._loops.connect()
        connection = self._glancing
        driver = _driver(connection)
        driver.execute("BEGIN")
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


@contextmanager
def _migrating(engine: Engine) -> Iterator[Connection]:
    """Open the one transaction of a migration, which locks others out, with foreign keys not enforced.

    Alembic alters a table by making it anew; with foreign keys enforced, dropping the old one would empty those that
    point to it, and the pragma changes nothing inside a transaction (SQLite's own twelve steps of ALTER TABLE).
    """
    with engine.connect() as connection:
        raw = _driver(connection)
        raw.execute("PRAGMA foreign_keys=OFF").close()
        try:
            with connection.begin():
                yield connection
        finally:
            raw.execute("PRAGMA foreign_keys=ON").close()


def _engine(
    url: URL, tune: Callable[..., None], begins: Callable[[Connection], None] | None = None, **pool: int
) -> Engine:
    """Make an engine whose connections are tuned."""
    arguments = {"check_same_thread": False, "timeout": 30, "cached_statements": _STATEMENTS}
    engine = create_engine(url, connect_args=arguments, **jsons.ENGINE, **pool)
    event.listen(engine, "connect", tune)
    if begins is not None:
        event.listen(engine, "begin", begins)
    return engine


def _tune(raw: sqlite3.Connection, _record: object) -> None:
    """Set what durability and order rest on; `isolation_level=None` or savepoints commit one by one."""
    raw.isolation_level = None
    raw.execute("PRAGMA busy_timeout=30000").close()
    _keep_a_log(raw)
    for pragma in (
        "synchronous=FULL",
        "foreign_keys=ON",
        "cache_size=-8192",
        "temp_store=MEMORY",
    ):
        raw.execute(f"PRAGMA {pragma}").close()


def _keep_a_log(raw: sqlite3.Connection, tries: int = 10) -> None:
    """Change a file to WAL, which it then stays.

    SQLite waits for no other's lock where waiting could be for ever, and this is such a place: two processes that open
    a new file. A transaction of one's own, which does wait, comes after the other's; by then the file is changed.
    """
    try:
        raw.execute("PRAGMA journal_mode=WAL").close()
    except sqlite3.OperationalError as fault:
        if not tries or fault.sqlite_errorcode != sqlite3.SQLITE_BUSY:
            raise
        raw.execute("BEGIN IMMEDIATE").close()
        raw.execute("ROLLBACK").close()
        _keep_a_log(raw, tries - 1)


def _tune_near(raw: sqlite3.Connection, record: object) -> None:
    """The event loop never waits for another process's lock: what it finds locked is left to the writer's thread."""
    _tune(raw, record)
    raw.execute("PRAGMA busy_timeout=0").close()


def _tune_reader(raw: sqlite3.Connection, _record: object) -> None:
    """Readers never write and never wait for the writer (WAL)."""
    raw.isolation_level = None
    raw.execute("PRAGMA query_only=ON").close()
    raw.execute("PRAGMA busy_timeout=30000").close()


def _begin(connection: Connection) -> None:
    """Read everything of one unit as of one moment."""
    _driver(connection).execute("BEGIN")


def _begin_immediate(connection: Connection) -> None:
    """Take the write lock at once, so that a unit never fails halfway for want of it."""
    _driver(connection).execute("BEGIN IMMEDIATE")


def _driver(connection: Connection) -> Any:
    """Give the driver's own connection: SQLAlchemy's way costs more than what it is asked for here."""
    return connection.connection.driver_connection
