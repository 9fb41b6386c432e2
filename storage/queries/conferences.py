"""Conferences as they are read: the one that waits for the other side, the one agreed on, and what one says."""

from dataclasses import dataclass
from datetime import date

from sqlalchemy import bindparam
from sqlmodel import col, select

from storage.prepared import Prepared
from storage.queries import roster
from storage.reading import Read
from storage.rules.stages import Fact, Stage
from storage.tables import Conference

OWNER = "conference"  # the owner of its attachments
_AT = Prepared(
    select(Conference)
    .where(Conference.case_id == bindparam("case"), Conference.stage == bindparam("stage"))
    .order_by(col(Conference.id).desc())
)


@dataclass(frozen=True)
class ConferenceView:
    """A conference as the two sides see it; its proposer sees all but the units' points."""

    id: int
    case_id: int
    by_office: bool
    stage: Stage
    version: int
    held_on: date
    place: str
    units: tuple[str, ...]
    proposer_joined: bool
    absence: str
    conclusion: str
    points: str
    points_due: date | None
    recorded_by: str


def view(read: Read, conference_id: int | None) -> ConferenceView | None:
    """Give a conference."""
    row = read.get(Conference, conference_id) if conference_id is not None else None
    if row is None:
        return None
    return ConferenceView(
        id=row.id,
        case_id=row.case_id,
        by_office=row.by_office,
        stage=Stage(row.stage),
        version=row.version,
        held_on=row.held_on,
        place=row.place,
        units=tuple(roster.unit_name(read, unit_id) for unit_id in row.unit_ids),
        proposer_joined=row.proposer_joined,
        absence=row.absence,
        conclusion=row.conclusion,
        points=row.points,
        points_due=row.points_due,
        recorded_by=roster.name(read, row.recorded_by_id),
    )


def waiting(read: Read, case_id: int) -> Conference | None:
    """Give the conference of a case that waits for the other side's word."""
    return _at(read, case_id, Stage.TO_AGREE)


def agreed(read: Read, case_id: int) -> Conference | None:
    """Give the conference of a case that both sides have agreed on; it is the last there is."""
    return _at(read, case_id, Stage.AGREED)


def _at(read: Read, case_id: int, stage: Stage) -> Conference | None:
    """Give the newest conference of a case that stands at a stage."""
    return read.exec(_AT, case=case_id, stage=stage).first()


def facts(row: Conference, person_id: int) -> frozenset[Fact]:
    """Give what decides who may agree to a conference: which side has recorded it, and who."""
    found = {Fact.BY_OFFICE} if row.by_office else set()
    return frozenset(found | ({Fact.OWN_RECORD} if row.recorded_by_id == person_id else set()))
