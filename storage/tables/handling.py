"""What handling leaves behind: instructions, contacts, reports, opinions, replies, requests, files."""

from datetime import date, datetime

from sqlalchemy import JSON, Column
from sqlmodel import Field

from storage.tables.columns import Moment, Row


class File(Row, table=True):
    """A file that somebody sent, kept as bytes: a `file_id` of Telegram dies with the token."""

    id: int = Field(default=None, primary_key=True)
    sha256: str = Field(index=True)
    name: str
    mime: str
    size: int
    content: bytes
    sent_by_id: int | None = Field(default=None, foreign_key="person.id", index=True)
    received_at: datetime = Field(sa_type=Moment)


class Attachment(Row, table=True):
    """A file's place: which contact, report, reply, slip or form it belongs to."""

    id: int = Field(default=None, primary_key=True)
    file_id: int = Field(foreign_key="file.id")
    owner: str = Field(description="the table's name")
    owner_id: int = Field(index=True)


class Instruction(Row, table=True):
    """A leader's 批示; typed by a secretary it counts once the leader has confirmed it."""

    id: int = Field(default=None, primary_key=True)
    case_id: int = Field(foreign_key="case_file.id", index=True)
    leader_id: int = Field(foreign_key="person.id")
    typed_by_id: int = Field(foreign_key="person.id")
    text: str
    given_at: datetime = Field(sa_type=Moment)
    confirmed_at: datetime | None = Field(default=None, sa_type=Moment)
    withdrawn_at: datetime | None = Field(default=None, sa_type=Moment)


class Deed(Row, table=True):
    """One of the five acts in person (article 3)."""

    id: int = Field(default=None, primary_key=True)
    case_id: int = Field(foreign_key="case_file.id", index=True)
    leader_id: int = Field(foreign_key="person.id")
    typed_by_id: int = Field(foreign_key="person.id")
    kind: str
    held_on: date
    place: str = ""
    text: str
    recorded_at: datetime = Field(sa_type=Moment)
    confirmed_at: datetime | None = Field(default=None, sa_type=Moment)


class Note(Row, table=True):
    """A note on a case by office or desk, or a proposer's message to his desk."""

    id: int = Field(default=None, primary_key=True)
    case_id: int = Field(foreign_key="case_file.id", index=True)
    person_id: int = Field(foreign_key="person.id")
    audience: str = Field(description="office · desk")
    text: str
    written_at: datetime = Field(sa_type=Moment)
    withdrawn_at: datetime | None = Field(default=None, sa_type=Moment)


class Meeting(Row, table=True):
    """An offer of three times to meet, of which the proposer picks one."""

    id: int = Field(default=None, primary_key=True)
    case_id: int = Field(foreign_key="case_file.id", index=True)
    part_id: int = Field(foreign_key="part.id")
    offered_by_id: int = Field(foreign_key="person.id")
    offers: str = Field(description="one a line")
    picked: str | None = None
    offered_at: datetime = Field(sa_type=Moment)
    picked_at: datetime | None = Field(default=None, sa_type=Moment)
    version: int = 1


class Contact(Row, table=True):
    """A contact as the unit recorded it, and what the proposer says of it."""

    id: int = Field(default=None, primary_key=True)
    case_id: int = Field(foreign_key="case_file.id", index=True)
    part_id: int = Field(foreign_key="part.id", index=True)
    phase: str
    method: str
    held_on: date
    who: str
    said: str
    recorded_by_id: int = Field(foreign_key="person.id")
    recorded_at: datetime = Field(sa_type=Moment)
    stage: str = "claimed"
    version: int = 1
    confirmation: str | None = None
    remark: str = ""
    answered_at: datetime | None = Field(default=None, sa_type=Moment)


class Report(Row, table=True):
    """A progress report; the proposer sees it only where it is marked for him."""

    id: int = Field(default=None, primary_key=True)
    case_id: int = Field(foreign_key="case_file.id", index=True)
    part_id: int = Field(foreign_key="part.id", index=True)
    person_id: int = Field(foreign_key="person.id")
    text: str
    for_proposer: bool = False
    reported_at: datetime = Field(sa_type=Moment)
    withdrawn_at: datetime | None = Field(default=None, sa_type=Moment)


