"""What becomes of letters that cannot be delivered: nobody there, a chat moved or lost, a letter dead."""

from sqlalchemy import update
from sqlmodel import col, select

from storage import outbox
from storage.book import Book
from storage.queries import roster
from storage.rules.words import PROPOSER_ROLES, CaseKind, Role
from storage.tables import Group, Letter, Person


def unreachable(book: Book, letter_id: int, why: str) -> None:
    """Mark the person of a letter unreachable and tell who looks after him: his desk, or the office."""
    letter = book.get(Letter, letter_id)
    outbox.settle(book.read, letter_id, outbox.DEAD, book.at, chat_id=letter.chat_id, fault=why)
    person = book.read.get(Person, letter.person_id) if letter.person_id is not None else None
    if person is not None:
        _lose(book, person, why)


def blocked(book: Book, person_id: int) -> None:
    """Mark a person who has stopped the bot as unreachable, before any letter fails."""
    _lose(book, book.get(Person, person_id), "blocked")


def _lose(book: Book, person: Person, why: str) -> None:
    """Mark a person unreachable, once, and tell his keepers."""
    if person.unreachable_since is not None:
        return
    book.change(person, unreachable_since=book.at)
    book.record("unreachable", facts={"person": person.id, "why": why})
    for keeper in _keepers(book, person.id):
        book.send("unreachable", keeper, key=f"unreachable:{person.id}:{book.at.timestamp()}:{keeper}",
                  facts={"name": person.name})  # fmt: skip


def reachable(book: Book, person_id: int) -> None:
    """Note that a person can be reached again."""
    person = book.get(Person, person_id)
    if person.unreachable_since is not None:
        book.change(person, unreachable_since=None)
        book.record("reachable", facts={"person": person_id})


def _keepers(book: Book, person_id: int) -> list[int]:
    """List who looks after a person."""
    roles = {post.role for post in roster.posts(book.read, person_id)}
    if Role.DEPUTY in roles:
        return roster.desk(book.read, CaseKind.SUGGESTION)
    if roles & PROPOSER_ROLES:
        return roster.desk(book.read, CaseKind.PROPOSAL)
    return [keeper for keeper in roster.office(book.read) if keeper != person_id]


def migrated(book: Book, chat_id: int, new_id: int) -> None:
    """Have a group's letters follow it to its supergroup."""
    group = book.one(select(Group).where(Group.chat_id == chat_id))
    if group is not None:
        book.change(group, chat_id=new_id)
        book.record("group_moved", facts={"group": group.id})
    open_letters = update(Letter).where(col(Letter.chat_id) == chat_id, col(Letter.settled_at).is_(None))
    book.read.connection().execute(open_letters.values(chat_id=new_id))


def expelled(book: Book, chat_id: int) -> None:
    """Unbind a group that the bot was thrown out of, and tell those whose group it was."""
    group = book.one(select(Group).where(Group.chat_id == chat_id))
    if group is None:
        return
    book.change(group, chat_id=None, bound_at=None)
    book.record("group_lost", facts={"group": group.id, "role": group.role})
    open_letters = update(Letter).where(col(Letter.chat_id) == chat_id, col(Letter.settled_at).is_(None))
    book.read.connection().execute(open_letters.values(settled_at=book.at, outcome=outbox.DROPPED))
    people = roster.office(book.read) if group.role == "office" else roster.holders(book.read, Role(group.role))
    for person_id in people:
        book.send("group_lost", person_id, facts={"title": group.title})


def dead(book: Book, letter_id: int, why: str) -> None:
    """Put a letter on the list of those that cannot be sent, and tell the office once."""
    letter = book.get(Letter, letter_id)
    outbox.settle(book.read, letter_id, outbox.DEAD, book.at, chat_id=letter.chat_id, fault=why)
    book.record("dead_letter", letter.case_id, facts={"letter": letter_id, "kind": letter.kind})
    if letter.kind == "dead_letter":
        return
    for clerk in roster.office(book.read):
        book.send("dead_letter", clerk, key=f"dead:{letter_id}:{clerk}", case_id=letter.case_id,
                  facts={"name": book.name(letter.person_id)})  # fmt: skip
