"""What comes in and goes out, what is awaited, and the record."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, BigInteger, Column, Index, LargeBinary
from sqlmodel import Field

from storage.tables.columns import Moment, Row
from storage.tables.indexes import partial


class Update(Row, table=True):
    """An update as Telegram sent it; committed before Telegram hears 200 or sees a higher offset."""

    __tablename__ = "inbox"
    __table_args__ = (
        partial("inbox_open", "chat_id", "id", where="handled_at IS NULL"),
        partial("inbox_failed", "id", where="outcome = 'failed'"),
    )
    id: int = Field(sa_column=Column(BigInteger, primary_key=True, autoincrement=False), description="update_id")
    chat_id: int = Field(sa_column=Column(BigInteger, nullable=False), description="0 where it belongs to no chat")
    body: dict[str, Any] = Field(sa_column=Column(JSON, nullable=False))
    received_at: datetime = Field(sa_type=Moment)
    handled_at: datetime | None = Field(default=None, sa_type=Moment)
    outcome: str | None = Field(default=None, description="done · refused · failed · ignored")
    attempts: int = Field(default=0, description="how often its handling has failed by our fault")
    not_before: datetime | None = Field(default=None, sa_type=Moment, description="when it is tried again")
    fault: str = Field(default="", description="the number that the person was told, and what failed")


class Turn(Row, table=True):
    """Whose the updates of a chat are: one replica's at a time, under a number that only grows."""

    chat_id: int = Field(sa_column=Column(BigInteger, primary_key=True, autoincrement=False))
    owner: str | None = Field(default=None, index=True)
    until: int = Field(
        default=0, sa_column=Column(BigInteger, nullable=False), description="of the lease: the database's seconds"
    )
    fence: int = 0
    newest: int = Field(
        sa_column=Column(BigInteger, nullable=False), description="the highest update stored; beyond it nothing waits"
    )


class Lease(Row, table=True):
    """What only one replica may do at a time, such as asking Telegram for updates."""

    name: str = Field(primary_key=True)
    owner: str | None = None
    until: int = Field(sa_column=Column(BigInteger, nullable=False), description="the database's seconds")


class Letter(Row, table=True):
    """A message waiting in the outbox: kind and facts, rendered in the reader's language when it is sent."""

    __tablename__ = "outbox"
    __table_args__ = (
        partial("outbox_open", "priority", "id", where="settled_at IS NULL"),
        partial("outbox_dead", "id", where="outcome = 'dead'"),
        Index("outbox_message", "chat_id", "message_id"),
    )
    id: int = Field(default=None, primary_key=True)
    key: str = Field(unique=True)
    kind: str
    shape: str = "plain"
    facts: dict[str, Any] = Field(default_factory=dict, sa_column=Column(JSON, nullable=False))
    person_id: int | None = Field(default=None, foreign_key="person.id")
    chat_id: int | None = Field(default=None, sa_column=Column(BigInteger))
    case_id: int | None = Field(default=None, foreign_key="case_file.id", index=True)
    subject_id: int | None = None
    priority: int = 5
    silent: bool = False
    edits: int | None = Field(default=None, description="the message to edit")
    created_at: datetime = Field(sa_type=Moment)
    not_before: datetime | None = Field(default=None, sa_type=Moment)
    text: str | None = Field(default=None, description="as it was rendered; kept")
    message_id: int | None = None
    settled_at: datetime | None = Field(default=None, sa_type=Moment)
    outcome: str | None = Field(default=None, description="sent · dropped · overtaken · unreachable · dead · let_go …")
    fault: str = ""
    owner: str | None = Field(default=None, description="the replica that has it in hand")
    lease_until: int | None = Field(default=None, sa_column=Column(BigInteger), description="the database's seconds")
    fence: int = Field(default=0, description="counts the hands it went through")


class Lane(Row, table=True):
    """A chat as the replicas share it: one of them at a time sends there, and the next one keeps the pace of the last.

    Row 0 is for all chats together. Times are the database's seconds since 1970. SQLite needs none: one process sends.
    """

    chat_id: int = Field(
        sa_column=Column(BigInteger, primary_key=True, autoincrement=False), description="0: all chats"
    )
    owner: str | None = None
    lease_until: float = 0.0
    slot_at: float = Field(default=0.0, description="of row 0: when the next call of all may leave")
    free_at: dict[str, float] = Field(default_factory=dict, sa_column=Column(JSON, nullable=False))


class Absence(Row, table=True):
    """Somebody whom the bot cannot reach: a task of his keepers until he is back or one notes what was done."""

    __table_args__ = (
        partial("absence_open", "person_id", where="ended_at IS NULL", unique=True),
    )  # fmt: skip
    id: int = Field(default=None, primary_key=True)
    person_id: int = Field(foreign_key="person.id", index=True)
    since: datetime = Field(sa_type=Moment)
    why: str = ""
    version: int = 1
    note: str = ""
    noted_at: datetime | None = Field(default=None, sa_type=Moment)
    noted_by_id: int | None = Field(default=None, foreign_key="person.id")
    ended_at: datetime | None = Field(default=None, sa_type=Moment)


class Draft(Row, table=True):
    """An awaited answer: which dialogue, at which step, with what was said so far.

    Typed words go to the person's active draft; a press on an older one makes that active again.
    """

    __table_args__ = (partial("draft_active", "person_id", where="active", unique=True),)
    id: int = Field(default=None, primary_key=True)
    person_id: int = Field(foreign_key="person.id", index=True)
    chat_id: int = Field(sa_column=Column(BigInteger, nullable=False))
    dialogue: str = Field(index=True)
    step: str
    facts: dict[str, Any] = Field(default_factory=dict, sa_column=Column(JSON, nullable=False))
    case_id: int | None = Field(default=None, foreign_key="case_file.id")
    version: int = 1
    active: bool = True
    begun_at: datetime = Field(sa_type=Moment)
    expires_at: datetime = Field(sa_type=Moment)
    message_id: int | None = None


class Entry(Row, table=True):
    """A leaf of the record: canonical bytes and their hash (RFC 9162, 2.1.1); the index is given after the commit."""

    __tablename__ = "record"
    id: int = Field(default=None, primary_key=True)
    place: int | None = Field(default=None, unique=True)
    body: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    leaf: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    chain: bytes | None = Field(default=None, sa_column=Column(LargeBinary))
    kind: str
    case_id: int | None = Field(default=None, index=True)
    at: datetime = Field(sa_type=Moment)


class Opening(Row, table=True):
    """The words behind a commitment in the record, with their salt; erased without breaking a leaf."""

    id: int = Field(default=None, primary_key=True)
    entry_id: int = Field(foreign_key="record.id", index=True)
    name: str
    salt: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    words: str
