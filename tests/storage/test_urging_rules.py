"""Which watch reminds whom and when, and which slip a light calls for: tables, and what holds for any dates."""

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from storage.rules.calendar import WorkingCalendar
from storage.rules.durations import Due
from storage.rules.lights import Light, light
from storage.rules.ruleset import RuleSet
from storage.rules.stages import Stage
from storage.rules.urging import (
    LIGHT_HEARERS,
    OPEN,
    REMINDERS,
    Called,
    Clock,
    Hearer,
    Watch,
    Why,
    called_for,
    light_days,
    next_look,
    reminder_days,
    waits,
)
from storage.rules.words import SlipKind

CALENDAR = WorkingCalendar.shipped()
RULES = RuleSet()
ANY_DATE = st.dates(dt.date(2025, 1, 1), dt.date(2029, 12, 31))


def on(text: str) -> dt.date:
    return dt.date.fromisoformat(text)


def due(text: str) -> Due:
    return Due.on(on(text), CALENDAR)


@pytest.mark.parametrize(
    ("watch", "day", "after", "days"),
    [
        # Spring Festival 2026: off from 15 to 23 February, worked on Saturdays 14 and 28.
        (Watch.SIGN_RECEIPT, "2026-01-28", "2026-01-26", ["2026-01-28", "2026-01-29"]),
        (Watch.SIGN_RECEIPT, "2026-02-14", "2026-02-12", ["2026-02-14", "2026-02-24"]),
        (Watch.FIRST_CONTACT, "2026-02-25", "2026-01-26", ["2026-02-13", "2026-02-25"]),
        (Watch.CO_OPINION, "2026-03-02", "2026-02-24", ["2026-02-28", "2026-03-02", "2026-03-03"]),
        (Watch.DRAFT_REPLY, "2026-04-13", "2026-01-26", ["2026-04-08", "2026-04-13"]),
        (Watch.REPLY_DUE, "2026-04-27", "2026-01-26", ["2026-04-24", "2026-04-27"]),
    ],
)
def test_reminders_come_on_working_days_around_the_date(watch: Watch, day: str, after: str, days: list[str]) -> None:
    """Make-up Saturdays count, the feast does not, and what a short limit leaves no day for is left out."""
    found = reminder_days(watch, on(day), on(after), CALENDAR)
    assert [each.isoformat() for _offset, each in found] == days


@pytest.mark.parametrize("stage", sorted(OPEN))
def test_the_light_burns_while_the_part_is_open(stage: Stage) -> None:
    """The reply's clock stops at delivery, not before."""
    assert waits(Watch.LIGHT, stage)


@pytest.mark.parametrize(
    ("watch", "stage", "contacted", "still"),
    [
        (Watch.SIGN_RECEIPT, Stage.AWAITING_RECEIPT, False, True),
        (Watch.SIGN_RECEIPT, Stage.HANDLING, False, False),
        (Watch.FIRST_CONTACT, Stage.HANDLING, False, True),
        (Watch.FIRST_CONTACT, Stage.HANDLING, True, False),
        (Watch.FIRST_CONTACT, Stage.DELIVERED, False, False),
        (Watch.CO_OPINION, Stage.OPINED, False, False),
        (Watch.DRAFT_REPLY, Stage.HEAD_SIGNATURE, False, True),
        (Watch.DRAFT_REPLY, Stage.OFFICE_REVIEW, False, False),
        (Watch.REPLY_DUE, Stage.TO_DELIVER, False, True),
        (Watch.REPLY_DUE, Stage.DELIVERED, False, False),
        (Watch.LIGHT, Stage.HANDED_BACK, False, False),
        (Watch.RECEIPT, Stage.DELIVERED, False, True),
        (Watch.RECEIPT, Stage.RECEIVED, False, False),
    ],
)
def test_a_reminder_falls_silent_once_it_is_done(watch: Watch, stage: Stage, contacted: bool, still: bool) -> None:
    """Nobody is reminded of what he has done."""
    assert waits(watch, stage, contacted=contacted) is still


FAR = Clock(due("2026-06-02"))
NEAR, LATE = on("2026-05-26"), on("2026-06-03")


