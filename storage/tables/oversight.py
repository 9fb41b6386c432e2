"""What watches: due moments, slips, alerts, and the mornings that have been held."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, Column, Index, UniqueConstraint
from sqlmodel import Field

from storage.tables.columns import Moment, Row
from storage.tables.indexes import partial


class Due(Row, table=True):
    """Something the clock does on a morning: claimed by compare-and-set, once."""

    __table_args__ = (partial("due_open", "due_on", where="done_at IS NULL"),)
    id: int = Field(default=None, primary_key=True)
    key: str = Field(unique=True)
    kind: str
    due_on: date
    case_id: int | None = Field(default=None, foreign_key="case_file.id", index=True)
    subject_id: int | None = None
    facts: dict[str, Any] = Field(default_factory=dict, sa_column=Column(JSON, nullable=False))
    done_at: datetime | None = Field(default=None, sa_type=Moment)


class Item(Row, table=True):
    """One line of a person's morning digest, waiting to be bundled."""

    __table_args__ = (
        UniqueConstraint("person_id", "key", name="item_once"),
        partial("item_open", "person_id", where="letter_id IS NULL"),
    )
    id: int = Field(default=None, primary_key=True)
    person_id: int = Field(foreign_key="person.id")
    key: str
    kind: str
    case_id: int | None = Field(default=None, foreign_key="case_file.id")
    subject_id: int | None = None
    facts: dict[str, Any] = Field(default_factory=dict, sa_column=Column(JSON, nullable=False))
    created_at: datetime = Field(sa_type=Moment)
    letter_id: int | None = Field(default=None, index=True)


class Morning(Row, table=True):
    """A working morning on which the clock's letters went out."""

    day: date = Field(primary_key=True)
    begun_at: datetime = Field(sa_type=Moment)
    done_at: datetime | None = Field(default=None, sa_type=Moment)


class Slip(Row, table=True):
    """An assignment, urge or supervision slip; numbered when it is signed."""

    __table_args__ = (UniqueConstraint("kind", "year", "serial", name="slip_number_once"), Index("slip_stage", "stage"))
    id: int = Field(default=None, primary_key=True)
    kind: str
    case_id: int = Field(foreign_key="case_file.id", index=True)
    part_id: int = Field(foreign_key="part.id", index=True)
    year: int | None = None
    serial: int | None = None
    reason: str
    facts: dict[str, Any] = Field(default_factory=dict, sa_column=Column(JSON, nullable=False))
    stage: str = "drafted"
    version: int = 1
    drafted_at: datetime = Field(sa_type=Moment)
    drafted_by_id: int | None = Field(default=None, foreign_key="person.id", description="none: the clock")
    signed_at: datetime | None = Field(default=None, sa_type=Moment)
    signed_by_id: int | None = Field(default=None, foreign_key="person.id")
    due: date | None = None
    acknowledged_at: datetime | None = Field(default=None, sa_type=Moment)
    acknowledged_by_id: int | None = Field(default=None, foreign_key="person.id")
    answer: str = ""
    answered_at: datetime | None = Field(default=None, sa_type=Moment)
    answered_by_id: int | None = Field(default=None, foreign_key="person.id")
    struck_off_at: datetime | None = Field(default=None, sa_type=Moment)


class Alert(Row, table=True):
    """What is alarmed every working morning until a fact closes it."""

    __table_args__ = (
        UniqueConstraint("cause", "subject_id", name="alert_once"),
        partial("alert_open", "id", where="closed_at IS NULL"),
    )
    id: int = Field(default=None, primary_key=True)
    cause: str
    case_id: int = Field(foreign_key="case_file.id", index=True)
    subject_id: int = Field(description="the form's or the dispute's id")
    desk_from: date
    office_from: date | None = None
    version: int = 1
    opened_at: datetime = Field(sa_type=Moment)
    postponed: int = Field(default=0, description="how often by the desk")
    office_postponed: int = Field(default=0, description="how often by the office: it silences itself alone")
    handled: str = ""
    handled_at: datetime | None = Field(default=None, sa_type=Moment)
    handled_by_id: int | None = Field(default=None, foreign_key="person.id")
    closed_at: datetime | None = Field(default=None, sa_type=Moment)
    closed_by: str | None = None
