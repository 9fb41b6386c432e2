"""What a tick of the clock costs as the town grows: the look for what is due at 10 thousand and a million cases."""

import gc
import re
import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

from sqlalchemy import Connection, event

from bench.processes import rss_mib
from bench.town import fill
from storage.acts import mornings
from storage.book import CLOCK, Book
from storage.database import Database
from storage.reading import Read
from storage.rules.terms import Terms

DUE: Final = 100
INDEX: Final = "due_open"
_LOOK: Final = re.compile(r"FROM due\b.*due_on <=.*ORDER BY", re.DOTALL)
_FAR: Final = 36_500  # days over which what is not due yet is spread


def scaled(file: Path, cases: int, *, whole: bool) -> None:
    """Make a database with one case of the bot's own and so many copies of it, each watched on a far day.

    With `whole` the case and its part are copied too; without, only what the clock looks through.
    """
    fill(file, 1)
    book = sqlite3.connect(file, isolation_level=None)
    try:
        book.execute("PRAGMA synchronous=OFF")
        book.execute("BEGIN")
        indexes = "SELECT name, sql FROM sqlite_master WHERE type = 'index' AND tbl_name = 'due' AND sql IS NOT NULL"
        made = dict(book.execute(indexes).fetchall())
        for name in made:  # an index is built faster than it is kept up to date
            book.execute(f"DROP INDEX {name}")
        if whole:
            _copies(book, "case_file", cases, {"id": "n + 10", "number": "printf('W%07d', n)"})
            _copies(book, "part", cases, {"id": "n + 10", "case_id": "n + 10"})
        owner = "n + 10" if whole else "case_id"
        day = f"date('now', '+' || (400 + (n * 7919) % {_FAR}) || ' days')"
        _copies(book, "due", cases, {"id": "n + 1000", "key": "printf('far:%07d', n)", "case_id": owner, "due_on": day})
        sooner = {"id": "n + 2000000", "key": "printf('now:%03d', n)", "due_on": "date('now', '-1 day')"}
        _copies(book, "due", DUE, {**sooner, "kind": "'sign_receipt'", "facts": "'{}'"})
        for statement in made.values():
            book.execute(statement)
        book.execute("COMMIT")
    finally:
        book.close()


def _copies(book: sqlite3.Connection, table: str, count: int, other: dict[str, str]) -> None:
    """Insert copies of a table's first row, with some columns computed from the number of the copy."""
    columns = [str(row[1]) for row in book.execute(f"PRAGMA table_info({table})")]
    values = ", ".join(other.get(column, f'"{column}"') for column in columns)
    names = ", ".join(f'"{column}"' for column in columns)
    book.execute(
        f"WITH RECURSIVE k(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM k WHERE n < {count}) "  # noqa: S608 - our own
        f"INSERT INTO {table} ({names}) SELECT {values} FROM k, (SELECT * FROM {table} ORDER BY id LIMIT 1)"
    )


@dataclass
class Watch:
    """The CPU time that looking for what is due has taken, in seconds, and the query plans."""

    seconds: float = 0.0
    plans: set[str] = field(default_factory=set)
    _begun: float = 0.0

    def before(self, connection: Connection, _cursor: Any, statement: str, facts: Any, *_rest: Any) -> None:
        """Ask for the plan, then start the watch."""
        if _LOOK.search(statement):
            raw: Any = connection.connection.driver_connection
            plan = raw.execute(f"EXPLAIN QUERY PLAN {statement}", facts).fetchall()
            self.plans |= {str(row[3]) for row in plan if " due" in str(row[3])}
            self._begun = time.thread_time()

    def after(self, _connection: Connection, _cursor: Any, statement: str, *_rest: Any) -> None:
        """Stop the watch."""
        if _LOOK.search(statement):
            self.seconds += time.thread_time() - self._begun


class Clockwork:
    """A database in which ticks are tried and undone."""

    def __init__(self, file: Path, *, drop_index: bool = False) -> None:
        self.database = Database(f"sqlite:///{file}")
        self.terms = Terms()
        if drop_index:  # a negative control
            with self.database.engine.begin() as connection:
                connection.exec_driver_sql(f"DROP INDEX {INDEX}")

    def close(self) -> None:
        """Let go of the file."""
        self.database.close()

    @contextmanager
    def _undone(self) -> Iterator[Read]:
        with self.database.engine.connect() as connection:
            transaction = connection.begin()
            try:
                yield Read(connection)
            finally:
                transaction.rollback()

    def sweep(self) -> Watch:
        """Hold the next working morning and give what its look for due things has cost."""
        watch = Watch()
        event.listen(self.database.engine, "before_cursor_execute", watch.before)
        event.listen(self.database.engine, "after_cursor_execute", watch.after)
        with self._undone() as read:
            assert mornings.tick(Book(read, self._morning(read), self.terms, CLOCK)), "nothing was due"
        event.remove(self.database.engine, "before_cursor_execute", watch.before)
        event.remove(self.database.engine, "after_cursor_execute", watch.after)
        return watch

    def idle(self) -> float:
        """Give the seconds of CPU of a tick that finds nothing to do: the usual one."""
        with self._undone() as read:
            begun = time.thread_time()
            mornings.tick(Book(read, datetime.now(UTC), self.terms, CLOCK))
            return time.thread_time() - begun

    def _morning(self, read: Read) -> datetime:
        """Give ten o'clock of the next working day."""
        book = Book(read, datetime.now(UTC), self.terms, CLOCK)
        day = book.calendar().first_working_from(book.today + timedelta(days=1))
        return datetime(day.year, day.month, day.day, 10, tzinfo=self.terms.zone).astimezone(UTC)


def swept(folder: Path, rounds: int, *, whole: bool, drop_index: bool = False, many: int = 1_000_000) -> dict[str, Any]:
    """Compare the sweep of a small town with that of a large one, round by round."""
    sizes = {"10k": 10_000, "1M": many}
    for name, cases in sizes.items():
        scaled(folder / f"sweep-{name}.db", cases, whole=whole)
    works = {name: Clockwork(folder / f"sweep-{name}.db", drop_index=drop_index) for name in sizes}
    found: dict[str, Any] = {name: [] for name in sizes}
    plans: set[str] = set()
    try:
        for work in works.values():  # the cache is warm in both
            work.sweep()
            work.idle()
        gc.collect()
        before = rss_mib("self")
        for turn in range(rounds):
            for name in list(sizes) if turn % 2 else list(sizes)[::-1]:
                watches = [works[name].sweep() for _ in range(5)]
                found[name].append(min(watch.seconds for watch in watches) * 1000)
                plans |= {plan for watch in watches for plan in watch.plans}
        empty = [min(works["1M"].idle() for _ in range(9)) * 1000 for _ in range(rounds)]
        return {
            "ms": found,
            "ratio": [large / small for small, large in zip(found["10k"], found["1M"], strict=True)],
            "plans": sorted(plans),
            "indexed": all(INDEX in plan for plan in plans),
            "idle_ms": empty,
            "grown_mib": rss_mib("self") - before,
        }
    finally:
        for work in works.values():
            work.close()
