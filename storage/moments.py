"""The database's own time, by which replicas with clocks of their own agree on leases."""

from datetime import UTC, datetime

from sqlalchemy import func, select

from storage.reading import Read
from storage.tables.columns import Moment


def database_time(read: Read) -> datetime:
    """Give the time by the database's clock, as it goes on within a transaction; in UTC.

    A SQLite file has no clock but its machine's.
    """
    if read.kind != "postgresql":
        return datetime.now(UTC)
    now: datetime = read.connection().execute(select(func.clock_timestamp(type_=Moment()))).scalar_one()
    return now
