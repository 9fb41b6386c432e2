"""Due dates of cases, parts and surveys under the shipped rules, at the edges, and as properties."""

import datetime as dt
import itertools
from dataclasses import fields, replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from storage.rules.calendar import WorkingCalendar
from storage.rules.deadlines import (
    CaseDeadlines,
    PartDeadlines,
    case_deadlines,
    extension_until,
    is_late,
    last_day,
    open_day,
    part_deadlines,
    reminder_days,
    window_closes,
)
from storage.rules.durations import Due
from storage.rules.ruleset import RuleSet
from storage.rules.words import CaseKind

CALENDAR = WorkingCalendar.shipped()
RULES = RuleSet()
ANY_DATE = st.dates(dt.date(2004, 3, 1), dt.date(2035, 12, 31))
SOME_DAYS = st.integers(1, 250).map(lambda days: dt.timedelta(days=days))


def on(text: str) -> dt.date:
    return dt.date.fromisoformat(text)


def due(raw: str, rolled: str | None = None) -> Due:
    return Due(on(raw), on(rolled or raw))


def case_of(assigned: dt.date, common: dt.date | None = None) -> CaseDeadlines:
    return case_deadlines(RULES, CALENDAR, CaseKind.SUGGESTION, assigned, common)


def part_of(assigned: dt.date, case: CaseDeadlines, *, replies: bool, common: dt.date | None = None) -> PartDeadlines:
    return part_deadlines(RULES, CALENDAR, "suggestion", assigned, case, replies=replies, common_date=common)


def test_a_case_has_three_months_and_six_at_the_most() -> None:
    assert case_of(on("2026-03-02")) == CaseDeadlines(reply=due("2026-06-02"), hard=due("2026-09-02"))
    assert case_of(on("2026-07-01")).reply == due("2026-10-01", "2026-10-08")


def test_suggestion_and_proposal_have_limits_of_their_own() -> None:
    rules = RuleSet.from_mapping({"reply_due_proposal": "5m"})
    replies = [case_deadlines(rules, CALENDAR, kind, on("2026-03-02")).reply for kind in CaseKind]
    assert replies == [due("2026-06-02"), due("2026-08-02", "2026-08-03")]
    with pytest.raises(ValueError, match="motion"):
        case_deadlines(rules, CALENDAR, "motion", on("2026-03-02"))


@pytest.mark.parametrize(
    ("common", "reply"),
    [
        ("2026-05-15", due("2026-05-15")),
        ("2026-05-01", due("2026-05-01", "2026-05-06")),  # a common date on a feast moves too
        ("2026-06-30", due("2026-06-02")),  # the earlier binds
        ("2026-12-31", due("2026-06-02")),
    ],
)
def test_the_earlier_of_own_limit_and_common_date_binds(common: str, reply: Due) -> None:
    case = case_of(on("2026-03-02"), on(common))
    assert case.reply == reply
    assert case.hard == due("2026-09-02")
    assert part_of(on("2026-03-02"), case, replies=True, common=on(common)).reply == reply


@pytest.mark.parametrize("common", ["2026-03-02", "2026-02-27"])
def test_a_common_date_before_the_assignment_is_refused(common: str) -> None:
    with pytest.raises(ValueError, match="not after the assignment"):
        case_of(on("2026-03-02"), on(common))


def test_a_host_has_receipt_window_contact_draft_and_reply() -> None:
    assigned = on("2026-03-02")
    assert part_of(assigned, case_of(assigned), replies=True) == PartDeadlines(
        sign_receipt=due("2026-03-04"),
        return_until=due("2026-03-09"),
        first_contact=due("2026-03-23"),
        draft_to_office=due("2026-05-19"),
        reply=due("2026-06-02"),
        co_opinion=None,
    )


def test_a_co_handler_has_receipt_window_and_opinion() -> None:
    assigned = on("2026-03-02")
    assert part_of(assigned, case_of(assigned), replies=False) == PartDeadlines(
        sign_receipt=due("2026-03-04"),
        return_until=due("2026-03-09"),
        first_contact=None,
        draft_to_office=None,
        reply=None,
        co_opinion=due("2026-04-02"),
    )


@pytest.mark.parametrize(
    ("common", "opinion"),
    [
        ("2026-05-15", "2026-04-02"),  # one month after assignment is the earlier
        ("2026-04-15", "2026-03-26"),  # twenty days before the due date are
        ("2026-03-20", "2026-03-11"),  # no such day is left: half of the time
        ("2026-03-03", "2026-03-03"),
    ],
)
def test_the_co_opinion_leaves_the_host_its_time(common: str, opinion: str) -> None:
    assigned = on("2026-03-02")
    assert part_of(assigned, case_of(assigned, on(common)), replies=False).co_opinion == due(opinion)


def test_a_unit_that_takes_over_has_its_own_limit_within_the_hard_one_of_the_case() -> None:
    case = case_of(on("2026-03-02"))
    assert part_of(on("2026-03-20"), case, replies=True).reply == due("2026-06-20", "2026-06-22")
    assert part_of(on("2026-07-15"), case, replies=True).reply == case.hard
    assert case.reply == due("2026-06-02"), "the proposer's clock does not move"


def test_a_unit_that_takes_over_after_every_limit_is_not_late_at_birth() -> None:
    case = case_of(on("2026-03-02"), on("2026-05-15"))
    late_host = part_of(on("2026-09-10"), case, replies=True, common=on("2026-05-15"))
    assert late_host.reply == due("2026-12-10")
    assert part_of(on("2026-09-10"), case, replies=False).co_opinion == due("2026-10-10")


