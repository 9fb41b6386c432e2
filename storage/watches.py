"""What the clock is to look at later: set by the acts that begin something, looked at on working mornings."""

from storage.book import Book
from storage.tables import Case, Part, Reply


def assigned(book: Book, case: Case, part: Part) -> None:
    """Watch a unit's part from its assignment on: receipt, first contact, opinion or reply, lights."""


def delivered(book: Book, case: Case, part: Part, reply: Reply) -> None:
    """Watch a delivered reply for its receipt by the proposer."""
