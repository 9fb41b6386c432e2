"""Short units in the event loop: they never hold it up, and what cannot be written there is written all the same."""

import asyncio
import threading
from collections.abc import AsyncIterator, Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, text
from sqlalchemy.exc import InvalidRequestError, OperationalError

from storage.database import Database
from storage.reading import Read
from tests.deeds import does, done

_FILE = "book.db"


@pytest.fixture
async def book(tmp_path: Path) -> AsyncIterator[Database]:
    """Open a book."""
    database = Database(f"sqlite:///{tmp_path / _FILE}")
    database.create()
    database.open()
    yield database
    database.close()


def where(_read: Read) -> int:
    """Tell in which thread a unit runs."""
    return threading.get_ident()


def broken(read: Read) -> None:
    """Do something, then fail."""
    does("broken")(read)
    raise ValueError


def waits_for(hold: threading.Event, held: threading.Event) -> Callable[[Read], str]:
    """Make a unit that has the pen until it is let go."""

    def unit(read: Read) -> str:
        held.set()
        hold.wait(10)
        return does("long")(read)

    return unit


async def test_a_short_unit_runs_in_the_loop_and_a_long_one_does_not(book: Database) -> None:
    """Run each, and ask where."""
    assert await book.act(where, brief=True) == threading.get_ident()
    assert await book.act(where) != threading.get_ident()


async def test_those_that_come_together_are_committed_together(book: Database) -> None:
    """Fifty short units of one turn of the loop are far fewer commits; one that fails is undone alone."""
    before = book.commits
    units = [does(f"{place:02}") for place in range(50)]
    results = await asyncio.gather(*(book.act(unit, brief=True) for unit in (*units, broken)), return_exceptions=True)
    assert isinstance(results.pop(), ValueError)
    assert results == [f"{place:02}" for place in range(50)]
    assert await book.read(done) == results
    assert book.commits - before < 10