class CoOpinion(Row, table=True):
    """A co-handling unit's opinion, given to the host and never to the proposer."""

    id: int = Field(default=None, primary_key=True)
    case_id: int = Field(foreign_key="case_file.id", index=True)
    part_id: int = Field(foreign_key="part.id", index=True)
    person_id: int = Field(foreign_key="person.id")
    text: str
    given_at: datetime = Field(sa_type=Moment)
    returned_at: datetime | None = Field(default=None, sa_type=Moment)
    return_reason: str = ""


class Reply(Row, table=True):
    """One version of a host's reply, from draft to receipt."""

    id: int = Field(default=None, primary_key=True)
    case_id: int = Field(foreign_key="case_file.id", index=True)
    part_id: int = Field(foreign_key="part.id", index=True)
    round: int = 1
    edition: int = 1
    result_class: str
    text: str
    publicity: str
    drafted_by_id: int = Field(foreign_key="person.id")
    drafted_at: datetime = Field(sa_type=Moment)
    checked_by_id: int | None = Field(default=None, foreign_key="person.id")
    signed_by_id: int | None = Field(default=None, foreign_key="person.id")
    signed_at: datetime | None = Field(default=None, sa_type=Moment)
    passed_by_id: int | None = Field(default=None, foreign_key="person.id")
    passed_at: datetime | None = Field(default=None, sa_type=Moment)
    sent_back: str = ""
    number: str = ""
    way: str | None = None
    delivered_at: datetime | None = Field(default=None, sa_type=Moment)
    delivered_by_id: int | None = Field(default=None, foreign_key="person.id")
    received_at: datetime | None = Field(default=None, sa_type=Moment)


class Promise(Row, table=True):
    """What a reply of class B or C undertakes, and until when."""

    id: int = Field(default=None, primary_key=True)
    case_id: int = Field(foreign_key="case_file.id", index=True)
    reply_id: int = Field(foreign_key="reply.id", index=True)
    conference_id: int | None = Field(
        default=None, foreign_key="conference.id", description="none: the reply itself promises it"
    )
    text: str
    due: date


class Conference(Row, table=True):
    """A conference after the last 不满意, as one side recorded it and the other agreed to it or did not."""

    id: int = Field(default=None, primary_key=True)
    case_id: int = Field(foreign_key="case_file.id", index=True)
    round: int
    by_office: bool = Field(description="recorded by the office's head; else by the desk")
    held_on: date
    place: str
    unit_ids: list[int] = Field(default_factory=list, sa_column=Column(JSON, nullable=False))
    proposer_joined: bool
    absence: str = Field(default="", description="why the proposer took no part")
    conclusion: str = ""
    points: str = Field(default="", description="what the unit is to make up: all of it that the unit hears")
    points_due: date | None = None
    recorded_by_id: int = Field(foreign_key="person.id")
    recorded_at: datetime = Field(sa_type=Moment)
    stage: str = "to_agree"
    version: int = 1
    decided_by_id: int | None = Field(default=None, foreign_key="person.id")
    decided_at: datetime | None = Field(default=None, sa_type=Moment)
    objection: str = ""


class Request(Row, table=True):
    """A unit's request to return a case or to extend its date."""

    id: int = Field(default=None, primary_key=True)
    case_id: int = Field(foreign_key="case_file.id", index=True)
    part_id: int = Field(foreign_key="part.id", index=True)
    kind: str = Field(description="return · extension")
    reason: str
    suggested_unit_id: int | None = Field(default=None, foreign_key="unit.id")
    new_due: date | None = None
    stage: str = "awaiting_signature"
    version: int = 1
    asked_by_id: int = Field(foreign_key="person.id")
    asked_at: datetime = Field(sa_type=Moment)
    signed_by_id: int | None = Field(default=None, foreign_key="person.id")
    decided_by_id: int | None = Field(default=None, foreign_key="person.id")
    decided_at: datetime | None = Field(default=None, sa_type=Moment)
    decision_note: str = ""
