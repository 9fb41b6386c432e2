"""The town that is pressed in: filled through the bot's own acts, each case with one real button to press once.

The press is 签收 (a unit signs for its part): rights, rule, guarded update, record entry, inbox, outbox; then an answer
and one edit of the presser's own card, and no letter to anybody else, since he alone works for his unit. Every presser
has a chat of his own, so that the pace in one chat is not what is measured.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, Final

from sqlmodel import col, select

from bench.words import FIRST_ACCOUNT
from handlers.buttons import Button, pack
from storage import assignments, claims, outbox, outcomes, records, settings
from storage.acts import people, registering
from storage.acts.people import Enrolment
from storage.book import CLOCK, Actor, Book
from storage.database import Database
from storage.outcomes import Mark
from storage.reading import Read
from storage.rules.assigning import PartDays
from storage.rules.entry import NewCase
from storage.rules.stages import Act
from storage.rules.terms import Terms
from storage.rules.words import CaseKind, Role
from storage.tables import Case, Letter, Morning, Part, Person

_SLICE: Final = 200  # cases a transaction
_MESSAGE: Final = 1_000  # the message that carries a card, in every chat
_HEAD: Final = "主任"
_SENDER: Final = "bench"
Press = tuple[int, int, str]  # chat, message, callback data


@dataclass(frozen=True)
class Town:
    """A filled database and the presses that it is good for, each once."""

    file: Path
    presses: tuple[Press, ...]


def fill(file: Path, count: int, others: int = 0) -> Town:
    """Make a database with so many cases that each wait for one 签收, and so many joined people besides."""
    for old in file.parent.glob(f"{file.name}*"):
        old.unlink()
    return Town(file, fill_in(Database(f"sqlite:///{file}"), count, others))


def fill_in(database: Database, count: int, others: int = 0) -> tuple[Press, ...]:
    """Fill an empty database; give the presses that it is good for."""
    terms = Terms()
    database.create()
    database.open()
    at = datetime.now(UTC)
    try:
        database.act_now(lambda read: _people(Book(read, at, terms, CLOCK), count + others))
        for start in range(0, count, _SLICE):
            places = range(start, min(start + _SLICE, count))
            database.act_now(lambda read, places=places: _cases(read, at, terms, places))  # type: ignore[misc]
        key = database.act_now(settings.button_key)
        database.act_now(lambda read: _mornings_held(Book(read, at, terms, CLOCK)))
        while database.act_now(records.sequence):
            pass  # what the first tick would give its places to, which is no part of a press
        return tuple(database.look(lambda read: list(_presses(read, key))))
    finally:
        database.close()


def _unit(place: int) -> str:
    return f"市第{place:05}局"


def _people(book: Book, count: int) -> None:
    """Enter the office's head and one liaison a unit, who has joined."""
    rows = [Enrolment("head", _HEAD, Role.OFFICE_HEAD)]
    rows += [Enrolment(f"L{p}", f"联络员{p}", Role.LIAISON, number=f"L{p:05}", unit=_unit(p)) for p in range(count)]
    people.enrol(book, rows)
    joined = book.all(select(Person).where(col(Person.number).is_not(None)).order_by(col(Person.id)))
    for place, person in enumerate(joined):
        book.change(person, account=FIRST_ACCOUNT + place, bound_at=book.at)


def _cases(read: Read, at: datetime, terms: Terms, places: Sequence[int]) -> None:
    """Enter cases under way and give each to its unit, whose liaison gets his card."""
    today = terms.today(at)
    new = [_case(place, today) for place in places]
    entered = registering.enter(Book(read, at, terms, CLOCK), new)
    assert len(entered.new) == len(new), entered.faults
    head = read.exec(select(Person.id).where(Person.name == _HEAD)).one()
    for case_id in entered.new:
        _give(Book(read, at, terms, Actor(head)), case_id, today)
    waiting = select(Letter.id, Person.account).join(Person, col(Person.id) == col(Letter.person_id))
    chats = {
        letter_id: account or 0 for letter_id, account in read.exec(waiting.where(col(Letter.settled_at).is_(None)))
    }
    taken = claims.claim(read, _SENDER, chats)
    assert outcomes.settle(read, [Mark(letter, _SENDER, outbox.SENT, _MESSAGE, "") for letter in taken], at)


def _case(place: int, today: date) -> NewCase:
    return NewCase(
        row=place + 1,
        kind=CaseKind.SUGGESTION,
        number=f"{place + 1:05}",
        title=f"关于改善第{place + 1}片区老旧小区排水设施、治理雨季内涝的建议",
        lead=f"代表{place}",
        body="近年来雨季内涝频发，建议尽快改造排水管网，并明确完成时限。" * 3,
        hosts=(_unit(place),),
        level=3,
        assigned_on=today,
    )


def _give(book: Book, case_id: int, today: date) -> None:
    """Give a case to its unit anew: the clock, the slip and the letter with the card."""
    case = book.get(Case, case_id)
    part = book.all(select(Part).where(Part.case_id == case_id))[0]
    days = PartDays(**{name: getattr(part, name) for name in PartDays.__dataclass_fields__})
    slip = assignments.give(book, case, part, today, days, None)
    assignments.hand_out(book, case, part, slip)


def _mornings_held(book: Book) -> None:
    """Have today's morning count as held: what the clock says of itself is measured elsewhere."""
    book.add(Morning(day=book.today, begun_at=book.at, done_at=book.at))


def _presses(read: Read, key: bytes) -> Iterator[Press]:
    """Give each liaison's button as it stands under his card, signed for his chat."""
    found: Any = (
        select(Person.account, Part.id, Part.version)
        .join(Letter, col(Letter.person_id) == col(Person.id))
        .join(Part, col(Part.case_id) == col(Letter.case_id))
        .where(col(Person.account).is_not(None), Letter.kind == "assigned")
        .order_by(col(Part.id))
    )
    for account, part_id, version in read.exec(found):
        yield account, _MESSAGE, pack(Button(f"p.{Act.ACKNOWLEDGE}", part_id, version), account, key)
