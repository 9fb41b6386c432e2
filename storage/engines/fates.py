"""What became of a transaction whose COMMIT was never answered: the server is asked by its number."""

import time
from collections.abc import Callable

import structlog
from sqlalchemy import Engine, text
from sqlalchemy.exc import DBAPIError

from storage.engines.manners import Manner

_log = structlog.get_logger(__name__)
_STATUS = text("SELECT pg_xact_status(CAST(CAST(:number AS text) AS xid8))")
# The process that was left alone with the transaction may not have noticed yet that nobody is there any more.
_END = text(
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
    "WHERE pid = :pid AND backend_xid = CAST(CAST(:number AS text) AS xid)"
)
_PAUSE = 0.2


class FateUnknown(Exception):
    """The database was lost at the very moment of a commit and cannot be asked: done or not, nobody knows yet.

    Nothing may be repeated blindly. A press is safe: its act marks its update, and the update is looked at again. The
    clock's work is safe: it is claimed by compare-and-set, and the next tick looks again. Who acts by the command line
    is told to look first.
    """


def learn(engine: Engine, number: str, pid: int, seconds: float, clock: Callable[[], float] = time.monotonic) -> bool:
    """Tell whether a transaction was committed; raise `FateUnknown` where it cannot be learnt in so many seconds."""
    until = clock() + seconds
    while True:
        try:
            status = _ask(engine, number, pid)
        except DBAPIError as error:
            status = type(error.orig).__name__
        if status in {"committed", "aborted"}:
            _log.warning("the answer to a commit was lost; the server was asked", outcome=status)
            return status == "committed"
        if clock() > until:
            raise FateUnknown(f"the database was lost during a commit and cannot be asked ({status})")
        time.sleep(_PAUSE)


def _ask(engine: Engine, number: str, pid: int) -> str | None:
    """Ask for the outcome; where the transaction is still open, end it."""
    with engine.connect() as bare:
        connection = Manner.ASKING.of(bare)
        asked = {"number": number, "pid": pid}
        status: str | None = connection.execute(_STATUS, asked).scalar()
        if status == "in progress":
            connection.execute(_END, asked)
        return status
