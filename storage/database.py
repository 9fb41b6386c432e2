"""The door to the record book: units of work go in, their results come out after the commit.

An act is a plain synchronous function on one open transaction. It reads what it decides by and writes what it decided;
whichever engine is below, the outcome is as if acts had been done one after another. It may be run more than once
before it is kept (a lost group, a collision), so it touches nothing but its transaction; what it wishes to be told of
after its commit it leaves by `Read.post`.
"""

import asyncio
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, Protocol, TypeVar

from sqlalchemy import Engine
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

from storage.engines.fates import FateUnknown
from storage.engines.handover import Handover
from storage.engines.outages import FAILURES, OUTAGES, passes
from storage.engines.postgresql import Postgresql, Unfit
from storage.engines.sqlite import Sqlite
from storage.migrations import head
from storage.reading import Read

T = TypeVar("T")


class UnknownDatabase(ValueError):
    """The database address is of a kind that this version does not run on."""


class DriverMissing(UnknownDatabase):
    """The driver of this kind of database is not installed."""


class BadAddress(UnknownDatabase):
    """The address cannot be read."""


class _Door(Protocol):
    """What each kind of database offers."""

    readers: int
    writing: Engine
    owner: str | None

    def create(self) -> None: ...

    def open(self) -> None: ...

    def close(self) -> None: ...

    def submit(self, unit: Callable[[Read], T], *, guarded: bool) -> Future[T]: ...

    async def act(self, unit: Callable[[Read], T], *, guarded: bool, brief: bool) -> T: ...

    async def glance(self, unit: Callable[[Read], T]) -> T: ...

    def look(self, unit: Callable[[Read], T]) -> T: ...


class Database:
    """A record book at `sqlite:///FILE` or `postgresql+psycopg://…`."""

    def __init__(self, url: str) -> None:
        self._handover = Handover()
        self._door = _door(url, self._handover)
        self._pool = ThreadPoolExecutor(self._door.readers, thread_name_prefix="reader")

    @property
    def engine(self) -> Engine:
        """The writing engine, for migrations and backups only."""
        return self._door.writing

    def sends_as(self, owner: str | None) -> None:
        """Have what is written from now on be sent by this replica; none: by whoever looks."""
        self._door.owner = owner

    @property
    def commits(self) -> int:
        """How many transactions have been committed."""
        return self._handover.commits

    def create(self) -> None:
        """Bring the tables to the newest version; raise `TooNew` for a database that a newer program has made."""
        self._door.create()

    def version(self) -> str | None:
        """Give the version of the tables; none where there are none."""
        return self.look(lambda read: head.version(read.connection()))

    def open(self) -> None:
        """Begin to take units of work; a second call changes nothing."""
        self._door.open()

    def close(self) -> None:
        """Finish what waits, then let go of every connection."""
        self._pool.shutdown()
        self._door.close()

    def after_commit(self, call: Callable[[Sequence[Any]], None]) -> None:
        """Have `call` told, after each commit, what its units have left by `Read.post`, in order; it must be quick.

        It runs in the event loop or in a thread of the database's. It is told an empty sequence where nothing was
        posted, never what was rolled back, and one sequence for units that were committed together. A process that
        dies right after a commit tells nobody, nor is another process told: whoever relies on it looks into the tables
        as well, now and then.
        """
        self._handover.register(call)

    async def act(self, unit: Callable[[Read], T], *, guarded: bool = False, brief: bool = False) -> T:
        """Run a unit of work and give its result after the commit; its exception undoes it alone.

        `brief` promises that it touches a handful of rows by their keys: where the database is a file, it runs in the
        event loop itself.
        `guarded` promises that each statement of the unit stands by its own WHERE and decides by no other: claims
        (`FOR UPDATE SKIP LOCKED`, compare-and-set), leases, marks. On PostgreSQL such a unit sees what others commit
        between its statements (READ COMMITTED) and runs beside others; acts take turns over all replicas.
        """
        return await self._door.act(unit, guarded=guarded, brief=brief)

    async def glance(self, unit: Callable[[Read], T]) -> T:
        """Run a reading unit that finds a handful of rows by their keys; where the database is a file, at once."""
        return await self._door.glance(unit)

    async def read(self, unit: Callable[[Read], T]) -> T:
        """Run a reading unit beside the writers."""
        return await asyncio.get_running_loop().run_in_executor(self._pool, self.look, unit)

    def look(self, unit: Callable[[Read], T]) -> T:
        """Run a reading unit in this thread."""
        return self._door.look(unit)

    def act_now(self, unit: Callable[[Read], T], *, guarded: bool = False) -> T:
        """Run a unit of work from plain code (command line, set-up of tests) and wait for its commit."""
        self.open()
        return self._door.submit(unit, guarded=guarded).result()


def _door(url: str, handover: Handover) -> _Door:
    """Choose the engine by the address."""
    try:
        address = make_url(url)
    except (ValueError, ArgumentError):
        raise BadAddress from None  # its words would show the password
    if address.get_backend_name() == "sqlite":
        return Sqlite(address, handover)
    if address.drivername != "postgresql+psycopg":
        raise UnknownDatabase(address.drivername)
    try:
        return Postgresql(address, handover)
    except ModuleNotFoundError as error:
        raise DriverMissing(str(error.name)) from None


__all__ = [
    "FAILURES",
    "OUTAGES",
    "BadAddress",
    "Database",
    "DriverMissing",
    "FateUnknown",
    "Unfit",
    "UnknownDatabase",
    "passes",
]
