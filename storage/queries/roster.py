"""Who is who: people, posts, units, and who is to be written to."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from itertools import groupby

from sqlalchemy import and_, bindparam
from sqlmodel import col, select
from sqlmodel.sql.expression import Select

from storage import outbox
from storage.prepared import Prepared
from storage.reading import Read
from storage.rules.rights import Post
from storage.rules.words import DESK_OF, CaseKind, Role
from storage.tables import Case, Group, Person, Posting, Unit

_HOLDING = (
    select(Posting.person_id)
    .join(Person, col(Person.id) == col(Posting.person_id))
    .where(Posting.role == bindparam("role"), col(Posting.active), col(Person.active))
    .order_by(col(Posting.id))
)
_HOLDERS = Prepared(_HOLDING)
_UNIT_HOLDERS = Prepared(_HOLDING.where(Posting.unit_id == bindparam("unit")))
# With whom come the posts he holds now, each with its unit's name: hardly anybody is asked for without them.
_WITH_POSTS: Select[Person, Posting | None, str | None] = (
    select(Person, Posting, col(Unit.name))
    .join(Posting, and_(col(Posting.person_id) == col(Person.id), col(Posting.active)), isouter=True)
    .join(Unit, col(Unit.id) == col(Posting.unit_id), isouter=True)
    .order_by(col(Person.id), col(Posting.id))
)
_BY_ID = Prepared[tuple[Person, Posting | None, str | None]](_WITH_POSTS.where(Person.id == bindparam("person")))
_BY_ACCOUNT = Prepared[tuple[Person, Posting | None, str | None]](
    _WITH_POSTS.where(Person.account == bindparam("account"), col(Person.active))
)
_CONTACT = Prepared[int | None](
    select(col(Posting.contact_id)).where(
        Posting.person_id == bindparam("person"), col(Posting.contact_id).is_not(None)
    )
)

MAYOR = "市长"  # chat.md §5: the position 市长 exactly is the mayor


@dataclass(frozen=True)
class PersonView:
    """Somebody on the roster with every post he holds."""

    id: int
    name: str
    account: int | None
    language: str | None
    client_language: str | None
    posts: tuple[Post, ...]
    titles: tuple[str, ...]  # "市住建局 局长", one a post
    unreachable: bool
    is_group: bool

    @property
    def roles(self) -> frozenset[Role]:
        """Every role he holds."""
        return frozenset(post.role for post in self.posts)


def posts(read: Read, person_id: int) -> tuple[Post, ...]:
    """Give the posts a person holds now."""
    return tuple(_post(post) for _person, post, _unit in read.exec(_BY_ID, person=person_id) if post is not None)


def _post(row: Posting) -> Post:
    """Make the frozen view of a post."""
    return Post(Role(row.role), row.unit_id, frozenset(row.portfolio), row.serves_id, mayor=row.position == MAYOR)


def person(read: Read, person_id: int) -> PersonView | None:
    """Give a person by id."""
    return _view(read.exec(_BY_ID, person=person_id))


def by_account(read: Read, account: int) -> PersonView | None:
    """Give the person a Telegram account is bound to."""
    return _view(read.exec(_BY_ACCOUNT, account=account))


def _view(rows: Sequence[tuple[Person, Posting | None, str | None]]) -> PersonView | None:
    """Make the frozen view of a person from himself with each of his posts."""
    if not rows:
        return None
    row = rows[0][0]
    held = [(post, unit) for _person, post, unit in rows if post is not None]
    titles = tuple(dict.fromkeys(" ".join(filter(None, (unit, post.position))) for post, unit in held))
    return PersonView(
        row.id,
        row.name,
        row.account,
        row.language,
        row.client_language,
        tuple(_post(post) for post, _unit in held),
        titles,
        row.unreachable_since is not None,
        row.is_group,
    )


def name(read: Read, person_id: int | None) -> str:
    """Give a person's name; empty for none."""
    row = read.get(Person, person_id) if person_id is not None else None
    return row.name if row else ""


def unit_name(read: Read, unit_id: int | None) -> str:
    """Give a unit's name; empty for none."""
    row = read.get(Unit, unit_id) if unit_id is not None else None
    return row.name if row else ""


def units(read: Read) -> list[tuple[int, str]]:
    """List the units that can be given a case: those with somebody who handles."""
    handling = select(Posting.unit_id).where(
        col(Posting.role).in_([Role.UNIT_HEAD, Role.UNIT_DEPUTY_HEAD, Role.LIAISON, Role.HANDLER]), col(Posting.active)
    )
    rows = read.exec(select(Unit).where(col(Unit.active), col(Unit.id).in_(handling)).order_by(col(Unit.id)))
    return [(row.id, row.name) for row in rows]


