"""The days an assignment fixes: at first, after a return, after an extension; edges by hand, the rest as properties."""

import datetime as dt
from dataclasses import asdict, replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from storage.rules.assigning import CaseDays, asked_late, case_days, extended, part_days
from storage.rules.calendar import WorkingCalendar
from storage.rules.ruleset import RuleSet
from storage.rules.words import REPLYING, CaseKind, PartKind
from storage.tables import Case, Part

CALENDAR = WorkingCalendar.shipped()
RULES = RuleSet()
DAYS = st.dates(dt.date(2010, 1, 1), dt.date(2030, 12, 31))
KINDS = st.sampled_from([kind.value for kind in CaseKind])
PARTS = st.sampled_from(list(PartKind))


def on(text: str) -> dt.date:
    return dt.date.fromisoformat(text)


@pytest.mark.parametrize(
    ("day", "common", "reply", "raw", "hard"),
    [
        ("2026-03-02", None, "2026-06-02", "2026-06-02", "2026-09-02"),
        ("2026-01-31", None, "2026-04-30", "2026-04-30", "2026-07-31"),
        ("2026-07-01", None, "2026-10-08", "2026-10-01", "2027-01-04"),
        ("2026-03-02", "2026-05-16", "2026-05-18", "2026-05-16", "2026-09-02"),
        ("2026-03-02", "2026-06-30", "2026-06-02", "2026-06-02", "2026-09-02"),
    ],
)
def test_a_cases_clock_is_counted_in_months_and_the_earlier_date_binds(
    day: str, common: str | None, reply: str, raw: str, hard: str
) -> None:
    """Months, not ninety days; what falls on a day off is kept as counted and judged by the working day after it."""
    days = case_days(RULES, CALENDAR, CaseKind.SUGGESTION, on(day), on(common) if common else None)
    assert days == CaseDays(on(raw), on(reply), on(hard))


def test_where_the_office_does_not_roll_the_day_as_counted_is_judged() -> None:
    """The switch of domain.md 7.4 holds for every day that is kept."""
    strict = replace(RULES, roll_due_to_workday=False)
    case = case_days(strict, CALENDAR, CaseKind.SUGGESTION, on("2026-07-01"))
    assert case.reply_due == on("2026-10-01")
    own = part_days(strict, CALENDAR, CaseKind.SUGGESTION, PartKind.SOLE, on("2026-07-01"), case)
    assert own.due == on("2026-10-01")


def test_a_common_date_on_the_day_itself_is_no_date() -> None:
    """Nothing can be due on the day that it begins."""
    with pytest.raises(ValueError, match="common date"):
        case_days(RULES, CALENDAR, CaseKind.PROPOSAL, on("2026-03-02"), on("2026-03-02"))


@given(DAYS, KINDS, PARTS, st.integers(0, 120))
def test_a_units_days_stand_in_order_within_the_cases_clock(
    day: dt.date, kind: str, part: PartKind, later: int
) -> None:
    """Signing before the due date, the draft before the reply, nothing past the hard limit, whenever reassigned."""
    case = case_days(RULES, CALENDAR, kind, day)
    begun = day + dt.timedelta(days=later)
    days = part_days(RULES, CALENDAR, kind, part, begun, case)
    assert begun < days.sign_due <= days.due
    assert begun < days.return_until <= days.due
    if part in REPLYING:
        assert days.contact_due is not None
        assert days.draft_due is not None
        assert days.draft_due <= days.due
        if begun < case.hard_due:
            assert days.due <= case.hard_due
    else:
        assert (days.contact_due, days.draft_due) == (None, None)


@given(DAYS, KINDS, PARTS)
def test_a_first_assignment_gives_host_and_case_the_same_day(day: dt.date, kind: str, part: PartKind) -> None:
    """The unit's clock and the proposer's run together until somebody returns the case."""
    case = case_days(RULES, CALENDAR, kind, day)
    days = part_days(RULES, CALENDAR, kind, part, day, case)
    if part in REPLYING:
        assert (days.due_raw, days.due) == (case.reply_due_raw, case.reply_due)
    else:
        assert days.due <= case.reply_due


@given(DAYS, KINDS, st.integers(1, 200))
def test_an_extension_never_passes_the_hard_limit_and_never_shortens_the_draft(
    day: dt.date, kind: str, longer: int
) -> None:
    """Whatever day is asked for within the limit, the result is within it too, rolled or not."""
    case = case_days(RULES, CALENDAR, kind, day)
    old = part_days(RULES, CALENDAR, kind, PartKind.SOLE, day, case)
    new = min(old.due + dt.timedelta(days=longer), case.hard_due)
    due, draft = extended(RULES, CALENDAR, new, old.draft_due, case.hard_due)
    assert old.due <= due <= case.hard_due
    assert new <= due
    assert old.draft_due is not None
    assert old.draft_due <= draft <= due


@pytest.mark.parametrize(
    ("today", "late"), [("2026-05-19", None), ("2026-05-20", "2026-05-19"), ("2026-06-02", "2026-05-19")]
)
def test_asking_late_is_told_with_the_day_that_was_missed(today: str, late: str | None) -> None:
    """Ten working days before the second of June."""
    assert asked_late(RULES, CALENDAR, on("2026-06-02"), on(today)) == (on(late) if late else None)


def test_the_names_are_those_of_the_columns() -> None:
    """The days are written to the rows by name; a renamed column must fail here, not in the town hall."""
    case = case_days(RULES, CALENDAR, CaseKind.SUGGESTION, on("2026-03-02"))
    own = part_days(RULES, CALENDAR, CaseKind.SUGGESTION, PartKind.SOLE, on("2026-03-02"), case)
    assert set(asdict(case)) <= set(Case.model_fields)
    assert set(asdict(own)) <= set(Part.model_fields)
