"""Cases that the clock watches, and towns whose calendar begins on a day of one's own."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, date, datetime
from pathlib import Path

from sqlmodel import col, select

from storage import watches
from storage.book import Book
from storage.rules.terms import Terms
from storage.tables import Case, Due, Morning, Part, Slip
from tests import casework
from tests.conftest import CAST
from tests.world import ZONE, World


@asynccontextmanager
async def town(
    folder: Path, start: datetime | None = None, terms: Terms | None = None, *, full: bool = True
) -> AsyncIterator[World]:
    """Open the small town at a moment of one's own, or on terms of one's own."""
    world = World(folder, terms or Terms(), full=full)
    if start is not None:
        world.clock._now = start.astimezone(UTC)
    await world.start()
    try:
        await world.enrol(CAST)
        yield world
        world.everybody_heard()
    finally:
        await world.stop()


def moment(month: int, day: int, hour: int = 9, minute: int = 0) -> datetime:
    """Give a moment of the year 2026 on the office's clock."""
    return datetime(2026, month, day, hour, minute, tzinfo=ZONE)


async def watched(world: World, number: str = "001", **how: object) -> int:
    """Place an assigned case that the clock watches from today on. `how` as casework.assigned."""
    case_id = await casework.assigned(world, number, **how)  # type: ignore[arg-type]  # the same words
    world.acts(_watch, case_id)
    return case_id


def _watch(book: Book, case_id: int) -> None:
    case = book.get(Case, case_id)
    for part in book.all(select(Part).where(Part.case_id == case_id)):
        watches.assigned(book, case, part)


def part(world: World, case_id: int) -> Part:
    """Give the part of the unit that replies."""
    found = select(Part).where(Part.case_id == case_id).order_by(col(Part.id))
    return world.look(lambda read: read.exec(found).all())[0]


def slips(world: World, case_id: int) -> Sequence[Slip]:
    """List a case's slips."""
    return world.look(lambda read: read.exec(select(Slip).where(Slip.case_id == case_id).order_by(col(Slip.id))).all())


def mornings(world: World) -> list[date]:
    """List the mornings that have been held to their end."""
    held = select(Morning).where(col(Morning.done_at).is_not(None)).order_by(col(Morning.day))
    return world.look(lambda read: [morning.day for morning in read.exec(held)])


def overdue(world: World) -> list[str]:
    """List the keys of what has come due by today and is not done."""
    today = world.terms.today(world.clock())
    waiting = select(Due.key).where(col(Due.done_at).is_(None), col(Due.due_on) <= today)
    return list(world.look(lambda read: read.exec(waiting).all()))
