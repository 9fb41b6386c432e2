"""The record book as a table (台账): a line a case, without anybody's rating."""

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date

from sqlalchemy import select as select_columns
from sqlmodel import col, select

from storage.queries import roster
from storage.reading import Read
from storage.rules.stages import Stage
from storage.rules.words import DESK_OF, OFFICE_ROLES, CaseKind, Level, PartKind
from storage.tables import Case, Part, Person, Seconder, Unit

_NAMES = (
    "id kind number title lead_name level lead_leader_id session stage assigned_on reply_due key_case remark"  # no body
)
_CASES = select_columns(*(getattr(Case, name) for name in _NAMES.split()))


@dataclass(frozen=True)
class Line:
    """A case as the table has it."""

    kind: CaseKind
    number: str
    title: str
    lead: str
    seconders: tuple[str, ...]
    level: Level | None
    lead_leader: str
    hosts: tuple[str, ...]
    co_handlers: tuple[str, ...]
    session: str
    stage: Stage
    assigned_on: date | None
    reply_due: date | None
    key_case: bool
    remark: str


def kinds(read: Read, person_id: int) -> frozenset[CaseKind]:
    """Give whose cases a person may have as a table: the office all, a desk those of its own proposers."""
    held = {post.role for post in roster.posts(read, person_id)}
    return frozenset(kind for kind in CaseKind if held & {DESK_OF[kind], *OFFICE_ROLES})


def named(read: Read, person_id: int) -> frozenset[CaseKind]:
    """Give of which cases a person may have the proposers' names where names do not travel: the desk of its own."""
    held = {post.role for post in roster.posts(read, person_id)}
    return frozenset(kind for kind in CaseKind if DESK_OF[kind] in held)


def lines(read: Read, wanted: Collection[CaseKind] = tuple(CaseKind)) -> list[Line]:
    """List every case of these kinds, in a few questions however many there are."""
    leaders = dict(read.exec(select(Person.id, Person.name)).all())
    seconders: dict[int, list[str]] = defaultdict(list)
    for seconder in read.exec(select(Seconder).order_by(col(Seconder.place))):
        seconders[seconder.case_id].append(seconder.name)
    hosts: dict[tuple[int, bool], list[str]] = defaultdict(list)
    parts = select(Part.case_id, Part.kind, Unit.name).join(Unit).where(Part.stage != Stage.HANDED_BACK)
    for case_id, kind, name in read.exec(parts.order_by(col(Part.id))):
        hosts[case_id, kind == PartKind.CO_HANDLER].append(name)
    return [
        Line(
            CaseKind(case.kind),
            case.number,
            case.title,
            case.lead_name,
            tuple(seconders[case.id]),
            Level(case.level) if case.level else None,
            leaders.get(case.lead_leader_id or 0, ""),
            tuple(hosts[case.id, False]),
            tuple(hosts[case.id, True]),
            case.session,
            Stage(case.stage),
            case.assigned_on,
            case.reply_due,
            case.key_case,
            case.remark,
        )
        for case in read.connection().execute(
            _CASES.where(col(Case.kind).in_(wanted)).order_by(col(Case.kind), col(Case.session), col(Case.number))
        )
    ]
