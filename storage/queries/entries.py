"""Cases that are to be entered, held against what stands already: new, known, changed, or not fit to go in."""

import difflib
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from sqlalchemy import select as columns
from sqlmodel import col, select

from storage.queries import roster
from storage.reading import Read
from storage.rules.entry import OWN_TIER, Key, NewCase
from storage.rules.refusals import N_
from storage.rules.words import DESK_OF, OFFICE_ROLES, PROPOSER_OF, CaseKind, Role
from storage.tables import Case, Person, Posting, Seconder, Unit

_CHUNK = 500  # ids in one question to the database
_CLOSE = 0.6  # likeness from which another unit's name is offered in a fault


@dataclass(frozen=True, slots=True)
class Finding:
    """Why a row cannot go in, or what was decided about it: a msgid, its facts, and the row (0: none)."""

    row: int
    msgid: str
    facts: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Ready:
    """A case that can go in, with who and what its names are."""

    case: NewCase
    lead_id: int | None
    seconder_ids: tuple[int | None, ...]
    host_ids: tuple[int, ...]
    co_handler_ids: tuple[int, ...]
    leader_id: int | None


@dataclass(frozen=True, slots=True)
class Change:
    """A known number with other content: which fields differ from what stands."""

    ready: Ready
    case_id: int
    fields: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Examined:
    """What would come of entering cases: what is new, what is known already, what differs, what cannot go in."""

    new: tuple[Ready, ...]
    known: int
    changes: tuple[Change, ...]
    faults: tuple[Finding, ...]
    notes: tuple[Finding, ...]


NOT_YOURS = N_("Row %(row)d: a %(kind)s is entered by the office or by its own desk; this row was left out.")
TWICE = N_("Row %(row)d: number %(value)s stands in row %(other)d already; which one is right?")
UNKNOWN_UNIT = N_("Row %(row)d: no handling unit on the roster is called “%(value)s”.")
MEANT_UNIT = N_("Row %(row)d: no handling unit on the roster is called “%(value)s”; is “%(meant)s” meant?")
NO_HOST = N_("Row %(row)d: it has been assigned, but no host unit stands there.")
UNGRADED = N_(
    "%(count)d rows give a day of assignment but no level: they go in as registered, the day is kept, "
    "and handling, level and assignment are decided here."
)
NOT_ON_ROSTER = N_(
    "Row %(row)d: %(value)s is not on the roster of proposers; the name is kept, but nobody is written to."
)
NAMESAKES = N_("Row %(row)d: several proposers are called %(value)s; the name is kept, but nobody is written to.")
NO_LEADER = N_(
    "Row %(row)d: lead leader %(value)s is not on the roster, or not the only one of that name; none is entered."
)

NAMING = frozenset({NOT_ON_ROSTER, NAMESAKES})  # those that repeat a proposer's name


def may_enter(read: Read, person_id: int | None) -> frozenset[CaseKind]:
    """Give the kinds of case a person may enter: the office both, a desk its own; nobody (the command line) both."""
    if person_id is None:
        return frozenset(CaseKind)
    roles = {post.role for post in roster.posts(read, person_id)}
    if roles & OFFICE_ROLES:
        return frozenset(CaseKind)
    return frozenset(kind for kind in CaseKind if DESK_OF[kind] in roles)


def examine(read: Read, cases: Sequence[NewCase], kinds: Collection[CaseKind] = frozenset(CaseKind)) -> Examined:
    """Hold cases against the database in a few questions, however many they are; nothing is written."""
    who = _Names(read)
    faults: list[Finding] = []
    notes: list[Finding] = []
    fit: list[Ready] = []
    seen: dict[Key, int] = {}
    for case in cases:
        wrong = list(_faults(case, who, kinds, seen))
        faults += wrong
        if not wrong:
            seen[case.key] = case.row
            fit.append(who.ready(case, notes))
    standing = dict(_standing(read, {ready.case.key for ready in fit}))
    compared = [(ready, standing.get(ready.case.key)) for ready in fit]
    differing = dict(_differences(read, [(ready, case_id) for ready, case_id in compared if case_id is not None]))
    new = tuple(ready for ready, case_id in compared if case_id is None)
    changes = tuple(
        Change(ready, case_id, differing[case_id])
        for ready, case_id in compared
        if case_id is not None and case_id in differing
    )
    said = {ready.case.row for ready in new} | {change.ready.case.row for change in changes}
    told = (*_ungraded(new), *(note for note in notes if note.row in said))
    return Examined(new, len(fit) - len(new) - len(changes), changes, tuple(faults), told)


