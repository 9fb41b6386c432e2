"""Durations as written, and the dates they lead to, against the statute and an independent library."""

import bisect
import datetime as dt
from calendar import monthrange

import chinese_calendar
import pytest
from hypothesis import given
from hypothesis import strategies as st

from storage.rules.calendar import WorkingCalendar
from storage.rules.durations import LONGEST, Due, Duration, Unit

CALENDAR = WorkingCalendar.shipped()
FIRST, LAST = dt.date(2004, 1, 1), dt.date(2026, 12, 31)
WORKED: list[dt.date] = chinese_calendar.get_workdays(FIRST, LAST)
EVERY_DAY = [FIRST + dt.timedelta(days=n) for n in range((LAST - FIRST).days + 1)]
ANY_DATE = st.dates(dt.date(1992, 1, 1), dt.date(2094, 12, 31))
DURATIONS = st.sampled_from(Unit).flatmap(
    lambda unit: st.builds(Duration, st.integers(1, min(200, LONGEST[unit])), st.just(unit))
)


def on(text: str) -> dt.date:
    return dt.date.fromisoformat(text)


@pytest.mark.parametrize(
    ("start", "span", "raw", "rolled"),
    [
        # domain.md 7.4
        ("2025-11-30", "3m", "2026-02-28", "2026-02-28"),  # a make-up working Saturday: nothing moves
        ("2026-01-31", "3m", "2026-04-30", "2026-04-30"),
        ("2026-03-31", "3m", "2026-06-30", "2026-06-30"),
        ("2026-07-01", "3m", "2026-10-01", "2026-10-08"),
        ("2026-01-05", "3m", "2026-04-05", "2026-04-07"),
        ("2026-01-31", "90d", "2026-05-01", "2026-05-06"),  # three months are not 90 days
        ("2026-03-31", "90d", "2026-06-29", "2026-06-29"),
        ("2026-02-10", "5wd", "2026-02-24", "2026-02-24"),
        ("2026-02-10", "7wd", "2026-02-26", "2026-02-26"),
        ("2026-02-10", "10wd", "2026-03-02", "2026-03-02"),
        ("2026-09-24", "5wd", "2026-10-09", "2026-10-09"),
        ("2026-09-24", "7wd", "2026-10-12", "2026-10-12"),
        ("2026-09-24", "10wd", "2026-10-15", "2026-10-15"),
        # ends of months, leap years, ends of years
        ("2023-11-30", "3m", "2024-02-29", "2024-02-29"),
        ("2024-11-30", "3m", "2025-02-28", "2025-02-28"),
        ("2024-02-29", "12m", "2025-02-28", "2025-02-28"),
        ("2026-08-31", "6m", "2027-02-28", "2027-03-01"),
        ("2026-10-02", "3m", "2027-01-02", "2027-01-04"),
        ("2026-12-31", "1m", "2027-01-31", "2027-02-01"),
        ("2099-12-31", "2m", "2100-02-28", "2100-03-01"),
        # begun on a day off: the first day is not counted anyway
        ("2026-10-03", "1wd", "2026-10-08", "2026-10-08"),
        ("2026-02-14", "1wd", "2026-02-24", "2026-02-24"),
        ("2026-02-13", "1wd", "2026-02-14", "2026-02-14"),
        ("2026-02-13", "1d", "2026-02-14", "2026-02-14"),
        ("2026-02-14", "1d", "2026-02-15", "2026-02-24"),
        ("2026-12-25", "10wd", "2027-01-11", "2027-01-11"),
    ],
)
def test_last_days(start: str, span: str, raw: str, rolled: str) -> None:
    assert Duration.parse(span).after(on(start), CALENDAR) == Due(on(raw), on(rolled))


@pytest.mark.parametrize("count", [1, 2, 3, 5, 7, 10, 15, 20, 30])
def test_working_days_from_every_day_agree_with_an_independent_library(count: int) -> None:
    span = Duration(count, Unit.WORKING_DAYS)
    for start in EVERY_DAY:
        there = bisect.bisect_right(WORKED, start) + count - 1
        if there < len(WORKED):
            assert span.after(start, CALENDAR) == Due(WORKED[there], WORKED[there]), start
        back = bisect.bisect_left(WORKED, start) - count
        if back >= 0:
            assert span.before(start, CALENDAR) == WORKED[back], start


