"""Cases placed where they may be assigned: handling proposed, level confirmed, no unit told."""

from sqlmodel import select

from storage.book import Book
from storage.rules.stages import Stage
from storage.rules.words import CaseKind, Level, PartKind
from storage.tables import Case, Part, Person, Unit
from tests import casework
from tests.world import World

LEADERS = {Level.FIRST: "王市长", Level.SECOND: "李副市长", Level.THIRD: "姜局长", Level.FOURTH: "章副局长"}


async def confirmed(
    world: World,
    number: str = "001",
    kind: CaseKind = CaseKind.SUGGESTION,
    *,
    level: Level = Level.FOURTH,
    co_handler: bool = False,
    cards: tuple[str, ...] = ("何主任",),
    lead: str = "",
) -> int:
    """Place a case whose level is confirmed; those named in `cards` have its card and have skimmed it."""
    found = await casework.registered(world, number, kind, lead)
    world.acts(_confirm, found, level, co_handler=co_handler, cards=cards)
    await world.settled()
    for phone in world.phones.values():
        phone.skims()
    return found


def person_id(world: World, name: str) -> int:
    """Find a person."""
    return world.look(lambda read: read.exec(select(Person.id).where(Person.name == name)).one())


def _confirm(book: Book, case_id: int, level: Level, *, co_handler: bool, cards: tuple[str, ...]) -> None:
    case = book.get(Case, case_id)
    leader = book.read.exec(select(Person.id).where(Person.name == LEADERS[level])).one()
    book.change(case, stage=Stage.CONFIRMED, level=level, lead_leader_id=leader)
    if co_handler:
        host = book.read.exec(select(Part).where(Part.case_id == case_id)).one()
        book.change(host, kind=PartKind.HOST)
        unit = book.read.exec(select(Unit.id).where(Unit.name == "市水利局")).one()
        book.add(Part(case_id=case_id, unit_id=unit, kind=PartKind.CO_HANDLER))
    people = [book.read.exec(select(Person.id).where(Person.name == name)).one() for name in cards]
    book.turn(people, case_id, "card")
