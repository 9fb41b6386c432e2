"""What passes by itself: a server that is away, a disk that is full, a lock that another process holds."""

import re
import sqlite3
from typing import Any, Final

from sqlalchemy.exc import DBAPIError, InterfaceError, InternalError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from storage.engines.fates import FateUnknown

# Nothing is wrong with the unit of work that meets one of these. PostgreSQL calls a server that may only be read, as a
# replica is before it takes over, an internal error.
OUTAGES: Final = (
    OperationalError, InterfaceError, InternalError, PoolTimeout, FateUnknown, sqlite3.OperationalError
)  # fmt: skip
FAILURES: Final = (*OUTAGES, DBAPIError)
_FULL_LOCKED_OR_FAILING: Final = frozenset(
    {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_NOMEM, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_FULL}
)
_PRIMARY: Final = 0xFF  # of SQLite's extended codes
# libpq gives no SQLSTATE for what a server says before there is a session. Words of another language are waited for.
_WRONG: Final = re.compile(
    r'(?:database|role) ".*" does not exist|password authentication failed|no pg_hba\.conf entry'
    r"|no password supplied|connection is bad: invalid"
)


def passes(fault: BaseException) -> bool:
    """Tell whether a book that could not be opened may open later without anybody changing the configuration."""
    why: Any = getattr(fault, "orig", fault)
    if isinstance(why, sqlite3.Error):
        return getattr(why, "sqlite_errorcode", 0) & _PRIMARY in _FULL_LOCKED_OR_FAILING
    return isinstance(fault, OUTAGES) and not _WRONG.search(str(why))
