"""When the clock's letters may go out: the edges of quiet hours, days off, and a clock that jumps."""

import datetime as dt
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from storage.rules.calendar import WorkingCalendar
from storage.rules.quiet import Quiet, may_ring, morning_due, next_ring

CALENDAR = WorkingCalendar.shipped()
ZONE = ZoneInfo("Asia/Shanghai")
NIGHT = Quiet.parse("17:30-08:30")
MORNING = dt.time(8, 30)
MOMENTS = st.datetimes(dt.datetime(2025, 1, 1), dt.datetime(2028, 12, 31), timezones=st.just(ZONE))  # noqa: DTZ001 - bounds
TIMES = st.times().map(lambda time: time.replace(second=0, microsecond=0))
QUIETS = st.one_of(
    st.just(Quiet()), st.tuples(TIMES, TIMES).filter(lambda pair: pair[0] != pair[1]).map(lambda pair: Quiet(*pair))
)


def at(text: str) -> dt.datetime:
    return dt.datetime.fromisoformat(text).replace(tzinfo=ZONE)


def on(text: str | None) -> dt.date | None:
    return None if text is None else dt.date.fromisoformat(text)


@pytest.mark.parametrize(
    ("written", "quiet", "kept"),
    [
        ("17:30-08:30", Quiet(dt.time(17, 30), dt.time(8, 30)), "17:30-08:30"),
        (" 7:00 - 9:05 ", Quiet(dt.time(7), dt.time(9, 5)), "07:00-09:05"),
        ("18:00-24:00", Quiet(dt.time(18), dt.time(0)), "18:00-00:00"),
        ("", Quiet(), ""),
        ("  ", Quiet(), ""),
    ],
)
def test_quiet_hours_are_read_and_written(written: str, quiet: Quiet, kept: str) -> None:
    assert Quiet.parse(written) == quiet
    assert str(quiet) == kept
    assert Quiet.parse(kept) == quiet


@pytest.mark.parametrize(
    "written",
    [
        "17:30",
        "17:30-",
        "17-8",
        "25:00-08:00",
        "17:60-08:30",
        "24:01-08:00",
        "08:00-08:00",
        "00:00-24:00",
        "off",
        "a-b",
    ],
)
def test_other_quiet_hours_are_refused(written: str) -> None:
    with pytest.raises(ValueError, match=written):
        Quiet.parse(written)


@pytest.mark.parametrize(
    ("moment", "rings"),
    [
        ("2026-03-02T08:29:59.999999", False),
        ("2026-03-02T08:30", True),
        ("2026-03-02T17:29:59", True),
        ("2026-03-02T17:30", False),
        ("2026-03-02T00:00", False),
        ("2026-03-01T10:00", False),  # a Sunday
        ("2026-02-28T10:00", True),  # a make-up Saturday
        ("2026-02-17T10:00", False),  # the Spring Festival
    ],
)
def test_letters_of_the_clock_ring_in_office_hours_only(moment: str, rings: bool) -> None:
    assert may_ring(at(moment), NIGHT, CALENDAR, days_off=True) is rings


def test_days_off_ring_where_the_office_wants_them_to() -> None:
    assert may_ring(at("2026-03-01T10:00"), NIGHT, CALENDAR, days_off=False)
    assert may_ring(at("2026-03-01T03:00"), Quiet(), CALENDAR, days_off=False)
    assert not may_ring(at("2026-03-01T03:00"), Quiet(), CALENDAR, days_off=True)


@pytest.mark.parametrize(
    ("moment", "quiet", "days_off", "rings"),
    [
        ("2026-03-02T09:00:01.5", "17:30-08:30", True, "2026-03-02T09:00:01.5"),
        ("2026-03-02T06:00", "17:30-08:30", True, "2026-03-02T08:30"),
        ("2026-03-02T20:00", "17:30-08:30", True, "2026-03-03T08:30"),
        ("2026-02-13T20:00", "17:30-08:30", True, "2026-02-14T08:30"),  # to the make-up Saturday
        ("2026-02-14T17:30", "17:30-08:30", True, "2026-02-24T08:30"),  # over the Spring Festival
        ("2026-02-14T17:30", "17:30-08:30", False, "2026-02-15T08:30"),
        ("2026-02-14T17:30", "", True, "2026-02-14T17:30"),
        ("2026-02-15T17:30", "", True, "2026-02-24T00:00"),
        ("2026-03-02T12:30", "12:00-14:00", True, "2026-03-02T14:00"),
        ("2026-03-02T19:00", "18:00-24:00", True, "2026-03-03T00:00"),
        ("2026-03-06T19:00", "18:00-24:00", True, "2026-03-09T00:00"),
    ],
)
def test_what_may_not_ring_waits_for_the_next_moment_that_may(
    moment: str, quiet: str, days_off: bool, rings: str
) -> None:
    assert next_ring(at(moment), Quiet.parse(quiet), CALENDAR, days_off=days_off) == at(rings)


