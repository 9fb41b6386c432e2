"""When what the clock causes may go out: outside quiet hours, on working days, once a morning."""

import datetime as dt
import re
from dataclasses import dataclass
from typing import Self

from storage.rules.calendar import WorkingCalendar

_WRITTEN = re.compile(r"(\d\d?):(\d\d)\s*-\s*(\d\d?):(\d\d)", re.ASCII)
_MIDNIGHT = dt.time()
_ONE = dt.timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Quiet:
    """Hold the quiet hours of a day, from `start` up to but without `end`; equal ends mean none."""

    start: dt.time = _MIDNIGHT
    end: dt.time = _MIDNIGHT

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read "17:30-08:30", or "" for none; raises ValueError for anything else."""
        if not text.strip():
            return cls()
        match = _WRITTEN.fullmatch(text.strip())
        if match is None:
            raise ValueError(f'quiet hours are written "17:30-08:30", or "" for none; not {text!r}')
        start, end = _time(match[1], match[2], text), _time(match[3], match[4], text)
        if start == end:
            raise ValueError(f"quiet hours {text!r} last no time or all day; leave them empty for none")
        return cls(start, end)

    def __str__(self) -> str:
        return "" if self.start == self.end else f"{self.start:%H:%M}-{self.end:%H:%M}"

    def covers(self, time: dt.time) -> bool:
        """Tell whether this time of day is quiet."""
        if self.start <= self.end:
            return self.start <= time < self.end
        return time >= self.start or time < self.end

    def first_free(self, time: dt.time) -> dt.time | None:
        """Return the first time of the same day, from `time` on, that is not quiet; None if the rest of it is.

        A `schedule.morning` for which there is none would never come: a configuration to be refused.
        """
        if not self.covers(time):
            return time
        return self.end if self.end > time else None


def _time(hour: str, minute: str, text: str) -> dt.time:
    if (hour, minute) == ("24", "00"):
        return _MIDNIGHT
    try:
        return dt.time(int(hour), int(minute))
    except ValueError as error:
        raise ValueError(f"{hour}:{minute} in {text!r} is no time of day") from error


def may_ring(local: dt.datetime, quiet: Quiet, calendar: WorkingCalendar, *, days_off: bool) -> bool:
    """Tell whether what the clock causes may go out at this moment of the office's zone; `days_off` spares days off."""
    return not quiet.covers(local.time()) and not (days_off and not calendar.is_working(local.date()))


def next_ring(local: dt.datetime, quiet: Quiet, calendar: WorkingCalendar, *, days_off: bool) -> dt.datetime:
    """Return the first moment from now on, in the same zone, at which what the clock causes may go out."""
    if may_ring(local, quiet, calendar, days_off=days_off):
        return local
    day, time = local.date(), local.time()
    while True:
        free = quiet.first_free(time)
        if free is not None and not (days_off and not calendar.is_working(day)):
            return dt.datetime.combine(day, free, tzinfo=local.tzinfo)
        day, time = day + _ONE, _MIDNIGHT


def morning_due(
    local_now: dt.datetime,
    morning: dt.time,
    last_done: dt.date | None,
    quiet: Quiet,
    calendar: WorkingCalendar,
    *,
    days_off: bool,
) -> dt.date | None:
    """Return the date whose morning work is due now, or None.

    Never twice on one date and never an earlier one again, also when the clock is set back; mornings missed while
    nothing ran are not made up one by one, the next one finds all that is due.
    """
    today = local_now.date()
    if last_done is not None and last_done >= today:
        return None
    if local_now.time() < morning or not may_ring(local_now, quiet, calendar, days_off=days_off):
        return None
    return today
