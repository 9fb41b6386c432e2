"""Handling anew after “dissatisfied”: a second round of the same case, with the points to be made up."""

from storage import watches
from storage.book import Book
from storage.queries import replies, roster
from storage.queries.replies import Complaint
from storage.rules.replies import RedoDates, redo_dates, refuse_own_words
from storage.rules.stages import Act
from storage.rules.words import CaseKind, Role
from storage.tables import Case, Note, Part


def check(book: Book, case_id: int) -> None:
    """Refuse whoever may not have this case handled anew now."""
    case = book.get(Case, case_id)
    book.step(Act.REHANDLE, case.stage, case)


def rehandle(book: Book, case_id: int, points: str) -> RedoDates:
    """Begin the next round: the parts that were found wanting are handled again, by a date counted from today."""
    case = book.get(Case, case_id)
    step = book.step(Act.REHANDLE, case.stage, case)
    complaints = replies.complaints(book.read, case.id, book.today)
    refuse_own_words(points, replies.withheld(complaints))
    dates = redo_dates(book.rules(case), book.calendar(), book.today)
    parts = [book.get(Part, part_id) for part_id in dict.fromkeys(each.part_id for each in complaints)]
    former_due = case.reply_due
    book.change(
        case,
        round=case.round + 1,
        stage=step.target,
        reply_due_raw=dates.reply.raw,
        reply_due=dates.reply.rolled,
    )
    note = book.add(
        Note(case_id=case.id, person_id=book.person_id, audience=replies.POINTS, text=points, written_at=book.at)
    )
    for part in parts:
        _begin(book, case, part, dates)
    facts = {"round": case.round, "stage": case.stage, "note": note.id, "parts": {p.id: p.stage for p in parts}}
    facts |= {"due": dates.reply.rolled, "due_raw": dates.reply.raw, "draft_due": dates.draft, "former_due": former_due}
    book.record("rehandled", case.id, facts, {"points": points})
    _tell(book, case, parts, complaints, points)
    book.refresh(case.id)
    return dates


def _begin(book: Book, case: Case, part: Part, dates: RedoDates) -> None:
    """Put a part back to being handled, with a clock of its own."""
    step = book.step(Act.REHANDLE, part.stage, case, part)
    book.change(
        part, stage=step.target, due_raw=dates.reply.raw, due=dates.reply.rolled, draft_due=dates.draft, light="green"
    )
    watches.assigned(book, case, part)


def _tell(book: Book, case: Case, parts: list[Part], complaints: list[Complaint], points: str) -> None:
    """Tell the units what is to be made up, their heads and the lead leader, the desk, and the proposer."""
    facts = {"round": case.round, "due": case.reply_due}
    reader = roster.reader_of(book.read, case)
    leads: set[int] = set()
    for part in parts:
        allowed = [each.reason for each in complaints if each.part_id == part.id and each.told]
        told = {**facts, "points": points, "words": "\n".join(filter(None, allowed))}
        preparing = replies.desk(book.read, case, part)
        book.turn(preparing, case.id, "rehandle", facts=told)
        leads |= set(preparing)
        above = [
            person
            for role in (Role.UNIT_HEAD, Role.UNIT_DEPUTY_HEAD)
            for person in replies.insiders(book.read, case, roster.holders(book.read, role, part.unit_id))
            if role is Role.UNIT_HEAD or person == case.lead_leader_id
        ]
        book.tell([person for person in above if person not in leads], case.id, "rehandle", facts=told)
        leads |= set(above)
    others = [*roster.desk(book.read, CaseKind(case.kind)), *roster.office(book.read)]
    lead = [case.lead_leader_id] if case.lead_leader_id is not None and case.lead_leader_id not in leads else []
    book.tell([person for person in [*lead, *others] if person != reader], case.id, "rehandle_begun", facts=facts)
    if reader is not None:
        book.tell([reader], case.id, "rehandle_proposer", facts=facts)