def _ungraded(new: Sequence[Ready]) -> Iterator[Finding]:
    """Note once how many new cases the sheet assigned without a level."""
    count = sum(ready.case.ungraded for ready in new)
    if count:
        yield Finding(0, UNGRADED, {"count": count})


def _faults(case: NewCase, who: "_Names", kinds: Collection[CaseKind], seen: Mapping[Key, int]) -> Iterator[Finding]:
    """Yield why a case cannot go in."""
    if case.kind not in kinds:
        yield Finding(case.row, NOT_YOURS, {"row": case.row, "kind": case.kind})
    if case.key in seen:
        yield Finding(case.row, TWICE, {"row": case.row, "value": case.number, "other": seen[case.key]})
    for unit in (*case.hosts, *case.co_handlers):
        if unit not in who.units:
            facts: dict[str, object] = {"row": case.row, "value": unit}
            meant = difflib.get_close_matches(unit, who.units, 1, _CLOSE)
            yield Finding(case.row, MEANT_UNIT if meant else UNKNOWN_UNIT, facts | {"meant": "".join(meant)})
    if (case.taken_over or case.replied_on is not None) and case.assigned_on is not None and not case.hosts:
        yield Finding(case.row, NO_HOST, {"row": case.row})


class _Names:
    """Who and what the names of a sheet are, read once for all rows."""

    def __init__(self, read: Read) -> None:
        self.units = units(read)
        self._proposers = _people(read, PROPOSER_OF.values())
        self._leaders = _people(read, (Role.LEADER, Role.UNIT_HEAD, Role.UNIT_DEPUTY_HEAD))

    def ready(self, case: NewCase, notes: list[Finding]) -> Ready:
        """Put ids to a case's names; what has none is noted."""
        lead_id = case.lead_id if case.lead_id is not None else self._proposer(case, case.lead, notes)
        return Ready(
            case,
            lead_id,
            tuple(self._proposer(case, name, notes) for name in case.seconders),
            tuple(self.units[name] for name in case.hosts),
            tuple(self.units[name] for name in case.co_handlers),
            self._leader(case, notes),
        )

    def _proposer(self, case: NewCase, name: str, notes: list[Finding]) -> int | None:
        """Find a proposer of the case's kind by name, among namesakes by the delegation of the lead."""
        found = self._proposers.get((PROPOSER_OF[case.kind], name), {})
        if len(found) > 1 and name == case.lead and case.delegation:
            found = {person_id: unit for person_id, unit in found.items() if unit == case.delegation} or found
        if len(found) == 1:
            return next(iter(found))
        notes.append(Finding(case.row, NAMESAKES if found else NOT_ON_ROSTER, {"row": case.row, "value": name}))
        return None

    def _leader(self, case: NewCase, notes: list[Finding]) -> int | None:
        """Find the lead leader that the sheet names."""
        if not case.lead_leader:
            return None
        found: dict[int, str] = {}
        for role in (Role.LEADER, Role.UNIT_HEAD, Role.UNIT_DEPUTY_HEAD):
            found |= self._leaders.get((role, case.lead_leader), {})
        if len(found) == 1:
            return next(iter(found))
        notes.append(Finding(case.row, NO_LEADER, {"row": case.row, "value": case.lead_leader}))
        return None


