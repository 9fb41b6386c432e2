"""A copy put back in the book's place: said in the record, told to those who must do things again."""

from sqlalchemy import func, update
from sqlmodel import col, select

from storage import locks, records, settings
from storage.backups import Busy, Unfit
from storage.book import Book
from storage.queries import roster
from storage.rules.stages import Stage
from storage.rules.words import DESK_ROLES
from storage.settings import Restored
from storage.tables import Card, Case, Draft, Entry, Letter, Update


def restored(book: Book) -> Entry | None:
    """Begin anew from a copy; give the newest entry it holds, after which nothing is known any more.

    What was done after it is gone here, but its cards and questions still stand in people's chats, with numbers that
    this book will give again to other things. So every button loses its signature, the cards that are known are
    signed anew in their place, and a question that was open waits to be asked again. Telegram does not bring an
    update a second time that it has ticked off: nothing is repeated, and who had acted is told by the office.
    """
    last = book.one(select(Entry).order_by(col(Entry.id).desc()))
    settings.remember_restore(
        book.read,
        Restored(book.at.isoformat(), last.id if last else 0, _newest(book, Letter.id), _newest(book, Update.id)),
    )
    settings.forget_button_key(book.read)
    book.read.connection().execute(update(Draft).where(col(Draft.active)).values(active=False))
    leaf = last.leaf.hex() if last else ""
    book.record("restored", facts={"last_entry": last.id if last else 0, "leaf": leaf})
    for case_id in _cases_with_cards(book):
        book.refresh(case_id)
    _tell(book, last)
    return last


def begun_anew(book: Book) -> Entry | None:
    """Do the same on a PostgreSQL database that its own tool has put back; raise `Busy` or `Unfit`, nothing changed.

    A file's copy is checked before it takes the book's place; this one stands there already, so it is checked now.
    """
    if not locks.nobody_else(book.read):
        raise Busy
    entries, broken = records.verify(book.read)
    if broken is not None:
        raise Unfit(f"its record is broken at entry {broken.entry_id}: {broken.fault}")
    if not entries:
        raise Unfit("its record is empty; put a copy back with pg_restore first")
    return restored(book)


def _newest(book: Book, number: int) -> int:
    """Give the highest number that a table has given."""
    return book.read.exec(select(func.max(number))).one() or 0


def _cases_with_cards(book: Book) -> list[int]:
    """List the cases under way that stand as cards in somebody's chat."""
    found = (
        select(Card.case_id)
        .join(Case, col(Case.id) == col(Card.case_id))
        .where(col(Card.message_id).is_not(None), Case.stage != Stage.CONCLUDED)
        .distinct()
        .order_by(col(Card.case_id))
    )
    return list(book.read.exec(found))


def _tell(book: Book, last: Entry | None) -> None:
    """Tell office and desks up to when everything is kept."""
    staff = [person for role in sorted(DESK_ROLES) for person in roster.holders(book.read, role)]
    for person_id in dict.fromkeys([*roster.office(book.read), *staff]):
        book.send("restored", person_id, facts={"upto": last.at if last else book.at})
