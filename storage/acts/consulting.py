"""Contacts with the proposer: times offered, contacts recorded by the unit, and what the proposer says of them."""

from collections.abc import Sequence
from datetime import date

from storage.book import Book
from storage.queries import roster
from storage.rules.refusals import Refused, Stale
from storage.rules.stages import Act, Stage
from storage.rules.words import CaseKind, Confirmation, Method, Phase
from storage.tables import Case, Contact, Meeting, Part

_ACTS = {
    Confirmation.TRUE: Act.CONFIRM_TRUE,
    Confirmation.DIFFERS: Act.CONFIRM_DIFFERS,
    Confirmation.NO_CONTACT: Act.CONFIRM_NONE,
    Confirmation.NOT_NEEDED: Act.CONFIRM_NOT_NEEDED,
}
# What the desk and the office must hear of: what the unit wrote down is not what the proposer has seen.
_GRAVE = frozenset({Confirmation.DIFFERS, Confirmation.NO_CONTACT})


def check(book: Book, part_id: int, act: Act) -> None:
    """Refuse whoever may not record a contact or offer a meeting now."""
    part = book.get(Part, part_id)
    book.step(act, part.stage, book.get(Case, part.case_id), part)


def record(book: Book, part_id: int, phase: Phase, method: Method, held_on: date, who: str, said: str) -> Contact:
    """Record a contact; it stands as the unit's word until the proposer has answered for it."""
    check(book, part_id, Act.RECORD_CONTACT)
    part = book.get(Part, part_id)
    case = book.get(Case, part.case_id)
    book.refuse_unless(held_on <= book.today, "A contact that lies ahead cannot be recorded; please offer a meeting")
    row = book.add(
        Contact(
            case_id=case.id,
            part_id=part.id,
            phase=phase,
            method=method,
            held_on=held_on,
            who=who,
            said=said,
            recorded_by_id=book.person_id,
            recorded_at=book.at,
        )
    )
    facts = {"contact": row.id, "part": part.id, "phase": phase, "method": method, "held_on": held_on.isoformat()}
    book.record("contact", case.id, {**facts, "stage": Stage.CLAIMED}, {"who": who, "said": said})
    proposer = roster.reader_of(book.read, case)
    if proposer is not None:
        told = {
            "unit": book.unit(part.unit_id),
            "phase": phase,
            "method": method,
            "day": held_on,
            "who": who,
            "said": said,
        }
        book.turn([proposer], case.id, "contact_claimed", subject_id=row.id, facts=told)
    book.refresh(case.id)
    return row


def answer(
    book: Book, contact_id: int, confirmation: Confirmation, remark: str = "", version: int | None = None
) -> None:
    """Have the proposer say whether a contact was as the unit recorded it."""
    row = book.get(Contact, contact_id)
    case = book.get(Case, row.case_id)
    step = book.step(_ACTS[confirmation], row.stage, case)
    book.current(row, version)
    book.change(row, stage=step.target, confirmation=confirmation, remark=remark, answered_at=book.at)
    book.record(
        "contact_answered",
        case.id,
        {"contact": row.id, "confirmation": confirmation, "stage": step.target},
        {"remark": remark},
    )
    part = book.get(Part, row.part_id)
    facts = {"confirmation": confirmation, "day": row.held_on, "remark": remark, "unit": book.unit(part.unit_id)}
    people = [row.recorded_by_id, *roster.unit_desk(book.read, part.unit_id)]
    if confirmation in _GRAVE:
        people += roster.office(book.read) + roster.desk(book.read, CaseKind(case.kind))
    book.tell(people, case.id, "contact_answered", subject_id=row.id, facts=facts)
    book.refresh(case.id)


def check_answer(book: Book, contact_id: int, confirmation: Confirmation) -> None:
    """Refuse whoever may not answer for this contact."""
    row = book.get(Contact, contact_id)
    book.step(_ACTS[confirmation], row.stage, book.get(Case, row.case_id))


def offer(book: Book, part_id: int, times: Sequence[str]) -> Meeting:
    """Offer the proposer times to meet, of which he picks one."""
    check(book, part_id, Act.OFFER_MEETING)
    part = book.get(Part, part_id)
    case = book.get(Case, part.case_id)
    proposer = roster.reader_of(book.read, case)
    if proposer is None or not roster.bound(book.read, [proposer]):
        raise Refused("The proposer has not joined; please telephone, then record the contact")
    row = book.add(
        Meeting(
            case_id=case.id, part_id=part.id, offered_by_id=book.person_id, offers="\n".join(times), offered_at=book.at
        )
    )
    book.record("meeting_offered", case.id, {"meeting": row.id, "part": part.id}, {"offers": row.offers})
    book.send("meeting_offered", proposer, case_id=case.id, subject_id=row.id,
              facts={"unit": book.unit(part.unit_id), "name": book.name(book.person_id)})  # fmt: skip
    return row


def pick(book: Book, meeting_id: int, version: int, place: int | None) -> str:
    """Have the proposer pick one of the times, or say that none suits him."""
    row = book.get(Meeting, meeting_id)
    case = book.get(Case, row.case_id)
    if book.person_id != roster.reader_of(book.read, case):
        raise Refused("Only the proposer himself picks a time")
    if row.picked_at is not None:
        raise Stale("A time has been picked already: %(picked)s", {"picked": row.picked})
    book.current(row, version)
    times = row.offers.split("\n")
    picked = times[place] if place is not None else ""
    book.change(row, picked=picked, picked_at=book.at)
    book.record("meeting_picked", case.id, {"meeting": row.id, "place": place})
    part = book.get(Part, row.part_id)
    people = [row.offered_by_id, *roster.unit_desk(book.read, part.unit_id)]
    kind = "meeting_picked" if picked else "meeting_declined"
    book.tell(people, case.id, kind, facts={"picked": picked})
    return picked
