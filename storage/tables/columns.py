"""What every table is made of: its base, and column kinds that both databases understand alike."""

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import BigInteger, DateTime
from sqlalchemy.engine import Dialect
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement
from sqlalchemy.types import TypeDecorator
from sqlmodel import SQLModel


class Row(SQLModel):
    """A table's row. Pydantic never checks one (the acts write it, the database gives it), so it builds nothing to."""

    model_config = {"defer_build": True}


class Moment(TypeDecorator[datetime]):
    """An aware datetime, kept in UTC; a naive one is refused, because nobody knows when it is."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002 (SQLAlchemy's signature)
        """Turn it to UTC before it is written."""
        if value is None:
            return None
        if value.tzinfo is None:
            msg = "a moment without a time zone"
            raise ValueError(msg)
        return value.astimezone(UTC)

    def process_result_value(self, value: Any | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002 (as above)
        """Give it back aware: SQLite forgets the zone."""
        if value is None:
            return None
        moment: datetime = value
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


class epoch(FunctionElement[int]):  # noqa: N801 (a function of SQL)
    """The database's own time in whole seconds since 1970: what leases are measured by, whatever a machine thinks."""

    type = BigInteger()
    inherit_cache = True


@compiles(epoch, "sqlite")
def _epoch_of_sqlite(_element: Any, _compiler: Any, **_how: Any) -> str:
    return "CAST(strftime('%s', 'now') AS INTEGER)"


@compiles(epoch, "postgresql")
def _epoch_of_postgresql(_element: Any, _compiler: Any, **_how: Any) -> str:
    return "CAST(EXTRACT(EPOCH FROM clock_timestamp()) AS BIGINT)"
