"""Working days as the law and the yearly notices make them: make-up days count, feasts do not."""

import csv
import datetime as dt
import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cache
from importlib import resources
from types import MappingProxyType
from typing import Self

_ONE = dt.timedelta(days=1)
_SATURDAY = 5
_DECEMBER = 12
_YEARS = range(1990, 2101)


@dataclass(frozen=True, slots=True)
class Day:
    """Say of one date whether it is worked, under which name, and on whose word.

    `official` is true for a notice of the State Council, false for what only follows from the statute.
    """

    date: dt.date
    works: bool
    name: str
    source: str
    official: bool


@dataclass(frozen=True, slots=True)
class CountedDay:
    """Show one date of a count; `counted_number` is None where the date does not count."""

    date: dt.date
    works: bool
    name: str
    counted_number: int | None
    provisional: bool


@dataclass(frozen=True, slots=True, eq=False)
class WorkingCalendar:
    """Know which dates are worked; a year without its notice is counted by the statute and is provisional.

    The statute (National Holidays Regulation, 2024) grants a day off in lieu where a feast falls on a weekend but
    leaves the day to the notice, so a provisional count knows neither days in lieu nor make-up days.
    `days` holds rows of notices, `feasts` dated statutory feasts, `yearly` those of fixed (month, day).
    """

    days: Mapping[dt.date, Day]
    feasts: Mapping[dt.date, Day]
    yearly: Mapping[tuple[int, int], Day]
    official_years: frozenset[int]

    @classmethod
    def shipped(cls) -> Self:
        """Return the official years 2004-2026 and the statutory feasts up to 2035."""
        return cls(*_shipped())

    def with_days(self, days: Iterable[Day]) -> Self:
        """Lay rows over this calendar, later rows win; a year whose notice is complete becomes official.

        Rows that leave a statutory feast of a weekday out change their own dates and leave the year provisional
        (`missing_feasts` names what is left out): half a notice must not turn the Spring Festival into working days.
        """
        merged = replace(self, days=MappingProxyType({**self.days, **{day.date: day for day in days}}))
        # A notice opens with New Year's Day; December rows alone belong to the notice of the year after.
        noticed = {date.year for date, day in merged.days.items() if day.official and date.month < _DECEMBER}
        whole = {year for year in noticed - self.official_years if not merged.missing_feasts(year)}
        return replace(merged, official_years=self.official_years | whole)

    def missing_feasts(self, year: int) -> tuple[Day, ...]:
        """Name the statutory feasts of weekdays in `year` that no official row grants, in order of date."""
        fixed = (replace(feast, date=dt.date(year, *key)) for key, feast in self.yearly.items())
        moving = (feast for date, feast in self.feasts.items() if date.year == year)
        due = {feast.date: feast for feast in (*fixed, *moving) if feast.date.weekday() < _SATURDAY}
        return tuple(due[date] for date in sorted(due) if not self._grants(date))

    def _grants(self, date: dt.date) -> bool:
        row = self.days.get(date)
        return row is not None and row.official and not row.works

    def _row(self, date: dt.date) -> Day | None:
        if isinstance(date, dt.datetime):
            message = "the calendar counts dates of the office's zone, not moments"
            raise TypeError(message)
        row = self.days.get(date)
        if row is not None or date.year in self.official_years:
            return row
        return self.feasts.get(date) or self.yearly.get((date.month, date.day))

    def is_working(self, date: dt.date) -> bool:
        """Tell whether the date is worked."""
        row = self._row(date)
        return date.weekday() < _SATURDAY if row is None else row.works

    def is_official(self, year: int) -> bool:
        """Tell whether the year's whole notice is known."""
        return year in self.official_years

    def is_provisional(self, date: dt.date) -> bool:
        """Tell whether a notice yet to come may change this date."""
        row = self.days.get(date)
        return date.year not in self.official_years if row is None else not row.official

    def first_working_from(self, date: dt.date) -> dt.date:
        """Return the date itself if it is worked, else the next that is."""
        while not self.is_working(date):
            date += _ONE
        return date

    def roll(self, date: dt.date) -> dt.date:
        """Move a last day that is off to the next working day (Civil Code, article 203)."""
        return self.first_working_from(date)

    def next_working(self, date: dt.date) -> dt.date:
        """Return the first working day strictly after the date."""
        return self.first_working_from(date + _ONE)

    def add_working_days(self, date: dt.date, count: int) -> dt.date:
        """Count working days forward, backward if negative; the first day is not counted (Civil Code, article 201)."""
        step = _ONE if count > 0 else -_ONE
        left = abs(count)
        while left:
            date += step
            left -= self.is_working(date)
        return date

    def working_days_between(self, start: dt.date, end: dt.date) -> int:
        """Return how many working days lie after `start` up to and with `end`; negative if `end` is earlier."""
        if end < start:
            return -self.working_days_between(end, start)
        return sum(self.is_working(start + n * _ONE) for n in range(1, (end - start).days + 1))

    def explain(self, start: dt.date, end: dt.date) -> tuple[CountedDay, ...]:
        """List the dates from `start`, which is not counted, to `end`, with the number each working day got.

        An `end` before `start` is counted backward, as for "10 working days before the due date".
        """
        step = _ONE if end >= start else -_ONE
        shown, number = [], 0
        for n in range(abs((end - start).days) + 1):
            date = start + n * step
            works = self.is_working(date)
            counts = works and n > 0
            number += counts
            row = self._row(date)
            name = row.name if row else ""
            shown.append(CountedDay(date, works, name, number if counts else None, self.is_provisional(date)))
        return tuple(shown)


