"""交办: the office's head gives confirmed cases to their units; every clock begins here, each case exactly once."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date, timedelta

from sqlmodel import col, select

from storage import assignments
from storage.book import Book
from storage.queries import assignable, roster
from storage.rules.assigning import CaseDays, case_days, part_days
from storage.rules.grading import READING
from storage.rules.refusals import Refused, Stale
from storage.rules.stages import Act, Stage
from storage.rules.words import REPLYING, CaseKind, PartKind, Role
from storage.tables import Case

SLICE = 10  # cases a transaction: nobody else's press waits longer than for these
REACH = timedelta(days=31)  # how far from today the day of the assignment meeting may lie


@dataclass(frozen=True)
class Order:
    """What holds for all cases of one confirmation: the day of the assignment meeting, and a common date if set."""

    day: date
    common: date | None = None


@dataclass(frozen=True)
class Tally:
    """What came of assigning many: how many are assigned, and the numbers of those that had changed meanwhile."""

    done: int
    left: tuple[str, ...]


def check(book: Book, case_id: int) -> Case:
    """Refuse whoever may not assign this case now; of two who confirm, the second is told who was first."""
    case = book.get(Case, case_id)
    if case.assigned_on is not None and case.stage == Stage.ASSIGNED:
        facts = {"name": book.name(case.assigned_by_id), "day": case.assigned_on}
        raise Stale("Assigned already by %(name)s on %(day)s; nothing was done twice", facts)
    book.step(Act.ASSIGN, case.stage, case)
    return case


def check_many(book: Book) -> None:
    """Refuse whoever is not the office's head."""
    posts = roster.posts(book.read, book.person_id)
    head = any(post.role is Role.OFFICE_HEAD for post in posts)
    book.refuse_unless(head, "Only the head of the office assigns cases; nothing was changed")


def assign(book: Book, case_id: int, version: int | None, order: Order) -> tuple[int, ...]:
    """Assign one case: clocks, slips, cards, notices; give the serial numbers of its slips."""
    serials = _assign(book, check(book, case_id), version, order)
    case = book.get(Case, case_id)
    book.tell(roster.desk(book.read, CaseKind(case.kind)), case.id, "assigned_desk", facts=_in_short(book, case))
    return serials


def some(book: Book, wanted: Sequence[Sequence[int]], order: Order) -> bool:
    """Assign a slice of many, `wanted` being (id, version) as they were shown; tell whether more wait.

    What has changed since is passed over: `close` names it.
    """
    ids = [case_id for case_id, _version in wanted]
    open_still = set(book.read.exec(select(Case.id).where(col(Case.id).in_(ids), Case.stage == Stage.CONFIRMED)))
    done = 0
    for case_id, version in wanted:
        if case_id in open_still:
            if done == SLICE:
                return True
            try:
                _assign(book, check(book, case_id), version, order)
            except Refused:
                continue
            done += 1
    return False


def close(book: Book, wanted: Sequence[Sequence[int]]) -> Tally:
    """Tell each desk in one line how many of its cases were assigned, and count."""
    ids = [case_id for case_id, _version in wanted]
    cases = book.all(select(Case).where(col(Case.id).in_(ids)).order_by(col(Case.kind).desc(), col(Case.number)))
    done = [case for case in cases if case.stage == Stage.ASSIGNED and case.assigned_by_id == book.person_id]
    for kind in CaseKind:
        count = sum(case.kind == kind for case in done)
        for person_id in roster.desk(book.read, kind) if count else ():
            if person_id != book.person_id:
                book.send("assigned_many", person_id, facts={"kind": kind, "count": count})
    return Tally(len(done), tuple(case.number for case in cases if case not in done))


def _assign(book: Book, case: Case, version: int | None, order: Order) -> tuple[int, ...]:
    """Write one case's assignment; everything that may refuse comes before anything is written."""
    book.current(case, version)
    parts = assignable.parts(book.read, case.id)
    hosted = any(part.kind in REPLYING for part in parts)
    book.refuse_unless(hosted, "No host unit has been named for this case; please propose the handling first")
    rules, calendar = book.terms.rules, book.calendar()
    days = _days(book, case, order)
    step = book.step(Act.ASSIGN, case.stage, case)
    book.change(
        case,
        stage=step.target,
        assigned_on=order.day,
        assigned_by_id=book.person_id,
        rules_id=book.rules_id(),
        **asdict(days),
    )
    given = []
    for part in parts:
        span = part_days(rules, calendar, case.kind, PartKind(part.kind), order.day, days, order.common)
        given.append((part, assignments.give(book, case, part, order.day, span, order.common), span))
    dates = {name: day.isoformat() for name, day in asdict(days).items()}
    book.record(
        "assigned",
        case.id,
        {
            "stage": step.target,
            "day": order.day.isoformat(),
            "common": order.common.isoformat() if order.common else None,
            "rules": case.rules_id,
            **dates,
            "parts": [assignments.facts(slip, part, span) for part, slip, span in given],
        },
    )
    leader_id = assignments.ask_leader(book, case)
    if leader_id is None and case.level in READING and case.lead_leader_id is not None:  # he has taken it on already
        book.tell([case.lead_leader_id], case.id, "assigned_desk", facts=_in_short(book, case))
    for part, slip, _span in given:
        assignments.hand_out(book, case, part, slip, leader_id)
    book.tell(assignable.proposers(book.read, case), case.id, "assigned_proposer", facts=_in_full(book, case))
    book.refresh(case.id)
    return tuple(slip.serial or 0 for _part, slip, _span in given)


def _days(book: Book, case: Case, order: Order) -> CaseDays:
    """Count the case's dates, or refuse a day or a common date that makes no sense."""
    near = abs(order.day - book.today) <= REACH
    book.refuse_unless(near, "The day of the assignment meeting must lie within a month of today")
    later = order.common is None or order.common > max(order.day, book.today)
    book.refuse_unless(later, "The common date must lie after today and after the day of the assignment meeting")
    days = case_days(book.terms.rules, book.calendar(), case.kind, order.day, order.common)
    book.refuse_unless(
        days.reply_due >= book.today,
        "By these dates the reply would have been due on %(day)s already; nothing was assigned",
        day=days.reply_due,
    )
    return days


def _in_short(book: Book, case: Case) -> dict[str, object]:
    """Give what the desk is told: who answers, and until when."""
    hosts = [book.unit(part.unit_id) for part in assignable.parts(book.read, case.id) if part.kind in REPLYING]
    return {"units": hosts, "due": case.reply_due}


def _in_full(book: Book, case: Case) -> dict[str, object]:
    """Give what the proposer is told: also who leads, and whom to call."""
    people = [f"{unit} {name}".strip() for unit, name in assignable.contacts(book.read, case.id)]
    return {**_in_short(book, case), "leader": book.name(case.lead_leader_id) or "—", "people": people}
