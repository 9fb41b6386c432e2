"""Entering a year's official holidays and make-up working days."""

from collections.abc import Iterable, Sequence

from storage.book import Book
from storage.queries import roster
from storage.rules.calendar import Day
from storage.rules.words import OFFICE_ROLES
from storage.tables import CalendarDay


def check(book: Book) -> None:
    """Refuse whoever is not of the office: every deadline of everybody hangs on the calendar."""
    held = {post.role for post in roster.posts(book.read, book.person_id)}
    book.refuse_unless(held & OFFICE_ROLES, "The working calendar is kept by the office")


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


def take(book: Book, days: Sequence[Day]) -> int:
    """Enter days that somebody of the office has sent and looked over, and tell his colleagues."""
    check(book)
    changed = enter(book, days)
    if changed:
        years = sorted({day.date.year for day in days})
        for person_id in roster.office(book.read):
            if person_id != book.person_id:
                book.send("calendar_entered", person_id, facts={"name": book.name(book.person_id), "years": years})
    return changed
