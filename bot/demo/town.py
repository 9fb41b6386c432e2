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
from storage.outbox import Priority
from storage.queries import roster
from storage.rules.words import PROPOSER_ROLES, Role
from storage.tables import Person

FIRST_ACCOUNT = 5_000_001


@dataclass(frozen=True)
class Resident:
    """Somebody of the town, for the console: a Telegram account, a name, posts, a unit, and the heading he is under."""

    account: int
    name: str
    post: str
    unit: str
    section: str


# In the order in which a case goes through their hands; the units stand between leaders and proposers.
_SECTIONS = (
    (frozenset({Role.OFFICE_HEAD, Role.CLERK}), "政府办"),
    (frozenset({Role.CONGRESS_DESK, Role.PROPOSAL_DESK}), "人大、政协"),
    (frozenset({Role.LEADER, Role.SECRETARY}), "市领导"),
)
_PROPOSERS = "代表、委员"
_SEATS = ((Role.DEPUTY, "市人大代表"), (Role.MEMBER, "市政协委员"))


def sheet(name: str) -> bytes:
    """Give one of the town's sheets."""
    return (files("bot.demo") / name).read_bytes()


def settle(book: Book, rows: list[Enrolment]) -> None:
    """Enter the roster and have everybody joined and welcomed."""
    people.enrol(book, rows)
    for place, person_id in enumerate(dict.fromkeys(_ids(book, rows))):
        person = book.get(Person, person_id)
        if person.is_group and roster.groups_contact(book.read, person_id) is not None:
            continue
        book.change(person, account=FIRST_ACCOUNT + place, bound_at=book.at)
        book.send("welcome", person_id, chat_id=person.account)
        book.send("menu", chat_id=person.account, priority=Priority.EDIT)
    book.record("demo", facts={"people": len(roster.joined(book.read))})


def enter(book: Book) -> None:
    """Enter the town's list of cases."""
    registering.enter(book, new_cases(read_cases(sheet("cases.csv"), "cases.csv").rows))


def _ids(book: Book, rows: list[Enrolment]) -> list[int]:
    """Give the ids of those entered, in the sheet's order."""
    return [found[0] for row in rows if (found := roster.named(book.read, row.name))]


def residents(book: Book) -> list[Resident]:
    """Describe everybody who has joined, heading by heading."""
    headings = [name for _roles, name in _SECTIONS]

    def place(one: Resident) -> int:
        if one.section == _PROPOSERS:
            return len(headings) + 1
        return headings.index(one.section) if one.section in headings else len(headings)

    return sorted((_resident(view) for view in roster.joined(book.read)), key=place)


def _resident(view: roster.PersonView) -> Resident:
    """Describe somebody for the console; a title is unit and post (“市住建局 局长”), or the unit alone."""
    titles = [title.partition(" ") for title in view.titles]
    unit = titles[0][0] if titles else ""
    post = "、".join(post for _, _, post in titles if post)
    section = next((name for roles, name in _SECTIONS if view.roles & roles), unit)
    if view.roles <= PROPOSER_ROLES:
        section, post = _PROPOSERS, "、".join(name for role, name in _SEATS if role in view.roles)
    return Resident(view.account or 0, view.name, post, unit, section)


def rows() -> list[Enrolment]:
    """Read the town's roster."""
    read = read_people(sheet("people.csv"), "people.csv")
    assert not read.faults
    return enrolments(read)
