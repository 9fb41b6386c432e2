"""What a level asks for on a case: the leader that the rule proposes, who else may lead, what speaks against it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from sqlmodel import col, select

from storage.queries import roster
from storage.reading import Read
from storage.rules.grading import SEAT_OF, Doubt, Seat, doubts, fitting, proposed_level
from storage.rules.stages import Stage
from storage.rules.words import REPLYING, Criterion, Level, Role
from storage.tables import Case, Part


@dataclass(frozen=True)
class Candidate:
    """Somebody who may lead a case, with the posts that tell him from a namesake."""

    id: int
    name: str
    titles: tuple[str, ...]


@dataclass(frozen=True)
class Proposal:
    """What the facts of a case speak for: a level, and the one that its sheet gave (none: it gave none)."""

    level: Level
    sheet: Level | None
    hosts: int
    units: int


def proposal(read: Read, case_id: int) -> Proposal:
    """Propose the level of a case by the highest criterion that fits."""
    case = read.get_one(Case, case_id)
    live = _live(read, case_id)
    told = case.sheet.get("criterion")
    level = proposed_level(fitting(len({part.unit_id for part in live}), Criterion(told) if told else None))
    given = case.sheet.get("level")
    sheet = Level(given) if given else None
    hosts = sum(part.kind in REPLYING for part in live)
    return Proposal(sheet or level, sheet, hosts, len({part.unit_id for part in live}))


def against(read: Read, case_id: int, level: Level) -> tuple[Doubt, ...]:
    """Give what speaks against a level on this case."""
    found = proposal(read, case_id)
    return doubts(level, found.units, found.sheet)


def leader(read: Read, case_id: int, level: Level) -> int | None:
    """Give the leader that a level asks for; none where nobody holds that seat, and the office's head picks."""
    if SEAT_OF[level] is Seat.MAYOR:
        return roster.mayor(read)
    return next(_in_seat(read, SEAT_OF[level], hosts(read, case_id)), None)


def _in_seat(read: Read, seat: Seat, unit_ids: Sequence[int]) -> Iterator[int]:
    """Yield who holds a seat for the host units, the first host first; without a deputy head its head leads."""
    for unit_id in unit_ids:
        if seat is Seat.VICE_MAYOR:
            found = roster.leader_in_charge(read, unit_id)
            yield from [found] if found is not None else []
        if seat is Seat.UNIT_DEPUTY_HEAD:
            yield from roster.holders(read, Role.UNIT_DEPUTY_HEAD, unit_id)
    if seat in (Seat.UNIT_HEAD, Seat.UNIT_DEPUTY_HEAD):
        for unit_id in unit_ids:
            yield from roster.holders(read, Role.UNIT_HEAD, unit_id)


def candidates(read: Read, case_id: int, level: Level | None = None) -> tuple[Candidate, ...]:
    """List who may lead a case: the city leaders, and the heads and deputy heads of its host units.

    With a level, those in whose ranks it asks for its leader come first.
    """
    units = hosts(read, case_id)
    city = roster.holders(read, Role.LEADER)
    heads = [person for unit in units for person in roster.holders(read, Role.UNIT_HEAD, unit)]
    deputies = [person for unit in units for person in roster.holders(read, Role.UNIT_DEPUTY_HEAD, unit)]
    order = {Level.THIRD: heads + deputies + city, Level.FOURTH: deputies + heads + city}
    found = order.get(level, city + heads + deputies) if level is not None else city + heads + deputies
    return tuple(_candidate(read, person_id) for person_id in dict.fromkeys(found))


def city_leaders(read: Read) -> tuple[Candidate, ...]:
    """List the city leaders, of whom one may look after a key case."""
    return tuple(_candidate(read, person_id) for person_id in roster.holders(read, Role.LEADER))


def _candidate(read: Read, person_id: int) -> Candidate:
    """Make the frozen view of somebody who may lead."""
    person = roster.person(read, person_id)
    return Candidate(person_id, person.name if person else "", person.titles if person else ())


def hosts(read: Read, case_id: int) -> list[int]:
    """List the units that answer for a case, in the order they were proposed in."""
    return [part.unit_id for part in _live(read, case_id) if part.kind in REPLYING]


def _live(read: Read, case_id: int) -> list[Part]:
    """List a case's parts that have not been handed back."""
    statement = select(Part).where(Part.case_id == case_id, Part.stage != Stage.HANDED_BACK)
    return list(read.exec(statement.order_by(col(Part.id))))
