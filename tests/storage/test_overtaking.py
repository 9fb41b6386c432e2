"""A digest that a newer one overtakes: none of its lines is lost, and none is said twice while its sender lives."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Event
from typing import TypeVar

import pytest
from sqlalchemy import text
from sqlmodel import col, select

from storage import claims, outbox, outcomes
from storage.acts import mornings
from storage.book import CLOCK, Book
from storage.database import Database
from storage.outbox import Posted
from storage.outcomes import DIGEST, Mark
from storage.reading import Read
from storage.rules.terms import Terms
from storage.tables import Item, Letter, Person
from storage.writing import add
from tests import databases
from tests.databases import POSTGRESQL, Place

T = TypeVar("T")
FIRST = datetime(2026, 3, 3, 1, tzinfo=UTC)  # nine o'clock in Shanghai, a Tuesday
NEXT = FIRST + timedelta(days=1)
ME = "this process"


class Shelf:
    """A book with one person, whose digest of the first morning holds one line."""

    def __init__(self, place: Place) -> None:
        self.place = place
        self.database = place.open()
        self.database.open()
        self.database.sends_as(ME)
        self.does(lambda read: _book(read, FIRST).item(1, "a", "alerts"))
        self.morning(FIRST)

    def does(self, unit: Callable[[Read], T]) -> T:
        """Run an act."""
        return self.database.act_now(unit)

    def morning(self, at: datetime) -> None:
        """Hold a morning to its end."""
        while self.does(lambda read: mornings.tick(_book(read, at))):
            pass

    def claimed(self, at: datetime = FIRST, owner: str = ME) -> Posted:
        """Take the only digest that may go in hand."""
        found = self.database.look(lambda read: claims.left(read, owner, at, 10))
        (letter,) = self.database.act_now(lambda read: claims.claim(read, owner, found), guarded=True)
        return letter

    def marks(self, letter: Posted, outcome: str, at: datetime = NEXT, owner: str = ME) -> bool:
        """Mark a letter; tell whether it was still in this hand."""
        mark = Mark(letter, owner, outcome, 7 if outcome == outbox.SENT else None)
        return bool(self.database.act_now(lambda read: outcomes.settle(read, [mark], at), guarded=True))

    @property
    def digests(self) -> list[tuple[str | None, list[str]]]:
        """List the digests in the order of their writing: what came of each, and its lines."""

        def unit(read: Read) -> list[tuple[str | None, list[str]]]:
            letters = read.exec(select(Letter).where(Letter.kind == DIGEST).order_by(col(Letter.id)))
            lines = select(Item.key).order_by(col(Item.id))
            return [(each.outcome, list(read.exec(lines.where(Item.letter_id == each.id)))) for each in letters]

        return self.database.look(unit)

    @property
    def free(self) -> list[str]:
        """List the lines that wait for the next morning."""
        return self.database.look(lambda read: list(read.exec(select(Item.key).where(col(Item.letter_id).is_(None)))))


def _book(read: Read, at: datetime) -> Book:
    return Book(read, at, Terms(), CLOCK)


def _person(database: Database) -> None:
    database.act_now(lambda read: add(read, Person(id=1, name="人", account=1001)))


@pytest.fixture
def book(tmp_path: Path, kind: str) -> Iterator[Shelf]:
    """Give a book in which a first morning has been held."""
    place = Place(tmp_path, kind)
    place.make("one person", _person)
    book = Shelf(place)
    yield book
    book.database.close()
    place.drop()


@pytest.mark.both
def test_what_nobody_has_in_hand_goes_into_the_next_digest(book: Shelf) -> None:
    """Guard a morning after downtime: one digest, with the lines of the one that has not left."""
    book.morning(NEXT)
    assert book.digests == [("overtaken", []), (None, ["a"])]


@pytest.mark.both
def test_what_is_in_a_living_hand_is_left_to_it(book: Shelf) -> None:
    """Guard against a digest said twice: it is on the line while the next morning is held, and arrives."""
    letter = book.claimed()
    book.does(lambda read: _book(read, NEXT).item(1, "b", "alerts"))
    book.morning(NEXT)
    assert book.digests == [(None, ["a"]), (None, ["b"])]
    assert book.marks(letter, outbox.SENT)
    assert book.digests == [("sent", ["a"]), (None, ["b"])]
    assert book.free == []


@pytest.mark.both
def test_what_its_hand_finds_too_late_goes_out_anew_at_once(book: Shelf) -> None:
    """Guard the lines of a digest that its hand did not bring out: they do not wait for another morning."""
    letter = book.claimed()
    book.morning(NEXT)
    assert book.marks(letter, outbox.OVERTAKEN)
    assert book.digests == [("overtaken", []), (None, ["a"])]
    anew = book.claimed(NEXT)
    assert (anew.kind, anew.person_id, anew.created_at) == (DIGEST, 1, NEXT)
    assert book.marks(anew, outbox.SENT)
    assert book.digests == [("overtaken", []), ("sent", ["a"])]


@pytest.mark.both
def test_what_is_found_too_late_before_the_morning_goes_out_with_it(book: Shelf) -> None:
    """Guard the one digest a morning: in the night nothing goes out by itself."""
    letter = book.claimed()
    assert book.marks(letter, outbox.OVERTAKEN, NEXT - timedelta(hours=2))
    assert (book.digests, book.free) == ([("overtaken", [])], ["a"])
    book.morning(NEXT)
    assert book.digests == [("overtaken", []), (None, ["a"])]


@pytest.mark.both
def test_a_dead_hand_keeps_nothing(book: Shelf) -> None:
    """Guard the lines that a dead replica had in hand: the morning takes them, and its late mark changes nothing."""
    letter = book.claimed(owner="the dead")
    book.does(lambda read: read.connection().execute(text("UPDATE outbox SET lease_until = lease_until - 61")))
    book.morning(NEXT)
    assert book.digests == [("overtaken", []), (None, ["a"])]
    assert not book.marks(letter, outbox.SENT, owner="the dead")
    assert book.digests == [("overtaken", []), (None, ["a"])]


@pytest.mark.parametrize("kind", ["sqlite"], indirect=True)
def test_the_one_process_s_own_hand_needs_no_lease(book: Shelf) -> None:
    """Guard SQLite, where the one sender renews nothing: a digest that it has had in hand for long is in hand."""
    letter = book.claimed()
    book.does(lambda read: read.connection().execute(text("UPDATE outbox SET lease_until = lease_until - 600")))
    book.morning(NEXT)
    assert book.marks(letter, outbox.SENT)
    assert book.digests == [("sent", ["a"])]


@pytest.mark.parametrize("kind", [POSTGRESQL], indirect=True)
@pytest.mark.parametrize("outcome", [outbox.SENT, outbox.OVERTAKEN])
def test_a_mark_in_the_middle_of_a_morning_waits_for_its_end(
    book: Shelf, outcome: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Guard the gap between a morning's look at what has not left and its commit: a mark in it sees the morning."""
    letter = book.claimed()
    send, inside, go_on = mornings._send_digests, Event(), Event()

    def waits(held: Book) -> bool:
        inside.set()
        assert go_on.wait(20)
        return send(held)

    monkeypatch.setattr(mornings, "_send_digests", waits)
    with ThreadPoolExecutor(2) as pool:
        holding = pool.submit(book.morning, NEXT)
        assert inside.wait(20)
        marking = pool.submit(book.marks, letter, outcome)
        while not _somebody_waits(book.place.name):
            assert not marking.done(), "it is held until the morning's commit"
        go_on.set()
        holding.result(20)
        assert marking.result(20)
    anew = [] if outcome == outbox.SENT else [(None, ["a"])]
    assert book.digests == [(outcome, [] if anew else ["a"]), *anew]


@pytest.mark.parametrize("kind", [POSTGRESQL], indirect=True)
def test_a_mark_just_before_a_morning_s_look_is_seen_by_it(book: Shelf, monkeypatch: pytest.MonkeyPatch) -> None:
    """Guard the other order: a morning that began before the mark's commit is held again, and takes the lines."""
    letter = book.claimed()
    supersede, begun = outcomes.supersede, list[int]()

    def late(*facts: object) -> None:
        if not begun:
            begun.append(1)
            with ThreadPoolExecutor(1) as pool:
                assert pool.submit(book.marks, letter, outbox.OVERTAKEN).result(20)
        supersede(*facts)  # type: ignore[arg-type]

    monkeypatch.setattr(outcomes, "supersede", late)
    book.morning(NEXT)
    assert book.digests == [("overtaken", []), (None, ["a"])]
    assert book.free == []


def _somebody_waits(name: str) -> bool:
    """Tell whether a session of this database waits for a row that another has locked."""
    locks = "SELECT count(*) FROM pg_stat_activity WHERE datname = %s AND wait_event_type = 'Lock'"
    return bool(databases.sql(locks, name)[0][0])
