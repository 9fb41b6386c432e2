"""What an assignment would do, before it is confirmed: which cases, which units, until when, and who has not joined."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from sqlmodel import col, select

from storage.queries import roster, standing
from storage.reading import Read
from storage.rules.assigning import CaseDays, PartDays, case_days, part_days
from storage.rules.ruleset import RuleSet
from storage.rules.stages import Stage
from storage.rules.words import REPLYING, CaseKind, Level, PartKind, Role
from storage.tables import Case, Part, Person, Posting, Seconder


@dataclass(frozen=True)
class Ready:
    """A case that may be assigned now, in the version that is shown."""

    id: int
    version: int
    kind: CaseKind
    number: str
    title: str


@dataclass(frozen=True)
class PartPlan:
    """A unit's part as it would be assigned."""

    unit: str
    kind: PartKind
    days: PartDays


@dataclass(frozen=True)
class Plan:
    """One case as it would be assigned."""

    kind: CaseKind
    number: str
    title: str
    level: Level | None
    leader: str
    days: CaseDays
    parts: tuple[PartPlan, ...]


@dataclass(frozen=True)
class Absent:
    """Whom the bot cannot reach yet: units by name, leaders by name, proposers by their number alone."""

    units: tuple[str, ...]
    leaders: tuple[str, ...]
    proposers: int


def confirmed(read: Read) -> tuple[list[Ready], list[Ready]]:
    """List the cases that may be assigned, and those of level 1 that wait for the mayor, by kind and number."""
    rows = read.exec(
        select(Case).where(Case.stage == Stage.CONFIRMED).order_by(col(Case.kind).desc(), col(Case.number))
    )
    ready: list[Ready] = []
    waiting: list[Ready] = []
    for case in rows:
        counts = case.level != Level.FIRST or case.taken_on_at is not None or case.paper_note
        (ready if counts else waiting).append(
            Ready(case.id, case.version, CaseKind(case.kind), case.number, case.title)
        )
    return ready, waiting


def plan(read: Read, case_id: int, rules: RuleSet, day: date, common: date | None) -> Plan | None:
    """Give a case as it would be assigned on a day; raise ValueError for a common date not after it."""
    case = read.get(Case, case_id)
    if case is None:
        return None
    calendar = standing.calendar(read)
    days = case_days(rules, calendar, case.kind, day, common)
    return Plan(
        CaseKind(case.kind),
        case.number,
        case.title,
        Level(case.level) if case.level else None,
        roster.name(read, case.lead_leader_id),
        days,
        tuple(
            PartPlan(
                roster.unit_name(read, part.unit_id),
                PartKind(part.kind),
                part_days(rules, calendar, case.kind, PartKind(part.kind), day, days, common),
            )
            for part in parts(read, case_id)
        ),
    )


def parts(read: Read, case_id: int) -> list[Part]:
    """List the parts of a case that are not returned, hosts first."""
    rows = read.exec(
        select(Part).where(Part.case_id == case_id, Part.stage != Stage.HANDED_BACK).order_by(col(Part.id))
    )
    return sorted(rows, key=lambda part: part.kind == PartKind.CO_HANDLER)


def absent(read: Read, case_ids: Iterable[int]) -> Absent:
    """Tell whom of these cases' units, leaders and proposers the bot cannot reach yet."""
    ids = list(case_ids)
    unit_ids = read.exec(select(Part.unit_id).where(col(Part.case_id).in_(ids)).distinct().order_by(col(Part.unit_id)))
    units = tuple(roster.unit_name(read, unit_id) for unit_id in unit_ids if not unit_joined(read, unit_id))
    away = select(Person).join(Case, col(Case.lead_leader_id) == col(Person.id))
    leaders = read.exec(
        away.where(col(Case.id).in_(ids), col(Person.account).is_(None)).distinct().order_by(col(Person.id))
    ).all()
    cases = read.exec(select(Case).where(col(Case.id).in_(ids))).all()
    readers = {roster.reader_of(read, case) for case in cases}
    known = {reader for reader in readers if reader is not None}
    nobody = sum(case.lead_id is None for case in cases)
    proposers = nobody + len(known) - len(roster.bound(read, known))
    return Absent(units, tuple(person.name for person in leaders), proposers)


def unit_joined(read: Read, unit_id: int) -> bool:
    """Tell whether anybody who works for a unit has joined."""
    return bool(roster.bound(read, roster.unit_desk(read, unit_id)))


def unit_heads(read: Read, unit_id: int) -> list[int]:
    """List a unit's heads, the first before the deputies."""
    return roster.holders(read, Role.UNIT_HEAD, unit_id) + roster.holders(read, Role.UNIT_DEPUTY_HEAD, unit_id)


def proposers(read: Read, case: Case) -> list[int]:
    """List who reads for those who put a case forward: the lead, then the co-proposers; for a group its contact."""
    lead = roster.reader_of(read, case)
    rows = read.exec(
        select(Person, Posting.contact_id)
        .join(Seconder, col(Seconder.person_id) == col(Person.id))
        .join(Posting, col(Posting.person_id) == col(Person.id), isouter=True)
        .where(Seconder.case_id == case.id)
        .order_by(col(Seconder.place))
    )
    seconders = [(contact if person.is_group and contact else person.id) for person, contact in rows]
    return list(dict.fromkeys([*([lead] if lead is not None else []), *seconders]))


def contacts(read: Read, case_id: int) -> list[tuple[str, str]]:
    """Name whom a proposer may call: of each replying unit one who works for it, as (unit, name)."""
    found = []
    for part in parts(read, case_id):
        if part.kind in REPLYING:
            desk = roster.unit_desk(read, part.unit_id)
            found.append((roster.unit_name(read, part.unit_id), roster.name(read, desk[0]) if desk else ""))
    return found
