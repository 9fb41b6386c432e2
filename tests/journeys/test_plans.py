"""No full scan on any path that runs at every press or tick: what a press costs must not grow with the years."""

import re
import sqlite3
from collections.abc import Iterator

import pytest
from sqlalchemy import Engine, event

from tests.journeys import test_whole_way as whole_way
from tests.world import World

# What grows with cases, presses or letters. The roster's tables and the calendar stay as small as a city is.
GROWING = frozenset(
    re.findall(
        r"\w+",
        """case_file part seconder reply opinion progress contact meeting instruction involvement request slip alert
        due item opinion_form answer dispute conference promise attachment file inbox turn outbox record opening card
        draft""",
    )
)
# An index over what is open alone is as short as the work in hand.
_SCAN = re.compile(r"SCAN (\w+)\b(?! USING (?:COVERING )?INDEX \w+_(?:open|dead|failed))")


@pytest.fixture
def said() -> Iterator[set[str]]:
    """Collect every statement that any connection to SQLite runs, its values written in."""
    statements: set[str] = set()

    def listen(raw: sqlite3.Connection, _record: object) -> None:
        raw.set_trace_callback(statements.add)

    event.listen(Engine, "connect", listen)
    yield statements
    event.remove(Engine, "connect", listen)


def shape(statement: str) -> str:
    """Give a statement without its values: one of each kind is enough to look at."""
    return re.sub(r"'(?:[^']|'')*'|\b\d+(?:\.\d+)?\b|x'[0-9a-f]*'", "?", statement)


def scanned(raw: sqlite3.Connection, statement: str) -> set[str]:
    """Name the growing tables that a statement would read from end to end."""
    plan = [row[3] for row in raw.execute(f"EXPLAIN QUERY PLAN {statement}")]
    return {match[1] for line in plan if (match := _SCAN.match(line))} & GROWING


async def test_a_case_on_its_whole_way_reads_nothing_from_end_to_end(said: set[str], world: World) -> None:
    """From the sheet to the closed alert, every press, letter and morning finds what it needs by an index."""
    said.clear()
    await whole_way.test_a_suggestion_from_its_sheet_to_the_closed_alert(world)
    kinds = {shape(statement): statement for statement in said if statement.startswith(("SELECT", "UPDATE", "DELETE"))}
    assert len(kinds) > 100, "the trace has heard the journey"
    with sqlite3.connect(f"file:{world.place.file}?mode=ro", uri=True) as raw:
        guilty = {kind: tables for kind, statement in kinds.items() if (tables := scanned(raw, statement))}
    assert not guilty, "\n".join(f"{tables}: {kind}" for kind, tables in guilty.items())


def test_a_scan_is_seen() -> None:
    """The check itself: a table read from end to end is named, one found by its index is not."""
    with sqlite3.connect(":memory:") as raw:
        raw.execute("CREATE TABLE part (id INTEGER PRIMARY KEY, unit_id INTEGER)")
        assert scanned(raw, "SELECT id FROM part WHERE unit_id = 7") == {"part"}
        assert scanned(raw, "SELECT id FROM part WHERE id = 7") == set()
