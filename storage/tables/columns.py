"""What every table is made of: its base, and column kinds that both databases understand alike."""

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import BigInteger, DateTime, event
from sqlalchemy.engine import Dialect
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.orm import InstrumentedAttribute
from sqlalchemy.sql.functions import FunctionElement
from sqlalchemy.types import TypeDecorator
from sqlmodel import SQLModel


class Row(SQLModel):
    """A table's row. Pydantic never checks one (the acts write it, the database gives it), so it builds nothing to."""

    model_config = {"defer_build": True}


class _Column:
    """A column to who asks the table for it; who asks a row is given the row's own value by Python itself.

    SQLAlchemy's attribute looks on, on behalf of a session, whenever a row is asked: a twentieth of a press's time.
    """

    def __init__(self, attribute: InstrumentedAttribute[Any]) -> None:
        self._attribute = attribute

    def __get__(self, row: SQLModel | None, _table: type[SQLModel]) -> InstrumentedAttribute[Any]:
        if row is not None:  # its own values come before this
            raise AttributeError(self._attribute.key)
        return self._attribute


@event.listens_for(Row, "attribute_instrument", propagate=True)
def _plain(table: type[Row], name: str, attribute: InstrumentedAttribute[Any]) -> None:
    """Put the column in the attribute's place."""
    type.__setattr__(table, name, _Column(attribute))


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


class among(FunctionElement[bool]):  # noqa: N801 (as above)
    """That a whole number is in a JSON list: one statement however many there are, so that it can be prepared.

    It has no type: of a truth value SQLAlchemy would ask SQLite whether it is 1, and SQLite would use no index.
    """

    inherit_cache = True


@compiles(among, "sqlite")
def _among_of_sqlite(element: Any, compiler: Any, **how: Any) -> str:
    column, numbers = (compiler.process(part, **how) for part in element.clauses)
    return f"{column} IN (SELECT value FROM json_each({numbers}))"  # noqa: S608 (both are SQLAlchemy's)


@compiles(among, "postgresql")
def _among_of_postgresql(element: Any, compiler: Any, **how: Any) -> str:
    column, numbers = (compiler.process(part, **how) for part in element.clauses)
    return f"{column} = ANY(CAST(translate({numbers}, '[]', '{{}}') AS BIGINT[]))"


@compiles(epoch, "sqlite")
def _epoch_of_sqlite(_element: Any, _compiler: Any, **_how: Any) -> str:
    return "CAST(strftime('%s', 'now') AS INTEGER)"


@compiles(epoch, "postgresql")
def _epoch_of_postgresql(_element: Any, _compiler: Any, **_how: Any) -> str:
    return "CAST(EXTRACT(EPOCH FROM clock_timestamp()) AS BIGINT)"
