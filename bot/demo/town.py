"""Loading the demo town: its roster and its list of cases, everybody joined."""

from dataclasses import dataclass
from importlib.resources import files

from handlers.enrolling import enrolments
from handlers.importing import new_cases
from handlers.papers.case_sheets import read_cases
from handlers.papers.roster_sheets import read_people
from storage.acts import people, registering
from storage.acts.people import Enrolment
from storage.book import Book
from storage.queries import roster
from storage.rules.words import Role
from storage.tables import Person

FIRST_ACCOUNT = 5_000_001


@dataclass(frozen=True)
class Resident:
    """Somebody of the town, for the console: a Telegram account, a name, and the heading to list him under."""

    account: int
    name: str
    title: str
    section: str


_SECTIONS = (
    (frozenset({Role.OFFICE_HEAD, Role.CLERK}), "政府办"),
    (frozenset({Role.CONGRESS_DESK, Role.PROPOSAL_DESK}), "人大、政协"),
    (frozenset({Role.LEADER, Role.SECRETARY}), "市领导"),
    (frozenset({Role.DEPUTY, Role.MEMBER}), "代表、委员"),
)


def sheet(name: str) -> bytes:
    """Give one of the town's sheets."""
    return (files("bot.demo") / name).read_bytes()


def settle(book: Book, rows: list[Enrolment]) -> list[Resident]:
    """Enter the roster and have everybody joined."""
    people.enrol(book, rows)
    residents = []
    for place, person_id in enumerate(dict.fromkeys(_ids(book, rows))):
        person = book.get(Person, person_id)
        if person.is_group and roster.groups_contact(book.read, person_id) is not None:
            continue
        account = FIRST_ACCOUNT + place
        book.change(person, account=account, bound_at=book.at)
        residents.append(resident(book, person_id, account))
    book.record("demo", facts={"people": len(residents)})
    return residents


def enter(book: Book) -> None:
    """Enter the town's list of cases."""
    registering.enter(book, new_cases(read_cases(sheet("cases.csv"), "cases.csv").rows))


def resident(book: Book, person_id: int, account: int) -> Resident:
    """Describe somebody for the console."""
    view = roster.person(book.read, person_id)
    assert view is not None
    section = next((name for roles, name in _SECTIONS if view.roles & roles), "")
    return Resident(account, view.name, "、".join(view.titles), section or view.titles[0].split(" ")[0])


def _ids(book: Book, rows: list[Enrolment]) -> list[int]:
    """Give the ids of those entered, in the sheet's order."""
    return [found[0] for row in rows if (found := roster.named(book.read, row.name))]


def residents(book: Book) -> list[Resident]:
    """Describe everybody who has joined."""
    return [resident(book, view.id, view.account) for view in roster.joined(book.read) if view.account]


def rows() -> list[Enrolment]:
    """Read the town's roster."""
    read = read_people(sheet("people.csv"), "people.csv")
    assert not read.faults
    return enrolments(read)
