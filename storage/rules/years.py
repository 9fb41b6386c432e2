"""A year of the working calendar as people read it: runs of days off, make-up days, on whose word, what is missing."""

from dataclasses import dataclass
from datetime import date, timedelta

from storage.rules.calendar import CountedDay, Day, WorkingCalendar

_ONE = timedelta(days=1)
_SATURDAY = 5


@dataclass(frozen=True)
class Holiday:
    """Days off that follow on one another, the weekend beside a feast among them; feasts that meet share a run."""

    names: tuple[str, ...]
    first: date
    last: date


@dataclass(frozen=True)
class Year:
    """What holds of one year; an `official` one has its whole notice, `missing` names the feasts it leaves out."""

    year: int
    official: bool
    sources: tuple[str, ...]
    holidays: tuple[Holiday, ...]
    made_up: tuple[date, ...]
    missing: tuple[Day, ...]


def read(calendar: WorkingCalendar, year: int) -> Year:
    """Read one year off a calendar."""
    days = calendar.explain(date(year, 1, 1) - _ONE, date(year, 12, 31))[1:]
    rows = [row for day, row in sorted(calendar.days.items()) if day.year == year]
    official = calendar.is_official(year)
    return Year(
        year,
        official,
        tuple(dict.fromkeys(row.source for row in rows if row.source)),
        tuple(_holidays(days)),
        tuple(day.date for day in days if day.works and day.date.weekday() >= _SATURDAY),
        () if official else calendar.missing_feasts(year),
    )


def _holidays(days: tuple[CountedDay, ...]) -> list[Holiday]:
    """Gather the runs of days off in which a name stands; a mere weekend is none."""
    found: list[Holiday] = []
    run: list[CountedDay] = []
    for day in (*days, None):
        if day is not None and not day.works:
            run.append(day)
            continue
        names = tuple(dict.fromkeys(each.name for each in run if each.name))
        if names or any(each.date.weekday() < _SATURDAY for each in run):
            found.append(Holiday(names, run[0].date, run[-1].date))
        run = []
    return found
