"""内部分办: inside the unit, who handles its part."""

from storage.book import Book
from storage.queries import roster
from storage.rules.refusals import Stale
from storage.rules.stages import Act
from storage.rules.words import Role
from storage.tables import Case, Part


def check(book: Book, part_id: int) -> Part:
    """Refuse whoever may not hand this part on now, and a unit that has nobody to hand it to."""
    part = book.get(Part, part_id)
    case = book.get(Case, part.case_id)
    book.step(Act.HAND_ON, part.stage, case, part)
    handlers = roster.holders(book.read, Role.HANDLER, part.unit_id)
    book.refuse_unless(
        handlers,
        "The roster names no handler of %(unit)s; please have the office add one",
        unit=book.unit(part.unit_id),
    )
    return part


def hand_on(book: Book, part_id: int, version: int | None, handler_id: int) -> str:
    """Give a unit's part to one of its handlers, who gets the card; give his name."""
    part = check(book, part_id)
    book.current(part, version)
    name = book.name(handler_id)
    fits = handler_id in roster.holders(book.read, Role.HANDLER, part.unit_id)
    book.refuse_unless(fits, "%(name)s is no handler of this unit any more; please choose anew", name=name)
    if part.handler_id == handler_id:
        raise Stale("%(name)s handles this already", {"name": name})
    former = part.handler_id
    book.change(part, handler_id=handler_id)
    book.record("handed_on", part.case_id, {"part": part.id, "unit": part.unit_id, "handler": handler_id})
    facts = {"unit": book.unit(part.unit_id), "name": name, "by": book.name(book.person_id)}
    if handler_id != book.person_id:
        book.turn([handler_id], part.case_id, "handed_on", facts=facts)
    if former is not None:
        book.tell([former], part.case_id, "handed_over", facts=facts)
    book.refresh(part.case_id)
    return name