async def test_what_is_long_takes_turns_with_the_loop(book: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    """After a slice of time what is left waits for the next commit, and the loop has had its turn between."""
    monkeypatch.setattr("storage.engines.near._SLICE", 0.0)
    before = book.commits
    await asyncio.gather(*(book.act(does(name), brief=True) for name in "abc"))
    assert book.commits - before == 3


async def test_the_loop_is_not_held_up_by_the_writer(book: Database) -> None:
    """While a long unit has the pen, a short one waits without holding the loop up, and is done after it."""
    hold, held = threading.Event(), threading.Event()
    long = asyncio.create_task(book.act(waits_for(hold, held)))
    await asyncio.to_thread(held.wait, 10)
    short = asyncio.create_task(book.act(does("short"), brief=True))
    for _ in range(5):
        await asyncio.sleep(0)  # turns of the loop: none of them may block
    assert not short.done()
    hold.set()
    assert list(await asyncio.gather(long, short)) == ["long", "short"]
    assert await book.read(done) == ["long", "short"]


async def test_the_loop_is_not_held_up_by_another_process(book: Database, tmp_path: Path) -> None:
    """Another connection has the file's lock: the short unit waits for it in the thread."""
    other = Database(f"sqlite:///{tmp_path / _FILE}")
    with closing(other.engine.raw_connection()) as raw:
        locked: Any = raw.driver_connection
        locked.execute("BEGIN IMMEDIATE")
        short = asyncio.create_task(book.act(does("short"), brief=True))
        for _ in range(5):
            await asyncio.sleep(0)
        assert not short.done()
        locked.execute("ROLLBACK")
        assert await asyncio.wait_for(short, 10) == "short"
    other.close()


async def test_a_commit_that_fails_is_done_again_by_the_writer(book: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    """The first commit meets a full disk: nothing of it stands, and the writer's thread does it once."""
    told: list[Any] = []
    book.after_commit(told.extend)
    commit, fails = Connection.commit, [OperationalError("COMMIT", {}, Exception("database or disk is full"))]

    def failing(self: Connection) -> None:
        if fails:
            raise fails.pop()
        commit(self)

    await book.act(where, brief=True)
    monkeypatch.setattr(Connection, "commit", failing)
    assert await book.act(does("kept"), brief=True) == "kept"
    assert not fails
    assert await book.act(does("next"), brief=True) == "next"
    assert await book.read(done) == told == ["kept", "next"]


@pytest.mark.parametrize("broken", ["begin", "rollback"])
async def test_a_connection_that_is_out_of_order_holds_up_nobody(
    book: Database, monkeypatch: pytest.MonkeyPatch, broken: str
) -> None:
    """Whatever SQLAlchemy says of it: the writer does the unit, the pen is free, and the loop writes again."""
    fails = [InvalidRequestError("a transaction is already begun")]
    sound = getattr(Connection, broken)

    def failing(self: Connection) -> Any:
        if fails:
            raise fails.pop()
        return sound(self)

    def full(_self: Connection) -> None:
        monkeypatch.undo()
        monkeypatch.setattr(Connection, broken, failing)
        raise OperationalError("COMMIT", {}, Exception("database or disk is full"))

    await book.act(where, brief=True)
    if broken == "begin":
        monkeypatch.setattr(Connection, broken, failing)
    else:
        monkeypatch.setattr(Connection, "commit", full)
    assert await asyncio.wait_for(book.act(does("kept"), brief=True), 5) == "kept"
    assert not fails
    assert await asyncio.wait_for(book.act(where, brief=True), 5) == threading.get_ident()
    assert await book.read(done) == ["kept"]


async def test_a_group_that_is_lost_is_run_again_one_by_one(book: Database) -> None:
    """A unit ends the transaction behind everybody's back: the others are done, once."""

    def ends(read: Read) -> None:
        driver: Any = read.connection().connection.driver_connection
        driver.execute("ROLLBACK")

    results = await asyncio.gather(
        *(book.act(unit, brief=True) for unit in (does("a"), ends, does("b"))), return_exceptions=True
    )
    assert results[::2] == ["a", "b"]
    assert isinstance(results[1], Exception)
    assert await book.read(done) == ["a", "b"]


async def test_what_is_posted_is_told_in_the_order_of_the_commits(book: Database) -> None:
    """The loop's and the thread's commits are told of in one order, none left out."""
    told: list[str] = []
    book.after_commit(told.extend)
    names = [f"{place:02}" for place in range(40)]
    for place, name in enumerate(names):
        await book.act(does(name), brief=place % 3 != 0)
    assert told == names


def test_a_loop_that_ends_in_the_midst_leaves_the_next_one_free(tmp_path: Path) -> None:
    """A bot that is stopped and started in one process, as in the sandbox, goes on writing."""
    book = Database(f"sqlite:///{tmp_path / _FILE}")
    book.create()
    book.open()

    async def leave() -> None:
        asyncio.ensure_future(book.act(does("left"), brief=True))  # noqa: RUF006 (it is left alone on purpose)
        await asyncio.sleep(0)
        await asyncio.sleep(0)

    async def act() -> str:
        return await asyncio.wait_for(book.act(does("next"), brief=True), 10)

    asyncio.run(leave())
    assert asyncio.run(act()) == "next"
    book.close()


async def test_closing_finishes_what_waits(tmp_path: Path) -> None:
    """What had been lined up when the book was closed is in it."""
    book = Database(f"sqlite:///{tmp_path / _FILE}")
    book.create()
    book.open()
    task = asyncio.create_task(book.act(does("last"), brief=True))
    await asyncio.sleep(0)
    book.close()
    assert await asyncio.wait_for(task, 10) == "last"


def test_who_writes_near_never_waits_for_a_lock_and_is_as_durable(tmp_path: Path) -> None:
    """The loop's own connection: `synchronous=FULL`, WAL, and no patience."""
    book = Database(f"sqlite:///{tmp_path / _FILE}")
    book.create()
    book.open()

    async def asked() -> list[Any]:
        def unit(read: Read) -> list[Any]:
            pragmas = ("synchronous", "journal_mode", "busy_timeout", "foreign_keys")
            return [read.connection().execute(text(f"PRAGMA {name}")).scalar() for name in pragmas]

        return await book.act(unit, brief=True)

    assert asyncio.run(asked()) == [2, "wal", 0, 1]
    book.close()
