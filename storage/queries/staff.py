"""The people in somebody's charge: who has joined, who cannot be reached, what is open where one leaves."""

from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import func
from sqlmodel import col, select

from storage.queries import roster
from storage.reading import Read
from storage.rules.stages import Stage
from storage.rules.words import OFFICE_ROLES, PROPOSER_ROLES, CaseKind, Role
from storage.tables import Case, Form, Part, Person, Posting, Unit

SIZE = 8
_AT_WORK = (
    Stage.AWAITING_RECEIPT,
    Stage.HANDLING,
    Stage.DEPUTY_REVIEW,
    Stage.HEAD_SIGNATURE,
    Stage.OFFICE_REVIEW,
    Stage.TO_DELIVER,
    Stage.DELIVERED,
)


@dataclass(frozen=True)
class Member:
    """Somebody in a list of people."""

    id: int
    name: str
    titles: tuple[str, ...]
    roles: tuple[Role, ...]
    joined: bool
    unreachable: bool


@dataclass(frozen=True)
class Members:
    """One page of people; `page` counts from 0."""

    rows: tuple[Member, ...]
    count: int
    page: int

    @property
    def pages(self) -> int:
        """How many pages there are; an empty list has one."""
        return max(1, -(-self.count // SIZE))


@dataclass(frozen=True)
class Open:
    """What somebody leaves open: what he handles and who takes it up, what he leads, what he put forward."""

    handled: tuple[tuple[str, str, tuple[str, ...]], ...]  # number, unit, who takes it up
    led: tuple[str, ...]
    put_forward: tuple[str, ...]
    forms: int


def charge(roles: Iterable[Role]) -> frozenset[Role]:
    """Give the roles whose holders are in the charge of somebody with these roles (chat.md 3, /people).

    The office keeps all but proposers, a desk its own proposers; nobody else keeps anybody.
    """
    held, kept = set(roles), set()
    if held & OFFICE_ROLES:
        kept |= set(Role) - PROPOSER_ROLES
    if Role.CONGRESS_DESK in held:
        kept.add(Role.DEPUTY)
    if Role.PROPOSAL_DESK in held:
        kept.add(Role.MEMBER)
    return frozenset(kept)


def members(read: Read, keeper_id: int, words: str, page: int) -> Members:
    """List the people in somebody's charge whose name or unit holds the words typed."""
    kept = charge(post.role for post in roster.posts(read, keeper_id))
    like = "%" + words.strip().replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_") + "%"
    in_unit = select(Posting.person_id).join(Unit, col(Unit.id) == col(Posting.unit_id))
    posted = select(Posting.person_id).where(col(Posting.role).in_(kept), col(Posting.active))
    statement = select(Person).where(
        col(Person.active),
        col(Person.id).in_(posted),
        col(Person.name).ilike(like, escape="\\")
        | col(Person.id).in_(in_unit.where(col(Unit.name).ilike(like, escape="\\"), col(Posting.active))),
    )
    count = read.exec(select(func.count()).select_from(statement.subquery())).one()
    page = max(0, min(page, -(-count // SIZE) - 1))
    rows = read.exec(statement.order_by(col(Person.id)).offset(page * SIZE).limit(SIZE))
    return Members(tuple(_member(read, row) for row in rows), count, page)


def member(read: Read, keeper_id: int, person_id: int) -> Member | None:
    """Give one person; none for somebody in another's charge or who has left."""
    kept = charge(post.role for post in roster.posts(read, keeper_id))
    row = read.get(Person, person_id)
    if row is None or not row.active or not {post.role for post in roster.posts(read, person_id)} & kept:
        return None
    return _member(read, row)


def _member(read: Read, row: Person) -> Member:
    """Make the frozen view."""
    seen = roster.person(read, row.id)
    assert seen is not None
    roles = tuple(dict.fromkeys(post.role for post in seen.posts))
    return Member(row.id, row.name, seen.titles, roles, row.account is not None, row.unreachable_since is not None)


def open_work(read: Read, person_id: int) -> Open:
    """List what is open in somebody's name."""
    parts = read.exec(
        select(Case.number, Part.unit_id)
        .join(Part, col(Part.case_id) == col(Case.id))
        .where(Part.handler_id == person_id, col(Part.stage).in_(_AT_WORK))
        .order_by(col(Case.number))
    ).all()
    handled = tuple(
        (
            number,
            roster.unit_name(read, unit),
            tuple(roster.name(read, each) for each in successors(read, unit, person_id)),
        )
        for number, unit in parts
    )
    running = col(Case.stage).not_in([Stage.CONCLUDED])
    led = read.exec(select(Case.number).where(Case.lead_leader_id == person_id, running).order_by(col(Case.number)))
    own = read.exec(select(Case.number).where(Case.lead_id == person_id, running).order_by(col(Case.number)))
    forms = select(func.count()).select_from(Form).where(Form.person_id == person_id, Form.stage == Stage.OPEN)
    return Open(handled, tuple(led), tuple(own), read.exec(forms).one())


def successors(read: Read, unit_id: int, leaver_id: int) -> list[int]:
    """List who of a unit takes up what a leaver had: its liaisons, else its handlers, else its heads; never himself."""
    for role in (Role.LIAISON, Role.HANDLER, Role.UNIT_DEPUTY_HEAD, Role.UNIT_HEAD):
        found = [each for each in roster.holders(read, role, unit_id) if each != leaver_id]
        if roster.bound(read, found):
            return found
    return []


def keepers(read: Read, person_id: int) -> list[int]:
    """List who has a person in charge: the desk for its proposers, else the office."""
    roles = {post.role for post in roster.posts(read, person_id)}
    if Role.DEPUTY in roles:
        return roster.desk(read, CaseKind.SUGGESTION)
    if roles & PROPOSER_ROLES:
        return roster.desk(read, CaseKind.PROPOSAL)
    return [keeper for keeper in roster.office(read) if keeper != person_id]
