"""Spans of time as rules write them ("3m", "15wd", "10d"), and the dates they lead to."""

import calendar as gregorian
import datetime as dt
import re
from dataclasses import dataclass
from enum import StrEnum
from typing import Self

from storage.rules.calendar import WorkingCalendar


class Unit(StrEnum):
    """What a duration counts."""

    MONTHS = "m"
    WORKING_DAYS = "wd"
    DAYS = "d"


# Five years, the term of a congress: a longer limit is a slip of the pen.
LONGEST = {Unit.MONTHS: 60, Unit.WORKING_DAYS: 1250, Unit.DAYS: 1827}
_WRITTEN = re.compile(r"([1-9][0-9]{0,3})(m|wd|d)")
_DAYS_A_MONTH = 30.4
_DAYS_A_WORKING_DAY = 1.4


@dataclass(frozen=True, slots=True, order=True)
class Due:
    """Keep a last day as counted (`raw`, warnings go by it) and moved off a holiday (`rolled`, Civil Code 203)."""

    raw: dt.date
    rolled: dt.date

    @classmethod
    def on(cls, day: dt.date, calendar: WorkingCalendar) -> Self:
        """Make a last day of a date that somebody has set."""
        return cls(day, calendar.roll(day))


@dataclass(frozen=True, slots=True)
class Duration:
    """Count months, working days or days; at least one, at most five years of them."""

    count: int
    unit: Unit

    def __post_init__(self) -> None:
        if not 1 <= self.count <= LONGEST[self.unit]:
            message = f"a duration in {self.unit} lies between 1 and {LONGEST[self.unit]}, not {self.count}"
            raise ValueError(message)

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read "3m", "15wd" or "10d"; raises ValueError for anything else."""
        match = _WRITTEN.fullmatch(text)
        if match is None:
            message = f'a duration is a number and "m", "wd" or "d", such as "3m", "15wd", "10d"; not {text!r}'
            raise ValueError(message)
        return cls(int(match[1]), Unit(match[2]))

    def __str__(self) -> str:
        return f"{self.count}{self.unit}"

    @property
    def rough_days(self) -> float:
        """Estimate the length in days, to compare durations of different units."""
        return (
            self.count * {Unit.MONTHS: _DAYS_A_MONTH, Unit.WORKING_DAYS: _DAYS_A_WORKING_DAY, Unit.DAYS: 1.0}[self.unit]
        )

    def after(self, start: dt.date, calendar: WorkingCalendar) -> Due:
        """Return the last day; the first day is not counted (Civil Code, article 201)."""
        return Due.on(self._from(start, 1, calendar), calendar)

    def before(self, due: dt.date, calendar: WorkingCalendar) -> dt.date:
        """Return the date this long before `due`; not moved off a holiday, so that the span is never shorter."""
        return self._from(due, -1, calendar)

    def _from(self, day: dt.date, sign: int, calendar: WorkingCalendar) -> dt.date:
        if self.unit is Unit.WORKING_DAYS:
            return calendar.add_working_days(day, sign * self.count)
        if self.unit is Unit.DAYS:
            return day + sign * dt.timedelta(days=self.count)
        return _months_from(day, sign * self.count)


def _months_from(day: dt.date, months: int) -> dt.date:
    """Keep the number of the day, or take the month's end where it has none (Civil Code, article 202)."""
    years, month = divmod(day.month - 1 + months, 12)
    year = day.year + years
    last = gregorian.monthrange(year, month + 1)[1]
    return dt.date(year, month + 1, min(day.day, last))