@cache
def _shipped() -> tuple[Mapping[dt.date, Day], Mapping[dt.date, Day], Mapping[tuple[int, int], Day], frozenset[int]]:
    """Read the shipped table: years of four characters, yearly feasts of five, dates of ten."""
    text = resources.files("storage.rules").joinpath("calendar_days.csv").read_text("utf-8")
    notices: dict[int, str] = {}
    days: dict[dt.date, Day] = {}
    feasts: dict[dt.date, Day] = {}
    yearly: dict[tuple[int, int], Day] = {}
    for row in csv.DictReader(line for line in text.splitlines() if not line.startswith("#")):
        key, works, name, source = row["date"], row["works"] == "yes", row["name"], row["source"]
        if key.isdecimal():
            notices[int(key)] = source
        elif len(key) == len("01-01"):
            date = dt.date.fromisoformat(f"2000-{key}")
            yearly[date.month, date.day] = Day(date, works, name, source, official=False)
        elif (date := dt.date.fromisoformat(key)).year in notices:
            days[date] = Day(date, works, name, notices[date.year], official=True)
        else:
            feasts[date] = Day(date, works, name, source, official=False)
    return MappingProxyType(days), MappingProxyType(feasts), MappingProxyType(yearly), frozenset(notices)


class NoticeError(ValueError):
    """A line of a notice that cannot be read; `msgid` with `facts` (`line` among them) can be translated."""

    def __init__(self, msgid: str, facts: Mapping[str, object]) -> None:
        super().__init__(msgid % facts)
        self.msgid = msgid
        self.facts = facts


# What offices write; full-width forms are made half-width before they are looked up.
_HEADINGS = {
    "date": ("日期", "date"),
    "works": ("是否上班", "上班", "班/休", "works"),
    "name": ("名称", "节日", "节日名称", "name"),
    "source": ("来源", "文号", "依据", "source"),
}
_WORKED = dict.fromkeys(("班", "上班", "补班", "调休上班", "是", "yes"), True)
_WORKED |= dict.fromkeys(("休", "休息", "补休", "放假", "否", "no"), False)
_DATE = re.compile(
    r"(\d{4})(?: ?[-/.年] ?(\d{1,2}) ?[-/.月] ?(\d{1,2}) ?日?|(\d\d)(\d\d))"
    r" ?(?:\(?(?:周|星期)[一二三四五六日天]\)?|00?:00(?::00)?)?"  # a spreadsheet adds the hour, a clerk the weekday
)
_LONGEST = 1_000_000
_LONGEST_CELL = 100


