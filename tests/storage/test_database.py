"""The writer: what waits is committed together, each unit stands or falls alone, nothing is told before the commit."""

import asyncio
import sqlite3
import sys
import threading
from collections.abc import AsyncIterator, Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event, text
from sqlalchemy.exc import DBAPIError, IntegrityError, OperationalError

from storage.database import Database, DriverMissing, UnknownDatabase
from storage.reading import Read


class Broken(Exception):
    """A unit's own fault."""


@pytest.fixture
async def book(tmp_path: Path) -> AsyncIterator[Database]:
    """Open a book with one table in which a row is a deed."""
    database = Database(f"sqlite:///{tmp_path / 'book.db'}")
    with database.engine.begin() as connection:
        connection.execute(text("CREATE TABLE deed (id INTEGER PRIMARY KEY, name TEXT UNIQUE)"))
    database.open()
    yield database
    database.close()


def does(name: str) -> Callable[[Read], str]:
    """Make a unit that does one thing."""

    def unit(read: Read) -> str:
        read.connection().execute(text("INSERT INTO deed (name) VALUES (:name)"), {"name": name})
        return name

    return unit


def fails(name: str, fault: BaseException) -> Callable[[Read], str]:
    """Make a unit that does one thing and then fails."""

    def unit(read: Read) -> str:
        does(name)(read)
        raise fault

    return unit


def injected(name: str, statement: str) -> Callable[[Read], str]:
    """Make a unit that does one thing and then says something to SQLite behind everybody's back."""

    def unit(read: Read) -> str:
        does(name)(read)
        raw: Any = read.connection().connection.driver_connection
        raw.execute(statement)
        return name

    return unit


def deeds(path: Path) -> list[str]:
    """List what was done, as another program sees it."""
    with closing(sqlite3.connect(path / "book.db")) as raw:
        return [name for (name,) in raw.execute("SELECT name FROM deed ORDER BY name")]


async def together(book: Database, *units: Callable[[Read], Any]) -> list[Any]:
    """Have units wait for the writer all at once, so that they fall into one group; give results and faults."""
    hold, held = threading.Event(), threading.Event()

    def first(_read: Read) -> None:
        held.set()
        hold.wait(10)

    gate = asyncio.create_task(book.act(first))
    await asyncio.get_running_loop().run_in_executor(None, held.wait, 10)
    waiting = [asyncio.create_task(book.act(unit)) for unit in units]
    await asyncio.sleep(0)  # each has put its unit in the queue
    hold.set()
    await asyncio.wait([gate])
    return await asyncio.gather(*waiting, return_exceptions=True)


async def test_what_waits_is_committed_in_one_go(book: Database, tmp_path: Path) -> None:
    """Guard the price of durability: 40 acts that wait cost one commit, and each is told its own result."""
    before = book.commits
    results = await together(book, *(does(f"{number:02}") for number in range(40)))
    assert results == [f"{number:02}" for number in range(40)]
    assert book.commits - before == 2, "one for the unit that held them up, one for all of them"
    assert len(deeds(tmp_path)) == 40


async def test_more_than_a_group_holds_takes_few_commits(book: Database, tmp_path: Path) -> None:
    """Guard the bound of a group: 200 acts, and still a handful of commits."""
    before = book.commits
    await together(book, *(does(f"{number:03}") for number in range(200)))
    assert book.commits - before <= 6
    assert len(deeds(tmp_path)) == 200


@pytest.mark.parametrize("fault", [Broken(), KeyboardInterrupt(), SystemExit(3)])
async def test_a_unit_that_fails_undoes_itself_alone(book: Database, tmp_path: Path, fault: BaseException) -> None:
    """Guard savepoints: its neighbours in the group stand, its caller gets its own exception."""
    before = book.commits
    caught: list[BaseException] = []

    def kept(read: Read) -> None:
        try:
            fails("b", fault)(read)
        except BaseException as own:
            caught.append(own)
            raise Broken from own

    first, broken, last = await together(book, does("a"), kept, does("c"))
    assert (first, last) == ("a", "c")
    assert isinstance(broken, Broken)
    assert caught == [fault]
    assert deeds(tmp_path) == ["a", "c"]
    assert book.commits - before == 2


async def test_what_the_database_refuses_is_the_unit_s_own_fault(book: Database, tmp_path: Path) -> None:
    """Guard a broken constraint: it belongs to the one who broke it, and the writer goes on."""
    first, again, other = await together(book, does("a"), does("a"), does("b"))
    assert (first, other) == ("a", "b")
    assert isinstance(again, IntegrityError)
    assert deeds(tmp_path) == ["a", "b"]
    assert await book.act(does("c")) == "c"


LOST = {
    "rolled back": "ROLLBACK",
    "its savepoint taken away": "RELEASE unit",
}


