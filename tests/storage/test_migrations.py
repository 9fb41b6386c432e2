"""Migrations: what they make is what the tables say, alike in both databases; an unknown future version is refused."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.operations import Operations
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import inspect, text
from sqlalchemy.engine import Connection
from sqlmodel import SQLModel, select

from storage import records
from storage.database import Database
from storage.engines.manners import Manner
from storage.migrations import head, order
from storage.migrations.head import Broken, TooNew
from storage.tables import Opening
from tests import databases
from tests.databases import Place

AT = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)
WORDS = {"a": "b"}
PARTS = {
    "sqlite": "SELECT name FROM sqlite_master WHERE type = 'index' AND sql LIKE '% WHERE %'",
    "postgresql": "SELECT indexname FROM pg_indexes WHERE schemaname = current_schema() AND indexdef LIKE '% WHERE %'",
}


@pytest.fixture
async def place(tmp_path: Path, kind: str) -> AsyncIterator[Place]:
    """Make a database with nothing in it."""
    place = Place(tmp_path, kind)
    if kind == databases.POSTGRESQL:
        databases.empty(place.name)
    yield place
    place.drop()


@contextmanager
def opened(place: Place) -> Iterator[Database]:
    """Open a database and let go of it."""
    database = place.open()
    try:
        yield database
    finally:
        database.close()


@contextmanager
def connected(database: Database) -> Iterator[Connection]:
    """Lend a connection with a transaction open."""
    with database.engine.connect() as bare, (connection := Manner.MIGRATING.of(bare)).begin():
        yield connection


@pytest.mark.both
def test_the_migrations_make_the_tables_as_they_are(place: Place) -> None:
    """A column that was added without a migration would be missing in every office that upgrades."""
    with opened(place) as database, connected(database) as connection:
        command.upgrade(head.configuration(connection), "head")
        context = MigrationContext.configure(connection, opts={"compare_type": True, "render_as_batch": True})
        assert compare_metadata(context, SQLModel.metadata) == []


@pytest.mark.both
@pytest.mark.parametrize("made", ["at once", "by the migrations"])
def test_an_index_over_a_part_of_a_table_is_one_in_both(place: Place, made: str) -> None:
    """Guard uniqueness among what is open: an index over all rows would refuse a person's second draft for ever.

    Alembic does not compare what an index leaves out.
    """
    wanted = {index.name for table in SQLModel.metadata.tables.values() for index in table.indexes if index.info}
    assert "draft_active" in wanted
    with opened(place) as database, connected(database) as connection:
        if made == "at once":
            head.upgrade(connection)
        else:
            command.upgrade(head.configuration(connection), "head")
        found = connection.execute(text(PARTS[connection.dialect.name])).scalars()
        assert set(found) == wanted


def test_the_newest_version_is_the_last_script() -> None:
    """A start compares with it alone whether there is anything to migrate."""
    assert ScriptDirectory(str(Path(head.__file__).parent)).get_current_head() == head.newest()


@pytest.mark.both
def test_a_new_database_is_at_the_newest_version_at_once(place: Place) -> None:
    """What is made afresh needs no migration, and a second start changes nothing."""
    with opened(place) as database:
        assert database.version() is None
        database.create()
        database.create()
        assert database.version() == head.newest()


@pytest.mark.both
def test_a_database_from_the_future_is_left_alone(place: Place) -> None:
    """An older program must not write into what a newer one has made."""
    with opened(place) as database:
        database.create()
        with connected(database) as connection:
            connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
        with pytest.raises(TooNew):
            database.create()
        assert database.version() == "9999"


@pytest.mark.both
async def test_several_that_start_at_once_on_an_empty_database_all_come_up(place: Place) -> None:
    """Guard replicas that are switched on together: one makes the tables, the others wait and find them."""
    doors = [place.open() for _ in range(4)]
    loop = asyncio.get_running_loop()
    await asyncio.gather(*(loop.run_in_executor(None, door.create) for door in doors))
    assert {door.version() for door in doors} == {head.newest()}
    for door in doors:
        door.close()


@pytest.mark.both
def test_a_migration_that_fails_leaves_the_old_version_whole(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    """Guard the half-done migration: what it did before it failed is undone, and the version with it."""

    def fail(connection: Connection) -> None:
        connection.execute(text("DROP TABLE opening"))
        raise ZeroDivisionError

    with opened(place) as database:
        monkeypatch.setattr(order, "settle", fail)
        with pytest.raises(ZeroDivisionError):
            database.create()
        assert database.version() is None
        with connected(database) as connection:
            assert inspect(connection).get_table_names() == []


def test_a_migration_may_make_a_table_anew_and_loses_no_row_of_others(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Guard SQLite's foreign keys: dropping the old table in a migration must not empty those that point to it."""
    with opened(Place(tmp_path, databases.SQLITE)) as database:
        database.create()
        database.act_now(lambda read: records.append(read, "a", AT, by=None, case_id=None, facts={}, words=WORDS))

        def anew(connection: Connection) -> bool:
            alembic = Operations(MigrationContext.configure(connection))
            with alembic.batch_alter_table("record", recreate="always") as made:
                made.alter_column("kind", nullable=True)
            return True

        def careless(connection: Connection) -> bool:
            connection.execute(text("DELETE FROM record"))
            return True

        monkeypatch.setattr(head, "upgrade", anew)
        database.create()
        assert database.look(records.verify) == (1, None)
        assert database.look(lambda read: read.exec(select(Opening.words)).all()) == ["b"]
        monkeypatch.setattr(head, "upgrade", careless)
        with pytest.raises(Broken, match="opening"):
            database.create()
        assert database.look(records.count) == 1


COLLATIONS = """
SELECT collname, count(*) FROM pg_attribute
JOIN pg_collation ON pg_collation.oid = attcollation AND atttypid = 'varchar'::regtype
JOIN pg_class ON pg_class.oid = attrelid AND relkind = 'r' AND relnamespace = 'public'::regnamespace
GROUP BY 1"""


def test_every_column_of_words_compares_by_code_on_postgresql(tmp_path: Path) -> None:
    """Guard order, search and equality on a server set up in whatever language; also for columns added later."""
    place = Place(tmp_path, databases.POSTGRESQL)
    databases.empty(place.name)
    with opened(place) as database:
        database.create()
        assert [name for name, _count in databases.sql(COLLATIONS, name=place.name)] == ["C"]
        with connected(database) as connection:
            connection.execute(text("ALTER TABLE unit ADD COLUMN nickname varchar"))
            order.settle(connection)
        assert [name for name, _count in databases.sql(COLLATIONS, name=place.name)] == ["C"]
    place.drop()
