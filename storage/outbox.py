"""Letters to send: kind and facts, written in their act's transaction and handed to the sender after its commit."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import IntEnum, StrEnum
from typing import Any

from sqlalchemy import bindparam, literal
from sqlmodel import col, select

from storage.prepared import Prepared
from storage.reading import Read
from storage.rules.facts import pack
from storage.tables import Card, Letter, Person
from storage.tables.columns import epoch
from storage.writing import alike

_CARD = Prepared[int | None](
    select(col(Card.message_id)).where(Card.person_id == bindparam("person"), Card.case_id == bindparam("case"))
)
_EDIT_WAITING = Prepared(
    select(Letter.id)
    .where(
        col(Letter.settled_at).is_(None),
        Letter.person_id == bindparam("person"),
        Letter.case_id == bindparam("case"),
        Letter.shape == "edit",
    )
    .with_for_update()
)
LEASE = 60  # seconds of the database's time for which a letter stays in one replica's hand


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
OVERTAKEN, UNREACHABLE, LET_GO = "overtaken", "unreachable", "let_go"


# As the index says it: SQLite compares the words of a partial index with those of the question, not their values.
IS_DEAD = col(Letter.outcome) == literal(DEAD, literal_execute=True)
IS_UNREACHABLE = col(Letter.outcome) == literal(UNREACHABLE, literal_execute=True)


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


@dataclass(frozen=True, slots=True)
class Posted:
    """A letter in hand: plain values as it was written, the chat that it goes to, and the fence of its claim."""

    id: int
    key: str
    kind: str
    shape: str
    facts: dict[str, Any]
    person_id: int | None
    chat_id: int
    case_id: int | None
    subject_id: int | None
    priority: int
    silent: bool
    edits: int | None
    created_at: datetime
    not_before: datetime | None
    fence: int


def put(read: Read, post: Post, at: datetime) -> int | None:
    """Write a letter, once a key, and post it; give its id, or nothing where its key is known.

    Where a sender listens it is its own at once, in this same transaction; what may wait is for whoever has room.
    """
    chat_id = post.chat_id
    if chat_id is None and post.person_id is not None:
        chat_id = account(read, post.person_id)
    unbound = chat_id is None and post.person_id is not None
    waits = post.priority >= Priority.CLOCK or post.not_before is not None
    owner = None if unbound or waits else read.owner
    row = _row(post, at, unbound=unbound) | _first(at, owner)
    written = read.rows(_ONCE[read.kind], **row)
    if not written:
        return None
    letter_id: int = written[0][0]
    if chat_id is not None:
        posted = Posted(letter_id, **{name: row[name] for name in _CARRIED}, chat_id=chat_id, fence=0)
        read.post(posted if owner is not None else None)
    return letter_id


def account(read: Read, person_id: int) -> int | None:
    """Give the account behind a person; none before he has joined."""
    person = read.get(Person, person_id)
    return person.account if person is not None else None


_CARRIED = ("key", "kind", "shape", "facts", "person_id", "case_id", "subject_id", "priority", "silent", "edits",
            "created_at", "not_before")  # fmt: skip


def broadcast(read: Read, posts: Sequence[Post], at: datetime) -> None:
    """Write many letters in one statement, once a key; they are for whichever sender has room."""
    joined = set(read.exec(select(Person.id).where(col(Person.account).is_not(None))))
    rows = [
        _row(post, at, unbound=post.chat_id is None and post.person_id is not None and post.person_id not in joined)
        for post in posts
    ]
    if rows:
        read.run_all(_MANY[read.kind], rows, **_first(at, None))
        stir(read)


def stir(read: Read) -> None:
    """Have the sender look at the outbox after this commit."""
    read.post(None)


def _first(at: datetime, owner: str | None) -> dict[str, Any]:
    """Give the values that every letter of an act begins with."""
    return {"created_at": at, "owner": owner, "fault": "", "fence": 0}


def _row(post: Post, at: datetime, *, unbound: bool) -> dict[str, Any]:
    """Give a letter's own values; to whom nobody has joined as, it is settled already."""
    return {
        "key": post.key,
        "kind": post.kind,
        "shape": post.shape.value,
        "facts": pack(dict(post.facts)) if post.facts else {},
        "person_id": post.person_id,
        "chat_id": post.chat_id,
        "case_id": post.case_id,
        "subject_id": post.subject_id,
        "priority": int(post.priority),
        "silent": post.silent,
        "edits": post.edits,
        "not_before": post.not_before,
        "settled_at": at if unbound else None,
        "outcome": UNBOUND if unbound else None,
    }


def _once(insert: Any) -> Any:
    """Write the insert of letters, which does nothing where their key is known."""
    return insert(Letter).values(lease_until=epoch() + LEASE).on_conflict_do_nothing(index_elements=["key"])


_COLUMNS = [*_row(Post("", ""), datetime.now(UTC), unbound=False), *_first(datetime.now(UTC), None)]
_ONCE = alike(lambda insert: _once(insert).returning(col(Letter.id)), _COLUMNS)
_MANY = alike(_once, _COLUMNS)


def edit_waiting(read: Read, person_id: int, case_id: int) -> bool:
    """Tell whether an edit of this card waits already: edits of one card collapse into the last.

    On PostgreSQL it is held until the commit: who marks it as sent meanwhile finds what is recorded here.
    """
    return bool(read.exec(_EDIT_WAITING, person=person_id, case=case_id))


def by_message(read: Read, chat_id: int, message_id: int) -> Letter | None:
    """Find the letter that a message carries, for replies to it."""
    return read.exec(
        select(Letter).where(Letter.chat_id == chat_id, Letter.message_id == message_id).order_by(col(Letter.id).desc())
    ).first()


def card_message(read: Read, person_id: int, case_id: int) -> int | None:
    """Give the message that carries a person's card of a case."""
    return read.exec(_CARD, person=person_id, case=case_id).first()
