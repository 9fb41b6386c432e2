"""A PostgreSQL that any number of replicas share: one act, one transaction, one after another."""

import asyncio
import random
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager, suppress
from typing import Any, TypeVar

import structlog
from sqlalchemy import event
from sqlalchemy.engine import URL, Connection, RootTransaction
from sqlalchemy.exc import DBAPIError, IntegrityError, OperationalError
from sqlalchemy.pool import NullPool
from sqlmodel import create_engine

from storage import jsons
from storage.engines import fates, manners
from storage.engines.handover import Handover
from storage.engines.manners import Manner
from storage.migrations import head
from storage.reading import Read, Work

T = TypeVar("T")
_log = structlog.get_logger(__name__)
_CLAIMERS = 4
_WRITERS = 1 + _CLAIMERS
_READERS = 4
_TRIES = 8
_BESIDE = 3  # tries of an act that others may undo; then nobody writes beside it
_READ_TRIES = _READERS + 2  # as many may have died in the pool
_PAUSE = 0.005  # seconds; grows with each try, drawn by lot
_FATE_SECONDS = 10.0
_OLDEST = 130_000  # pg_xact_status by 64-bit numbers: PostgreSQL 13
_AWAY = 0.5  # seconds to wait for a server that is away
_TAKEN = "23505"  # unique_violation
_COLLISIONS = frozenset({"40001", "40P01"})  # serialization_failure, deadlock_detected
# Nothing hangs for ever: not a statement, not a lock, not a transaction whose program is gone, not a dead line.
_LIMITS = (
    "SET TIME ZONE 'UTC'; SET statement_timeout = '60s'; SET lock_timeout = '20s'; "
    "SET idle_in_transaction_session_timeout = '10s'"  # shorter than a lock is waited for: a frozen replica has no turn
)
_LINE = {
    "client_encoding": "utf8",
    "connect_timeout": 10,
    "keepalives": 1,
    "keepalives_idle": 15,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "tcp_user_timeout": 20_000,
    "application_name": "duban",
}


class Unfit(Exception):
    """A PostgreSQL that this program does not run on; says what it would take."""


class Swallowed(Exception):
    """A unit has gone on after the database refused one of its statements, or has ended the transaction itself."""


class _Undone(Exception):
    """The transaction certainly came to nothing, and may come to something when tried again."""

    def __init__(self, fault: BaseException, *, away: bool = False, stale: bool = False) -> None:
        super().__init__(type(fault).__name__)
        self.fault = fault
        self.away = away
        self.stale = stale


class Postgresql:
    """Runs acts one after another, over all replicas, and guarded units beside them; repeats what collides.

    Acts read and then write, and were written for a database with one writer. At REPEATABLE READ two at once could both
    decide by what neither leaves true (write skew): a last unit that has not answered, a slip's number. SERIALIZABLE
    was measured: it watches whole pages of an index, acts of neighbouring updates share them, seven in ten collided and
    less was done than in turn. So an act takes the turn with its first statement and gives it back by its commit. One
    that guarded units undo again and again, since it is slow and they write what it ends with, has them wait for it.
    """

    readers = _READERS

    def __init__(self, url: URL, handover: Handover) -> None:
        line = {key: value for key, value in _LINE.items() if key not in url.query}
        pool: dict[str, Any] = {"max_overflow": 0, "pool_timeout": 60, "connect_args": line}
        self.writing = create_engine(url, pool_size=_WRITERS, **jsons.ENGINE, **pool)
        self._reading = create_engine(url, pool_size=_READERS, **jsons.ENGINE, **pool)
        event.listen(self.writing, "connect", _tuned(_LIMITS))
        event.listen(self._reading, "connect", _tuned(_LIMITS))
        # Asked by threads that each hold one of the others' connections still.
        self._asking = create_engine(url, poolclass=NullPool, connect_args=line)
        for engine in (self.writing, self._reading, self._asking):
            event.listen(engine, "begin", manners.begin)
        self._handover = handover
        self.owner: str | None = None
        self._acts: ThreadPoolExecutor | None = None
        self._claims = ThreadPoolExecutor(_CLAIMERS, thread_name_prefix="claimer")

    def create(self) -> None:
        """Bring the tables to the newest version; of several that start at once, one does it and the others wait."""
        with self.writing.connect() as bare, (connection := Manner.MIGRATING.of(bare)).begin():
            _check(connection)
            if head.version(connection) not in {None, head.newest()}:
                connection.exec_driver_sql("LOCK TABLE alembic_version IN SHARE ROW EXCLUSIVE MODE")
            head.upgrade(connection)

    def open(self) -> None:
        """Begin to take units of work."""
        if self._acts is None:
            self._acts = ThreadPoolExecutor(1, thread_name_prefix="writer")

    def close(self) -> None:
        """Finish what waits, then let go of every connection."""
        if self._acts is not None:
            self._acts.shutdown()
            self._acts = None
        self._claims.shutdown()
        self._reading.dispose()
        self.writing.dispose()

    def submit(self, unit: Work[T], *, guarded: bool) -> Future[T]:
        """Have a thread run a unit."""
        assert self._acts is not None, "open comes before the first act"
        return (self._claims if guarded else self._acts).submit(self._act, unit, guarded=guarded)

    async def act(self, unit: Work[T], *, guarded: bool, brief: bool) -> T:  # noqa: ARG002 (the server is elsewhere)
        """Have a thread run a unit, and wait for its commit in the event loop."""
        return await asyncio.wrap_future(self.submit(unit, guarded=guarded))

    async def glance(self, unit: Work[T]) -> T:
        """Run a short reading unit in a thread: the server is elsewhere."""
        return await asyncio.to_thread(self.look, unit)

    def look(self, unit: Work[T]) -> T:
        """Run a reading unit in this thread, on one snapshot; on a new connection where the line was lost."""
        for again in reversed(range(_READ_TRIES)):
            try:
                with self._reading.connect() as bare, (connection := Manner.READING.of(bare)).begin():
                    return unit(Read(connection))
            except DBAPIError as fault:
                if not again or not _lost(fault):
                    raise
        raise AssertionError

    def _act(self, unit: Work[T], *, guarded: bool) -> T:
        """Run a unit until it is kept, or its fault is its own, or there has been enough of it."""
        tries = stale = 0
        while True:
            manner = Manner.GUARDED if guarded else Manner.ACTING if tries < _BESIDE else Manner.ALONE
            try:
                return self._once(unit, manner)
            except _Undone as undone:
                if undone.stale and stale < _WRITERS:  # a connection that died in the pool: BEGIN is the ping
                    stale += 1
                    continue
                tries += 1
                # Told so twice, the unit itself is why a key is taken.
                if tries == _TRIES or (isinstance(undone.fault, IntegrityError) and tries > 1):
                    raise undone.fault from None
                _log.info("act undone, tried again", tries=tries, why=_state(undone.fault))
                time.sleep(_AWAY if undone.away else random.uniform(0, _PAUSE * 2**tries))

    def _once(self, unit: Work[T], manner: Manner) -> T:
        """Begin, run, commit; raise `_Undone` where nothing of it was kept and it may be tried again."""
        with self._connected() as bare:
            connection = manner.of(bare)
            transaction = _begun(connection)
            try:
                read = Read(connection, self.owner)
                result, left = unit(read), read.posted
                _sound(connection)
            except BaseException as fault:
                if any(map(_lost, _chain(fault))):
                    connection.invalidate()
                with suppress(DBAPIError):
                    connection.rollback()
                if _passing(fault):
                    raise _Undone(fault) from fault
                raise
            self._commit(connection, transaction, left)
            return result

    def _commit(self, connection: Connection, transaction: RootTransaction, left: Sequence[Any]) -> None:
        """Commit and hand over what was posted; where the answer is lost, learn what became of it."""
        number, pid = manners.number(connection)
        ticket, kept = self._handover.ticket(), False
        try:
            transaction.commit()
            kept = True
        except DBAPIError as fault:
            if _lost(fault):
                connection.invalidate(fault)
                kept = fates.learn(self._asking, number, pid, _FATE_SECONDS)
            elif not _passing(fault):
                raise
            if not kept:
                raise _Undone(fault) from fault
        finally:
            self._handover.settle(ticket, left if kept else None)

    @contextmanager
    def _connected(self) -> Iterator[Connection]:
        """Lend a connection; wait a little for a server that is away."""
        try:
            connection = self.writing.connect()
        except DBAPIError as fault:
            raise _Undone(fault, away=True) from fault
        with connection:
            yield connection


