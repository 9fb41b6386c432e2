"""What reading leaves behind: the message that becomes a person's card, the words that a list is paged by."""

from storage.book import Book
from storage.outbox import Priority, Shape
from storage.rules.refusals import N_, Refused
from storage.tables import Case

STRANGER = N_("This case is not among yours; nothing is shown of it")


def show(book: Book, case_id: int) -> None:
    """Bring somebody the case's card, which this message carries from now on; a stranger to the case sees nothing."""
    case = book.get(Case, case_id)
    if not book.standings(case):
        raise Refused(STRANGER)
    book.send("opened", book.person_id, shape=Shape.CARD, case_id=case_id, priority=Priority.ANSWER)


def found(book: Book, words: str) -> None:
    """Keep the words that somebody searches for with the list that answers them: its pages are turned by them."""
    book.send("found", book.person_id, facts={"words": words}, priority=Priority.ANSWER)