@given(ANY_DATE, st.none() | SOME_DAYS, st.none() | SOME_DAYS, st.booleans())
def test_every_date_of_a_part_lies_between_its_assignment_and_its_end(
    assigned: dt.date, common: dt.timedelta | None, later: dt.timedelta | None, replies: bool
) -> None:
    common_date = None if common is None else assigned + common
    case = case_of(assigned, common_date)
    assert assigned < case.reply.raw <= case.hard.raw
    start = assigned + (later or dt.timedelta())
    part = part_of(start, case, replies=replies, common=common_date)
    end = part.reply if replies else part.co_opinion
    assert end is not None
    for item in fields(part):
        milestone = getattr(part, item.name)
        assert milestone is None or (start < milestone.raw <= end.raw and milestone.rolled <= end.rolled), item.name


@given(ANY_DATE, ANY_DATE, st.sampled_from(CaseKind))
def test_a_case_assigned_later_is_not_due_earlier(one: dt.date, two: dt.date, kind: CaseKind) -> None:
    earlier, later = (case_deadlines(RULES, CALENDAR, kind, day) for day in sorted((one, two)))
    assert earlier.reply <= later.reply
    assert earlier.hard <= later.hard


def test_lateness_is_judged_on_the_day_moved_off_the_feast() -> None:
    feast = due("2026-10-01", "2026-10-08")
    assert last_day(RULES, feast) == on("2026-10-08")
    assert [is_late(RULES, on(day), feast) for day in ("2026-10-01", "2026-10-08", "2026-10-09")] == [
        False,
        False,
        True,
    ]


def test_an_office_may_judge_on_the_day_as_counted() -> None:
    strict = replace(RULES, roll_due_to_workday=False)
    feast = due("2026-10-01", "2026-10-08")
    assert last_day(strict, feast) == on("2026-10-01")
    assert is_late(strict, on("2026-10-02"), feast)


def test_an_extension_is_asked_for_ten_working_days_before() -> None:
    assert extension_until(RULES, CALENDAR, due("2026-10-01", "2026-10-08")) == on("2026-09-17")


@pytest.mark.parametrize(
    ("draw", "delivered", "received", "opens"),
    [
        (1, "2026-03-02", "2026-03-02", "2026-03-03"),
        (3, "2026-03-02", "2026-03-02", "2026-03-05"),
        (2, "2026-03-02", "2026-03-06", "2026-03-09"),  # the fifth working day after delivery is the latest
        (1, "2026-03-02", "2026-03-05", "2026-03-06"),
        (1, "2026-03-02", None, "2026-03-09"),  # never pressed
        (3, "2026-03-02", "2026-04-20", "2026-03-09"),
        (1, "2026-02-14", "2026-02-14", "2026-02-24"),  # over the Spring Festival
        (3, "2026-03-06", "2026-03-01", "2026-03-11"),  # a receipt before its delivery: a clock set back
    ],
)
def test_the_survey_opens_on_a_later_working_day(draw: int, delivered: str, received: str | None, opens: str) -> None:
    received_on = None if received is None else on(received)
    assert open_day(RULES, CALENDAR, draw, on(delivered), received_on) == on(opens)


@pytest.mark.parametrize("draw", [0, 4, -1])
def test_a_draw_outside_the_rule_is_refused(draw: int) -> None:
    with pytest.raises(ValueError, match="outside 1 to 3"):
        open_day(RULES, CALENDAR, draw, on("2026-03-02"))


@given(st.integers(1, 3), ANY_DATE, st.none() | st.integers(-5, 40))
def test_the_survey_never_opens_on_the_day_of_delivery_nor_after_the_latest(
    draw: int, delivered: dt.date, wait: int | None
) -> None:
    received = None if wait is None else delivered + dt.timedelta(days=wait)
    opens = open_day(RULES, CALENDAR, draw, delivered, received)
    assert delivered < opens <= CALENDAR.add_working_days(delivered, 5)
    assert CALENDAR.is_working(opens)


def test_the_window_lasts_fifteen_working_days_and_recalls_thrice() -> None:
    assert window_closes(RULES, CALENDAR, on("2026-03-03")) == on("2026-03-24")
    assert reminder_days(RULES, CALENDAR, on("2026-03-03")) == (on("2026-03-10"), on("2026-03-17"), on("2026-03-23"))


def test_no_reminder_comes_after_the_window() -> None:
    short = RuleSet.from_mapping({"survey_window": "10wd"})
    assert reminder_days(short, CALENDAR, on("2026-03-03")) == (on("2026-03-10"), on("2026-03-17"))


def test_a_window_in_days_closes_on_a_working_day_unless_the_office_judges_as_counted() -> None:
    days = RuleSet.from_mapping({"survey_window": "30d"})
    assert window_closes(days, CALENDAR, on("2026-09-02")) == on("2026-10-08")
    assert window_closes(replace(days, roll_due_to_workday=False), CALENDAR, on("2026-09-02")) == on("2026-10-02")


@given(ANY_DATE)
def test_reminders_ascend_within_the_window(opened: dt.date) -> None:
    days = (opened, *reminder_days(RULES, CALENDAR, opened), window_closes(RULES, CALENDAR, opened))
    assert all(earlier < later for earlier, later in itertools.pairwise(days))