def holders(read: Read, role: Role, unit_id: int | None = None) -> list[int]:
    """List the ids of those who hold a role, in a unit where one is named."""
    if unit_id is None:
        return list(dict.fromkeys(read.exec(_HOLDERS, role=role)))
    return list(dict.fromkeys(read.exec(_UNIT_HOLDERS, role=role, unit=unit_id)))


def office(read: Read) -> list[int]:
    """List the office's clerks and heads."""
    return list(dict.fromkeys(holders(read, Role.CLERK) + holders(read, Role.OFFICE_HEAD)))


def desk(read: Read, kind: CaseKind) -> list[int]:
    """List the staff of the desk that owns the proposers of this kind."""
    return holders(read, DESK_OF[kind])


def bound(read: Read, person_ids: Collection[int]) -> list[int]:
    """Keep those who have joined, in the order given."""
    return [person_id for person_id in person_ids if outbox.account(read, person_id) is not None]


def unit_desk(read: Read, unit_id: int) -> list[int]:
    """List who signs and works for a unit: its liaisons, else its handlers, else its heads (chat.md §5)."""
    for role in (Role.LIAISON, Role.HANDLER, Role.UNIT_DEPUTY_HEAD, Role.UNIT_HEAD):
        found = holders(read, role, unit_id)
        if bound(read, found):
            return found
    return holders(read, Role.LIAISON, unit_id)


def mayor(read: Read) -> int | None:
    """Give the mayor."""
    mayors = select(Posting.person_id).where(Posting.role == Role.LEADER, Posting.position == MAYOR)
    return read.exec(mayors.where(col(Posting.active)).order_by(col(Posting.id))).first()


def leader_in_charge(read: Read, unit_id: int) -> int | None:
    """Give the vice-mayor who is in charge of a unit."""
    rows = read.exec(select(Posting).where(Posting.role == Role.LEADER, col(Posting.active)).order_by(col(Posting.id)))
    return next((row.person_id for row in rows if unit_id in row.portfolio and row.position != MAYOR), None)


def leaders(read: Read) -> list[tuple[int, str]]:
    """List the city leaders with their names."""
    ids = holders(read, Role.LEADER)
    return [(person_id, name(read, person_id)) for person_id in ids]


def secretaries(read: Read, leader_id: int) -> list[int]:
    """List the secretaries of a leader."""
    his = select(Posting.person_id).where(Posting.role == Role.SECRETARY, Posting.serves_id == leader_id)
    return list(read.exec(his.where(col(Posting.active)).order_by(col(Posting.id))))


def reader_of(read: Read, case: Case) -> int | None:
    """Give who reads for the lead proposer: himself, or the contact of a group."""
    if case.lead_id is None:
        return None
    row = read.get(Person, case.lead_id)
    if row is None or not row.is_group:
        return case.lead_id
    return groups_contact(read, row.id) or case.lead_id


def groups(read: Read, role: str | None = None) -> list[Group]:
    """List the bound groups."""
    statement = select(Group).where(col(Group.chat_id).is_not(None))
    if role:
        statement = statement.where(Group.role == role)
    return list(read.exec(statement.order_by(col(Group.id))))


def named(read: Read, name_: str) -> list[int]:
    """List the ids of those who bear a name."""
    return list(read.exec(select(Person.id).where(Person.name == name_, col(Person.active)).order_by(col(Person.id))))


@dataclass(frozen=True)
class Listed:
    """One role of one person, as the roster lists it."""

    number: str
    name: str
    role: Role
    unit: str
    joined: bool


def listed(read: Read) -> list[Listed]:
    """List everybody with each role, in the roster's order."""
    return [
        Listed(person.number or "", person.name, Role(posting.role), unit or "", person.account is not None)
        for person, posting, unit in read.exec(_WITH_POSTS.where(col(Person.active)))
        if posting is not None
    ]


def joined(read: Read) -> list[PersonView]:
    """List everybody who has joined."""
    rows = read.exec(_WITH_POSTS.where(col(Person.account).is_not(None)))
    people = (_view(list(his)) for _id, his in groupby(rows, key=lambda row: row[0].id))
    return [view for view in people if view is not None]


def groups_contact(read: Read, person_id: int) -> int | None:
    """Give who on the roster answers for a group; none where the contact stands there by name alone."""
    return read.exec(_CONTACT, person=person_id).first()