@pytest.mark.parametrize("name", LOST)
async def test_a_group_whose_transaction_is_lost_is_run_again_one_by_one(
    book: Database, tmp_path: Path, name: str
) -> None:
    """Guard what SQLite may do by itself: every other act is there once, nobody is told a result that was lost."""
    results = await together(book, does("a"), does("b"), injected("x", LOST[name]), does("c"), does("d"))
    assert [results[index] for index in (0, 1, 3, 4)] == ["a", "b", "c", "d"]
    assert isinstance(results[2], Exception)
    there = deeds(tmp_path)
    assert [deed for deed in there if deed != "x"] == ["a", "b", "c", "d"]
    assert await book.act(does("e")) == "e"


async def test_a_unit_that_fails_after_the_transaction_was_lost_takes_nobody_along(
    book: Database, tmp_path: Path
) -> None:
    """Guard the same where the unit fails as well: it hears its own fault, not ours."""

    def unit(read: Read) -> None:
        injected("x", "ROLLBACK")(read)
        raise Broken

    results = await together(book, does("a"), unit, does("b"))
    assert (results[0], results[2]) == ("a", "b")
    assert isinstance(results[1], Broken)
    assert deeds(tmp_path) == ["a", "b"]


async def test_a_commit_that_fails_is_told_to_those_it_concerns_and_the_writer_lives(
    book: Database, tmp_path: Path
) -> None:
    """Guard a full disk: nobody is told that it is done, and what comes later is done as soon as it can be."""
    full = True

    def refuse(connection: Any) -> None:
        if full:
            raise OperationalError("COMMIT", {}, sqlite3.OperationalError("database or disk is full"))

    event.listen(book.engine, "commit", refuse)
    results = await together(book, does("a"), does("b"))
    assert all(isinstance(result, OperationalError) for result in results)
    assert deeds(tmp_path) == []
    full = False
    assert await book.act(does("c")) == "c"
    assert deeds(tmp_path) == ["c"]


async def test_the_writer_survives_a_connection_that_is_gone(book: Database, tmp_path: Path) -> None:
    """Guard against a writer that dies and lets everybody wait for ever: it opens another connection."""

    def closes(read: Read) -> None:
        raw: Any = read.connection().connection.driver_connection
        raw.close()

    async with asyncio.timeout(10):
        results = await together(book, does("a"), closes, does("b"))
        assert isinstance(results[1], Exception)
        assert await book.act(does("c")) == "c"
    done = [name for name, result in zip("ab", (results[0], results[2]), strict=True) if result == name]
    assert deeds(tmp_path) == [*done, "c"], "who was told that it is done finds it done, and nobody else"


async def test_a_hook_that_fails_stops_nobody(book: Database) -> None:
    """Guard the writer from those who are woken after a commit."""

    def hook(_posted: object) -> None:
        raise Broken

    book.after_commit(hook)
    async with asyncio.timeout(10):
        assert await book.act(does("a")) == "a"
        assert await book.act(does("b")) == "b"


async def test_a_result_is_handed_out_after_the_commit(book: Database, tmp_path: Path) -> None:
    """Guard the order: whoever has a result, or is woken by it, finds it in the file, also from another program."""
    loop, woken = asyncio.get_running_loop(), asyncio.Event()
    seen: list[list[str]] = []

    def hook(_posted: object) -> None:
        seen.append(deeds(tmp_path))
        loop.call_soon_threadsafe(woken.set)

    book.after_commit(hook)
    await book.act(does("a"))
    assert deeds(tmp_path) == ["a"]
    async with asyncio.timeout(10):
        await woken.wait()
    assert seen == [["a"]]


async def test_a_caller_that_goes_away_harms_nobody(book: Database, tmp_path: Path) -> None:
    """Guard cancelled callers, before their unit's turn and in the middle of it."""
    inside, hold = threading.Event(), threading.Event()

    def slow(read: Read) -> str:
        inside.set()
        hold.wait(10)
        return does("slow")(read)

    running = asyncio.create_task(book.act(slow))
    await asyncio.get_running_loop().run_in_executor(None, inside.wait, 10)
    waiting = asyncio.create_task(book.act(does("waiting")))
    await asyncio.sleep(0)
    running.cancel()
    waiting.cancel()
    hold.set()
    async with asyncio.timeout(10):
        assert await book.act(does("after")) == "after"
    assert {"after", "slow"} <= set(deeds(tmp_path)), "what was begun is done; nobody waits for it any more"


async def test_readers_cannot_write(book: Database, tmp_path: Path) -> None:
    """Guard the readers' connections: a query that writes is refused, and the next one works."""
    with pytest.raises(OperationalError, match="readonly"):
        await book.read(does("a"))
    assert deeds(tmp_path) == []
    assert await book.read(lambda read: read.connection().execute(text("SELECT count(*) FROM deed")).scalar()) == 0


