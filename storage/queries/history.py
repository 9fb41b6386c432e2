"""A case's history for one reader: dated lines from the record, only of kinds that he may know."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlmodel import col, select

from storage.queries import roster, standing
from storage.reading import Read
from storage.rules import histories
from storage.rules.histories import KINDS, ONCE
from storage.rules.words import UNIT_ROLES
from storage.tables import Case, Contact, CoOpinion, Entry, Form, Meeting, Part, Reply, Report, Request, Slip

LONGEST = 40  # lines; older ones are counted
_READ = 400  # entries looked at: a case that has more shows its newest


@dataclass(frozen=True)
class Line:
    """One thing that happened; `by` is empty where the clock or an import did it."""

    at: datetime
    kind: str
    by: str
    facts: Mapping[str, Any]
    unit: str


@dataclass(frozen=True)
class History:
    """The newest lines, oldest first, and how many older ones there are."""

    lines: tuple[Line, ...]
    older: int


def history(read: Read, case_id: int, person_id: int) -> History:
    """Read a case's history as this person may know it."""
    case = read.get(Case, case_id)
    if case is None:
        return History((), 0)
    held = standing.held(read, person_id, case)
    mine = {post.unit_id for post in roster.posts(read, person_id) if post.role in UNIT_ROLES}
    units = _Units(read, case_id)
    entries = read.exec(
        select(Entry)
        .where(Entry.case_id == case_id, col(Entry.kind).in_(KINDS))
        .order_by(col(Entry.id).desc())
        .limit(_READ)
    )
    lines: list[Line] = []
    firsts = _firsts(read, case_id)
    for entry in entries:
        if entry.kind in ONCE and entry.id not in firsts:
            continue
        stated = json.loads(entry.body)
        facts = stated["facts"]
        unit_id = units.of(facts)
        if histories.shown(entry.kind, held, own_part=unit_id is None or unit_id in mine):
            unit = roster.unit_name(read, unit_id) if unit_id is not None else ""
            lines.append(Line(entry.at, entry.kind, roster.name(read, stated["by"]), facts, unit))
    return History(tuple(reversed(lines[:LONGEST])), max(0, len(lines) - LONGEST))


def _firsts(read: Read, case_id: int) -> set[int]:
    """Give the first entry of each form among the kinds that are said once."""
    found: dict[tuple[str, Any], int] = {}
    rows = select(Entry).where(Entry.case_id == case_id, col(Entry.kind).in_(ONCE)).order_by(col(Entry.id))
    for entry in read.exec(rows):
        found.setdefault((entry.kind, json.loads(entry.body)["facts"].get("form")), entry.id)
    return set(found.values())


_OF_PART: Mapping[str, type[Any]] = {
    "slip": Slip,
    "request": Request,
    "reply": Reply,
    "contact": Contact,
    "report": Report,
    "meeting": Meeting,
    "opinion": CoOpinion,
    "form": Form,
}


class _Units:
    """Which unit an entry is about: by its part, or by what belongs to a part."""

    def __init__(self, read: Read, case_id: int) -> None:
        self._read = read
        self._parts = dict(read.exec(select(Part.id, Part.unit_id).where(Part.case_id == case_id)).all())

    def of(self, facts: Mapping[str, Any]) -> int | None:
        """Give the unit's id; none for what is about the whole case."""
        if isinstance(facts.get("part"), int):
            return self._parts.get(facts["part"])
        for name, table in _OF_PART.items():
            row = self._read.get(table, facts[name]) if isinstance(facts.get(name), int) else None
            if row is not None:
                return self._parts.get(row.part_id)
        unit_id = facts.get("unit")
        return unit_id if isinstance(unit_id, int) else None
