"""The opinion form, its answers, and disputes; nothing here is ever written by a unit."""

from datetime import date, datetime

from sqlmodel import Field

from storage.tables.columns import Moment, Row


class Form(Row, table=True):
    """One 征询意见表: a proposer, a replying unit's part, an edition of its reply."""

    __tablename__ = "opinion_form"
    id: int = Field(default=None, primary_key=True)
    case_id: int = Field(foreign_key="case_file.id", index=True)
    part_id: int = Field(foreign_key="part.id")
    reply_id: int = Field(foreign_key="reply.id", unique=True)
    person_id: int | None = Field(default=None, foreign_key="person.id", index=True)
    round: int = 1
    stage: str = "drawn"
    version: int = 1
    lot: int = Field(description="drawn once and kept: how many working days after receipt it opens")
    opens_on: date = Field(description="known to the bot alone")
    opened_on: date | None = None
    closes_on: date | None = Field(default=None, description="the last day of the window; it ends at 24:00")
    receipt: str | None = Field(default=None, unique=True)
    submitted_at: datetime | None = Field(default=None, sa_type=Moment)
    interested: bool = Field(default=False, description="有利害关系: of or under the handling unit; counted apart")


class Answer(Row, table=True):
    """One submission; append-only, the last before closing counts."""

    __tablename__ = "form_answer"
    id: int = Field(default=None, primary_key=True)
    form_id: int = Field(foreign_key="opinion_form.id", index=True)
    place: int
    source: str = "proposer"
    attitude: str
    result: str
    solved: str
    contact: str
    relevance: str
    reason: str = ""
    telling: str
    given_at: datetime = Field(sa_type=Moment)
    entered_by_id: int = Field(foreign_key="person.id")
    verified_at: datetime | None = Field(default=None, sa_type=Moment)
    denied_at: datetime | None = Field(default=None, sa_type=Moment)


class Dispute(Row, table=True):
    """A proposer's word that a rating in his name is not his own view."""

    id: int = Field(default=None, primary_key=True)
    case_id: int = Field(foreign_key="case_file.id", index=True)
    form_id: int = Field(foreign_key="opinion_form.id", index=True)
    person_id: int = Field(foreign_key="person.id")
    reason: str
    words: str = ""
    telling: str
    raised_at: datetime = Field(sa_type=Moment)
    closed_at: datetime | None = Field(default=None, sa_type=Moment)
    finding: str = ""
    upheld: bool | None = Field(default=None, description="what the finding says; none before it")
