"""A failed update given back to be handled once more."""

from storage import inbox
from storage.book import Book


def reopen(book: Book, update_id: int) -> bool:
    """Have a failed update wait again; tell whether there was one.

    It has had no act, so none is done twice.
    """
    if not inbox.again(book.read, update_id):
        return False
    book.record("update_reopened", facts={"update": update_id})
    return True
