"""The ladder of lights, day by day, and the slip that each calls for."""

import datetime as dt
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from storage.rules.calendar import WorkingCalendar
from storage.rules.durations import Due
from storage.rules.lights import Light, light, slip_for
from storage.rules.ruleset import RuleSet
from storage.rules.words import SlipKind

CALENDAR = WorkingCalendar.shipped()
RULES = RuleSet()
JUNE = Due(dt.date(2026, 6, 2), dt.date(2026, 6, 2))
FEAST = Due(dt.date(2026, 10, 1), dt.date(2026, 10, 8))
ANY_DATE = st.dates(dt.date(2025, 1, 1), dt.date(2029, 12, 31))


def on(text: str) -> dt.date:
    return dt.date.fromisoformat(text)


@pytest.mark.parametrize(
    ("due", "today", "shown"),
    [
        (JUNE, "2026-03-02", Light.GREEN),
        (JUNE, "2026-05-17", Light.GREEN),
        (JUNE, "2026-05-18", Light.BLUE),  # 15 days before
        (JUNE, "2026-05-25", Light.BLUE),
        (JUNE, "2026-05-26", Light.YELLOW),  # 5 working days before
        (JUNE, "2026-06-02", Light.YELLOW),  # the last day is not late
        (JUNE, "2026-06-03", Light.RED),
        (JUNE, "2026-06-15", Light.RED),
        (JUNE, "2026-06-16", Light.BRIEFING),  # overdue by 10 working days
        (JUNE, "2027-06-02", Light.BRIEFING),
        (FEAST, "2026-09-15", Light.GREEN),
        (FEAST, "2026-09-16", Light.BLUE),  # warnings go by the date as counted
        (FEAST, "2026-09-22", Light.BLUE),
        (FEAST, "2026-09-23", Light.YELLOW),
        (FEAST, "2026-10-08", Light.YELLOW),  # lateness by the date moved off the feast
        (FEAST, "2026-10-09", Light.RED),
        (FEAST, "2026-10-20", Light.RED),
        (FEAST, "2026-10-21", Light.BRIEFING),
    ],
)
def test_a_light_by_the_day(due: Due, today: str, shown: Light) -> None:
    assert light(RULES, CALENDAR, on(today), due) is shown


def test_a_missed_milestone_is_yellow_and_one_still_ahead_is_not() -> None:
    contact = Due(on("2026-03-21"), on("2026-03-23"))
    lights = [light(RULES, CALENDAR, on(day), JUNE, open_milestones=[contact]) for day in ("2026-03-23", "2026-03-24")]
    assert lights == [Light.GREEN, Light.YELLOW]
    assert light(RULES, CALENDAR, on("2026-06-03"), JUNE, open_milestones=[contact]) is Light.RED


def test_an_unanswered_supervision_slip_is_told_to_the_leaders() -> None:
    answer = Due(on("2026-06-08"), on("2026-06-08"))
    lights = [light(RULES, CALENDAR, on(day), JUNE, supervision_due=answer) for day in ("2026-06-08", "2026-06-09")]
    assert lights == [Light.RED, Light.BRIEFING]
    early = Due(on("2026-04-10"), on("2026-04-10"))  # a slip by hand, before anything is overdue
    assert light(RULES, CALENDAR, on("2026-04-13"), JUNE, supervision_due=early) is Light.BRIEFING


def test_an_office_that_judges_as_counted_is_red_earlier() -> None:
    strict = replace(RULES, roll_due_to_workday=False)
    assert light(strict, CALENDAR, on("2026-10-02"), FEAST) is Light.RED


def test_an_office_may_wait_with_red() -> None:
    patient = RuleSet.from_mapping({"light_red": "3wd"})
    lights = [light(patient, CALENDAR, on(day), JUNE) for day in ("2026-06-03", "2026-06-04", "2026-06-05")]
    assert lights == [Light.YELLOW, Light.YELLOW, Light.RED]


@given(ANY_DATE, st.integers(0, 60), st.integers(0, 60), st.booleans(), st.booleans())
def test_a_light_never_grows_milder_by_waiting(
    raw: dt.date, days: int, more: int, milestone: bool, supervised: bool
) -> None:
    due = Due.on(raw, CALENDAR)
    milestones = [Due.on(raw - dt.timedelta(days=20), CALENDAR)] if milestone else []
    supervision = Due.on(raw + dt.timedelta(days=5), CALENDAR) if supervised else None
    shown = [
        light(RULES, CALENDAR, day, due, open_milestones=milestones, supervision_due=supervision)
        for day in (raw + dt.timedelta(days=days - 30), raw + dt.timedelta(days=days + more - 30))
    ]
    assert shown[0].severity <= shown[1].severity


@given(ANY_DATE, st.integers(-40, 40))
def test_red_and_briefing_mean_overdue_and_nothing_else_does(raw: dt.date, days: int) -> None:
    due = Due.on(raw, CALENDAR)
    today = raw + dt.timedelta(days=days)
    assert (light(RULES, CALENDAR, today, due) in {Light.RED, Light.BRIEFING}) is (today > due.rolled)


@pytest.mark.parametrize(
    ("shown", "urged", "slip"),
    [
        (Light.GREEN, True, None),
        (Light.GREEN, False, None),
        (Light.BLUE, True, None),
        (Light.BLUE, False, None),
        (Light.YELLOW, False, SlipKind.URGE),
        (Light.YELLOW, True, SlipKind.URGE),
        (Light.RED, True, SlipKind.SUPERVISION),
        (Light.RED, False, SlipKind.URGE),  # supervising before urging would turn the ladder over
        (Light.BRIEFING, True, SlipKind.SUPERVISION),
        (Light.BRIEFING, False, SlipKind.URGE),
    ],
)
def test_the_slip_a_light_calls_for(shown: Light, urged: bool, slip: SlipKind | None) -> None:
    assert slip_for(shown, urged=urged) is slip


def test_lights_are_ordered_by_severity() -> None:
    assert [shown.severity for shown in Light] == [0, 1, 2, 3, 4]
