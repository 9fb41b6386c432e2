"""A failed update given back to be handled once more."""

from sqlalchemy import update
from sqlmodel import col

from storage import inbox
from storage.book import Book
from storage.tables import Update


def reopen(book: Book, update_id: int) -> bool:
    """Have a failed update wait again; tell whether there was one.

    It has had no act, so none is done twice.
    """
    waits = (
        update(Update)
        .where(col(Update.id) == update_id, col(Update.outcome) == inbox.FAILED)
        .values(handled_at=None, outcome=None, attempts=0)
    )
    if book.read.connection().execute(waits).rowcount != 1:
        return False
    book.record("update_reopened", facts={"update": update_id})
    return True
