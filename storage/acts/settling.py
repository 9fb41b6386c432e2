"""A person's own settings, and what his keepers do for him: a new code, or leaving his post."""

from dataclasses import dataclass

from sqlalchemy import delete, update
from sqlmodel import col, select

from storage import drafts, forms, outbox
from storage.book import Book
from storage.outbox import Priority
from storage.queries import roster, staff
from storage.rules.refusals import N_, Refused
from storage.rules.words import PROPOSER_ROLES, Role
from storage.tables import Case, Draft, Invitation, Letter, Part, Person, Posting

LANGUAGES = ("zh_CN", "en")
_NOT_YOURS = N_(
    "This person is not in your charge: the office keeps all but proposers, each desk keeps its own proposers"
)


def language(book: Book, wanted: str) -> None:
    """Have the bot speak to the actor in a language from now on."""
    book.refuse_unless(wanted in LANGUAGES, "This language is not spoken here")
    person = book.get(Person, book.person_id)
    book.change(person, language=wanted)
    book.record("language", facts={"person": person.id, "language": wanted})
    _menu(book, person.account)


def cancel(book: Book, traceless: frozenset[str]) -> str | None:
    """End what the actor is being asked; give the dialogue's name, none where there was nothing.

    Of a `traceless` dialogue (the opinion form) the question goes from the chat as well.
    """
    draft = drafts.active(book.read, book.person_id)
    if draft is None:
        return None
    if draft.dialogue in traceless:
        forms.wipe(book, draft, draft.message_id)
    elif draft.message_id is not None:
        book.send("strip", draft.person_id, chat_id=draft.chat_id, shape=outbox.Shape.STUB, edits=draft.message_id,
                  priority=Priority.EDIT, silent=True)  # fmt: skip
    drafts.end(book.read, draft)
    return draft.dialogue


# people in somebody's charge


def check_charge(book: Book, person_id: int) -> Person:
    """Refuse whoever is not the keeper of a person."""
    if staff.member(book.read, book.person_id, person_id) is None:
        raise Refused(_NOT_YOURS)
    return book.get(Person, person_id)


def check_code(book: Book, person_id: int) -> Person:
    """Refuse a code for a deputy or member to all but his desk, whatever else he is: who has it can rate."""
    person = check_charge(book, person_id)
    his = {post.role for post in roster.posts(book.read, person_id)} & PROPOSER_ROLES
    mine = staff.charge(post.role for post in roster.posts(book.read, book.person_id))
    book.refuse_unless(not his or his & mine, "Codes of deputies and members come from their desk alone")
    spoken_for = person.is_group and roster.groups_contact(book.read, person_id) is not None
    book.refuse_unless(not spoken_for, "A group is answered for by its contact, who has a code of his own")
    return person


def revoke_code(book: Book, person_id: int) -> None:
    """Make the code that a person still has void, before he gets a new one."""
    check_code(book, person_id)
    gone = book.read.connection().execute(delete(Invitation).where(col(Invitation.person_id) == person_id))
    if gone.rowcount:
        book.record("code_revoked", facts={"person": person_id})


def check_leave(book: Book, person_id: int) -> Person:
    """Refuse to take somebody off who may not be: oneself, or the office's last head."""
    person = check_charge(book, person_id)
    book.refuse_unless(person_id != book.person_id, "Nobody takes himself off the roster; a colleague does it")
    heads = roster.holders(book.read, Role.OFFICE_HEAD)
    book.refuse_unless(
        heads != [person_id], "This is the office's only head; please enter the successor on the roster first"
    )
    return person


def _menu(book: Book, account: int | None) -> None:
    """Have an account shown the commands of the roles and the language that it has from now on."""
    if account is not None:
        book.send("menu", chat_id=account, priority=Priority.EDIT)


@dataclass(frozen=True)
class Left:
    """Who has left, and whether wholly: posts that another keeps stay."""

    name: str
    wholly: bool


def leave(book: Book, person_id: int) -> Left:
    """Take somebody off the posts in the actor's charge; unbind him where none is left, and pass on what is open."""
    person = check_leave(book, person_id)
    kept = staff.charge(post.role for post in roster.posts(book.read, book.person_id))
    active = select(Posting).where(Posting.person_id == person_id, col(Posting.active))
    posts = book.all(active.order_by(col(Posting.id)))
    units = {post.unit_id for post in posts if post.role in kept}
    for post in posts:
        if post.role in kept:
            book.change(post, active=False)
    wholly = all(post.role in kept for post in posts)
    roles = sorted(post.role for post in posts if post.role in kept)
    book.record("left", facts={"person": person_id, "roles": roles, "wholly": wholly})
    _pass_on(book, person, units)
    _tell_of_led(book, person)
    account = person.account
    if wholly:
        _unbind(book, person)
    _menu(book, account)
    return Left(person.name, wholly)


def _pass_on(book: Book, person: Person, units: set[int | None]) -> None:
    """Give the parts that he handled back to their units' desks, and tell these which cases they are."""
    told: dict[int, list[str]] = {}
    for part in book.all(select(Part).where(Part.handler_id == person.id).order_by(col(Part.case_id))):
        if part.unit_id not in units:
            continue
        book.change(part, handler_id=None)
        book.record("work_passed_on", part.case_id, {"part": part.id, "person": person.id})
        number = book.get(Case, part.case_id).number
        for successor in staff.successors(book.read, part.unit_id, person.id):
            told.setdefault(successor, []).append(number)
        book.refresh(part.case_id)
    for successor, numbers in told.items():
        book.send("work_passed_on", successor, facts={"name": person.name, "numbers": numbers, "count": len(numbers)})


def _tell_of_led(book: Book, person: Person) -> None:
    """Tell the office which cases are without the leader who led them."""
    led = staff.open_work(book.read, person.id).led
    if led:
        for head in roster.holders(book.read, Role.OFFICE_HEAD):
            book.send("leader_left", head, facts={"name": person.name, "numbers": list(led), "count": len(led)})


def _unbind(book: Book, person: Person) -> None:
    """Unbind an account; what still waits to be sent to it is not."""
    account = person.account
    book.change(person, active=False, account=None, bound_at=None, unreachable_since=None)
    waiting = update(Letter).where(col(Letter.person_id) == person.id, col(Letter.settled_at).is_(None))
    book.read.connection().execute(waiting.values(settled_at=book.at, outcome=outbox.UNBOUND))
    book.read.connection().execute(delete(Draft).where(col(Draft.person_id) == person.id))
    book.read.connection().execute(delete(Invitation).where(col(Invitation.person_id) == person.id))
    if account is not None:
        book.record("unbound", facts={"person": person.id})
        book.send("left_post", chat_id=account, facts={"name": person.name})
