"""The door to the book, whichever database lies behind it: results after the commit, faults undone alone."""

import asyncio
import threading
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import suppress
from datetime import UTC, date, datetime
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import insert, update
from sqlalchemy import select as select_columns
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlmodel import col, select

from storage.database import Database
from storage.reading import Read
from storage.rules.refusals import Stale
from storage.tables import Morning, Setting
from storage.tables.columns import epoch
from tests.databases import Place
from tests.deeds import does, done

pytestmark = pytest.mark.both


class Broken(Exception):
    """A unit's own fault."""


@pytest.fixture
async def place(tmp_path: Path, kind: str) -> AsyncIterator[Place]:
    """Make an empty book."""
    place = Place(tmp_path, kind)
    place.make("empty", lambda _database: None)
    yield place
    place.drop()


@pytest.fixture
async def book(place: Place) -> AsyncIterator[Database]:
    """Open it."""
    database = place.open()
    database.open()
    yield database
    database.close()


def fails(name: str) -> Callable[[Read], str]:
    """Make a unit that does one thing and then fails."""

    def unit(read: Read) -> str:
        does(name)(read)
        raise Broken

    return unit


async def test_a_result_comes_after_the_commit(book: Database, place: Place) -> None:
    """Guard that whoever has a result finds it there, also through another door."""
    assert await book.act(does("a")) == "a"
    other = place.open()
    assert other.look(done) == ["a"]
    other.close()


async def test_a_unit_that_fails_is_undone_and_the_next_goes_on(book: Database) -> None:
    """Guard rollback: its own exception comes back, nothing of it stays."""
    with pytest.raises(Broken):
        await book.act(fails("a"))
    with pytest.raises(IntegrityError):
        await book.act(lambda read: (does("b")(read), does("b")(read)))
    assert await book.act(does("c")) == "c"
    assert await book.read(done) == ["c"]


async def test_many_at_once_are_all_done_once(book: Database) -> None:
    """Guard the door under a crowd that writes into one page of one index."""
    names = [f"{number:02}" for number in range(60)]
    assert await asyncio.gather(*(book.act(does(name)) for name in names)) == names
    assert await book.read(done) == names


async def test_two_that_read_and_then_write_act_one_after_the_other(book: Database) -> None:
    """Guard against lost updates: 40 that each read a number and write the next one count to 40."""
    await book.act(lambda read: read.connection().execute(insert(Setting).values(key="n", value=0)))

    def count(read: Read) -> None:
        row = read.exec(select(Setting).where(Setting.key == "n")).one()
        statement = update(Setting).where(col(Setting.key) == "n")
        read.connection().execute(statement.values(value=row.value + 1))

    await asyncio.gather(*(book.act(count) for _ in range(40)))
    assert await book.read(lambda read: read.exec(select(Setting.value)).one()) == 40


async def test_two_that_look_at_each_other_s_ground_cannot_both_be_right(book: Database) -> None:
    """Guard against write skew: of two who go only where nobody is yet, one goes; PostgreSQL's default lets both.

    Both have looked before either writes, where the database lets them.
    """
    met = threading.Barrier(2)

    def goes(name: str) -> Callable[[Read], bool]:
        def unit(read: Read) -> bool:
            there = read.exec(select(Setting.key)).all()
            with suppress(threading.BrokenBarrierError):
                met.wait(0.2)
            if there:
                raise Stale("somebody is there")
            does(name)(read)
            return True

        return unit

    outcomes = await asyncio.gather(book.act(goes("a")), book.act(goes("b")), return_exceptions=True)
    assert sorted(isinstance(outcome, Stale) for outcome in outcomes) == [False, True]
    assert len(await book.read(done)) == 1


async def test_what_is_posted_is_told_after_the_commit_in_order(book: Database, place: Place) -> None:
    """Guard the sender's seam: what it is told of is there, causes before effects, no commit passed over."""
    told: list[Any] = []
    seen: list[list[str]] = []
    other = place.open()

    def tell(posted: Sequence[Any]) -> None:
        told.append(list(posted))
        seen.append(other.look(done))

    book.after_commit(tell)
    for name in "abc":
        await book.act(does(name))
    await book.act(lambda _session: None)
    assert told == [["a"], ["b"], ["c"], []]
    assert seen == [["a"], ["a", "b"], ["a", "b", "c"], ["a", "b", "c"]]
    other.close()


