"""What the clock is to look at later: set by the acts that begin something, looked at on working mornings."""

from datetime import date, timedelta

from sqlmodel import col, select

from storage.book import Book
from storage.queries import slips
from storage.rules.lights import Light
from storage.rules.urging import Watch, light_days, next_look, reminder_days
from storage.rules.words import PartKind
from storage.tables import Case, Part, Promise, Reply

_ONE = timedelta(days=1)


def assigned(book: Book, case: Case, part: Part) -> None:
    """Watch a unit's part from its assignment on: receipt, first contact, opinion or reply, lights.

    Called again after any of its dates has moved (an extension, a second round, an opinion sent back): what was set
    for a former date finds that it has moved and says nothing.
    """
    _remind(book, Watch.SIGN_RECEIPT, case.id, part.id, part.sign_due)
    if part.kind == PartKind.CO_HANDLER:
        _remind(book, Watch.CO_OPINION, case.id, part.id, part.due)
    else:
        _remind(book, Watch.FIRST_CONTACT, case.id, part.id, part.contact_due)
        _remind(book, Watch.DRAFT_REPLY, case.id, part.id, part.draft_due)
        _remind(book, Watch.REPLY_DUE, case.id, part.id, part.due)
    # A short limit may begin with a light, and one that burns may have gone out with the new date: look at once.
    clock = slips.clock(book.read, part)
    begun = clock is not None and min(light_days(book.rules(case), book.calendar(), clock)) <= book.today
    relight(book, case, part, at_once=begun or part.light != Light.GREEN)


def relight(book: Book, case: Case, part: Part, *, at_once: bool = False) -> None:
    """Look at a part's light on the next day that may change it, and with `at_once` on the next morning too."""
    clock = slips.clock(book.read, part)
    if clock is None:
        return
    day = next_look(light_days(book.rules(case), book.calendar(), clock), book.today)
    for on in {day, book.today + _ONE if at_once else day}:
        if on is not None:
            book.due(f"light:{part.id}:{on}", Watch.LIGHT, on, case.id, part.id)


def delivered(book: Book, case: Case, part: Part, reply: Reply) -> None:
    """Watch a delivered reply for its receipt by the proposer, and for what it promises."""
    _remind(book, Watch.RECEIPT, case.id, part.id, book.today)
    promises = select(Promise).where(Promise.reply_id == reply.id)
    for promise in book.all(promises.order_by(col(Promise.id))):
        _remind(book, Watch.PROMISE, case.id, promise.id, promise.due)


def promised(book: Book, promise: Promise) -> None:
    """Watch what a conference has agreed on for the day by which it is to be done."""
    _remind(book, Watch.PROMISE, promise.case_id, promise.id, promise.due)


def _remind(book: Book, watch: Watch, case_id: int, subject_id: int, due: date | None) -> None:
    """Set a watch's reminders around a due date, but for those whose day is over."""
    if due is None:
        return
    for offset, day in reminder_days(watch, due, book.today - _ONE, book.calendar()):
        book.due(f"{watch}:{subject_id}:{due}:{offset}", watch, day, case_id, subject_id, due=due, offset=offset)
