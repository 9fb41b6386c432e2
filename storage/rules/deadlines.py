"""Due dates of a case, of a unit's part in it and of the survey, by the rules it began under."""

import datetime as dt
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
    """Count a case's reply and its hard limit from assignment (Deputies Law, article 51).

    A common date set for many cases binds where it is earlier. Raises ValueError for one that does not lie after
    the assignment.
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
    receipt = rules.sign_receipt.after(assigned_on, calendar)
    window = rules.return_window.after(assigned_on, calendar)
    if not replies:
        opinion = _co_opinion(rules, calendar, assigned_on, case)
        return PartDeadlines(min(receipt, opinion), min(window, opinion), None, None, None, opinion)
    own = reply_duration(rules, kind).after(assigned_on, calendar)
    reply = _earliest_after(assigned_on, own, case.hard, _common(calendar, common_date))
    return PartDeadlines(
        sign_receipt=min(receipt, reply),
        return_until=min(window, reply),
        first_contact=min(rules.first_contact.after(assigned_on, calendar), reply),
        draft_to_office=_ahead_of(reply, rules.draft_to_office, assigned_on, receipt, calendar),
        reply=reply,
        co_opinion=None,
    )


def _co_opinion(rules: RuleSet, calendar: WorkingCalendar, assigned_on: dt.date, case: CaseDeadlines) -> Due:
    own = rules.co_opinion.after(assigned_on, calendar)
    if case.reply.raw <= assigned_on:
        return own
    receipt = rules.sign_receipt.after(assigned_on, calendar)
    return min(own, _ahead_of(case.reply, rules.co_opinion_before_due, assigned_on, receipt, calendar))


def _ahead_of(due: Due, lead: Duration, assigned_on: dt.date, receipt: Due, calendar: WorkingCalendar) -> Due:
    """Return the day that leaves `lead` before the due date; where a short limit has none, half of the time."""
    day = lead.before(due.raw, calendar)
    if day <= receipt.rolled:
        day = assigned_on + max(1, (due.raw - assigned_on).days // 2) * dt.timedelta(days=1)
    return min(Due.on(day, calendar), due)


def _common(calendar: WorkingCalendar, day: dt.date | None) -> Due | None:
    return None if day is None else Due.on(day, calendar)


def _earliest_after(start: dt.date, own: Due, *others: Due | None) -> Due:
    return min([own, *(due for due in others if due is not None and due.raw > start)])


def last_day(rules: RuleSet, due: Due) -> dt.date:
    """Return the day lateness is judged by; it ends at 24:00 in the office's zone (Civil Code, article 203)."""
    return due.rolled if rules.roll_due_to_workday else due.raw


def is_late(rules: RuleSet, on: dt.date, due: Due) -> bool:
    """Tell whether what is done (or still open) on this date is overdue."""
    return on > last_day(rules, due)


def extension_until(rules: RuleSet, calendar: WorkingCalendar, due: Due) -> dt.date:
    """Return the last day on which a unit may ask for an extension."""
    return rules.extension_apply_before.before(due.raw, calendar)


def open_day(
    rules: RuleSet, calendar: WorkingCalendar, draw: int, delivered_on: dt.date, received_on: dt.date | None = None
) -> dt.date:
    """Return the working day whose morning opens the survey: `draw` after receipt, at the latest days after delivery.

    `draw` is drawn once within `rules.survey_open_draw` and kept by the caller; raises ValueError for any other.
    """
    low, high = rules.survey_open_draw
    if not low <= draw <= high:
        message = f"the draw is {draw}, outside {low} to {high}"
        raise ValueError(message)
    latest = rules.survey_open_latest.after(delivered_on, calendar).rolled
    if received_on is None:
        return latest
    # A clock set back may date the receipt before the delivery; the form never opens on the day of delivery itself.
    return min(calendar.add_working_days(max(received_on, delivered_on), draw), latest)


def window_closes(rules: RuleSet, calendar: WorkingCalendar, opened_on: dt.date) -> dt.date:
    """Return the survey's last day, which ends at 24:00."""
    return last_day(rules, rules.survey_window.after(opened_on, calendar))


def reminder_days(rules: RuleSet, calendar: WorkingCalendar, opened_on: dt.date) -> tuple[dt.date, ...]:
    """Return the working days on which an unanswered form is recalled, none after it closes."""
    closes = window_closes(rules, calendar, opened_on)
    days = (calendar.add_working_days(opened_on, count) for count in rules.survey_reminders)
    return tuple(day for day in days if day <= closes)
