"""Lights and the slips they call for: drafted by the clock or by hand, signed, acknowledged, answered, struck off."""

from collections.abc import Iterable

from sqlalchemy import func
from sqlmodel import col, select

from storage import files, watches
from storage.book import Book
from storage.outbox import Priority
from storage.queries import digests, roster, slips
from storage.rules.lights import Light, light
from storage.rules.refusals import Stale
from storage.rules.stages import Act, Stage
from storage.rules.urging import LIGHT_HEARERS, OPEN, Called, Hearer, Watch, Why, called_for
from storage.rules.words import Role, SlipKind
from storage.tables import Case, Part, Slip

ACT_OF = {SlipKind.URGE: Act.URGE, SlipKind.SUPERVISION: Act.SUPERVISE}
_WAITS = (Stage.DRAFTED, Stage.ISSUED, Stage.SLIP_ACKNOWLEDGED)

# the clock


def look(book: Book, part_id: int) -> None:
    """Have the clock look at a part's light: show it, tell whom it concerns, draft the slip it calls for."""
    part = book.get(Part, part_id)
    case = book.get(Case, part.case_id)
    clock = slips.clock(book.read, part)
    if clock is None or part.stage not in OPEN:
        _show(book, case, part, Light.GREEN)
        _lapse(book, part)
        return
    rules, calendar = book.rules(case), book.calendar()
    shown = light(
        rules,
        calendar,
        book.today,
        clock.due,
        open_milestones=clock.milestones,
        supervision_due=clock.supervision_due,
    )
    called = called_for(rules, calendar, book.today, shown, clock)
    _show(book, case, part, shown, called.why if called is not None else None)
    if called is not None and part.stage != Stage.OFFICE_REVIEW:  # what the office itself holds is no unit's delay
        _draft_called(book, case, part, called)
    watches.relight(book, case, part)


def _show(book: Book, case: Case, part: Part, shown: Light, why: Why | None = None) -> None:
    """Keep a light that has changed, and remind whom it concerns when it is a worse one."""
    was = Light(part.light)
    if shown is was:
        return
    # No button hangs on a light, so the version stays: the unit's cards need no edit.
    book.change(part, light=shown, version=part.version)
    book.record("light", case.id, {"part": part.id, "light": shown, "was": was})
    if shown.severity > was.severity:
        for person_id in digests.hearers(book.read, LIGHT_HEARERS[shown], case, part):
            key = f"light:{part.id}:{book.today}"
            book.item(
                person_id, key, Watch.LIGHT, case.id, part.id, light=shown, due=part.due, why=why.value if why else ""
            )


def _lapse(book: Book, part: Part) -> None:
    """Drop the drafts that have come too late: for a unit that is done, or by a stronger slip."""
    drafted = select(Slip).where(Slip.part_id == part.id, Slip.stage == Stage.DRAFTED)
    for slip in book.all(drafted.order_by(col(Slip.id))):
        book.change(slip, stage=Stage.DROPPED)
        book.record("slip_dropped", slip.case_id, {"slip": slip.id, "stage": Stage.DROPPED})


def _draft_called(book: Book, case: Case, part: Part, called: Called) -> None:
    """Draft a slip for the office head to sign, unless one of its kind is out or was called for this before."""
    due = part.due.isoformat() if part.due else ""
    for slip in book.all(select(Slip).where(Slip.part_id == part.id, Slip.kind == called.kind)):
        if slip.stage in _WAITS or (slip.facts.get("why") == called.why and slip.facts.get("due") == due):
            return
    if called.kind is SlipKind.SUPERVISION:
        _lapse(book, part)  # an urge slip that was never signed comes too late
    slip = _add(book, case, part, called.kind, called.why, "")
    if called.kind is SlipKind.URGE and book.rules(case).slips.auto_sign:
        _issue(book, case, part, slip)


# by hand


def check(book: Book, case_id: int, kind: SlipKind) -> None:
    """Refuse whoever may not have a slip drafted on this case now."""
    case = book.get(Case, case_id)
    book.step(ACT_OF[kind], case.stage, case)
    book.refuse_unless(open_parts(book, case_id), "Every unit has handed in what it owes; there is nobody to urge")