@pytest.mark.parametrize(
    ("today", "shown", "clock", "called"),
    [
        (on("2026-03-05"), Light.GREEN, FAR, None),
        (on("2026-05-18"), Light.BLUE, FAR, None),
        (NEAR, Light.YELLOW, FAR, Called(SlipKind.URGE, Why.NEAR)),
        (
            on("2026-03-05"),
            Light.YELLOW,
            Clock(due("2026-06-02"), missing=((Why.UNSIGNED, due("2026-03-04")),)),
            Called(SlipKind.URGE, Why.UNSIGNED),
        ),
        (
            on("2026-03-24"),
            Light.YELLOW,
            Clock(due("2026-06-02"), missing=((Why.NO_CONTACT, due("2026-03-23")), (Why.NO_DRAFT, due("2026-05-19")))),
            Called(SlipKind.URGE, Why.NO_CONTACT),
        ),
        # never urged, say after a stop of days: the urge slip comes first
        (LATE, Light.RED, FAR, Called(SlipKind.URGE, Why.OVERDUE)),
        (LATE, Light.RED, Clock(due("2026-06-02"), urged_on=NEAR), Called(SlipKind.SUPERVISION, Why.OVERDUE)),
        (
            on("2026-06-16"),
            Light.BRIEFING,
            Clock(due("2026-06-02"), urged_on=NEAR),
            Called(SlipKind.SUPERVISION, Why.OVERDUE),
        ),
        # an urge slip in vain calls for supervision before anything is overdue
        (
            on("2026-05-28"),
            Light.YELLOW,
            Clock(due("2026-06-02"), urged_on=on("2026-05-20"), urge_due=due("2026-05-27")),
            Called(SlipKind.SUPERVISION, Why.IN_VAIN),
        ),
        (
            on("2026-05-27"),
            Light.YELLOW,
            Clock(due("2026-06-02"), urged_on=on("2026-05-20"), urge_due=due("2026-05-27")),
            Called(SlipKind.URGE, Why.NEAR),
        ),
        # urged within these last days already: once is enough until it is overdue
        (on("2026-05-28"), Light.YELLOW, Clock(due("2026-06-02"), urged_on=NEAR), None),
        # signed late and still no contact: each missed date is urged for by itself, the newest first
        (
            on("2026-03-24"),
            Light.YELLOW,
            Clock(due("2026-06-02"), missing=((Why.UNSIGNED, due("2026-03-04")), (Why.NO_CONTACT, due("2026-03-23")))),
            Called(SlipKind.URGE, Why.NO_CONTACT),
        ),
    ],
)
def test_a_light_calls_for_its_slip(today: dt.date, shown: Light, clock: Clock, called: Called | None) -> None:
    """Yellow an urge slip, red a supervision slip once urged, and the reason that holds on that day."""
    assert called_for(RULES, CALENDAR, today, shown, clock) == called


def test_leaders_of_the_city_are_never_reminded() -> None:
    """A leader is never urged by a slip or a light; the table has no hearer that he could be."""
    named = {hearer for reminder in REMINDERS.values() for hearer in reminder.hearers}
    assert named | {hearer for hearers in LIGHT_HEARERS.values() for hearer in hearers} <= set(Hearer)
    assert not [hearer for hearer in Hearer if "leader" in hearer.value]


def test_every_reminder_has_its_days_in_order() -> None:
    """A later reminder of the same thing never comes before an earlier one."""
    assert all(list(reminder.days) == sorted(set(reminder.days)) for reminder in REMINDERS.values())
    assert set(LIGHT_HEARERS) == set(Light)


@given(ANY_DATE, st.integers(1, 200), st.integers(0, 260), st.none() | st.integers(1, 60))
def test_no_change_of_a_light_is_slept_through(
    start: dt.date, limit: int, passed: int, supervision: int | None
) -> None:
    """A light that is looked at only on the listed days shows what one looked at every day shows."""
    one = dt.timedelta(days=1)
    clock = Clock(
        Due.on(start + limit * one, CALENDAR),
        missing=((Why.UNSIGNED, Due.on(start + 2 * one, CALENDAR)),),
        supervision_due=Due.on(start + supervision * one, CALENDAR) if supervision else None,
    )
    today = start + passed * one
    days = light_days(RULES, CALENDAR, clock)
    looked = max((day for day in days if day <= today), default=None)

    def shown(day: dt.date) -> Light:
        return light(
            RULES,
            CALENDAR,
            day,
            clock.due,
            open_milestones=clock.milestones,
            supervision_due=clock.supervision_due,
        )

    assert shown(today) is (shown(looked) if looked is not None else Light.GREEN)
    following = next_look(days, today)
    assert following is None or following > today
