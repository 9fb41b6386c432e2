"""Whether a letter is still true at the moment at which it is to leave; the table is `rules/truths.py`."""

from datetime import date, datetime

from sqlmodel import select

from storage.outbox import Posted, Priority, Shape
from storage.queries import cases, standing
from storage.reading import Read
from storage.rules.quiet import may_ring, next_ring
from storage.rules.stages import Stage
from storage.rules.terms import Terms
from storage.rules.truths import LATE, TRUTHS, Proof
from storage.tables import Case, Form, Person

# What brings a message up to date, or takes it away, is never too late.
_AS_IT_IS = frozenset({Shape.EDIT, Shape.STUB, Shape.GONE})


def stands(read: Read, letter: Posted, now: datetime, terms: Terms) -> bool:
    """Tell whether a letter is still true; a kind that nobody has thought about is sent."""
    truth = TRUTHS.get(letter.kind)
    if truth is None or letter.shape in _AS_IT_IS:
        return True
    if now - letter.created_at > truth.lasts or _left(read, letter):
        return False
    match truth.proof:
        case Proof.DAY:
            return terms.today(letter.created_at) == terms.today(now)
        case Proof.FORM:
            return _answerable(read, letter.subject_id, terms.today(now))
        case Proof.TURN:
            return _waits(read, letter, terms.today(now))
        case Proof.STANDING:
            return _concerned(read, letter)
        case _:
            return True


def not_before(read: Read, letter: Posted, now: datetime, terms: Terms) -> datetime | None:
    """Give the moment for which a letter of the clock's waits in quiet hours; none where it may go."""
    if letter.priority < Priority.CLOCK:
        return None
    local = terms.local(now)
    rings = next_ring(local, terms.quiet, standing.calendar(read), days_off=terms.quiet_days_off)
    return rings if rings > local else None


def hushed(read: Read, letter: Posted, now: datetime, terms: Terms) -> bool:
    """Tell whether a letter goes without sound: as it was written, or because it comes late and at night."""
    if letter.silent or now - letter.created_at < LATE:
        return letter.silent
    return not may_ring(terms.local(now), terms.quiet, standing.calendar(read), days_off=terms.quiet_days_off)


def _left(read: Read, letter: Posted) -> bool:
    """Tell whether its reader has left his post; what goes to a chat by its id is for whoever is there."""
    if letter.person_id is None:
        return False
    active = read.exec(select(Person.active).where(Person.id == letter.person_id)).first()
    return not active and letter.kind != "left_post"


def _answerable(read: Read, form_id: int | None, today: date) -> bool:
    """Tell whether a form is open and its window too."""
    form = read.get(Form, form_id) if form_id is not None else None
    return form is not None and form.stage == Stage.OPEN and form.closes_on is not None and today <= form.closes_on


def _waits(read: Read, letter: Posted, today: date) -> bool:
    """Tell whether something on the case still waits for the reader."""
    if letter.case_id is None or letter.person_id is None:
        return True
    dossier = cases.dossier(read, letter.case_id, letter.person_id, today)
    return dossier is not None and any(offer.move for offer in dossier.offers)


def _concerned(read: Read, letter: Posted) -> bool:
    """Tell whether the reader still has to do with the case."""
    case = read.get(Case, letter.case_id) if letter.case_id is not None else None
    if case is None or letter.person_id is None:
        return True
    return bool(standing.held(read, letter.person_id, case))
