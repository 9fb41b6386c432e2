"""What only a PostgreSQL does: lines break, transactions collide, answers are lost; no act is lost or doubled."""

import os
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import UTC, date, datetime
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event, insert, text, update
from sqlalchemy.exc import DBAPIError, IntegrityError, OperationalError
from sqlmodel import col, select

from storage import records, turns
from storage.acts import mornings
from storage.book import CLOCK, Book
from storage.database import Database, FateUnknown, Unfit
from storage.engines import fates, postgresql
from storage.engines.postgresql import Swallowed
from storage.reading import Read
from storage.rules.terms import Terms
from storage.tables import Due, Entry, Morning, Setting, Unit
from tests import databases
from tests.databases import Place
from tests.deeds import does, done

AT = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    """Make an empty book."""
    place = Place(tmp_path, databases.POSTGRESQL)
    place.make("empty", lambda _database: None)
    yield place
    place.drop()


@pytest.fixture
def book(place: Place) -> Iterator[Database]:
    """Open it."""
    database = place.open()
    yield database
    database.close()


def raw(read: Read) -> Any:
    """Give the driver's own connection."""
    return read.connection().connection.driver_connection


class Meeting:
    """Where two come together once; later runs, and who waits in vain, go on."""

    def __init__(self) -> None:
        self._barrier = threading.Barrier(2)
        self._came: set[str] = set()

    def wait(self, who: str) -> None:
        """Wait for the other, the first time."""
        if who not in self._came:
            self._came.add(who)
            with suppress(threading.BrokenBarrierError):
                self._barrier.wait(1)


def ends(place: Place) -> None:
    """End every connection to a book, as a restart of the server does."""
    databases.sql(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s AND pid <> pg_backend_pid()",
        place.name,
    )


def test_connections_that_died_in_the_pool_cost_nobody_anything(place: Place, book: Database) -> None:
    """Guard a restart of the server while nothing is under way: acts and readers go on, on new lines."""
    for name in "abc":
        book.act_now(does(name))
    nap = text("SELECT pg_sleep(0.05)")
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda _: book.look(lambda read: read.connection().execute(nap).scalar()), range(8)))
    ends(place)
    assert book.look(done) == ["a", "b", "c"]
    ends(place)
    assert book.act_now(does("d")) == "d"
    assert book.look(done) == ["a", "b", "c", "d"]


def test_an_act_whose_line_breaks_is_run_again(place: Place, book: Database) -> None:
    """Guard the line in the middle of an act: nothing of the first run is left, the second is kept, told of once."""
    runs: list[int] = []
    told: list[Any] = []
    book.after_commit(told.extend)

    def unit(read: Read) -> str:
        runs.append(1)
        does("a")(read)
        if len(runs) == 1:
            ends(place)
        return does("b")(read)

    assert book.act_now(unit) == "b"
    assert len(runs) == 2
    assert book.look(done) == told == ["a", "b"]


def lose(book: Database, how: Callable[[Any], None]) -> None:
    """Have the line break at the next commit, before or after the server has heard of it."""
    todo = [how]

    def commit(connection: Any) -> None:
        if todo:
            todo.pop()(connection.connection.driver_connection)

    event.listen(book.engine, "commit", commit)


def after(line: Any) -> None:
    """Commit, and lose the answer."""
    line.execute("COMMIT")
    line.close()


def before(line: Any) -> None:
    """Lose the line before the server hears of the commit."""
    line.close()


def unheard(line: Any) -> None:
    """Lose the line so that the server does not notice: it goes on waiting with the transaction open."""
    kept = os.dup(line.fileno())
    with Path(os.devnull).open() as nowhere:
        os.dup2(nowhere.fileno(), line.fileno())
    threading.Timer(8, os.close, [kept]).start()


def after_unheard(line: Any) -> None:
    """Commit, and lose the answer in such a way that the driver does not call the line broken."""
    line.execute("COMMIT")
    line.execute("BEGIN")  # or the driver would have nothing left to commit
    unheard(line)


@pytest.mark.parametrize(("how", "runs"), [(after, 1), (before, 2), (unheard, 2), (after_unheard, 1)])
def test_a_commit_whose_answer_is_lost_is_asked_for(book: Database, how: Callable[[Any], None], runs: int) -> None:
    """Guard the worst moment: what was kept is not done again, what was not is; the caller is told the truth."""
    told: list[Any] = []
    counted: list[int] = []
    book.after_commit(told.extend)
    book.act_now(does("first"))

    def unit(read: Read) -> str:
        counted.append(1)
        read.connection().execute(insert(Unit).values(name=str(len(counted)), active=True))
        return does("a")(read)

    lose(book, how)
    assert book.act_now(unit) == "a"
    assert len(counted) == runs
    assert book.look(lambda read: read.exec(select(Unit.name)).all()) == [str(runs)]
    assert told == ["first", "a"]