def _begun(connection: Connection) -> RootTransaction:
    """Begin; where the connection turns out to be dead, nothing of the unit has been run."""
    try:
        return connection.begin()
    except DBAPIError as fault:
        if _passing(fault):
            raise _Undone(fault, stale=_lost(fault)) from fault
        raise


def _chain(fault: BaseException) -> Iterator[BaseException]:
    """Give a fault and what it came of."""
    seen: BaseException | None = fault
    while seen is not None:
        yield seen
        seen = seen.__cause__ or seen.__context__


def _state(fault: BaseException) -> str:
    """Give the SQLSTATE that a fault came with, else its kind."""
    return getattr(getattr(fault, "orig", None), "sqlstate", None) or type(fault).__name__


def _lost(fault: BaseException) -> bool:
    """Tell whether the line was lost, so that nobody knows what the server did; psycopg does not always notice.

    Whatever the server itself has answered carries an SQLSTATE.
    """
    silent = isinstance(fault, OperationalError) and getattr(fault.orig, "sqlstate", None) is None
    return silent or (isinstance(fault, DBAPIError) and fault.connection_invalidated)


def _passing(fault: BaseException) -> bool:
    """Tell whether the same unit may succeed when it is run again.

    A key that is taken may have been taken by another in the meantime: then the unit will see it the next time.
    """
    if isinstance(fault, Swallowed):
        return True
    if isinstance(fault, IntegrityError) and _state(fault) == _TAKEN:
        return True
    return any(_lost(each) or _state(each) in _COLLISIONS for each in _chain(fault))


def _sound(connection: Connection) -> None:
    """Refuse to commit what would be rolled back without a word: COMMIT of a failed transaction is no error."""
    raw: Any = connection.connection.driver_connection
    status = raw.info.transaction_status.name
    if status == "INERROR":
        raise Swallowed("a unit went on after a statement had failed")
    if status != "INTRANS":
        raise RuntimeError("a unit has ended its own transaction")


def _tuned(script: str) -> Callable[[Any, object], None]:
    """Make what sets up a new connection; transactions are begun by us."""

    def tune(raw: Any, _record: object) -> None:
        raw.autocommit = True
        raw.execute(script)

    return tune


def _check(connection: Connection) -> None:
    """Refuse a server that is too old and a database that cannot hold Chinese."""
    version = connection.exec_driver_sql("SHOW server_version_num").scalar_one()
    if int(version) < _OLDEST:
        raise Unfit("PostgreSQL 13 or newer is needed")
    encoding = connection.exec_driver_sql("SHOW server_encoding").scalar_one()
    if encoding != "UTF8":
        raise Unfit(f"the database's encoding is {encoding}; create one with ENCODING 'UTF8' TEMPLATE template0")
