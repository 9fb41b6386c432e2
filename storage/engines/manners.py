"""How a transaction is begun on PostgreSQL."""

from enum import Enum
from typing import Any

from sqlalchemy.engine import Connection
from sqlalchemy.exc import OperationalError

MIGRATION_LOCK = 7_301_001  # a number of our own among the advisory locks
_MANNER, _NUMBER = "duban_manner", "duban_number"
_TURN = "LOCK TABLE alembic_version IN SHARE ROW EXCLUSIVE MODE"
# ROW SHARE goes beside an act's turn and gives way to EXCLUSIVE; none of the three is in a reader's or a dump's way.
_BESIDE, _ALONE = (f"LOCK TABLE alembic_version IN {mode} MODE" for mode in ("ROW SHARE", "EXCLUSIVE"))
# Each transaction that writes has a number from its first moment: by it the server tells later what became of it.
_NUMBERED = "SELECT pg_current_xact_id()::text, pg_backend_pid()"


class Manner(Enum):
    """How a transaction begins, as statements sent in one go.

    A snapshot is taken by the first query and not by LOCK TABLE: who has waited for the lock sees what was committed
    meanwhile (PostgreSQL, “Explicit Locking”). The table is one that everybody has and nobody writes in.
    """

    READING = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"
    GUARDED = f"BEGIN ISOLATION LEVEL READ COMMITTED; {_BESIDE}; {_NUMBERED}"
    ACTING = f"BEGIN ISOLATION LEVEL REPEATABLE READ; {_TURN}; {_NUMBERED}"
    ALONE = f"BEGIN ISOLATION LEVEL REPEATABLE READ; {_ALONE}; {_NUMBERED}"  # guarded units wait as well
    MIGRATING = (
        "BEGIN; SET LOCAL lock_timeout = 0; SET LOCAL statement_timeout = 0; "
        f"SELECT pg_advisory_xact_lock({MIGRATION_LOCK})"
    )
    ASKING = ""  # no transaction: each statement by itself

    def of(self, connection: Connection) -> Connection:
        """Have this connection's next transactions begin so."""
        return connection.execution_options(**{_MANNER: self})


def begin(connection: Connection) -> None:
    """Begin as the connection's manner is; SQLAlchemy calls it where it would begin by itself."""
    manner: Manner = connection.get_execution_options()[_MANNER]
    if manner is Manner.ASKING:
        return
    raw: Any = connection.connection.driver_connection
    try:
        with raw.cursor() as cursor:
            cursor.execute(manner.value)
            while cursor.nextset():
                pass
            connection.info[_NUMBER] = cursor.fetchone() if cursor.description else None
    except connection.dialect.loaded_dbapi.Error as error:
        if gone := bool(raw.closed or raw.broken):
            connection.invalidate(error)
        raise OperationalError(manner.value, None, error, connection_invalidated=gone) from error


def number(connection: Connection) -> tuple[str, int]:
    """Give the number of the open transaction and the server's process that runs it."""
    found: tuple[str, int] = connection.info[_NUMBER]
    return found
