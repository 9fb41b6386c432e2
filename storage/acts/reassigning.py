"""改办: the office's head agrees to a return; another unit begins its own clock, the proposer's runs on."""

from sqlmodel import col, select

from storage import assignments
from storage.book import Book
from storage.outbox import Priority, Shape
from storage.queries import assignable, levels, requests, roster, standing
from storage.rules.assigning import CaseDays, part_days
from storage.rules.refusals import Refused, Stale
from storage.rules.stages import Act, Stage
from storage.rules.words import REPLYING, CaseKind, Level, PartKind
from storage.tables import Card, Case, Part, Request, Slip

_RETURNABLE = (Stage.AWAITING_RECEIPT, Stage.HANDLING)


def check(book: Book, request_id: int) -> tuple[Request, Part, Case, Stage]:
    """Refuse whoever may not agree to this return now."""
    row = book.get(Request, request_id)
    part, case = book.get(Part, row.part_id), book.get(Case, row.case_id)
    step = book.step(Act.GRANT_RETURN, row.stage, case, part)
    if Stage(part.stage) not in _RETURNABLE:
        raise Stale("The unit has gone on with its reply meanwhile; please refuse the return")
    return row, part, case, step.target


def grant(book: Book, request_id: int, version: int | None, unit_id: int) -> tuple[str, str]:
    """Take a part from its unit and give it to another; give the names of the new unit and of who leads the case."""
    row, part, case, target = check(book, request_id)
    book.current(row, version)
    held = _taken_over(book, part, unit_id)
    book.change(row, stage=target, decided_by_id=book.person_id, decided_at=book.at)
    book.change(part, stage=Stage.HANDED_BACK)
    fresh = _place(book, part, held, unit_id)
    slip = _begin(book, case, part, fresh, row)
    moved = _lead(book, case, part)
    _tell(book, case, part, fresh, slip, moved=moved)
    _clear(book, case)
    book.refresh(case.id)
    return book.unit(unit_id), book.name(case.lead_leader_id)


def _taken_over(book: Book, part: Part, unit_id: int) -> Part | None:
    """Give the co-handling part of the new unit that becomes the host's; refuse a unit that cannot take it."""
    known = unit_id in {known_id for known_id, _name in roster.units(book.read)}
    book.refuse_unless(known, "This unit has nobody on the roster who handles cases; please choose another")
    book.refuse_unless(unit_id != part.unit_id, "This is the unit that returns the case; please choose another")
    live = [other for other in assignable.parts(book.read, part.case_id) if other.unit_id == unit_id]
    if not live:
        return None
    if part.kind in REPLYING and live[0].kind == PartKind.CO_HANDLER:
        return live[0]
    raise Refused("%(unit)s has a part in this case already; please choose another", {"unit": book.unit(unit_id)})


def _place(book: Book, part: Part, held: Part | None, unit_id: int) -> Part:
    """Give the part that takes the returned one's place; alone in the case, a host is its sole handler."""
    others = [p for p in assignable.parts(book.read, part.case_id) if held is None or p.id != held.id]
    kind = PartKind.SOLE if part.kind == PartKind.HOST and not others else PartKind(part.kind)
    if held is None:
        return book.add(Part(case_id=part.case_id, unit_id=unit_id, kind=kind))
    open_request = requests.waiting(book.read, held.id)
    if open_request is not None:
        book.change(open_request, stage=Stage.DENIED, decided_by_id=book.person_id, decided_at=book.at)
        book.record("request_ended", part.case_id, {"request": open_request.id, "stage": Stage.DENIED})
    book.change(held, kind=kind)
    return held


def _begin(book: Book, case: Case, part: Part, fresh: Part, row: Request) -> Slip:
    """Begin the new unit's clock within the case's own, which does not move."""
    assert case.reply_due_raw is not None
    assert case.reply_due is not None
    assert case.hard_due is not None
    frame = CaseDays(case.reply_due_raw, case.reply_due, case.hard_due)
    common = assignments.common_date(book, part)
    days = part_days(book.rules(case), book.calendar(), case.kind, PartKind(fresh.kind), book.today, frame, common)
    slip = assignments.give(book, case, fresh, book.today, days, common)
    book.record(
        "reassigned",
        case.id,
        {
            "request": row.id,
            "stage": row.stage,
            "from": {"part": part.id, "stage": part.stage},
            "day": book.today.isoformat(),
            "to": assignments.facts(slip, fresh, days),
        },
    )
    return slip


def _lead(book: Book, case: Case, part: Part) -> bool:
    """Work out the lead leader anew where he hangs on the host unit (article 2); tell whether he has changed."""
    if case.level is None or case.level == Level.FIRST or part.kind not in REPLYING:
        return False
    level, former = Level(case.level), case.lead_leader_id
    remaining = {candidate.id for candidate in levels.candidates(book.read, case.id, level)}
    if part.kind == PartKind.SEPARATE and former in remaining:
        return False
    leader = levels.leader(book.read, case.id, level)
    if leader is None and former not in remaining:
        facts = {"level": level}
        raise Refused(
            "The roster names nobody of this unit who can lead a case of %(level)s; please add him first", facts
        )
    if leader is None or leader == former:
        return False
    book.change(case, lead_leader_id=leader, taken_on_at=None)
    book.record("lead_changed", case.id, {"leader": leader, "former": former})
    if former is not None and level is Level.SECOND:
        book.tell([former], case.id, "lead_moved", facts={"name": book.name(leader)})
    return True


def _tell(book: Book, case: Case, part: Part, fresh: Part, slip: Slip, *, moved: bool) -> None:
    """Tell the new unit, its leader, the old unit, the co-handlers, the proposers and their desk."""
    leader_id = assignments.ask_leader(book, case) if moved else None
    assignments.hand_out(book, case, fresh, slip, leader_id)
    unit = book.unit(fresh.unit_id)
    old = roster.unit_desk(book.read, part.unit_id) + assignable.unit_heads(book.read, part.unit_id)
    book.tell(old, case.id, "return_granted", facts={"unit": unit})
    if part.kind not in REPLYING:
        return
    co = [p for p in assignable.parts(book.read, case.id) if p.kind == PartKind.CO_HANDLER]
    for other in co:
        book.tell(roster.unit_desk(book.read, other.unit_id), case.id, "host_changed", facts={"unit": unit})
    facts = {"unit": unit, "former": book.unit(part.unit_id), "due": case.reply_due}
    book.tell(roster.desk(book.read, CaseKind(case.kind)), case.id, "reassigned_desk", facts=facts)
    desk = roster.unit_desk(book.read, fresh.unit_id)
    people = f"{unit} {book.name(desk[0]) if desk else ''}".strip()
    more = {"leader": book.name(case.lead_leader_id) or "—", "people": people}
    book.tell(assignable.proposers(book.read, case), case.id, "reassigned", facts={**facts, **more})


def _clear(book: Book, case: Case) -> None:
    """Take the buttons off the cards of those who have nothing to do with the case any more."""
    cards = select(Card).where(Card.case_id == case.id, col(Card.message_id).is_not(None))
    for card in book.all(cards.order_by(col(Card.id))):
        if not standing.held(book.read, card.person_id, case):
            book.send("strip", card.person_id, shape=Shape.STUB, case_id=case.id, edits=card.message_id,
                      priority=Priority.EDIT, silent=True)  # fmt: skip
