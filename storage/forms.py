"""Drawing an opinion form when a reply has been delivered; when it opens is known to the bot alone."""

from storage.book import Book
from storage.tables import Case, Part, Reply


def draw(book: Book, case: Case, part: Part, reply: Reply) -> None:
    """Draw the form of a delivered reply: its lot, its opening day, its proposer."""


def received(book: Book, reply: Reply) -> None:
    """Move the opening day up to 1–3 working days after the receipt (chat.md 4)."""
