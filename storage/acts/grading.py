"""Levels of article 2: set by the office, confirmed by its head, for a proposal agreed to by the proposal desk."""

from dataclasses import dataclass
from datetime import date

from sqlmodel import col, select

from storage import levels
from storage.book import Book
from storage.queries import levels as asking
from storage.queries import roster
from storage.rules.grading import READING
from storage.rules.refusals import N_
from storage.rules.stages import Act, Stage, Step
from storage.rules.words import CRITERION_OF, CaseKind, Level, Role
from storage.tables import Case, Part


@dataclass(frozen=True)
class Confirmed:
    """What follows from a confirmation: whether the desk is asked, and the leader whom no letter reaches (or none)."""

    asks_desk: bool
    unreached: str


def check(book: Book, act: Act, case_id: int) -> None:
    """Refuse whoever may not do this on the case now."""
    _step(book, act, case_id)


def _step(book: Book, act: Act, case_id: int, version: int | None = None) -> tuple[Case, Step]:
    """Load a case and check right, guard and version."""
    case = book.get(Case, case_id)
    step = book.step(act, case.stage, case)
    book.current(case, version)
    return case, step


def set_level(book: Book, case_id: int, level: Level, leader_id: int | None = None, version: int | None = None) -> str:
    """Set a case's level under the leader that the rule proposes, or another; give his name, empty for none yet."""
    case, step = _step(book, Act.SET_LEVEL, case_id, version)
    book.refuse_unless(asking.hosts(book.read, case_id), N_("A host unit must be proposed before the level is set"))
    chosen = leader_id if leader_id is not None else asking.leader(book.read, case_id, level)
    _refuse_stranger(book, case_id, chosen)
    levels.withdraw(book, case)
    values = {**levels.cleared(case), "level": level, "criterion": CRITERION_OF[level], "lead_leader_id": chosen}
    book.change(case, stage=step.target, **values)
    book.record("level_set", case.id, {"stage": step.target, **values})
    heads = roster.holders(book.read, Role.OFFICE_HEAD)
    book.turn(heads, case.id, "level_to_confirm", facts={"name": book.name(book.person_id)})
    book.refresh(case.id)
    return book.name(chosen)


def _refuse_stranger(book: Book, case_id: int, leader_id: int | None) -> None:
    """Refuse a lead leader who is neither a city leader nor at the head of a host unit."""
    if leader_id is not None:
        fitting = {candidate.id for candidate in asking.candidates(book.read, case_id)}
        book.refuse_unless(
            leader_id in fitting,
            N_("The lead leader must be a city leader, or head or deputy head of a host unit; nothing was changed"),
        )


def confirm(book: Book, case_id: int, version: int | None = None, leader_id: int | None = None) -> Confirmed:
    """Confirm a level; a proposal goes on to its desk, and levels 1 and 2 to their leader for reading."""
    case, step = _step(book, Act.CONFIRM_LEVEL, case_id, version)
    leader = case.lead_leader_id if case.lead_leader_id is not None else leader_id
    book.refuse_unless(leader, N_("Nobody leads this case yet; please choose the lead leader"))
    _refuse_stranger(book, case_id, leader)
    book.change(case, stage=step.target, lead_leader_id=leader)
    book.record("level_confirmed", case.id, {"stage": step.target, "level": case.level, "leader": leader})
    clerks = roster.holders(book.read, Role.CLERK)
    book.tell(clerks, case.id, "level_confirmed", facts=_said(book, case))
    asks_desk = step.target is Stage.AWAITING_CONSENT
    if asks_desk:
        book.turn(roster.desk(book.read, CaseKind(case.kind)), case.id, "consent_wanted", facts=_said(book, case))
    unreached = _give_to_read(book, case)
    book.refresh(case.id)
    return Confirmed(asks_desk, unreached)


def _said(book: Book, case: Case) -> dict[str, object]:
    """Give the level and its leader, as a letter says them."""
    return {"level": Level(case.level) if case.level else "—", "leader": book.name(case.lead_leader_id)}


