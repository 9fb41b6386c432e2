"""Cases and their parts: what came in, who handles it, until when."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, Column, Index, UniqueConstraint
from sqlmodel import Field

from storage.tables.columns import Moment, Row


class RulesVersion(Row, table=True):
    """The rules in force from a moment on; a case keeps the version that it began under."""

    id: int = Field(default=None, primary_key=True)
    fingerprint: str = Field(unique=True)
    numbers: dict[str, Any] = Field(sa_column=Column(JSON, nullable=False))
    since: datetime = Field(sa_type=Moment)


class CalendarDay(Row, table=True):
    """A day of an imported notice; the shipped years need no row."""

    date_: date = Field(primary_key=True)
    works: bool
    name: str = ""
    source: str = ""


class Case(Row, table=True):
    """A suggestion or a proposal; `version` rises with every change a button may depend on."""

    __tablename__ = "case_file"
    __table_args__ = (
        UniqueConstraint("kind", "jurisdiction", "session", "number", name="case_number_once"),
        Index("case_stage", "stage"),
    )
    id: int = Field(default=None, primary_key=True)
    kind: str
    number: str = Field(index=True, description="as people write it, zero-padded: 072")
    session: str = Field(default="", index=True)
    jurisdiction: str = "本市"
    recess: bool = False
    title: str
    body: str = ""
    category: str = ""
    publicity: str | None = None
    remark: str = ""
    lead_name: str
    lead_id: int | None = Field(default=None, foreign_key="person.id", index=True)
    stage: str = "registered"
    version: int = 1
    level: int | None = None
    criterion: str | None = None
    lead_leader_id: int | None = Field(default=None, foreign_key="person.id", index=True)
    taken_on_at: datetime | None = Field(default=None, sa_type=Moment)
    paper_note: str = ""
    key_case: bool = False
    key_leader_id: int | None = Field(default=None, foreign_key="person.id")
    key_committee: str = ""
    assigned_on: date | None = None
    assigned_by_id: int | None = Field(default=None, foreign_key="person.id")
    reply_due_raw: date | None = None
    reply_due: date | None = Field(default=None, index=True)
    hard_due: date | None = None
    round: int = 1
    rules_id: int | None = Field(default=None, foreign_key="rulesversion.id")
    registered_at: datetime = Field(sa_type=Moment)
    former_verdict: str = Field(default="", description="历史导入·未核实, outside every rate")
    sheet: dict[str, Any] = Field(default_factory=dict, sa_column=Column(JSON, nullable=False))


class Seconder(Row, table=True):
    """A co-proposer, in the order of the sheet."""

    id: int = Field(default=None, primary_key=True)
    case_id: int = Field(foreign_key="case_file.id", index=True)
    place: int
    name: str
    person_id: int | None = Field(default=None, foreign_key="person.id", index=True)


class Part(Row, table=True):
    """A unit's part in a case, with the unit's own clock."""

    __table_args__ = (Index("part_unit_stage", "unit_id", "stage"), Index("part_stage", "stage"))
    id: int = Field(default=None, primary_key=True)
    case_id: int = Field(foreign_key="case_file.id", index=True)
    unit_id: int = Field(foreign_key="unit.id")
    kind: str
    stage: str = "proposed"
    version: int = 1
    assigned_on: date | None = None
    sign_due: date | None = None
    return_until: date | None = None
    contact_due: date | None = None
    draft_due: date | None = None
    due_raw: date | None = None
    due: date | None = None
    acknowledged_at: datetime | None = Field(default=None, sa_type=Moment)
    acknowledged_by_id: int | None = Field(default=None, foreign_key="person.id")
    handler_id: int | None = Field(default=None, foreign_key="person.id")
    light: str = "green"


class Card(Row, table=True):
    """One card a person and case: the message that carries the buttons."""

    __table_args__ = (UniqueConstraint("person_id", "case_id", name="card_once"),)
    id: int = Field(default=None, primary_key=True)
    person_id: int = Field(foreign_key="person.id")
    case_id: int = Field(foreign_key="case_file.id", index=True)
    message_id: int | None = None
    letter_id: int | None = None
