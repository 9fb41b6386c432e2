"""What the auditor found is told to the office, once a day."""

from datetime import UTC
from typing import Any

from storage.book import Book
from storage.outbox import Priority
from storage.queries import roster
from storage.queries.depths import Late
from storage.rules.quiet import next_ring
from storage.rules.words import Role


def report(book: Book, late: Late) -> int:
    """Tell the office's groups, or its heads where it has none, what is late; give how many are told, once a day.

    Figures alone: a group may read them.
    """
    facts = {"dues": late.dues, "letters": late.letters, "updates": late.updates, "entries": late.unsequenced}
    letter: dict[str, Any] = {"facts": facts, "priority": Priority.CLOCK}
    rings = next_ring(book.terms.local(book.at), book.terms.quiet, book.calendar(), days_off=book.terms.quiet_days_off)
    letter["not_before"] = rings.astimezone(UTC)
    groups = roster.groups(book.read, "office")
    told = [
        book.send("audit", chat_id=group.chat_id, subject_id=group.id, key=f"audit:{book.today}:c{group.id}", **letter)
        for group in groups
    ]
    heads = [] if groups else roster.holders(book.read, Role.OFFICE_HEAD)
    told += [book.send("audit", head, key=f"audit:{book.today}:{head}", **letter) for head in heads]
    return sum(letter_id is not None for letter_id in told)