async def test_readers_do_not_wait_for_the_writer(book: Database) -> None:
    """Guard the write-ahead log: while an act is under way, what was committed before can be read."""
    await book.act(does("a"))
    inside, hold = threading.Event(), threading.Event()

    def slow(read: Read) -> None:
        does("b")(read)
        inside.set()
        hold.wait(10)

    writing = asyncio.create_task(book.act(slow))
    await asyncio.get_running_loop().run_in_executor(None, inside.wait, 10)
    count = await book.read(lambda read: read.connection().execute(text("SELECT count(*) FROM deed")).scalar())
    hold.set()
    await writing
    assert count == 1


async def test_what_durability_rests_on_is_set(book: Database) -> None:
    """Guard the pragmas on the connection that writes, and those of the readers."""

    def pragma(name: str) -> Callable[[Read], Any]:
        return lambda read: read.connection().execute(text(f"PRAGMA {name}")).scalar()

    assert await book.act(pragma("journal_mode")) == "wal"
    assert await book.act(pragma("synchronous")) == 2
    assert await book.act(pragma("foreign_keys")) == 1
    assert await book.read(pragma("query_only")) == 1


async def test_a_file_that_another_is_making_is_waited_for(tmp_path: Path) -> None:
    """Guard two processes that open a new file at once: SQLite would refuse the second instead of having it wait."""
    with closing(sqlite3.connect(tmp_path / "book.db", isolation_level=None, check_same_thread=False)) as other:
        other.execute("BEGIN IMMEDIATE")
        other.execute("CREATE TABLE deed (id INTEGER PRIMARY KEY, name TEXT UNIQUE)")
        database = Database(f"sqlite:///{tmp_path / 'book.db'}")
        database.open()
        waiting = asyncio.create_task(asyncio.to_thread(database.act_now, does("it")))
        done, _ = await asyncio.wait({waiting}, timeout=0.3)
        assert not done
        other.execute("COMMIT")
        assert await waiting == "it"
        assert await database.act(lambda read: read.connection().execute(text("PRAGMA journal_mode")).scalar()) == "wal"
        database.close()


async def test_closing_finishes_what_waits(tmp_path: Path) -> None:
    """Guard an orderly stop: what was handed in before is done before the file is let go."""
    database = Database(f"sqlite:///{tmp_path / 'book.db'}")
    with database.engine.begin() as connection:
        connection.execute(text("CREATE TABLE deed (id INTEGER PRIMARY KEY, name TEXT UNIQUE)"))
    database.open()
    waiting = [asyncio.create_task(database.act(does(f"{number:02}"))) for number in range(30)]
    await asyncio.sleep(0)
    await asyncio.get_running_loop().run_in_executor(None, database.close)
    assert len(await asyncio.gather(*waiting)) == 30
    assert len(deeds(tmp_path)) == 30


def test_plain_code_acts_and_looks(tmp_path: Path) -> None:
    """Guard the command line's way: no loop, the same writer."""
    database = Database(f"sqlite:///{tmp_path / 'book.db'}")
    with database.engine.begin() as connection:
        connection.execute(text("CREATE TABLE deed (id INTEGER PRIMARY KEY, name TEXT UNIQUE)"))
    try:
        assert database.act_now(does("a")) == "a"
        with pytest.raises(DBAPIError):
            database.act_now(does("a"))
        assert database.look(lambda read: read.connection().execute(text("SELECT name FROM deed")).scalar()) == "a"
    finally:
        database.close()


def test_there_is_one_writer_however_often_it_is_opened(tmp_path: Path) -> None:
    """Guard the command that enters people and then runs the bot on the same book: two writers would never both end."""
    database = Database(f"sqlite:///{tmp_path / 'book.db'}")
    before = threading.active_count()
    database.act_now(lambda _read: None)
    database.open()
    database.open()
    assert threading.active_count() == before + 1
    database.close()
    assert threading.active_count() == before


@pytest.mark.parametrize("url", ["postgresql://user:secret@host/name", "mysql+pymysql://user:secret@host/name"])
def test_another_kind_of_database_is_named(url: str) -> None:
    """Guard against a database, or a driver, that nothing was tried on: it is refused by its name alone."""
    with pytest.raises(UnknownDatabase, match=r"^[a-z+]+$"):
        Database(url)


def test_a_driver_that_is_missing_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """Guard the installation without the extra: the driver's name comes back, no traceback of an import."""
    monkeypatch.setitem(sys.modules, "psycopg", None)
    with pytest.raises(DriverMissing, match="psycopg"):
        Database("postgresql+psycopg://user:secret@host/name")