def parse_notice(text_csv: str, *, source: str = "") -> list[Day]:
    """Read a notice's dates from CSV with the columns 日期, 是否上班 (班 or 休) and 名称, under any title row.

    Comma, semicolon or tab part the cells. `source` is the notice's number where no column 来源 gives it.
    Raises `NoticeError` with line and reason: a file with one bad line gives nothing.
    """
    if len(text_csv) > _LONGEST:
        raise NoticeError("line %(line)d: the file is too long for a notice", {"line": 1})
    lines = unicodedata.normalize("NFKC", text_csv.removeprefix("\ufeff")).splitlines()
    heading = next((line for line in lines if any(word in line.lower() for word in _HEADINGS["date"])), "")
    reader = csv.reader(lines, delimiter=max(",;\t", key=heading.count), strict=True)
    columns: Mapping[str, int] = {}
    found: dict[dt.date, Day] = {}
    try:
        for cells in reader:
            row = [" ".join(cell.split())[:_LONGEST_CELL] for cell in cells]
            if not columns:
                columns = _columns(row, reader.line_num)
            elif any(row):
                _take(found, {key: row[at] for key, at in columns.items() if at < len(row)}, reader.line_num, source)
    except csv.Error as error:
        raise NoticeError("line %(line)d: %(error)s", {"line": reader.line_num, "error": error}) from error
    if not found:
        facts = {"line": max(1, reader.line_num), "heading": _HEADINGS["date"][0]}
        raise NoticeError("line %(line)d: the file ends without a column %(heading)s and a day under it", facts)
    return [found[date] for date in sorted(found)]


def _columns(row: list[str], line: int) -> Mapping[str, int]:
    """Find each column by its heading's synonyms; a row that names no dates is a title and gives none."""
    places = {key: [at for at, cell in enumerate(row) if cell.lower() in words] for key, words in _HEADINGS.items()}
    if not places["date"]:
        return {}
    for key in ("date", "works"):
        if len(places[key]) != 1:
            facts = {"line": line, "heading": _HEADINGS[key][0], "count": len(places[key])}
            raise NoticeError("line %(line)d: one column %(heading)s is needed, %(count)d stand there", facts)
    return {key: at[0] for key, at in places.items() if at}


def _take(found: dict[dt.date, Day], cells: Mapping[str, str], line: int, source: str) -> None:
    """Read one row into `found`."""
    date, word, name = _date(cells.get("date", ""), line), cells.get("works", "").lower(), cells.get("name", "")
    if word not in _WORKED:
        raise NoticeError("line %(line)d: %(word)r is neither 班 nor 休", {"line": line, "word": word})
    day = Day(date, _WORKED[word], name, cells.get("source") or source, official=True)
    if not (day.name + day.source).isprintable():
        raise NoticeError("line %(line)d: control characters stand in it", {"line": line})
    if found.setdefault(date, day).works != day.works:
        raise NoticeError("line %(line)d: %(date)s stands there twice, differently", {"line": line, "date": date})


def _date(text: str, line: int) -> dt.date:
    """Read 2027-01-01, 2027/1/1, 20270101 or 2027年1月1日."""
    if match := _DATE.fullmatch(text):
        year, month, day = (int(part) for part in match.groups() if part)
        try:
            if year in _YEARS:
                return dt.date(year, month, day)
        except ValueError:
            pass  # 30 February: the same refusal as for any other text
    raise NoticeError("line %(line)d: %(text)r is no date of the years 1990 to 2100", {"line": line, "text": text})