async def test_what_is_undone_is_never_told(book: Database) -> None:
    """Guard against letters that do not exist: neither a whole unit's nor those of a savepoint inside it."""
    told: list[Any] = []
    book.after_commit(told.extend)

    def partly(read: Read) -> None:
        does("a")(read)
        with suppress(Broken), read.savepoint():
            does("b")(read)
            with read.savepoint():
                does("c")(read)
            raise Broken
        with read.savepoint():
            does("d")(read)
        does("e")(read)

    with pytest.raises(Broken):
        await book.act(fails("x"))
    await book.act(partly)
    assert told == ["a", "d", "e"] == await book.read(done)


async def test_who_is_told_and_fails_stops_nobody(book: Database) -> None:
    """Guard the writers from those who are woken."""
    told: list[Any] = []

    def fail(_posted: Sequence[Any]) -> None:
        raise Broken

    book.after_commit(fail)
    book.after_commit(told.extend)
    async with asyncio.timeout(20):
        await book.act(does("a"))
        await book.act(does("b"))
    assert told == ["a", "b"]


async def test_readers_cannot_write(book: Database) -> None:
    """Guard the readers' connections: a query that writes is refused, and the next one works."""
    with pytest.raises(DBAPIError, match=r"readonly|read-only"):
        await book.read(does("a"))
    assert await book.read(done) == []


async def test_a_reader_sees_one_state_and_waits_for_nobody(book: Database) -> None:
    """Guard snapshots: while an act is under way what was committed before is read, at once."""
    await book.act(does("a"))
    inside, hold = threading.Event(), threading.Event()

    def slow(read: Read) -> None:
        does("b")(read)
        inside.set()
        hold.wait(20)

    writing = asyncio.create_task(book.act(slow))
    await asyncio.get_running_loop().run_in_executor(None, inside.wait, 20)
    assert await book.read(done) == ["a"]
    hold.set()
    await writing
    assert await book.read(done) == ["a", "b"]


async def test_guarded_units_claim_each_row_once(book: Database) -> None:
    """Guard claims that collide: 30 at once, each by its own WHERE, take ten things, and each thing has one taker."""
    days = [date(2026, 3, day) for day in range(1, 11)]
    at = datetime(2026, 3, 1, tzinfo=UTC)

    def begin(read: Read) -> None:
        read.connection().execute(insert(Morning), [{"day": day, "begun_at": at} for day in days])

    def claim(day: date, read: Read) -> int:
        free = update(Morning).where(col(Morning.day) == day, col(Morning.done_at).is_(None))
        return read.connection().execute(free.values(done_at=at)).rowcount

    await book.act(begin)
    units = [partial(claim, day) for day in days * 3]
    assert sum(await asyncio.gather(*(book.act(unit, guarded=True) for unit in units))) == 10


async def test_closing_finishes_what_waits(place: Place) -> None:
    """Guard an orderly stop: what was handed in before is done before the database is let go."""
    database = place.open()
    database.open()
    waiting = [asyncio.create_task(database.act(does(f"{number:02}"))) for number in range(30)]
    await asyncio.sleep(0)
    await asyncio.get_running_loop().run_in_executor(None, database.close)
    assert len(await asyncio.gather(*waiting)) == 30
    other = place.open()
    assert len(other.look(done)) == 30
    other.close()


async def test_a_caller_that_goes_away_harms_nobody(book: Database, place: Place) -> None:
    """Guard a cancelled caller in the middle of his unit: what was begun is done."""
    inside, hold = threading.Event(), threading.Event()

    def slow(read: Read) -> str:
        inside.set()
        hold.wait(20)
        return does("slow")(read)

    running = asyncio.create_task(book.act(slow))
    await asyncio.get_running_loop().run_in_executor(None, inside.wait, 20)
    running.cancel()
    hold.set()
    async with asyncio.timeout(20):
        await book.act(does("after"))
        await asyncio.get_running_loop().run_in_executor(None, book.close)
    other = place.open()
    assert other.look(done) == ["after", "slow"]
    other.close()


def test_plain_code_acts_and_looks(book: Database) -> None:
    """Guard the command line's way, and the database's own time for leases."""
    assert book.act_now(does("a")) == "a"
    with pytest.raises(IntegrityError):
        book.act_now(does("a"))
    assert book.look(done) == ["a"]

    def told(read: Read) -> int:
        return int(read.connection().execute(select_columns(epoch())).scalar_one())

    assert abs(book.look(told) - datetime.now(UTC).timestamp()) < 30
    first, then = book.act_now(lambda read: (told(read), told(read)))
    assert first <= then
