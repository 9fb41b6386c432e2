"""Indexes over a part of a table, alike in both databases."""

from typing import Any, Final

from sqlalchemy import Index, MetaData, text

_WHERE: Final = "where"


def partial(name: str, *columns: str, where: str, **more: Any) -> Index:
    """Make an index over the rows of which `where` holds."""
    return Index(name, *columns, sqlite_where=text(where), info={_WHERE: text(where)}, **more)


def complete(tables: MetaData) -> None:
    """Have such indexes know PostgreSQL too, for whoever makes or compares tables.

    SQLAlchemy loads all it knows of a database to name one of its options, which a bot on SQLite goes without.
    """
    for table in tables.tables.values():
        for index in table.indexes:
            if _WHERE in index.info:
                index.dialect_kwargs["postgresql_where"] = index.info[_WHERE]