def units(read: Read) -> dict[str, int]:
    """Give the units that can be given a case, by name: those that handle, and those a leader is in charge of."""
    charged = {unit_id for portfolio in read.exec(select(Posting.portfolio)) for unit_id in portfolio}
    named = {unit.id: unit.name for unit in read.exec(select(Unit).where(col(Unit.active)))}
    handling = {unit_id for unit_id, _name in roster.units(read)}
    return {named[unit_id]: unit_id for unit_id in sorted(handling | charged) if unit_id in named}


def _people(read: Read, roles: Iterable[Role]) -> dict[tuple[Role, str], dict[int, str]]:
    """Give the people with one of these roles: (role, name) → id → unit."""
    found: dict[tuple[Role, str], dict[int, str]] = defaultdict(dict)
    rows = read.exec(
        select(Person.id, Person.name, Posting.role, Unit.name)
        .join(Posting, col(Posting.person_id) == col(Person.id))
        .join(Unit, col(Unit.id) == col(Posting.unit_id), isouter=True)
        .where(col(Person.active), col(Posting.active), col(Posting.role).in_(list(roles)))
        .order_by(col(Posting.id))
    )
    for person_id, name, role, unit in rows:
        found[Role(role), name][person_id] = unit or ""
    return found


def _standing(read: Read, keys: Collection[Key]) -> Iterator[tuple[Key, int]]:
    """Yield the cases that hold one of these numbers already; asked by session, of which a sheet has few."""
    sessions = {session for _kind, _tier, session, _number in keys}
    statement = columns(Case.kind, Case.jurisdiction, Case.session, Case.number, Case.id)  # type: ignore[call-overload]
    rows = read.connection().execute(statement.where(col(Case.session).in_(sessions)))
    for kind, tier, session, number, case_id in rows:
        key = (CaseKind(kind), tier, session, number)
        if key in keys:
            yield key, case_id


def _differences(read: Read, pairs: Sequence[tuple[Ready, int]]) -> Iterator[tuple[int, tuple[str, ...]]]:
    """Yield what differs from what stands, for the cases in which anything does."""
    for at in range(0, len(pairs), _CHUNK):
        chunk = pairs[at : at + _CHUNK]
        ids = [case_id for _ready, case_id in chunk]
        rows = {case.id: case for case in read.exec(select(Case).where(col(Case.id).in_(ids)))}
        seconders: dict[int, list[str]] = defaultdict(list)
        order = (col(Seconder.case_id), col(Seconder.place))
        for row in read.exec(select(Seconder).where(col(Seconder.case_id).in_(ids)).order_by(*order)):
            seconders[row.case_id].append(row.name)
        for ready, case_id in chunk:
            fields = tuple(_fields(ready, rows[case_id], seconders[case_id]))
            if fields:
                yield case_id, fields


def _fields(ready: Ready, case: Case, seconders: Sequence[str]) -> Iterator[str]:
    """Name the fields in which a case differs from the row that stands."""
    for name, value in ready.case.own.items():
        if getattr(case, name) != value:
            yield name
    if case.lead_name != ready.case.lead or (case.lead_id is None and ready.lead_id is not None):
        yield "lead"
    if list(seconders) != list(ready.case.seconders):
        yield "seconders"
    told, kept = ready.case.sheet, case.sheet
    yield from (name for name in sorted(told.keys() | kept.keys()) if told.get(name) != kept.get(name))


def stands(read: Read, kind: CaseKind, session: str, number: str) -> bool:
    """Tell whether the city's own case of this number stands already in a session."""
    key = (kind, OWN_TIER, session, number)
    return any(True for _key in _standing(read, {key}))


def latest_session(read: Read, kind: CaseKind) -> str:
    """Give the session that the newest case of a kind belongs to."""
    newest = select(Case.session).where(Case.kind == kind, Case.session != "").order_by(col(Case.id).desc()).limit(1)
    return read.exec(newest).first() or ""


def proposers(read: Read, kind: CaseKind, name: str) -> dict[int, str]:
    """Give the proposers of a kind who have this name, each with his delegation."""
    return _people(read, [PROPOSER_OF[kind]]).get((PROPOSER_OF[kind], name), {})
