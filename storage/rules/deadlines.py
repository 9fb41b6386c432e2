"""Due dates of a case, of a unit's part in it and of the survey, by the rules it began under."""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass

from storage.rules.calendar import WorkingCalendar
from storage.rules.durations import Due, Duration
from storage.rules.ruleset import RuleSet
from storage.rules.words import CaseKind


@dataclass(frozen=True, slots=True)
class CaseDeadlines:
    """Hold the proposer's clock: it starts at assignment, and reassigning to another unit never resets it."""

    reply: Due
    hard: Due


@dataclass(frozen=True, slots=True)
class PartDeadlines:
    """Hold a unit's clock; a co-handler has a co-opinion due, every other part a reply, a draft and a first contact."""

    sign_receipt: Due
    return_until: Due
    first_contact: Due | None
    draft_to_office: Due | None
    reply: Due | None
    co_opinion: Due | None


def reply_duration(rules: RuleSet, kind: str) -> Duration:
    """Return the limit for a reply to this kind of case; raises ValueError for no kind of case."""
    return {
        CaseKind.SUGGESTION: rules.reply_due_suggestion,
        CaseKind.PROPOSAL: rules.reply_due_proposal,
    }[CaseKind(kind)]


def case_deadlines(
    rules: RuleSet, calendar: WorkingCalendar, kind: str, assigned_on: dt.date, common_date: dt.date | None = None
) -> CaseDeadlines:
    """Count a case's reply and its hard limit from assignment (Deputies Law, article 51); a common date binds if earlier.

    Raises ValueError for a common date that does not lie after the assignment.
    """
    if common_date is not None and common_date <= assigned_on:
        message = f"the common date {common_date} is not after the assignment on {assigned_on}"
        raise ValueError(message)
    own = reply_duration(rules, kind).after(assigned_on, calendar)
    hard = rules.reply_hard.after(assigned_on, calendar)
    return CaseDeadlines(_earliest_after(assigned_on, own, hard, _common(calendar, common_date)), hard)


def part_deadlines(
    rules: RuleSet,
    calendar: WorkingCalendar,
    kind: str,
    assigned_on: dt.date,
    case: CaseDeadlines,
    *,
    replies: bool,
    common_date: dt.date | None = None,
) -> PartDeadlines:
    """Count a unit's dates from its own assignment; they end with the case's hard limit and the common date.

    A part assigned after one of those keeps its own full limit: a unit is not late for the delay of another.
    """
    own = reply_duration(rules, kind).after(assigned_on, calendar)
    reply = _earliest_after(assigned_on, own, case.hard, _common(calendar, common_date))
    return PartDeadlines(
        sign_receipt=min(rules.sign_receipt.after(assigned_on, calendar), reply),
        return_until=min(rules.return_window.after(assigned_on, calendar), reply),
        first_contact=min(rules.first_contact.after(assigned_on, calendar), reply) if replies else None,
        draft_to_office=_ahead_of(reply, rules.draft_to_office, assigned_on, calendar) if replies else None,
        reply=reply if replies else None,
        co_opinion=None if replies else _co_opinion(rules, calendar, assigned_on, case),
    )
