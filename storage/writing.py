"""Rows written one at a time: the statement for each table and set of columns is prepared once."""

from collections.abc import Callable, Iterable, Mapping
from functools import cache
from importlib import import_module
from typing import Any

from sqlalchemy import Insert, bindparam, insert, inspect, update
from sqlmodel import SQLModel

from storage.prepared import Prepared
from storage.reading import Read


def write(read: Read, table: type[SQLModel], values: Mapping[str, Any]) -> Any:
    """Insert a row; give its key."""
    return read.rows(_insert(table, tuple(values)), **values)[0][0]


def add(read: Read, row: SQLModel) -> Any:
    """Insert a row that was made in memory, whatever of it is set; give its key."""
    held = vars(row)
    table = type(row)
    return write(read, table, {name: held[name] for name in table.model_fields if held.get(name) is not None})


def rewrite(read: Read, table: type[SQLModel], key: Any, values: Mapping[str, Any], version: int | None = None) -> bool:
    """Change columns of a row, with a version only while it stands at that; tell whether it was there."""
    statement = _update(table, tuple(values), versioned=version is not None)
    where = {"this_key": key} if version is None else {"this_key": key, "this_version": version}
    return read.run(statement, **values, **where) == 1


def alike(make: Callable[[Any], Insert], columns: Iterable[str] | None = None) -> Mapping[str, Prepared[Any]]:
    """Prepare for each kind of database an insert that SQL has no common words for: what to do where a row is known."""
    return _Alike(make, columns)


class _Alike(dict[str, Prepared[Any]]):
    """A statement a kind, prepared when it is first asked for: nothing of the other kind is ever loaded."""

    def __init__(self, make: Callable[[Any], Insert], columns: Iterable[str] | None) -> None:
        self._make = make
        self._columns = columns

    def __missing__(self, kind: str) -> Prepared[Any]:
        made = self[kind] = Prepared(self._make(own_insert(kind)), self._columns)
        return made


@cache
def own_insert(kind: str) -> Any:
    """Give the insert of a kind of database with what it alone knows."""
    return import_module(f"sqlalchemy.dialects.{kind}").insert


@cache
def key_of(table: type[SQLModel]) -> str:
    """Give the name of a table's primary key, which is one column everywhere."""
    return str(_key(table).key)


@cache
def _insert(table: type[SQLModel], columns: tuple[str, ...]) -> Prepared[Any]:
    """Prepare an insert that returns the row's key."""
    return Prepared(insert(table).returning(_key(table)), columns)


@cache
def _update(table: type[SQLModel], columns: tuple[str, ...], *, versioned: bool) -> Prepared[Any]:
    """Prepare an update of one row."""
    statement = update(table).where(_key(table) == bindparam("this_key"))
    if versioned:
        statement = statement.where(inspect(table).local_table.columns.version == bindparam("this_version"))
    return Prepared(statement, columns)


def _key(table: type[SQLModel]) -> Any:
    """Give a table's primary key."""
    return next(iter(inspect(table).local_table.primary_key.columns))
