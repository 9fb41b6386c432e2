"""Letters to send: kind and facts, written in their act's transaction and handed to the sender after its commit."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import IntEnum, StrEnum
from typing import Any

from sqlalchemy import Insert, func
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Session, col, select

from storage.rules.facts import pack
from storage.tables import Card, Entry, Letter, Person
from storage.tables.columns import epoch

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
    fence: int


def put(session: Session, post: Post, at: datetime) -> int | None:
    """Write a letter, once a key, and post it; give its id, or nothing where its key is known.

    Where a sender listens it is its own at once, in this same transaction; what may wait is for whoever has room.
    """
    chat_id = post.chat_id
    if chat_id is None and post.person_id is not None:
        chat_id = session.exec(select(Person.account).where(Person.id == post.person_id)).first()
    unbound = chat_id is None and post.person_id is not None
    waits = post.priority >= Priority.CLOCK or post.not_before is not None
    owner = None if unbound or waits else session.info.get("owner")
    row = _row(post, at, owner, unbound=unbound)
    written = session.connection().execute(_once(session).returning(col(Letter.id)), row).first()
    if written is None:
        return None
    if chat_id is not None:
        posted = Posted(written[0], **{name: row[name] for name in _CARRIED}, chat_id=chat_id, fence=0)
        session.info.setdefault("posted", []).append(posted if owner is not None else None)
    return int(written[0])


_CARRIED = ("key", "kind", "shape", "facts", "person_id", "case_id", "subject_id", "priority", "silent", "edits",
            "created_at")  # fmt: skip


def broadcast(session: Session, posts: Sequence[Post], at: datetime) -> None:
    """Write many letters in one statement, once a key; they are for whichever sender has room."""
    joined = set(session.exec(select(Person.id).where(col(Person.account).is_not(None))))
    rows = [
        _row(post, at, None, unbound=post.chat_id is None and post.person_id is not None
             and post.person_id not in joined)
        for post in posts
    ]  # fmt: skip
    if rows:
        used = [name for name in rows[0] if any(row[name] is not None for row in rows)]
        session.connection().execute(_once(session), [{name: row[name] for name in used} for row in rows])
        stir(session)


def stir(session: Session) -> None:
    """Have the sender look at the outbox after this commit."""
    session.info.setdefault("posted", []).append(None)


def _row(post: Post, at: datetime, owner: str | None, *, unbound: bool) -> dict[str, Any]:
    """Give a letter's values; to whom nobody has joined as, it is settled already."""
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
        "created_at": at,
        "not_before": post.not_before,
        "settled_at": at if unbound else None,
        "outcome": UNBOUND if unbound else None,
        "owner": owner,
        "attempts": 0,
        "fault": "",
        "fence": 0,
    }


_INSERTS: Mapping[str, Insert] = {
    name: dialect.insert(Letter).values(lease_until=epoch() + LEASE).on_conflict_do_nothing(index_elements=["key"])
    for name, dialect in (("sqlite", sqlite), ("postgresql", postgresql))
}


def _once(session: Session) -> Any:
    """Give the statement that writes a letter unless its key is known."""
    return _INSERTS[session.get_bind().dialect.name]


def newest(session: Session, case_id: int) -> int:
    """Give the id of the newest entry on a case; 0 for none."""
    return session.exec(select(func.max(Entry.id)).where(Entry.case_id == case_id)).one() or 0


def edit_waiting(session: Session, person_id: int, case_id: int) -> bool:
    """Tell whether an edit of this card waits already: edits of one card collapse into the last.

    On PostgreSQL it is held until the commit: who marks it as sent meanwhile finds what is recorded here.
    """
    statement = select(Letter.id).where(
        col(Letter.settled_at).is_(None),
        Letter.person_id == person_id,
        Letter.case_id == case_id,
        Letter.shape == Shape.EDIT,
    )
    return session.exec(statement.with_for_update()).first() is not None


def by_message(session: Session, chat_id: int, message_id: int) -> Letter | None:
    """Find the letter that a message carries, for replies to it."""
    return session.exec(
        select(Letter).where(Letter.chat_id == chat_id, Letter.message_id == message_id).order_by(col(Letter.id).desc())
    ).first()


def card_message(session: Session, person_id: int, case_id: int) -> int | None:
    """Give the message that carries a person's card of a case."""
    return session.exec(select(Card.message_id).where(Card.person_id == person_id, Card.case_id == case_id)).first()
