"""How the database would find what the program asks for: a growing table that is read from end to end is named.

Each statement is explained once a process, on a database with tables and nothing in them, and without its values: a
plan must not hang on what is asked for today. It is the program's own statements that are looked at, as they run.
"""

import re
import sqlite3
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from types import FrameType
from typing import Any

import psycopg
from sqlalchemy import event
from sqlalchemy.engine import Engine
from sqlmodel import SQLModel

import storage.tables as _tables
from storage.prepared import _Compiled
from tests import databases
from tests.databases import Place

assert _tables
# As small as a city is, or as the days it has worked; everything else grows with cases, presses or letters.
_PEOPLE = {"unit", "person", "posting", "invitation", "binding", "group_chat", "setting"}
_CHATS = {"lane", "turn", "lease"}
_DAYS = {"calendarday", "morning", "rulesversion"}
SMALL = _PEOPLE | _CHATS | _DAYS
GROWING = set(SQLModel.metadata.tables) - SMALL
# What reads from end to end because it must, by the function that asks; no tick and no card has a place here.
EXEMPT = {
    "storage/queries/search.py:search": "words are looked for inside titles and names: no index knows these",
    "storage/queries/ledger.py:lines": "the table that is exported is every case",
    "storage/queries/entries.py:latest_session": "reads from the newest case back to the first of its kind",
    "storage/records.py:verify": "an audit reads the whole record: that is what it is",
}
_ASKING = ("SELECT", "INSERT", "UPDATE", "DELETE", "WITH")
_TABLE = "|".join(sorted(SQLModel.metadata.tables))
_ALIAS = re.compile(rf'(?<![.\w"])"?({_TABLE})"? AS "?(\w+)')
# An index over what is open alone is as short as the work in hand.
_SHORT = re.compile(r"\w+_(?:open|dead|failed|active)")
# Found by its kind alone is half of all there is.
_WALKED = re.compile(r"(?:SCAN|SEARCH(?=.*\(kind=\?\)$)) (?P<table>\w+)(?: USING (?:COVERING )?INDEX (?P<index>\w+))?")
_VALUE = re.compile(r"%\((\w+)\)s")
_HOUSE = Path(__file__).resolve().parent.parent
# Hands that pass a statement on; who asks stands above them.
_PASSING = (
    "storage/prepared.py",
    "storage/reading.py",
    "storage/book.py",
    "storage/database.py",
    "storage/engines/",
    "tests/plans.py",
)
# A test's own questions are no path of the program; a migration runs once.
OTHERS = ("tests/", "storage/migrations/")


class OnSqlite:
    """Plans of SQLite, whose tables' statistics nobody has gathered."""

    def __init__(self, folder: Path) -> None:
        place = Place(folder, databases.SQLITE)
        place.make("plans", lambda _database: None)
        self._raw = sqlite3.connect(place.file, check_same_thread=False)

    def scanned(self, statement: str, values: int) -> set[str]:
        """Name the growing tables that a statement would read from end to end."""
        called = {alias: table for table, alias in _ALIAS.findall(statement)}
        found = self._raw.execute(f"EXPLAIN QUERY PLAN {statement}", [None] * values).fetchall()
        walked = [match for row in found if (match := _WALKED.match(row[3]))]
        tables = {str(match["table"]) for match in walked if not _SHORT.fullmatch(match["index"] or "")}
        return {called.get(table, table) for table in tables} & GROWING

    def close(self) -> None:
        """Let go of the database."""
        self._raw.close()


class OnPostgresql:
    """Plans of PostgreSQL, where nothing but the want of an index leaves a table to be read from end to end.

    Which of two indexes serves better it decides by statistics, which are not there: it is enough that one fits.
    """

    def __init__(self, folder: Path) -> None:
        self._place = Place(folder, databases.POSTGRESQL)
        self._place.make("plans", lambda _database: None)
        self._line = psycopg.connect(
            host=databases.server(), user="postgres", dbname=self._place.name, autocommit=True, prepare_threshold=None
        )
        for way in ("seqscan", "mergejoin", "hashjoin"):  # the joins would ask for both tables as a whole
            self._line.execute(f"SET enable_{way} = off".encode())

    def scanned(self, statement: str, _values: int) -> set[str]:
        """Name the growing tables that a statement would read from end to end, whatever its values are."""
        order = {name: number for number, name in enumerate(dict.fromkeys(_VALUE.findall(statement)), 1)}
        words = _VALUE.sub(lambda match: f"${order[match[1]]}", statement).replace("%%", "%")
        found = self._line.execute(f"EXPLAIN (GENERIC_PLAN, FORMAT JSON) {words}".encode()).fetchone()
        assert found is not None
        return {table for plan in found[0] for table in _walked(plan["Plan"])} & GROWING

    def close(self) -> None:
        """Let go of the database and have it gone."""
        self._line.close()
        self._place.drop()


