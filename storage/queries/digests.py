"""A person's morning digest as it is read: whom a reminder is for, and which of its lines are still true."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from sqlmodel import col, select

from storage.queries import roster, slips
from storage.reading import Read
from storage.rules.facts import unpack
from storage.rules.lights import Light
from storage.rules.stages import Stage
from storage.rules.urging import Hearer, Watch, waits
from storage.rules.words import CaseKind, Role
from storage.tables import Case, Item, Part, Promise

# Lines that stand for a list which is read when the digest goes out.
DRAFTS, ALERTS, UNDELIVERED = "drafts", "alerts", "undelivered"
CLOSED = "form_closed"  # a form whose window is over: each reader sees of it what he may
_WATCHES = frozenset(watch.value for watch in Watch)


@dataclass(frozen=True)
class Line:
    """One line of a digest; `left` counts the days until the due date, negative after it."""

    kind: str
    case_id: int | None = None
    case_kind: CaseKind | None = None
    number: str = ""
    title: str = ""
    unit: str = ""
    due: date | None = None
    left: int = 0
    light: Light | None = None
    facts: Mapping[str, Any] | None = None


# whom a reminder is for


def hearers(read: Read, wanted: Collection[Hearer], case: Case, part: Part) -> list[int]:
    """List the people that a reminder about a unit's part is for; a city leader is never among them."""
    found: list[int] = []
    for hearer in Hearer:
        if hearer in wanted:
            found += _people(read, hearer, case, part)
    return list(dict.fromkeys(found))


def _people(read: Read, hearer: Hearer, case: Case, part: Part) -> list[int]:
    """List who one kind of hearer is on a part."""
    match hearer:
        case Hearer.DESK:
            return roster.unit_desk(read, part.unit_id)
        case Hearer.HANDLER:
            return [part.handler_id] if part.handler_id is not None else roster.unit_desk(read, part.unit_id)
        case Hearer.MOVER:
            return _movers(read, case, part)
        case Hearer.HEADS:
            return _heads(read, part.unit_id)
        case Hearer.OFFICE:
            return roster.office(read)
        case Hearer.PROPOSER:
            reader = roster.reader_of(read, case)
            return [reader] if reader is not None else []


def _movers(read: Read, case: Case, part: Part) -> list[int]:
    """List whose move it is at a part's stage."""
    match Stage(part.stage):
        case Stage.DEPUTY_REVIEW:
            return roster.holders(read, Role.UNIT_DEPUTY_HEAD, part.unit_id)
        case Stage.HEAD_SIGNATURE:
            return roster.holders(read, Role.UNIT_HEAD, part.unit_id)
        case Stage.OFFICE_REVIEW:
            return roster.office(read)
        case _:
            return _people(read, Hearer.HANDLER, case, part)


def _heads(read: Read, unit_id: int) -> list[int]:
    """List a unit's head and deputy heads."""
    return roster.holders(read, Role.UNIT_HEAD, unit_id) + roster.holders(read, Role.UNIT_DEPUTY_HEAD, unit_id)


# what a digest says


def waiting(read: Read) -> list[int]:
    """List who has lines that no digest has carried yet."""
    return list(
        read.exec(select(Item.person_id).where(col(Item.letter_id).is_(None)).distinct().order_by(col(Item.person_id)))
    )


def closed(read: Read, letter_id: int) -> tuple[int, ...]:
    """List the forms whose window is over, of which a digest tells."""
    items = select(Item.subject_id).where(Item.letter_id == letter_id, Item.kind == CLOSED).order_by(col(Item.id))
    return tuple(form_id for form_id in read.exec(items) if form_id is not None)


def lines(read: Read, letter_id: int, today: date) -> tuple[Line, ...]:
    """List the lines of a digest that are still true, what is due first at the top."""
    items = read.exec(select(Item).where(Item.letter_id == letter_id, Item.kind != CLOSED).order_by(col(Item.id)))
    found = [line for item in items if (line := _line(read, item, today)) is not None]
    return tuple(sorted(_merged(_once(found)), key=lambda line: line.due or date.max))


def _once(found: list[Line]) -> list[Line]:
    """Keep one of lines that say the same, as after a morning that was broken off."""
    kept: list[Line] = []
    for line in found:
        if line not in kept:
            kept.append(line)
    return kept


def _merged(found: list[Line]) -> list[Line]:
    """Put a unit's light into the line that says what it is to do, where there is one."""
    lights = {(line.case_id, line.unit): line.light for line in found if line.kind == Watch.LIGHT}
    asked = {(line.case_id, line.unit) for line in found if line.kind != Watch.LIGHT}
    kept = [line for line in found if line.kind != Watch.LIGHT or (line.case_id, line.unit) not in asked]
    return [replace(line, light=lights.get((line.case_id, line.unit))) for line in kept]


def _line(read: Read, item: Item, today: date) -> Line | None:
    """Make a line; none where what it reminds of has been done since."""
    facts = unpack(item.facts)
    case = read.get(Case, item.case_id) if item.case_id is not None else None
    if item.kind not in _WATCHES or case is None:
        return _plain(item, case, facts)
    if item.kind == Watch.PROMISE:
        promise = read.get(Promise, item.subject_id)
        return _about(item.kind, case, None, promise.due, today, facts) if promise is not None else None
    part = read.get(Part, item.subject_id)
    if part is None or not _still(read, Watch(item.kind), part, facts):
        return None
    unit = roster.unit_name(read, part.unit_id)
    return _about(item.kind, case, unit, facts.get("due", part.due), today, facts)


def _plain(item: Item, case: Case | None, facts: Mapping[str, Any]) -> Line:
    """Make a line about a case, or about none, that has no date of its own."""
    if case is None:
        return Line(item.kind, facts=facts)
    return Line(item.kind, case.id, CaseKind(case.kind), case.number, case.title, facts=facts, due=facts.get("due"))


def _about(kind: str, case: Case, unit: str | None, due: date | None, today: date, facts: Mapping[str, Any]) -> Line:
    """Make a line about a case and a date."""
    left = (due - today).days if due is not None else 0
    return Line(
        kind, case.id, CaseKind(case.kind), case.number, case.title, unit or "", due, left, facts.get("light"), facts
    )


def _still(read: Read, watch: Watch, part: Part, facts: Mapping[str, Any]) -> bool:
    """Tell whether what is reminded of is still missing."""
    if watch is Watch.LIGHT and part.light != facts.get("light"):
        return False
    contacted = watch is Watch.FIRST_CONTACT and slips.contacted(read, part.id)
    return waits(watch, Stage(part.stage), contacted=contacted)
