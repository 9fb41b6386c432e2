"""Letters to send: kind and facts, written in their act's transaction, claimed and settled by the sender."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import IntEnum, StrEnum
from typing import Any

from sqlalchemy import func, insert, or_, update
from sqlmodel import col, select

from storage.reading import Read
from storage.rules.facts import pack
from storage.tables import Card, Draft, Entry, Letter, Person
from storage.writing import write_once


class Shape(StrEnum):
    """How a letter stands in its chat."""

    PLAIN = "plain"
    CARD = "card"  # carries the case's buttons; the former card becomes a stub
    EDIT = "edit"  # brings the card that is there up to date
    PROMPT = "prompt"  # asks a dialogue's next question
    STUB = "stub"  # takes the buttons off a message that is no longer current
    GONE = "gone"  # removes a message


class Priority(IntEnum):
    """What goes first: answers before what others did, that before the clock's, broadcasts last."""

    ANSWER = 1
    ACT = 3
    EDIT = 4
    CLOCK = 6
    BROADCAST = 8


SENT, DROPPED, DEAD, UNBOUND = "sent", "dropped", "dead", "unbound"


@dataclass(frozen=True)
class Post:
    """A letter as an act writes it; `key` is unique, so that an act done again writes none twice."""

    key: str
    kind: str
    person_id: int | None = None
    chat_id: int | None = None
    shape: Shape = Shape.PLAIN
    case_id: int | None = None
    subject_id: int | None = None
    facts: Mapping[str, Any] = field(default_factory=dict)
    priority: Priority = Priority.ACT
    silent: bool = False
    edits: int | None = None
    not_before: datetime | None = None


def put(read: Read, post: Post, at: datetime) -> int | None:
    """Write a letter, once a key; give its id, or nothing where its key is known."""
    unbound = post.person_id is not None and post.chat_id is None and not _account(read, post.person_id)
    written: int | None = write_once(
        read,
        Letter,
        "key",
        {
            "key": post.key,
            "kind": post.kind,
            "shape": post.shape,
            "facts": pack(dict(post.facts)),
            "person_id": post.person_id,
            "chat_id": post.chat_id,
            "case_id": post.case_id,
            "subject_id": post.subject_id,
            "priority": post.priority,
            "silent": post.silent,
            "edits": post.edits,
            "created_at": at,
            "not_before": post.not_before,
            "settled_at": at if unbound else None,
            "outcome": UNBOUND if unbound else None,
        },
    )
    return written


def _account(read: Read, person_id: int) -> int | None:
    """Give the account behind a person; none before he has joined."""
    return read.exec(select(Person.account).where(Person.id == person_id)).first()


def due(
    read: Read, at: datetime, but: Collection[int] = (), busy: Collection[int] = (), limit: int = 200
) -> list[tuple[int, Letter]]:
    """List the letters that may go now with the chats they go to, first things first.

    Left out are letters in hand or at rest (`but`), and those to chats that have their hands full (`busy`): a long
    queue to one chat must not stand before all others.
    """
    address = func.coalesce(Letter.chat_id, Person.account)
    statement = (
        select(address, Letter)
        .join(Person, col(Person.id) == col(Letter.person_id), isouter=True)
        .where(
            col(Letter.settled_at).is_(None),
            or_(col(Letter.not_before).is_(None), col(Letter.not_before) <= at),
            col(Letter.id).not_in(but),
            address.is_not(None),
            address.not_in(busy),
        )
        .order_by(col(Letter.priority), col(Letter.id))
        .limit(limit)
    )
    return [(int(chat_id), letter) for chat_id, letter in read.exec(statement)]


