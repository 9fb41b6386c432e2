"""What did not arrive: people whom the bot cannot reach, dead letters, and whose task they are."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, func, or_
from sqlmodel import col, select

from storage.outbox import IS_DEAD, IS_UNREACHABLE
from storage.queries import roster
from storage.reading import Read
from storage.rules.words import DESK_OF, OFFICE_ROLES, PROPOSER_OF, PROPOSER_ROLES, CaseKind, Role
from storage.tables import Absence, Case, Letter, Person, Posting

_DESK = {role: DESK_OF[kind] for kind, role in PROPOSER_OF.items()}  # who looks after a proposer


@dataclass(frozen=True)
class Absent:
    """Somebody who is to be told another way; `missed` counts the letters that did not reach him."""

    id: int
    version: int
    person_id: int
    name: str
    titles: tuple[str, ...]
    since: datetime
    missed: int


@dataclass(frozen=True)
class Dead:
    """A letter that Telegram will not take: what it is about, for whom, why."""

    id: int
    kind: str
    name: str
    chat_id: int | None
    case_kind: CaseKind | None
    number: str
    title: str
    written_at: datetime
    fault: str


def keepers(read: Read, person_id: int | None) -> list[int]:
    """List who looks after a person: of a proposer his desk alone, else the office; a group's letters are the office's.

    Where a desk has nobody who has joined its tasks wait for it in the record and in `duban outbox`.
    """
    desks = _desks(read, person_id)
    found = [each for desk in desks for each in roster.holders(read, desk)] if desks else roster.office(read)
    return [each for each in dict.fromkeys(found) if each != person_id]


def _desks(read: Read, person_id: int | None) -> list[Role]:
    """List the desks of somebody who is a proposer."""
    held = {post.role for post in roster.posts(read, person_id)} if person_id is not None else set()
    return sorted({_DESK[role] for role in held if role in _DESK})


def absent(read: Read, viewer_id: int) -> tuple[Absent, ...]:
    """List the people that the viewer is to have told another way."""
    roles = {post.role for post in roster.posts(read, viewer_id)}
    if not roles & (OFFICE_ROLES | set(_DESK.values())):
        return ()
    rows = read.exec(
        select(Absence)
        .join(Person, col(Person.id) == col(Absence.person_id))
        .where(
            col(Absence.ended_at).is_(None),
            col(Absence.noted_at).is_(None),
            col(Person.active),
            col(Person.unreachable_since).is_not(None),
        )
    )
    # Sorted here: asked for an order by number, SQLite would read every absence there ever was.
    open_ = sorted(rows, key=lambda row: row.id)
    return tuple(_absent(read, row) for row in open_ if viewer_id in keepers(read, row.person_id))


def _absent(read: Read, row: Absence) -> Absent:
    """Make the frozen view of an absence."""
    missed = select(func.count()).where(
        col(Letter.person_id) == row.person_id, IS_UNREACHABLE, col(Letter.settled_at) >= row.since
    )
    person = roster.person(read, row.person_id)
    titles = person.titles if person else ()
    name = person.name if person else ""
    return Absent(row.id, row.version, row.person_id, name, titles, row.since, read.exec(missed).one())


def dead(read: Read, viewer_id: int) -> tuple[Dead, ...]:
    """List the dead letters that are the viewer's to decide on, oldest first."""
    roles = {post.role for post in roster.posts(read, viewer_id)}
    proposers = select(Posting.person_id).where(col(Posting.role).in_(PROPOSER_ROLES), col(Posting.active))
    desks = [role for role, desk in _DESK.items() if desk in roles]
    mine: list[ColumnElement[bool]] = []
    if roles & OFFICE_ROLES:
        mine += [col(Letter.person_id).is_(None), col(Letter.person_id).not_in(proposers)]
    if desks:
        mine.append(col(Letter.person_id).in_(proposers.where(col(Posting.role).in_(desks))))
    if not mine:
        return ()
    rows = read.exec(select(Letter).where(IS_DEAD, or_(*mine)).order_by(col(Letter.id)))
    return tuple(_dead(read, row) for row in rows)


def _dead(read: Read, row: Letter) -> Dead:
    """Make the frozen view of a dead letter."""
    case = read.get(Case, row.case_id) if row.case_id is not None else None
    kind = CaseKind(case.kind) if case else None
    number, title = (case.number, case.title) if case else ("", "")
    name = roster.name(read, row.person_id)
    return Dead(row.id, row.kind, name, row.chat_id, kind, number, title, row.created_at, row.fault)


def all_dead(read: Read, limit: int = 1000) -> tuple[Dead, ...]:
    """List every dead letter, for the command line."""
    rows = read.exec(select(Letter).where(IS_DEAD).order_by(col(Letter.id)).limit(limit))
    return tuple(_dead(read, row) for row in rows)


def counts(read: Read) -> dict[str, int]:
    """Count the outbox by what came of each letter; what is not settled counts as `waiting`."""
    found = read.exec(select(Letter.outcome, func.count()).group_by(col(Letter.outcome)))
    return {outcome or "waiting": count for outcome, count in found}