@pytest.mark.parametrize("count", [1, 2, 3, 6])
def test_months_from_every_day_agree_with_an_independent_count(count: int) -> None:
    for start in EVERY_DAY:
        first = start.replace(day=1)
        for _ in range(count):
            first = (first + dt.timedelta(days=31)).replace(day=1)
        raw = first.replace(day=min(start.day, monthrange(first.year, first.month)[1]))
        if raw > WORKED[-1]:
            continue
        due = Duration(count, Unit.MONTHS).after(start, CALENDAR)
        assert due == Due(raw, WORKED[bisect.bisect_left(WORKED, raw)]), start


@pytest.mark.parametrize("count", [1, 10, 20, 90])
def test_days_from_every_day_agree_with_an_independent_count(count: int) -> None:
    for start in EVERY_DAY:
        raw = dt.date.fromordinal(start.toordinal() + count)
        if raw <= WORKED[-1]:
            assert Duration(count, Unit.DAYS).after(start, CALENDAR) == Due(
                raw, WORKED[bisect.bisect_left(WORKED, raw)]
            )


@pytest.mark.parametrize(
    ("due", "span", "expected"),
    [
        ("2026-10-01", "10wd", "2026-09-17"),  # 20 September is a make-up Sunday
        ("2026-04-05", "5wd", "2026-03-30"),
        ("2026-10-08", "5wd", "2026-09-23"),
        ("2026-06-02", "20d", "2026-05-13"),
        ("2026-05-31", "3m", "2026-02-28"),
        ("2026-01-15", "1m", "2025-12-15"),
        ("2026-03-29", "15d", "2026-03-14"),  # a Saturday stays: the span before is never shorter than asked
    ],
)
def test_days_before_a_due_date(due: str, span: str, expected: str) -> None:
    assert Duration.parse(span).before(on(due), CALENDAR) == on(expected)


@given(DURATIONS)
def test_what_is_written_reads_back(span: Duration) -> None:
    assert Duration.parse(str(span)) == span


@pytest.mark.parametrize(
    "text",
    [
        "",
        "3",
        "m",
        "0m",
        "00d",
        "03m",
        "-3m",
        "+3m",
        "3 m",
        " 3m",
        "3m\n",
        "3M",
        "3.5d",
        "3w",
        "3mo",
        "15wdd",
        "１５wd",
        "٣m",
    ],
)
def test_anything_else_is_refused_with_examples(text: str) -> None:
    with pytest.raises(ValueError, match="15wd"):
        Duration.parse(text)


@pytest.mark.parametrize("text", ["61m", "1251wd", "1828d", "9999d"])
def test_a_limit_beyond_a_term_of_congress_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="lies between 1 and"):
        Duration.parse(text)


@pytest.mark.parametrize("unit", list(Unit))
def test_the_longest_durations_are_counted(unit: Unit) -> None:
    longest = Duration(LONGEST[unit], unit)
    assert abs((longest.after(on("2026-03-02"), CALENDAR).raw - on("2026-03-02")).days - longest.rough_days) < 80


@given(ANY_DATE, DURATIONS)
def test_a_last_day_lies_ahead_and_is_worked(start: dt.date, span: Duration) -> None:
    due = span.after(start, CALENDAR)
    assert start < due.raw <= due.rolled
    assert CALENDAR.is_working(due.rolled)
    assert (due.raw == due.rolled) is CALENDAR.is_working(due.raw)


@given(ANY_DATE, ANY_DATE, DURATIONS)
def test_who_begins_later_is_never_due_earlier(one: dt.date, two: dt.date, span: Duration) -> None:
    earlier, later = sorted((one, two))
    assert span.after(earlier, CALENDAR) <= span.after(later, CALENDAR)
    assert span.before(earlier, CALENDAR) <= span.before(later, CALENDAR)


@given(ANY_DATE, st.integers(1, 400))
def test_days_counted_back_undo_days_counted_on(start: dt.date, count: int) -> None:
    span = Duration(count, Unit.DAYS)
    assert span.before(span.after(start, CALENDAR).raw, CALENDAR) == start


@given(ANY_DATE, st.integers(1, 60))
def test_months_counted_back_never_pass_the_start_forward(start: dt.date, count: int) -> None:
    span = Duration(count, Unit.MONTHS)
    back = span.before(span.after(start, CALENDAR).raw, CALENDAR)
    assert back <= start
    assert (back.year, back.month) == (start.year, start.month)
