"""What the clock does: on each working morning, what has come due, one digest a person."""

from storage.book import Book


def tick(_book: Book) -> bool:
    """Do one bounded slice of what is due; tell whether there may be more."""
    return False