_BY_INDEX = ("Index Scan", "Index Only Scan", "Bitmap Index Scan")


def _walked(plan: dict[str, Any], table: str = "") -> Iterator[str]:
    """Yield the tables that a plan of PostgreSQL reads as a whole, also those that it reads in an index's order."""
    table = plan.get("Relation Name", table)
    short = "Index Cond" in plan or _SHORT.fullmatch(plan.get("Index Name", ""))
    if plan["Node Type"] == "Seq Scan" or (plan["Node Type"] in _BY_INDEX and not short):
        yield table
    for below in plan.get("Plans", ()):
        if plan["Node Type"] != "Limit" or "Filter" in below or "Index Name" not in below:  # else the first few alone
            yield from _walked(below, table)


class Plans:
    """Listens to every statement that runs, on either kind of database, and explains what is new afterwards.

    Explained while it runs, a statement of a database in the making would wait for the lock of its own making.
    """

    def __init__(self, folder: Path, others: tuple[str, ...] = OTHERS) -> None:
        self._folder = folder
        self._others = others
        self._explaining: dict[str, OnSqlite | OnPostgresql] = {}
        self._scans: dict[tuple[str, str], set[str]] = {}
        self._heard: dict[tuple[str, str, str], int] = {}

    def look(self, kind: str, statement: str, count: int) -> None:
        """Note a statement that the program asks, with how many values, unless it is known to find its rows."""
        if self._scans.get((kind, statement)) == set() or not statement.startswith(_ASKING):
            return
        askers = list(_askers(sys._getframe(1)))
        if askers and not askers[0].startswith(self._others) and not EXEMPT.keys() & askers:
            self._heard[kind, statement, askers[0]] = count

    def guilty(self) -> list[str]:
        """Say which of the statements heard since the last time read a growing table from end to end."""
        heard, self._heard = self._heard, {}
        for (kind, statement, _asker), values in heard.items():
            if (kind, statement) not in self._scans:
                self._scans[kind, statement] = self._on(kind).scanned(statement, values)
        return [
            f"{asker} reads {', '.join(sorted(tables))} from end to end on {kind}: {statement}"
            for kind, statement, asker in heard
            if (tables := self._scans[kind, statement])
        ]

    def _on(self, kind: str) -> OnSqlite | OnPostgresql:
        """Give what explains on this kind of database, made when it is first asked."""
        if kind not in self._explaining:
            make = OnSqlite if kind == databases.SQLITE else OnPostgresql
            self._explaining[kind] = make(self._folder)
        return self._explaining[kind]

    @contextmanager
    def listening(self) -> Iterator[None]:
        """Hear what goes by SQLAlchemy's connections, and what prepared statements say to the driver themselves."""
        direct = _Compiled._cursor

        def cursor(prepared: _Compiled, driver: Any, values: Any, **how: Any) -> Any:
            self.look(prepared._dialect.name, prepared.sql, len(prepared._names))
            return direct(prepared, driver, values, **how)

        def heard(connection: Any, _cursor: Any, statement: str, values: Any, *_how: Any) -> None:
            self.look(connection.dialect.name, statement, len(values[0] if isinstance(values, list) else values))

        _Compiled._cursor = cursor  # type: ignore[method-assign, assignment]  # its `self` is another's
        event.listen(Engine, "before_cursor_execute", heard)
        try:
            yield
        finally:
            event.remove(Engine, "before_cursor_execute", heard)
            _Compiled._cursor = direct  # type: ignore[method-assign]
            for each in self._explaining.values():
                each.close()


def _askers(frame: FrameType | None) -> Iterator[str]:
    """Yield the functions of the project that ask a question, by file and name, the nearest first."""
    while frame is not None:
        place = _place(frame.f_code.co_filename)
        if place and not place.startswith(_PASSING):
            yield f"{place}:{frame.f_code.co_name}"
        frame = frame.f_back


@cache
def _place(file: str) -> str:
    """Give a file's place in the project; none for what is installed."""
    path = Path(file)
    installed = "site-packages" in path.parts or not path.is_relative_to(_HOUSE)
    return "" if installed else path.relative_to(_HOUSE).as_posix()