def test_a_fate_that_cannot_be_learnt_is_told_as_such(book: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    """Guard against blind repetition: the unit is run once, its caller hears that nobody knows, later acts go on."""
    monkeypatch.setattr(postgresql, "_FATE_SECONDS", 0.0)

    def away(*_about: object) -> str:
        raise OperationalError("SELECT", None, OSError("away"))

    monkeypatch.setattr(fates, "_ask", away)
    told: list[Any] = []
    counted: list[int] = []
    book.after_commit(told.extend)

    def unit(read: Read) -> str:
        counted.append(1)
        return does("a")(read)

    lose(book, after)
    with pytest.raises(FateUnknown):
        book.act_now(unit)
    assert counted == [1]
    assert told == []
    assert book.act_now(does("b")) == "b"
    assert told == ["b"]
    assert book.look(done) == ["a", "b"]


def test_a_fault_that_a_unit_swallows_does_not_pass_for_done(book: Database) -> None:
    """Guard COMMIT's silence: of a failed transaction it makes a rollback, without an error."""

    def unit(read: Read) -> str:
        does("a")(read)
        try:
            read.connection().execute(text("SELECT 1 / 0"))
        except DBAPIError:
            return "done"
        return "?"

    with pytest.raises(Swallowed):
        book.act_now(unit)
    with pytest.raises(RuntimeError, match="ended its own"):
        book.act_now(lambda read: raw(read).execute("COMMIT"))
    assert book.act_now(does("b")) == "b"
    assert book.look(done) == ["b"]


def test_two_that_wait_for_each_other_both_get_through(book: Database) -> None:
    """Guard deadlocks: PostgreSQL ends one of the two; it is run again."""
    for name in "ab":
        book.act_now(does(name))
    met = Meeting()

    def unit(first: str, then: str, read: Read) -> None:
        read.connection().execute(update(Setting).where(col(Setting.key) == first).values(value=2))
        met.wait(first)
        read.connection().execute(update(Setting).where(col(Setting.key) == then).values(value=3))

    with ThreadPoolExecutor(2) as pool:
        for waiting in [pool.submit(book.act_now, partial(unit, *pair), guarded=True) for pair in ("ab", "ba")]:
            waiting.result(30)


def test_a_replica_that_is_frozen_in_its_turn_holds_up_the_others_for_seconds(
    place: Place, book: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Guard the turn: the server ends a transaction that says nothing; who wakes is run again."""
    monkeypatch.setattr(postgresql, "_LIMITS", postgresql._LIMITS.replace("'10s'", "'200ms'"))
    other = place.open()
    runs: list[int] = []
    inside, woken = threading.Event(), threading.Event()

    def freezes(read: Read) -> str:
        runs.append(1)
        does("a")(read)
        inside.set()
        if len(runs) == 1:
            woken.wait(20)
        return does("b")(read)

    with ThreadPoolExecutor(1) as pool:
        frozen = pool.submit(other.act_now, freezes)
        assert inside.wait(20)
        assert book.act_now(does("c")) == "c"
        woken.set()
        assert frozen.result(20) == "b"
    assert len(runs) == 2
    assert book.look(done) == ["a", "b", "c"]
    other.close()


def test_keeping_a_chat_in_hand_undoes_no_act_in_it(book: Database) -> None:
    """Guard acts from their own replica: it looks after its chats at every tick and failure, in the midst of acts."""
    hold = book.act_now(lambda read: turns.take(read, 5001, 1, "a"), guarded=True)
    assert hold is not None
    runs: list[int] = []

    def unit(read: Read) -> bool:
        runs.append(1)
        book.act_now(lambda read: turns.renew(read, "a", [5001]), guarded=True)
        return turns.passed(read, hold)

    book.act_now(unit)
    assert runs == [1]


def test_an_act_that_guarded_units_undo_again_and_again_gets_through(book: Database) -> None:
    """Guard a slow act from impatience: each press that is stored meanwhile writes the row of the chat it ends with."""
    hold = book.act_now(lambda read: turns.take(read, 5001, 1, "a"), guarded=True)
    assert hold is not None
    runs: list[int] = []
    begun, stored, over = threading.Event(), threading.Event(), threading.Event()

    def presses() -> None:
        for number in range(2, 100):
            begun.wait(20)
            begun.clear()
            if over.is_set():
                return
            book.act_now(lambda read, number=number: turns.take(read, 5001, number, "a"), guarded=True)  # type: ignore[misc]
            stored.set()

    def slow(read: Read) -> bool:
        runs.append(1)
        begun.set()
        if stored.wait(1):  # in vain where presses must wait for the act
            stored.clear()
        return turns.passed(read, hold)

    with ThreadPoolExecutor(1) as pool:
        pressing = pool.submit(presses)
        try:
            book.act_now(slow)
        finally:
            over.set()
            begun.set()
        pressing.result(20)
    assert len(runs) == 4


def test_a_key_that_is_taken_stays_a_fault(book: Database) -> None:
    """Guard the bound of repetition: who writes a key twice is told, after few tries, and holds up nobody."""
    book.act_now(does("a"))
    counted: list[int] = []

    def unit(read: Read) -> None:
        counted.append(1)
        does("a")(read)

    with pytest.raises(IntegrityError):
        book.act_now(unit)
    assert len(counted) <= 4


def test_nothing_hangs_for_ever(book: Database) -> None:
    """Guard the limits on every connection: statements, locks, and transactions whose program is gone."""

    def shown(read: Read) -> list[str]:
        names = ("statement_timeout", "lock_timeout", "idle_in_transaction_session_timeout", "TimeZone")
        return [read.connection().execute(text(f"SHOW {name}")).scalar_one() for name in names]

    assert book.act_now(shown) == book.look(shown) == ["1min", "20s", "10s", "UTC"]


def test_an_act_sees_one_state_a_guarded_unit_each_newest_one(book: Database) -> None:
    """Guard what acts rest on, and what claims may do without."""

    def level(read: Read) -> str:
        return str(read.connection().execute(text("SHOW transaction_isolation")).scalar_one())

    assert book.act_now(level) == "repeatable read"
    assert book.act_now(level, guarded=True) == "read committed"
    assert book.look(level) == "repeatable read"


def test_skip_locked_claims_at_once_and_collides_with_nobody(book: Database) -> None:
    """Guard the lanes' claims: two that claim at one moment get different rows and are run once."""
    for number in range(4):
        book.act_now(does(str(number)))
    met, counted = threading.Barrier(2), [0, 0]

    def claim(who: int, read: Read) -> list[str]:
        counted[who] += 1
        free = select(Setting.key).order_by(col(Setting.key)).limit(2).with_for_update(skip_locked=True)
        mine = list(read.exec(free))
        met.wait(10)
        return mine

    with ThreadPoolExecutor(2) as pool:
        claims = [pool.submit(book.act_now, partial(claim, who), guarded=True) for who in (0, 1)]
        assert sorted(key for each in claims for key in each.result(20)) == ["0", "1", "2", "3"]
    assert counted == [1, 1]


def test_a_database_that_cannot_hold_chinese_is_refused(tmp_path: Path) -> None:
    """Guard the set-up: an encoding but UTF-8 is named before a table is made."""
    name = Place(tmp_path, databases.POSTGRESQL).name
    databases.sql(f"CREATE DATABASE {name} TEMPLATE template0 ENCODING 'SQL_ASCII' LOCALE 'C'")
    database = Database(databases.url(name))
    with pytest.raises(Unfit, match="UTF8"):
        database.create()
    database.close()
    databases.sql(f"DROP DATABASE {name}")


def test_two_replicas_that_tick_at_once_do_each_thing_once(
    place: Place, book: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Guard claims by compare-and-set: both have seen all that is due before either claims; each thing is done once."""
    at = datetime(2026, 3, 3, 2, 0, tzinfo=UTC)
    other = place.open()
    met = Meeting()
    take = mornings._take

    def do(book: Book, due: Due) -> None:
        book.record("did", facts={"due": due.key})

    def take_together(book: Book, due: Due) -> None:
        met.wait(str(threading.get_ident()))
        take(book, due)

    def plant(read: Read) -> None:
        for number in range(20):
            Book(read, AT, Terms(), CLOCK).due(f"{number}", "quick", date(2026, 3, 3))

    monkeypatch.setattr(mornings, "DOINGS", {"quick": do})
    monkeypatch.setattr(mornings, "_take", take_together)
    monkeypatch.setattr(mornings, "SLICE", 7)
    book.act_now(plant)

    def slice_(read: Read) -> bool:
        return mornings.tick(Book(read, at, Terms(), CLOCK))

    def tick(door: Database) -> None:
        until = time.monotonic() + 30
        while door.act_now(lambda read: mornings.tick(Book(read, at, Terms(), CLOCK))) and time.monotonic() < until:
            pass

    with ThreadPoolExecutor(2) as pool:
        for ticking in [pool.submit(tick, door) for door in (book, other)]:
            ticking.result(60)
    did = book.look(lambda read: read.exec(select(Entry.kind)).all())
    assert (did.count("did"), did.count("morning")) == (20, 1)
    assert book.look(lambda read: len(read.exec(select(Morning)).all())) == 1
    book.act_now(records.sequence)
    assert book.look(records.verify)[1] is None
    other.close()
