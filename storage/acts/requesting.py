"""Requests of a unit, to return a case or to extend its date: its head signs, the office's head decides."""

from datetime import date

from storage import watches
from storage.book import Book
from storage.queries import assignable, requests, roster
from storage.queries.requests import EXTENSION, RETURN
from storage.rules.assigning import asked_late, extended
from storage.rules.refusals import Stale
from storage.rules.stages import Act, Fact, Stage
from storage.rules.words import CaseKind, Role, Standing
from storage.tables import Case, Part, Request

_ASK = {RETURN: Act.REQUEST_RETURN, EXTENSION: Act.REQUEST_EXTENSION}
_DENY = {RETURN: Act.DENY_RETURN, EXTENSION: Act.DENY_EXTENSION}
_UNDELIVERED = (
    Stage.HANDLING,
    Stage.DEPUTY_REVIEW,
    Stage.HEAD_SIGNATURE,
    Stage.OFFICE_REVIEW,
    Stage.TO_DELIVER,
)


def check_ask(book: Book, part_id: int, kind: str) -> tuple[Part, Case]:
    """Refuse whoever may not ask for this now, and what would only be refused later, saying what to do instead."""
    part = book.get(Part, part_id)
    case = book.get(Case, part.case_id)
    book.step(_ASK[kind], part.stage, case, part)
    if requests.waiting(book.read, part.id) is not None:
        raise Stale("A request of this unit waits for its decision already; nothing was asked twice")
    book.refuse_unless(
        roster.holders(book.read, Role.UNIT_HEAD, part.unit_id),
        "The roster names no head of %(unit)s, who has to sign; please have the office add him",
        unit=book.unit(part.unit_id),
    )
    (_check_return if kind == RETURN else _check_extension)(book, case, part)
    return part, case


def _check_return(book: Book, case: Case, part: Part) -> None:
    """Refuse a return too many, and a second one after the office's refusal."""
    count = len(requests.granted(book.read, RETURN, case_id=case.id))
    book.refuse_unless(
        count < book.rules(case).return_max,
        "This case has been returned %(count)d times already and is not returned again. Please handle it; what divides "
        "the units is for the lead leader to settle, through the office",
        count=count,
    )
    book.refuse_unless(
        not requests.refused_by_office(book.read, RETURN, part.id),
        "The office has refused this return; the unit goes on handling the case",
    )


def _check_extension(book: Book, case: Case, part: Part) -> None:
    """Refuse an extension after the date, a second one, and one that the hard limit leaves no room for."""
    assert part.due is not None
    assert case.hard_due is not None
    book.refuse_unless(
        book.today <= part.due,
        "The reply was due on %(day)s; an extension is asked for before its date. Please reply as soon as possible",
        day=part.due,
    )
    book.refuse_unless(
        not requests.granted(book.read, EXTENSION, part_id=part.id),
        "The date has been extended once, to %(day)s; it is not extended again",
        day=part.due,
    )
    book.refuse_unless(
        part.due < case.hard_due,
        "The reply is due on %(day)s, the last day that the law allows; it cannot be extended",
        day=part.due,
    )


def ask(
    book: Book,
    part_id: int,
    kind: str,
    reason: str,
    *,
    suggested_unit_id: int | None = None,
    new_due: date | None = None,
) -> Request:
    """Ask for a return or an extension; the head who asks himself has signed with it."""
    part, case = check_ask(book, part_id, kind)
    if kind == EXTENSION:
        _check_new_due(book, case, part, new_due)
    head = Standing.UNIT_HEAD in book.standings(case, part)
    row = book.add(
        Request(
            case_id=case.id,
            part_id=part.id,
            kind=kind,
            reason=reason,
            suggested_unit_id=suggested_unit_id,
            new_due=new_due,
            stage=Stage.AWAITING_OFFICE if head else Stage.AWAITING_SIGNATURE,
            asked_by_id=book.person_id,
            asked_at=book.at,
            signed_by_id=book.person_id if head else None,
        )
    )
    facts = {"request": row.id, "part": part.id, "kind": kind, "stage": row.stage, "signed_by": row.signed_by_id,
             "suggested": suggested_unit_id, "new_due": new_due.isoformat() if new_due else None}  # fmt: skip
    book.record("asked", case.id, facts, {"reason": reason})
    _submit(book, row, part)
    return row


def _check_new_due(book: Book, case: Case, part: Part, new_due: date | None) -> None:
    """Refuse a new date that is no later, or past the hard limit of six months from assignment."""
    assert part.due is not None
    assert case.hard_due is not None
    book.refuse_unless(
        new_due is not None and part.due < new_due <= case.hard_due,
        "The new date must lie after %(due)s and not after %(hard)s",
        due=part.due,
        hard=case.hard_due,
    )


