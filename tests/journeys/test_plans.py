"""The check that every journey is under: it hears each statement, on whatever way it runs, and names what is walked."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import bindparam
from sqlmodel import col, select

from storage.database import Database
from storage.prepared import Prepared
from storage.reading import Read
from storage.tables import Letter, Part
from tests import databases
from tests.databases import Place
from tests.plans import GROWING, OnPostgresql, OnSqlite, Plans


@pytest.fixture
def explaining(tmp_path: Path, kind: str) -> Iterator[OnSqlite | OnPostgresql]:
    """Give what explains on this kind of database."""
    made = OnSqlite(tmp_path) if kind == databases.SQLITE else OnPostgresql(tmp_path)
    yield made
    made.close()


@pytest.mark.both
@pytest.mark.parametrize(
    ("statement", "tables"),
    [
        ("SELECT id FROM part WHERE kind = 'host'", {"part"}),
        ("SELECT other.id FROM part AS other WHERE other.kind = 'host'", {"part"}),
        ("SELECT part.id FROM part JOIN unit AS part_1 ON part_1.id = part.unit_id WHERE part.id = 7", set()),
        ("SELECT id FROM part WHERE kind = 'host' ORDER BY id", {"part"}),
        ("SELECT stage, count(*) FROM case_file GROUP BY stage", {"case_file"}),
        ("SELECT id FROM case_file WHERE kind = 'proposal' AND stage = 'assigned'", set()),
        ("SELECT count(*) FROM outbox WHERE settled_at IS NULL", set()),
        ("SELECT id FROM outbox WHERE person_id = 7 AND outcome = 'unreachable'", set()),
        ("SELECT id FROM outbox WHERE outcome = 'unreachable'", {"outbox"}),
        ("SELECT max(id) FROM inbox", set()),
        ("UPDATE item SET kind = 'x' WHERE kind = 'y'", {"item"}),
        ("DELETE FROM card WHERE message_id = 7", {"card"}),
        ("SELECT name FROM unit", set()),
    ],
)
def test_what_is_walked_is_named(explaining: OnSqlite | OnPostgresql, statement: str, tables: set[str]) -> None:
    """A table read from end to end, by its alias, in an index's order or by its kind alone; not what an index finds."""
    assert explaining.scanned(statement, 0) == tables


def test_what_is_found_by_its_kind_alone_is_half_of_all(tmp_path: Path) -> None:
    """SQLite has no statistics: of two indexes it may take the one that leads nowhere."""
    explaining = OnSqlite(tmp_path)
    assert explaining.scanned("SELECT id FROM case_file WHERE kind = 'proposal'", 0) == {"case_file"}
    assert explaining.scanned("SELECT id FROM case_file WHERE kind = 'proposal' AND number IN ('1', '2')", 0) == set()
    explaining.close()


@pytest.mark.both
def test_a_value_that_is_not_written_in_chooses_no_index(explaining: OnSqlite | OnPostgresql, kind: str) -> None:
    """A partial index serves the words that stand in the statement, not those that are given with it."""
    value = "?" if kind == databases.SQLITE else "%(outcome)s::VARCHAR"
    assert explaining.scanned(f"SELECT id FROM outbox WHERE person_id = 7 AND outcome = {value}", 1) == {"outbox"}


@pytest.mark.both
def test_both_ways_of_asking_are_heard(tmp_path: Path, kind: str) -> None:
    """What SQLAlchemy runs, and what a prepared statement says to the driver; told whose question it was."""
    place = Place(tmp_path, kind)
    place.make("plans", lambda _database: None)

    def ask(read: Read) -> None:
        read.exec(select(Part.id).where(Part.kind == "host"))
        read.exec(Prepared(select(Letter.id).where(col(Letter.kind) == bindparam("which"))), which="turn")
        read.exec(select(Part.id).where(Part.case_id == 7))

    heard = Plans(tmp_path, others=("storage/migrations/",))
    database: Database = place.open()
    try:
        with heard.listening():
            database.look(ask)
            guilty = heard.guilty()
            assert [line.split(" from ")[0] for line in guilty] == [
                "tests/journeys/test_plans.py:ask reads part",
                "tests/journeys/test_plans.py:ask reads outbox",
            ]
            assert heard.guilty() == []
            database.look(ask)
            assert heard.guilty() == guilty, "what was found once is found in the next journey too"
    finally:
        database.close()
        place.drop()


def test_a_table_is_growing_unless_it_is_named_as_small() -> None:
    """A new table is looked at from its first day."""
    assert {"report", "coopinion", "deed", "note", "form_answer", "absence", "record"} <= GROWING
    assert not {"person", "calendarday"} & GROWING
