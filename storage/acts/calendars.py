"""Entering a year's official holidays and make-up working days."""

from collections.abc import Iterable

from storage.book import Book
from storage.rules.calendar import Day
from storage.tables import CalendarDay


def enter(book: Book, days: Iterable[Day]) -> int:
    """Enter days of a notice; give how many are new or changed."""
    changed = 0
    for day in days:
        row = book.read.get(CalendarDay, day.date)
        if row is None:
            book.add(CalendarDay(date_=day.date, works=day.works, name=day.name, source=day.source))
        elif (row.works, row.name) != (day.works, day.name):
            book.change(row, works=day.works, name=day.name, source=day.source)
        else:
            continue
        changed += 1
    if changed:
        book.record("calendar", facts={"days": changed})
    return changed