def open_parts(book: Book, case_id: int) -> list[Part]:
    """List the parts whose units still have something to do."""
    statement = select(Part).where(Part.case_id == case_id, col(Part.stage).in_(OPEN)).order_by(col(Part.id))
    return book.all(statement)


def draft(book: Book, case_id: int, part_id: int, kind: SlipKind, reason: str) -> Slip:
    """Draft a slip by hand; the office head is asked at once for his signature."""
    check(book, case_id, kind)
    case, part = book.get(Case, case_id), book.get(Part, part_id)
    if part.case_id != case.id or part.stage not in OPEN:
        raise Stale("This unit has handed in what it owes; there is nothing to urge")
    waiting = select(Slip).where(Slip.part_id == part.id, Slip.kind == kind, Slip.stage == Stage.DRAFTED)
    if book.one(waiting) is not None:
        raise Stale("A slip of this kind for this unit waits for its signature already")
    slip = _add(book, case, part, kind, Why.BY_HAND, reason)
    for head in roster.holders(book.read, Role.OFFICE_HEAD):
        book.send("slip_draft", head, case_id=case.id, subject_id=slip.id)
    return slip


def _add(book: Book, case: Case, part: Part, kind: SlipKind, why: Why, reason: str) -> Slip:
    """Write a draft."""
    slip = book.add(
        Slip(
            kind=kind,
            case_id=case.id,
            part_id=part.id,
            reason=reason,
            facts={"why": why, "due": part.due.isoformat() if part.due else ""},
            stage=Stage.DRAFTED,
            drafted_at=book.at,
            drafted_by_id=book.by.person_id,
        )
    )
    facts = {"slip": slip.id, "kind": kind, "part": part.id, "why": why, "stage": Stage.DRAFTED}
    book.record("slip_drafted", case.id, facts, {"reason": reason} if reason else {})
    return slip


# the signature


def sign(book: Book, slip_id: int, version: int | None = None) -> Slip:
    """Sign one draft: it gets its number and goes to the unit."""
    slip, part, case = _rows(book, slip_id)
    book.step(Act.ISSUE, slip.stage, case, part)
    book.current(slip, version)
    if part.stage not in OPEN:
        raise Stale("This unit has handed in what it owes; there is nothing to urge")
    _issue(book, case, part, slip)
    return slip


def sign_all(book: Book, upto: int) -> int:
    """Sign every draft up to an id, which are those that were shown, with one press; give how many."""
    found = slips.drafts(book.read, upto)
    if not found:
        raise Stale("These slips have been signed or dropped already")
    for draft_ in found:
        sign(book, draft_.id)
    return len(found)


def drop(book: Book, slip_id: int, version: int | None = None) -> None:
    """Have a draft not issued; the same reason drafts none again."""
    slip, part, case = _rows(book, slip_id)
    step = book.step(Act.DROP, slip.stage, case, part)
    book.current(slip, version)
    book.change(slip, stage=step.target)
    book.record("slip_dropped", case.id, {"slip": slip.id, "stage": step.target})
    book.refresh(case.id)


def _issue(book: Book, case: Case, part: Part, slip: Slip) -> None:
    """Number a slip, date its answer, and bring it to the unit; a supervision slip also to its heads."""
    rules = book.rules(case)
    limit = rules.urge_reply if slip.kind == SlipKind.URGE else rules.supervise_reply
    due = limit.after(book.today, book.calendar()).rolled
    year = book.today.year
    serial = _next_serial(book, slip.kind, year)
    book.change(
        slip,
        stage=Stage.ISSUED,
        year=year,
        serial=serial,
        due=due,
        facts={**slip.facts, "issued": book.today.isoformat()},
        signed_at=book.at,
        signed_by_id=book.by.person_id,
    )
    facts = {"slip": slip.id, "kind": slip.kind, "year": year, "serial": serial, "due": due, "stage": Stage.ISSUED}
    book.record("slip_issued", case.id, facts)
    wanted = {Hearer.DESK, Hearer.HANDLER} | ({Hearer.HEADS} if slip.kind == SlipKind.SUPERVISION else set())
    people = digests.hearers(book.read, wanted, case, part)
    _send(book, slip, people, "slip")
    if not roster.bound(book.read, people):
        _send(book, slip, roster.office(book.read), "slip_on_paper")
    watches.relight(book, case, part)
    book.refresh(case.id)


