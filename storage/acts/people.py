"""Enrolling the roster: units, people and posts; entering the same list twice adds nothing."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import Enum, auto

from sqlmodel import col, select

from storage.book import Book
from storage.outbox import Priority
from storage.rules.words import Role
from storage.tables import Person, Posting, Unit


@dataclass(frozen=True)
class Enrolment:
    """One role of one person, as a row of the roster says it; rows with the same `person` are the same person."""

    person: str
    name: str
    role: Role
    number: str | None = None
    unit: str | None = None
    position: str = ""
    portfolio: tuple[str, ...] = ()
    works_at: str | None = None
    under: str | None = None
    contact: str | None = None  # of a group: who answers for it; of a secretary: the leader he serves
    remark: str = ""
    is_group: bool = False


@dataclass(frozen=True)
class Enrolled:
    """What came of it: how many people and roles are new, and contacts that nobody on the roster is."""

    people: int
    roles: int
    unknown_contacts: tuple[str, ...]


def enrol(book: Book, rows: Sequence[Enrolment]) -> Enrolled:
    """Enter a roster; who is there already stays, with what is new added."""
    units = _units(book, rows)
    ids: dict[str, int] = {}
    moved: list[int] = []
    new_people = new_roles = 0
    for row in rows:
        if row.person not in ids:
            found = _known(book, row)
            new_people += found is None
            ids[row.person] = found.id if found else _new(book, row)
        posted = _post(book, ids[row.person], row, units)
        new_roles += posted is _Posted.NEW
        if posted is not _Posted.KNOWN:
            moved.append(ids[row.person])
    _show_menus(book, moved)
    unknown = tuple(_contacts(book, rows, ids))
    if new_people or new_roles:
        book.record("roster", facts={"people": new_people, "roles": new_roles})
    return Enrolled(new_people, new_roles, unknown)


def _units(book: Book, rows: Iterable[Enrolment]) -> dict[str, int]:
    """Give the id of every unit named, entering those that are new."""
    named = dict.fromkeys(name for row in rows for name in (row.unit, *row.portfolio, row.works_at, row.under) if name)
    known = {unit.name: unit.id for unit in book.all(select(Unit).where(col(Unit.name).in_(named)))}
    for name in named:
        if name not in known:
            known[name] = book.add(Unit(name=name)).id
    return known


def _known(book: Book, row: Enrolment) -> Person | None:
    """Find a person by his number, else by his name where no number tells."""
    if row.number:
        return book.one(select(Person).where(Person.number == row.number))
    nameless = select(Person).where(Person.name == row.name, col(Person.number).is_(None))
    return book.one(nameless.order_by(col(Person.id)))


def _new(book: Book, row: Enrolment) -> int:
    """Enter a person."""
    return book.add(Person(number=row.number, name=row.name, is_group=row.is_group, remark=row.remark)).id


def _show_menus(book: Book, person_ids: Iterable[int]) -> None:
    """Have those who have joined already shown the commands of the roles that they have now."""
    for person_id in dict.fromkeys(person_ids):
        account = book.get(Person, person_id).account
        if account is not None:
            book.send("menu", chat_id=account, priority=Priority.EDIT)


class _Posted(Enum):
    NEW = auto()
    CHANGED = auto()
    KNOWN = auto()


def _post(book: Book, person_id: int, row: Enrolment, units: dict[str, int]) -> _Posted:
    """Give a person a post, once; tell whether it is new, or other than it was."""
    unit_id = units.get(row.unit or "")
    same = (Posting.person_id == person_id, Posting.role == row.role, Posting.unit_id == unit_id)
    found = book.one(select(Posting).where(*same).order_by(col(Posting.id)))
    portfolio = [units[name] for name in row.portfolio]
    if found is not None:
        if found.portfolio != portfolio or found.position != row.position or not found.active:
            book.change(found, portfolio=portfolio, position=row.position, active=True)
            book.record("posting", facts={"person": person_id, "role": row.role, "unit": unit_id})
            return _Posted.CHANGED
        return _Posted.KNOWN
    book.add(
        Posting(
            person_id=person_id,
            role=row.role,
            unit_id=unit_id,
            position=row.position,
            portfolio=portfolio,
            works_at_id=units.get(row.works_at or ""),
            under_id=units.get(row.under or ""),
        )
    )
    return _Posted.NEW


def _contacts(book: Book, rows: Iterable[Enrolment], ids: dict[str, int]) -> Iterable[str]:
    """Join groups to their contacts and secretaries to their leaders; yield the names that nobody has."""
    by_name: dict[str, list[int]] = defaultdict(list)
    for person in book.all(select(Person).where(col(Person.active))):
        by_name[person.name].append(person.id)
    for row in rows:
        if row.contact is None:
            continue
        found = by_name.get(row.contact, [])
        if len(found) != 1:
            yield row.contact
            continue
        his = select(Posting).where(Posting.person_id == ids[row.person], Posting.role == row.role)
        posting = book.one(his.order_by(col(Posting.id)))
        if posting is not None:
            field = "serves_id" if row.role is Role.SECRETARY else "contact_id"
            book.change(posting, **{field: found[0]})
