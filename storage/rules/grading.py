"""Levels of article 2 of both measures: which one fits, who leads it, and what speaks against it."""

from collections.abc import Iterable
from enum import StrEnum

from storage.rules.words import CRITERION_OF, Criterion, Level, PartKind


class Seat(StrEnum):
    """Whose seat a level asks to lead it (article 2)."""

    MAYOR = "mayor"
    VICE_MAYOR = "vice_mayor"  # the one in charge of the host unit
    UNIT_HEAD = "unit_head"  # of the host unit
    UNIT_DEPUTY_HEAD = "unit_deputy_head"  # of the host unit


SEAT_OF = {
    Level.FIRST: Seat.MAYOR,
    Level.SECOND: Seat.VICE_MAYOR,
    Level.THIRD: Seat.UNIT_HEAD,
    Level.FOURTH: Seat.UNIT_DEPUTY_HEAD,
}
READING = frozenset({Level.FIRST, Level.SECOND})  # their leader is given a paper for reading
LEVEL_OF = {criterion: level for level, criterion in CRITERION_OF.items()}


class Doubt(StrEnum):
    """What speaks against a level; it is said, and the office decides."""

    ONE_UNIT = "one_unit"  # level 2 is for cases of several units
    SHEET_DIFFERS = "sheet_differs"  # the sheet gives another level


def proposed_level(criteria: Iterable[Criterion]) -> Level:
    """Give the level of the highest criterion that fits; without any, the lowest."""
    return min((LEVEL_OF[criterion] for criterion in criteria), default=Level.FOURTH)


def fitting(units: int, told: Criterion | None = None) -> frozenset[Criterion]:
    """Give the criteria that the facts speak for: what the sheet tells, and several units together."""
    found = {Criterion.OTHER}
    if told is not None:
        found.add(told)
    if units > 1:
        found.add(Criterion.JOINT)
    return frozenset(found)


def doubts(level: Level, units: int, sheet: Level | None = None) -> tuple[Doubt, ...]:
    """Give what speaks against a level, in a fixed order; `units` counts hosts and co-handlers."""
    found = []
    if level is Level.SECOND and units <= 1:
        found.append(Doubt.ONE_UNIT)
    if sheet is not None and sheet is not level:
        found.append(Doubt.SHEET_DIFFERS)
    return tuple(found)


def part_kinds(hosts: int, co_handlers: int) -> tuple[PartKind, PartKind]:
    """Give what a host's part is and what a co-handler's is: several hosts answer apart, a single one may be alone.

    Raises ValueError without a host.
    """
    if hosts < 1:
        msg = "a case without a host"
        raise ValueError(msg)
    if hosts > 1:
        return PartKind.SEPARATE, PartKind.CO_HANDLER
    return (PartKind.HOST if co_handlers else PartKind.SOLE), PartKind.CO_HANDLER
