"""Letters that one transaction writes: none is lost to another's key, none is wiped out by an edit after it."""

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from sqlmodel import Session, SQLModel, create_engine, select

from storage.book import CLOCK, Book
from storage.outbox import Shape
from storage.reading import Read
from storage.rules.terms import Terms
from storage.tables import Card, Case, Letter, Person

AT = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)


@pytest.fixture
def read() -> Iterator[Read]:
    """A book with one case, and two people who hold its card."""
    engine = create_engine("sqlite://")
    SQLModel.metadata.create_all(engine)
    with Session(engine) as opened:
        opened.add(Case(id=1, kind="suggestion", number="001", title="t", lead_name="x", registered_at=AT))
        for person in (1, 2):
            opened.add(Person(id=person, name=f"p{person}", account=person))
            opened.add(Card(person_id=person, case_id=1, message_id=10 + person))
        opened.commit()
    with engine.begin() as connection:
        yield Read(connection)
    engine.dispose()


def test_two_slices_of_one_moment_lose_no_letter(read: Read) -> None:
    """A clock that stands writes the same kind to the same person twice: both are kept."""
    for _slice in range(2):
        Book(read, AT, Terms(), CLOCK).send("slip", 1)
    assert len(read.exec(select(Letter)).all()) == 2


def test_an_edit_does_not_wipe_out_a_card_on_its_way(read: Read) -> None:
    """Whoever is told that it is his turn keeps the words of why; the others' cards are brought up to date."""
    book = Book(read, AT, Terms(), CLOCK)
    book.turn([1], 1, "slip")
    book.refresh(1)
    edited = read.exec(select(Letter.person_id).where(Letter.shape == Shape.EDIT)).all()
    assert edited == [2]
