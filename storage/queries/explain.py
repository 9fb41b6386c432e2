"""How a case's dates were counted, by the rules it began under: from which day, by how much, over which days off."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from sqlmodel import col, select

from storage.queries import roster, standing
from storage.reading import Read
from storage.rules.calendar import CountedDay, WorkingCalendar
from storage.rules.deadlines import reply_duration
from storage.rules.durations import Duration, Unit
from storage.rules.ruleset import RuleSet
from storage.rules.stages import Stage
from storage.rules.words import REPLYING
from storage.tables import Case, Part, RulesVersion


@dataclass(frozen=True)
class Counted:
    """One date and the way to it.

    `duration` is none where the date was not counted but set (a common date, an extension). `raw` is the day counted,
    `last` the day that binds; `off` the days between them. `days` goes day by day: a limit in working days from its
    start, any other from today to the last day.
    """

    subject: str  # reply · receipt · opinion
    unit: str
    start: date
    duration: Duration | None
    raw: date
    last: date
    off: tuple[CountedDay, ...]
    days: tuple[CountedDay, ...]
    from_today: bool
    provisional: bool


def explain(read: Read, case_id: int, today: date) -> tuple[Counted, ...]:
    """Explain the reply's date, then each open receipt and co-opinion; nothing before the case is assigned."""
    case = read.get(Case, case_id)
    if case is None or case.assigned_on is None:
        return ()
    row = read.get(RulesVersion, case.rules_id) if case.rules_id is not None else None
    rules = RuleSet.from_mapping(row.numbers) if row else RuleSet()
    calendar = standing.calendar(read)
    return tuple(_counts(read, case, rules, calendar, today))


def _counts(read: Read, case: Case, rules: RuleSet, calendar: WorkingCalendar, today: date) -> Iterator[Counted]:
    """Yield each date of a case."""
    assert case.assigned_on is not None
    if case.reply_due_raw is not None and case.reply_due is not None:
        duration = reply_duration(rules, case.kind)
        yield _counted("reply", "", case.assigned_on, duration, case.reply_due_raw, case.reply_due, calendar, today)
    statement = select(Part).where(Part.case_id == case.id, Part.stage != Stage.HANDED_BACK).order_by(col(Part.id))
    for part in read.exec(statement):
        if part.assigned_on is None:
            continue
        unit = roster.unit_name(read, part.unit_id)
        if part.stage == Stage.AWAITING_RECEIPT and part.sign_due is not None:
            raw = rules.sign_receipt.after(part.assigned_on, calendar)
            due = part.sign_due if part.sign_due < raw.rolled else raw.raw
            yield _counted("receipt", unit, part.assigned_on, rules.sign_receipt, due, part.sign_due, calendar, today)
        if part.kind not in REPLYING and part.due_raw is not None and part.due is not None:
            yield _counted("opinion", unit, part.assigned_on, rules.co_opinion, part.due_raw, part.due, calendar, today)


def _counted(
    subject: str,
    unit: str,
    start: date,
    duration: Duration,
    raw: date,
    last: date,
    calendar: WorkingCalendar,
    today: date,
) -> Counted:
    """Tell how a date came about; one that the rule does not lead to was set."""
    counted = duration.after(start, calendar).raw == raw
    by_days = counted and duration.unit is Unit.WORKING_DAYS
    days = calendar.explain(start if by_days else min(today, last), last)
    off = tuple(day for day in calendar.explain(raw, last) if not day.works) if last > raw else ()
    return Counted(
        subject,
        unit,
        start,
        duration if counted else None,
        raw,
        last,
        off,
        days,
        from_today=not by_days,
        provisional=any(day.provisional for day in (*days, *off)),
    )