def _submit(book: Book, row: Request, part: Part) -> None:
    """Bring a request to who is next: the unit's head, then the office's."""
    signed = row.stage == Stage.AWAITING_OFFICE
    unit_heads = roster.holders(book.read, Role.UNIT_HEAD, part.unit_id)
    people = roster.holders(book.read, Role.OFFICE_HEAD) if signed else unit_heads
    late = None
    if row.kind == EXTENSION and part.due is not None:
        case = book.get(Case, row.case_id)
        late = asked_late(book.rules(case), book.calendar(), part.due, book.terms.today(row.asked_at))
    facts = {
        "unit": book.unit(part.unit_id),
        "name": book.name(row.asked_by_id),
        "signer": book.name(row.signed_by_id),
        "text": row.reason,
        "suggested": book.unit(row.suggested_unit_id),
        "due": part.due,
        "new_due": row.new_due,
        "late": late,
    }
    kind = f"{row.kind}_to_decide" if signed else f"{row.kind}_to_sign"
    book.turn(people, row.case_id, kind, subject_id=row.id, facts=facts)
    book.refresh(row.case_id)


def check(book: Book, request_id: int, act: Act) -> tuple[Request, Part, Case, Stage]:
    """Refuse whoever may not do this with a request now; give it with the stage that it would come to."""
    row = book.get(Request, request_id)
    part, case = book.get(Part, row.part_id), book.get(Case, row.case_id)
    more = {Fact.EXTENSION} if row.kind == EXTENSION else set()
    step = book.step(act, row.stage, case, part, more)
    return row, part, case, step.target


def sign(book: Book, request_id: int, version: int | None = None) -> str:
    """Sign a request as the unit's head, which brings it to the office; give its kind."""
    row, part, case, target = check(book, request_id, Act.SIGN)
    book.current(row, version)
    book.change(row, stage=target, signed_by_id=book.person_id)
    book.record("request_signed", case.id, {"request": row.id, "stage": target})
    facts = {"name": book.name(book.person_id)}
    book.tell([row.asked_by_id], case.id, f"{row.kind}_signed", facts=facts)
    _submit(book, row, part)
    return row.kind


def send_back(book: Book, request_id: int, version: int | None, note: str) -> None:
    """Send a request back to who asked, as the unit's head; it can be asked anew."""
    row, _part, case, target = check(book, request_id, Act.SEND_BACK)
    _end(book, row, version, target, note)
    facts = {"name": book.name(book.person_id), "text": note}
    book.tell([row.asked_by_id], case.id, f"{row.kind}_sent_back", facts=facts)
    book.refresh(case.id)


def deny(book: Book, request_id: int, version: int | None, note: str) -> None:
    """Refuse a request as the office's head; the unit goes on under its dates."""
    kind = book.get(Request, request_id).kind
    row, part, case, target = check(book, request_id, _DENY[kind])
    _end(book, row, version, target, note)
    facts = {"unit": book.unit(part.unit_id), "text": note, "due": part.due}
    book.tell(_unit(book, row, part), case.id, f"{row.kind}_denied", facts=facts)
    book.refresh(case.id)


def _end(book: Book, row: Request, version: int | None, target: Stage, note: str) -> None:
    """Close a request that goes no further."""
    book.current(row, version)
    book.change(row, stage=target, decided_by_id=book.person_id, decided_at=book.at, decision_note=note)
    book.record("request_ended", row.case_id, {"request": row.id, "stage": target}, {"note": note})


def grant_extension(book: Book, request_id: int, version: int | None = None) -> date:
    """Agree to an extension before the date has passed; the unit's and the proposer's clocks move together.

    Agreed to afterwards it would wipe out that the reply is overdue (domain.md 10.4).
    """
    row, part, case, target = check(book, request_id, Act.GRANT_EXTENSION)
    book.current(row, version)
    assert row.new_due is not None
    assert part.due is not None
    assert case.hard_due is not None
    if Stage(part.stage) not in _UNDELIVERED:
        raise Stale("The unit has replied meanwhile; there is nothing left to extend")
    book.refuse_unless(
        book.today <= part.due,
        "The reply was due on %(day)s; after its date nothing is extended. Please refuse the request",
        day=part.due,
    )
    due, draft_due = extended(book.rules(case), book.calendar(), row.new_due, part.draft_due, case.hard_due)
    book.change(part, due_raw=row.new_due, due=due, draft_due=draft_due)
    if case.reply_due is None or case.reply_due < due:
        book.change(case, reply_due_raw=row.new_due, reply_due=due)
    book.change(row, stage=target, decided_by_id=book.person_id, decided_at=book.at)
    dates = {"due_raw": part.due_raw, "due": part.due, "draft_due": part.draft_due,
             "reply_due_raw": case.reply_due_raw, "reply_due": case.reply_due}  # fmt: skip
    written = {name: day.isoformat() if day else None for name, day in dates.items()}
    book.record("extended", case.id, {"request": row.id, "stage": target, "part": part.id, **written})
    watches.assigned(book, case, part)
    facts = {"unit": book.unit(part.unit_id), "due": due, "text": row.reason}
    book.tell(_unit(book, row, part), case.id, "extension_granted", facts={"unit": facts["unit"], "due": due})
    outside = assignable.proposers(book.read, case) + roster.desk(book.read, CaseKind(case.kind))
    book.tell(outside, case.id, "extended", facts=facts)
    book.refresh(case.id)
    return due


def _unit(book: Book, row: Request, part: Part) -> list[int]:
    """List who of the unit is told of a decision: who asked, its desk, its heads."""
    desk = roster.unit_desk(book.read, part.unit_id)
    return [row.asked_by_id, *desk, *assignable.unit_heads(book.read, part.unit_id)]