def settle(
    read: Read,
    letter_id: int,
    outcome: str,
    at: datetime,
    *,
    chat_id: int | None = None,
    message_id: int | None = None,
    text: str | None = None,
    fault: str = "",
    seen: int | None = None,
) -> None:
    """Mark a letter by what came of it, and let a card or a question know its message.

    `seen` is the newest entry of the case when the letter was rendered: what was recorded while it was on its way found
    no card to bring up to date, or an edit that seemed to wait still, and so one more edit follows.
    """
    read.connection().execute(
        update(Letter)
        .where(col(Letter.id) == letter_id)
        .values(settled_at=at, outcome=outcome, chat_id=chat_id, message_id=message_id, text=text, fault=fault)
    )
    letter = read.get(Letter, letter_id)
    if letter is None or message_id is None or outcome != SENT:
        return
    if letter.shape == Shape.CARD and letter.person_id is not None and letter.case_id is not None:
        _move_card(read, letter, message_id, at)
    if letter.shape == Shape.EDIT and letter.edits is None:
        # An edit finds its card where it was; one whose message its owner has deleted was sent anew.
        read.connection().execute(
            update(Card)
            .where(col(Card.person_id) == letter.person_id, col(Card.case_id) == letter.case_id)
            .values(message_id=message_id)
        )
    if seen is not None and letter.shape in (Shape.CARD, Shape.EDIT) and _moved_on(read, letter, seen):
        again = Post(f"again:{letter.id}", "card", letter.person_id, case_id=letter.case_id, shape=Shape.EDIT)
        put(read, replace(again, priority=Priority.EDIT, silent=True), at)
    if letter.shape == Shape.PROMPT and letter.subject_id is not None:
        read.connection().execute(update(Draft).where(col(Draft.id) == letter.subject_id).values(message_id=message_id))


def newest(read: Read, case_id: int) -> int:
    """Give the id of the newest entry on a case; 0 for none."""
    return read.exec(select(func.max(Entry.id)).where(Entry.case_id == case_id)).one() or 0


def _moved_on(read: Read, letter: Letter, seen: int) -> bool:
    """Tell whether a card is behind its case with no edit under way to it."""
    if letter.case_id is None or letter.person_id is None or newest(read, letter.case_id) <= seen:
        return False
    return not edit_waiting(read, letter.person_id, letter.case_id)


def _move_card(read: Read, letter: Letter, message_id: int, at: datetime) -> None:
    """Have the new message carry the card; what carried it before becomes a stub."""
    card = read.exec(select(Card).where(Card.person_id == letter.person_id, Card.case_id == letter.case_id)).first()
    if card is None:
        read.connection().execute(
            insert(Card).values(
                person_id=letter.person_id, case_id=letter.case_id, message_id=message_id, letter_id=letter.id
            )
        )
        return
    if card.letter_id is not None and letter.id < card.letter_id:
        return
    if card.message_id is not None and card.message_id != message_id:
        put(
            read,
            Post(
                f"stub:{card.id}:{card.message_id}",
                "moved",
                letter.person_id,
                shape=Shape.STUB,
                case_id=letter.case_id,
                priority=Priority.EDIT,
                silent=True,
                edits=card.message_id,
            ),
            at,
        )
    read.connection().execute(
        update(Card).where(col(Card.id) == card.id).values(message_id=message_id, letter_id=letter.id)
    )


def retry(read: Read, letter_id: int, not_before: datetime | None, fault: str) -> None:
    """Leave a letter for later, with what went wrong."""
    read.connection().execute(
        update(Letter)
        .where(col(Letter.id) == letter_id)
        .values(attempts=Letter.attempts + 1, not_before=not_before, fault=fault)
    )


def edit_waiting(read: Read, person_id: int, case_id: int) -> bool:
    """Tell whether an edit of this card waits already: edits of one card collapse into the last."""
    statement = select(Letter.id).where(
        col(Letter.settled_at).is_(None),
        Letter.person_id == person_id,
        Letter.case_id == case_id,
        Letter.shape == Shape.EDIT,
    )
    return read.exec(statement).first() is not None


def by_message(read: Read, chat_id: int, message_id: int) -> Letter | None:
    """Find the letter that a message carries, for replies to it."""
    return read.exec(
        select(Letter).where(Letter.chat_id == chat_id, Letter.message_id == message_id).order_by(col(Letter.id).desc())
    ).first()


def card_message(read: Read, person_id: int, case_id: int) -> int | None:
    """Give the message that carries a person's card of a case."""
    return read.exec(select(Card.message_id).where(Card.person_id == person_id, Card.case_id == case_id)).first()
