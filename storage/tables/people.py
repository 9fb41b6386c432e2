"""The roster: units, people, the posts they hold, and the codes by which they join."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, BigInteger, Column, Index, UniqueConstraint
from sqlmodel import Field

from storage.tables.columns import Moment, Row


class Unit(Row, table=True):
    """A unit that handles cases, or another body that people on the roster belong to."""

    id: int = Field(default=None, primary_key=True)
    name: str = Field(unique=True)
    active: bool = True


class Person(Row, table=True):
    """Somebody on the roster; bound once he has pressed “that is me”."""

    id: int = Field(default=None, primary_key=True)
    number: str | None = Field(default=None, unique=True, description="人员编号 of the roster")
    name: str = Field(index=True)
    is_group: bool = False
    account: int | None = Field(default=None, sa_column=Column(BigInteger, unique=True), description="Telegram user id")
    language: str | None = None
    client_language: str | None = None
    bound_at: datetime | None = Field(default=None, sa_type=Moment)
    unreachable_since: datetime | None = Field(default=None, sa_type=Moment)
    active: bool = True
    remark: str = ""


class Posting(Row, table=True):
    """One role of one person; several are allowed, in several units."""

    __table_args__ = (
        UniqueConstraint("person_id", "role", "unit_id", name="posting_once"),
        Index("posting_role_unit", "role", "unit_id"),
    )
    id: int = Field(default=None, primary_key=True)
    person_id: int = Field(foreign_key="person.id", index=True)
    role: str
    unit_id: int | None = Field(default=None, foreign_key="unit.id")
    position: str = ""
    portfolio: list[int] = Field(default_factory=list, sa_column=Column(JSON, nullable=False))
    works_at_id: int | None = Field(default=None, foreign_key="unit.id", description="所在单位")
    under_id: int | None = Field(default=None, foreign_key="unit.id", description="主管单位")
    serves_id: int | None = Field(default=None, foreign_key="person.id", description="the leader a secretary serves")
    contact_id: int | None = Field(default=None, foreign_key="person.id", description="who answers for a group")
    active: bool = True


class Invitation(Row, table=True):
    """A single-use code; deleted in the statement that binds it."""

    code: str = Field(primary_key=True)
    person_id: int = Field(foreign_key="person.id", unique=True)
    issued_by_id: int | None = Field(default=None, foreign_key="person.id", description="none: the command line")
    issued_at: datetime = Field(sa_type=Moment)
    expires_at: datetime = Field(sa_type=Moment)


class Binding(Row, table=True):
    """An account that has opened a code and is asked “is that you?”, or waits for the issuer's approval."""

    id: int = Field(default=None, primary_key=True)
    account: int = Field(sa_column=Column(BigInteger, index=True, nullable=False))
    person_id: int = Field(foreign_key="person.id", index=True)
    code: str | None = None
    issued_by_id: int | None = Field(default=None, foreign_key="person.id")
    client_language: str | None = None
    opened_at: datetime = Field(sa_type=Moment)
    stage: str = "asked"  # asked · awaiting_approval · bound · refused
    version: int = 1


class Group(Row, table=True):
    """A bound group chat: the office's or a desk's; or a code that will bind one."""

    __tablename__ = "group_chat"
    id: int = Field(default=None, primary_key=True)
    role: str = Field(description="office · congress_desk · proposal_desk")
    chat_id: int | None = Field(default=None, sa_column=Column(BigInteger, unique=True))
    title: str = ""
    code: str | None = Field(default=None, unique=True)
    expires_at: datetime | None = Field(default=None, sa_type=Moment)
    issued_by_id: int | None = Field(default=None, foreign_key="person.id")
    bound_at: datetime | None = Field(default=None, sa_type=Moment)


class Setting(Row, table=True):
    """What the installation itself must remember: keys, the bot's name, counters."""

    key: str = Field(primary_key=True)
    value: Any = Field(sa_column=Column(JSON, nullable=False))
