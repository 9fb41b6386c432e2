"""Taking a case over: the unit signs for its part, the lead leader takes the case on."""

from datetime import datetime

from storage.book import Book
from storage.queries import roster
from storage.rules.refusals import Stale
from storage.rules.stages import Act
from storage.tables import Case, Part


def acknowledge(book: Book, part_id: int, version: int | None = None) -> None:
    """Sign for the unit's part; the second of two who press at once is told who was first."""
    part = book.get(Part, part_id)
    case = book.get(Case, part.case_id)
    _refuse_second(book, part.acknowledged_by_id, part.acknowledged_at)
    step = book.step(Act.ACKNOWLEDGE, part.stage, case, part)
    book.current(part, version)
    book.change(part, stage=step.target, acknowledged_at=book.at, acknowledged_by_id=book.person_id)
    book.record("acknowledged", case.id, {"part": part.id, "unit": part.unit_id, "stage": step.target})
    handlers = [p for p in roster.unit_desk(book.read, part.unit_id) if p != book.person_id]
    if handlers:
        names = {"name": book.name(book.person_id), "unit": book.unit(part.unit_id)}
        book.tell(handlers, case.id, "acknowledged", facts=names)
    book.refresh(case.id)


def _refuse_second(book: Book, person_id: int | None, at: datetime | None) -> None:
    """Tell a second one who has signed already, and when."""
    if person_id is not None and at is not None:
        raise Stale("Acknowledged already by %(name)s, %(at)s", {"name": book.name(person_id), "at": at})


def take_on(book: Book, case_id: int, version: int | None = None) -> None:
    """Have the lead leader take the case on in person (article 3)."""
    case = book.get(Case, case_id)
    book.step(Act.TAKE_ON, case.stage, case)
    book.current(case, version)
    book.change(case, taken_on_at=book.at)
    book.record("taken_on", case.id, {"stage": case.stage})
    book.tell(roster.office(book.read), case.id, "taken_on", facts={"name": book.name(book.person_id)})
    book.refresh(case.id)