def _next_serial(book: Book, kind: str, year: int) -> int:
    """Give the next number of a kind of slip in a year."""
    highest = select(func.max(Slip.serial)).where(Slip.kind == kind, Slip.year == year)
    return (book.read.exec(highest).one() or 0) + 1


# the unit, then the office


def acknowledge(book: Book, slip_id: int, version: int | None = None) -> None:
    """Sign for a slip; the second of two who press at once is told who was first."""
    slip, part, case = _rows(book, slip_id)
    if slip.acknowledged_by_id is not None and slip.acknowledged_at is not None:
        first = {"name": book.name(slip.acknowledged_by_id), "at": slip.acknowledged_at}
        raise Stale("Acknowledged already by %(name)s, %(at)s", first)
    step = book.step(Act.ACKNOWLEDGE_SLIP, slip.stage, case, part)
    book.current(slip, version)
    book.change(slip, stage=step.target, acknowledged_at=book.at, acknowledged_by_id=book.person_id)
    book.record("slip_acknowledged", case.id, {"slip": slip.id, "stage": step.target})
    book.refresh(case.id)


def check_answer(book: Book, slip_id: int) -> None:
    """Refuse whoever may not answer this slip now."""
    slip, part, case = _rows(book, slip_id)
    book.step(Act.ANSWER_SLIP, slip.stage, case, part)


def answer(book: Book, slip_id: int, text: str, file_ids: Iterable[int] = ()) -> None:
    """Answer a slip for the unit; the office strikes it off."""
    slip, part, case = _rows(book, slip_id)
    step = book.step(Act.ANSWER_SLIP, slip.stage, case, part)
    book.change(slip, stage=step.target, answer=text, answered_at=book.at, answered_by_id=book.person_id)
    hashes = files.attach(book.read, "slip", slip.id, file_ids)
    facts = {"slip": slip.id, "stage": step.target, "files": hashes}
    book.record("slip_answered", case.id, facts, {"answer": text})
    _send(book, slip, roster.office(book.read), "slip_answered")
    watches.relight(book, case, part, at_once=True)
    book.refresh(case.id)


def strike_off(book: Book, slip_id: int, version: int | None = None) -> None:
    """Close an answered slip."""
    slip, part, case = _rows(book, slip_id)
    step = book.step(Act.STRIKE_OFF, slip.stage, case, part)
    book.current(slip, version)
    book.change(slip, stage=step.target, struck_off_at=book.at)
    book.record("slip_struck_off", case.id, {"slip": slip.id, "stage": step.target})
    people = [*roster.unit_desk(book.read, part.unit_id), slip.answered_by_id]
    _send(book, slip, [person for person in people if person is not None and person != book.person_id], "slip_struck")
    book.refresh(case.id)


def _rows(book: Book, slip_id: int) -> tuple[Slip, Part, Case]:
    """Load a slip with its part and its case; one that came with an assignment is no slip of these."""
    slip = book.get(Slip, slip_id)
    if slip.kind not in ACT_OF:
        raise Stale("This is no longer there; please open the case anew")
    return slip, book.get(Part, slip.part_id), book.get(Case, slip.case_id)


def _send(book: Book, slip: Slip, people: Iterable[int], kind: str) -> None:
    """Send a letter about a slip; one that the clock has caused goes with the clock's."""
    priority = Priority.ACT if book.by.person_id is not None else Priority.CLOCK
    for person_id in dict.fromkeys(people):
        book.send(kind, person_id, case_id=slip.case_id, subject_id=slip.id, priority=priority)
