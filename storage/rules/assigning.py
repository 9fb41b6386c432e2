"""What an assignment fixes: the last days of a case and of each unit's part, as lateness is judged by them."""

import datetime as dt
from dataclasses import dataclass

from storage.rules.calendar import WorkingCalendar
from storage.rules.deadlines import CaseDeadlines, case_deadlines, extension_until, last_day, part_deadlines
from storage.rules.durations import Due
from storage.rules.ruleset import RuleSet
from storage.rules.words import REPLYING, PartKind


@dataclass(frozen=True)
class CaseDays:
    """The proposer's clock; the names are those of the case's columns."""

    reply_due_raw: dt.date
    reply_due: dt.date
    hard_due: dt.date


@dataclass(frozen=True)
class PartDays:
    """A unit's clock; the names are those of the part's columns."""

    sign_due: dt.date
    return_until: dt.date
    contact_due: dt.date | None
    draft_due: dt.date | None
    due_raw: dt.date
    due: dt.date


def case_days(
    rules: RuleSet, calendar: WorkingCalendar, kind: str, day: dt.date, common: dt.date | None = None
) -> CaseDays:
    """Count a case's dates from the day of its assignment; raise ValueError for a common date not after it."""
    found = case_deadlines(rules, calendar, kind, day, common)
    return CaseDays(found.reply.raw, last_day(rules, found.reply), last_day(rules, found.hard))


def part_days(
    rules: RuleSet,
    calendar: WorkingCalendar,
    kind: str,
    part: PartKind,
    day: dt.date,
    case: CaseDays,
    common: dt.date | None = None,
) -> PartDays:
    """Count a unit's dates from its own assignment, be it the first or a later one of the same case."""
    frame = CaseDeadlines(Due(case.reply_due_raw, case.reply_due), Due(case.hard_due, case.hard_due))
    found = part_deadlines(rules, calendar, kind, day, frame, replies=part in REPLYING, common_date=common)
    due = found.reply or found.co_opinion
    assert due is not None
    return PartDays(
        last_day(rules, found.sign_receipt),
        last_day(rules, found.return_until),
        last_day(rules, found.first_contact) if found.first_contact else None,
        last_day(rules, found.draft_to_office) if found.draft_to_office else None,
        due.raw,
        last_day(rules, due),
    )


def extended(
    rules: RuleSet, calendar: WorkingCalendar, new: dt.date, draft_due: dt.date | None, hard: dt.date
) -> tuple[dt.date, dt.date]:
    """Give the last day and the draft's day of a part whose reply is extended to `new`, never past the hard limit."""
    due = min(last_day(rules, Due.on(new, calendar)), hard)
    draft = last_day(rules, Due.on(rules.draft_to_office.before(new, calendar), calendar))
    return due, max(draft, draft_due) if draft_due else draft


def asked_late(rules: RuleSet, calendar: WorkingCalendar, due: dt.date, today: dt.date) -> dt.date | None:
    """Give the day by which an extension should have been asked for, where it has passed."""
    until = extension_until(rules, calendar, Due(due, due))
    return until if today > until else None