def _give_to_read(book: Book, case: Case) -> str:
    """Bring levels 1 and 2 to their leader and tell his secretaries; give his name if he has not joined."""
    if case.level not in READING or case.lead_leader_id is None:
        return ""
    book.turn([case.lead_leader_id], case.id, "for_reading", facts={"level": Level(case.level)})
    secretaries = roster.secretaries(book.read, case.lead_leader_id)
    book.tell(secretaries, case.id, "given_to_read", facts=_said(book, case))
    return "" if roster.bound(book.read, [case.lead_leader_id]) else book.name(case.lead_leader_id)


def consent(book: Book, case_id: int, version: int | None = None) -> None:
    """Have the proposal desk agree to a level (article 2 of the second measure)."""
    case, step = _step(book, Act.CONSENT, case_id, version)
    book.change(case, stage=step.target)
    book.record("level_consented", case.id, {"stage": step.target})
    said = {**_said(book, case), "name": book.name(book.person_id)}
    heads = roster.holders(book.read, Role.OFFICE_HEAD)
    book.turn(heads, case.id, "level_agreed", facts=said)
    clerks = [clerk for clerk in roster.holders(book.read, Role.CLERK) if clerk not in heads]
    book.tell(clerks, case.id, "level_agreed", facts=said)
    book.refresh(case.id)


def object_to(book: Book, case_id: int, reason: str, version: int | None = None) -> None:
    """Have the proposal desk disagree; the case goes back to the office, which sets the level anew."""
    case, step = _step(book, Act.OBJECT, case_id, version)
    said = {**_said(book, case), "name": book.name(book.person_id), "text": reason}
    levels.withdraw(book, case)
    gone = levels.cleared(case)
    book.change(case, stage=step.target, **gone)
    book.record("level_objected", case.id, {"stage": step.target, **gone}, {"reason": reason})
    book.turn(roster.office(book.read), case.id, "level_objected", facts=said)
    book.refresh(case.id)


def mark_key(book: Book, case_id: int, leader_id: int | None, committee: str) -> None:
    """Mark a key case (article 5), with the leader who supervises it and the committee, where there is one."""
    case, step = _step(book, Act.MARK_KEY, case_id)
    if leader_id is not None:
        city = roster.holders(book.read, Role.LEADER)
        book.refuse_unless(leader_id in city, N_("A key case is supervised by a city leader; nothing was changed"))
    book.change(case, stage=step.target, key_case=True, key_leader_id=leader_id, key_committee=committee)
    book.record("key_case", case.id, {"stage": step.target, "leader": leader_id, "committee": committee})
    facts = {"leader": book.name(leader_id), "committee": committee}
    book.tell(_concerned(book, case), case.id, "key_marked", facts=facts)
    book.refresh(case.id)


def _concerned(book: Book, case: Case) -> list[int]:
    """List who is told of a key case: office and desk, its leaders once it is confirmed, its units once assigned."""
    people = roster.office(book.read) + roster.desk(book.read, CaseKind(case.kind))
    known = case.stage in (Stage.CONFIRMED, Stage.ASSIGNED)
    people += [leader for leader in (case.key_leader_id, case.lead_leader_id if known else None) if leader is not None]
    if case.assigned_on is not None:
        parts = book.all(
            select(Part).where(Part.case_id == case.id, Part.stage != Stage.HANDED_BACK).order_by(col(Part.id))
        )
        people += [person for part in parts for person in roster.unit_desk(book.read, part.unit_id)]
    return people


def note_paper(book: Book, case_id: int, day: date, number: str) -> None:
    """Note the date and number of the paper that the mayor has signed: the level counts from then on."""
    case, step = _step(book, Act.NOTE_PAPER, case_id)
    book.refuse_unless(day <= book.today, N_("The paper's date lies in the future; nothing was changed"))
    book.change(case, stage=step.target, paper_note=f"{day.isoformat()} {number}")
    book.record("paper_noted", case.id, {"stage": step.target, "day": day.isoformat(), "number": number})
    book.refresh(case.id)
    people = roster.office(book.read) + ([case.lead_leader_id] if case.lead_leader_id is not None else [])
    book.tell(people, case.id, "paper_noted", facts={"day": day, "number": number})