@given(MOMENTS, QUIETS, st.booleans())
def test_the_next_ring_is_allowed_not_earlier_and_the_first(moment: dt.datetime, quiet: Quiet, days_off: bool) -> None:
    rings = next_ring(moment, quiet, CALENDAR, days_off=days_off)
    assert may_ring(rings, quiet, CALENDAR, days_off=days_off)
    assert rings >= moment
    assert rings.tzinfo is moment.tzinfo
    if rings > moment:
        assert not may_ring(rings - dt.timedelta(microseconds=1), quiet, CALENDAR, days_off=days_off)
        assert not may_ring(moment + (rings - moment) / 2, quiet, CALENDAR, days_off=days_off) or (
            next_ring(moment + (rings - moment) / 2, quiet, CALENDAR, days_off=days_off) == rings
        )


@given(QUIETS)
def test_every_day_has_a_moment_that_is_not_quiet(quiet: Quiet) -> None:
    free = quiet.first_free(dt.time())
    assert free is not None
    assert not quiet.covers(free)


def test_a_morning_after_which_all_is_quiet_can_be_told() -> None:
    assert NIGHT.first_free(dt.time(8)) == MORNING
    assert NIGHT.first_free(dt.time(18)) is None


@pytest.mark.parametrize(
    ("moment", "last_done", "due"),
    [
        ("2026-03-02T08:29", None, None),
        ("2026-03-02T08:30", None, "2026-03-02"),
        ("2026-03-02T08:30", "2026-02-28", "2026-03-02"),
        ("2026-03-02T16:00", "2026-02-28", "2026-03-02"),  # the machine was down in the morning
        ("2026-03-02T17:30", "2026-02-28", None),  # and came back in quiet hours
        ("2026-03-02T16:00", "2026-03-02", None),
        ("2026-03-02T09:00", "2026-03-05", None),  # the clock was set back
        ("2026-03-06T09:00", "2026-03-05", "2026-03-06"),
        ("2026-03-07T09:00", "2026-03-06", None),  # Saturday
        ("2026-02-28T09:00", "2026-02-27", "2026-02-28"),  # make-up Saturday
    ],
)
def test_a_working_morning_is_done_once(moment: str, last_done: str | None, due: str | None) -> None:
    assert morning_due(at(moment), MORNING, on(last_done), NIGHT, CALENDAR, days_off=True) == on(due)


def test_a_morning_within_quiet_hours_waits_for_their_end() -> None:
    early = dt.time(7)
    assert morning_due(at("2026-03-02T07:30"), early, None, NIGHT, CALENDAR, days_off=True) is None
    assert morning_due(at("2026-03-02T08:30"), early, None, NIGHT, CALENDAR, days_off=True) == on("2026-03-02")


def test_days_off_have_mornings_where_the_office_wants_them() -> None:
    assert morning_due(at("2026-03-01T09:00"), MORNING, None, NIGHT, CALENDAR, days_off=False) == on("2026-03-01")


@given(st.lists(MOMENTS, max_size=40), QUIETS, st.booleans())
def test_no_jump_of_the_clock_repeats_a_morning(moments: list[dt.datetime], quiet: Quiet, days_off: bool) -> None:
    last_done: dt.date | None = None
    done: list[dt.date] = []
    for moment in moments:
        due = morning_due(moment, MORNING, last_done, quiet, CALENDAR, days_off=days_off)
        if due is not None:
            assert due == moment.date()
            done.append(due)
            last_done = due
    assert done == sorted(set(done))


@given(st.dates(dt.date(2025, 1, 1), dt.date(2028, 12, 31)))
def test_ticking_through_a_day_does_its_morning_exactly_if_it_is_worked(day: dt.date) -> None:
    last_done = day - dt.timedelta(days=1)
    done = []
    for half_hour in range(48):
        moment = dt.datetime.combine(day, dt.time(half_hour // 2, 30 * (half_hour % 2)), tzinfo=ZONE)
        due = morning_due(moment, MORNING, last_done, NIGHT, CALENDAR, days_off=True)
        if due is not None:
            done.append(moment.time())
            last_done = due
    assert done == ([MORNING] if CALENDAR.is_working(day) else [])
