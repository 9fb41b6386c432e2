"""What becomes of letters that cannot be delivered: a chat moved or lost, a letter dead, sent again or let go."""

from collections.abc import Callable

from sqlalchemy import update
from sqlmodel import col, select

from storage import outbox, outcomes
from storage.book import Book
from storage.outcomes import Mark
from storage.queries import roster, undelivered
from storage.rules.refusals import N_, Refused, Stale
from storage.rules.words import Role
from storage.tables import Group, Letter

Decision = Callable[[Book, int], None]


def dead(book: Book, mark: Mark) -> None:
    """Put a letter on the list of those that cannot be sent, and tell its keepers; once an hour is enough.

    The word is of the plainest kind, which reads nothing: what has killed the letter does not kill it too.
    """
    letter = mark.letter
    if not outcomes.settle(book.read, [mark], book.at):
        return
    book.record("dead_letter", letter.case_id, facts={"letter": letter.id, "kind": letter.kind})
    if letter.key.startswith("dead:"):
        return
    hour = f"{book.at:%Y%m%d%H}"
    said = {"msgid": N_("A message could not be delivered; it is kept. 待办 shows it and what can be done."),
            "facts": {}}  # fmt: skip
    for keeper in undelivered.keepers(book.read, letter.person_id):
        book.send("said", keeper, key=f"dead:{hour}:{keeper}", facts=said)


def again(book: Book, letter_id: int) -> None:
    """Send a dead letter once more; its former place in the outbox is its own."""
    _revive(book, _dead(book, letter_id), settled_at=None, outcome=None, owner=None, not_before=None, fault="")
    outbox.stir(book.read)
    book.record("dead_letter_again", facts={"letter": letter_id})


def let_go(book: Book, letter_id: int) -> None:
    """Send a dead letter no more."""
    _revive(book, _dead(book, letter_id), outcome=outbox.LET_GO, settled_at=book.at)
    book.record("dead_letter_let_go", facts={"letter": letter_id})


def _dead(book: Book, letter_id: int) -> Letter:
    """Load a dead letter that is the actor's to decide on; the command line may decide on each."""
    letter = book.read.get(Letter, letter_id)
    if letter is None or letter.outcome != outbox.DEAD:
        raise Stale(N_("This message is no longer on the list; nothing was changed"))
    who = book.by.person_id
    if who is not None and who not in undelivered.keepers(book.read, letter.person_id):
        raise Refused(N_("This is for those to decide who look after the recipient"))
    return letter


def _revive(book: Book, letter: Letter, **values: object) -> None:
    """Change a dead letter; the second of two who decide at once is told so."""
    changed = update(Letter).where(col(Letter.id) == letter.id, col(Letter.outcome) == outbox.DEAD)
    if book.read.connection().execute(changed.values(**values)).rowcount != 1:
        raise Stale(N_("This message is no longer on the list; nothing was changed"))


# groups


def migrated(book: Book, chat_id: int, new_id: int) -> None:
    """Have a group's letters follow it to its supergroup; told twice, by message and by refusal, it is done once."""
    group = book.one(select(Group).where(Group.chat_id == chat_id))
    if group is not None:
        book.change(group, chat_id=new_id)
        book.record("group_moved", facts={"group": group.id})
    open_letters = update(Letter).where(col(Letter.chat_id) == chat_id, col(Letter.settled_at).is_(None))
    moved = book.read.connection().execute(open_letters.values(chat_id=new_id, owner=None, fence=Letter.fence + 1))
    if moved.rowcount:
        outbox.stir(book.read)


def expelled_with(book: Book, mark: Mark) -> None:
    """Take a refused letter as word that the bot is no longer in its group."""
    if outcomes.settle(book.read, [mark], book.at):
        expelled(book, mark.letter.chat_id)


def expelled(book: Book, chat_id: int) -> None:
    """Unbind a group that the bot was thrown out of, and tell those whose group it was."""
    open_letters = update(Letter).where(col(Letter.chat_id) == chat_id, col(Letter.settled_at).is_(None))
    book.read.connection().execute(open_letters.values(settled_at=book.at, outcome=outbox.DROPPED))
    group = book.one(select(Group).where(Group.chat_id == chat_id))
    if group is None:
        return
    book.change(group, chat_id=None, bound_at=None)
    book.record("group_lost", facts={"group": group.id, "role": group.role})
    people = roster.office(book.read) if group.role == "office" else roster.holders(book.read, Role(group.role))
    for person_id in people:
        book.send("group_lost", person_id, facts={"title": group.title})
