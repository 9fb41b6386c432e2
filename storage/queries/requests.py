"""What units have asked for: to return a case, or to extend its date."""

from dataclasses import dataclass
from datetime import date

from sqlmodel import col, select

from storage.queries import roster
from storage.reading import Read
from storage.rules.stages import Stage
from storage.rules.words import SlipKind
from storage.tables import Part, Request, Slip

RETURN, EXTENSION = "return", "extension"
OPEN = (Stage.AWAITING_SIGNATURE, Stage.AWAITING_OFFICE)


@dataclass(frozen=True)
class Asked:
    """A request as its deciders see it."""

    part_id: int
    unit_id: int
    unit: str
    suggested_id: int | None
    suggested: str
    new_due: date | None


def asked(read: Read, request_id: int) -> Asked | None:
    """Give a request."""
    row = read.get(Request, request_id)
    part = read.get(Part, row.part_id) if row is not None else None
    if row is None or part is None:
        return None
    return Asked(
        part.id,
        part.unit_id,
        roster.unit_name(read, part.unit_id),
        row.suggested_unit_id,
        roster.unit_name(read, row.suggested_unit_id),
        row.new_due,
    )


def waiting(read: Read, part_id: int) -> Request | None:
    """Give the request of a part that nobody has decided yet."""
    open_ = select(Request).where(Request.part_id == part_id, col(Request.stage).in_(OPEN))
    return read.exec(open_.order_by(col(Request.id))).first()


def granted(read: Read, kind: str, *, case_id: int | None = None, part_id: int | None = None) -> list[Request]:
    """List the requests of a kind that the office agreed to, on a case or on one part."""
    statement = select(Request).where(Request.kind == kind, Request.stage == Stage.GRANTED).order_by(col(Request.id))
    if case_id is not None:
        statement = statement.where(Request.case_id == case_id)
    if part_id is not None:
        statement = statement.where(Request.part_id == part_id)
    return list(read.exec(statement))


def refused_by_office(read: Read, kind: str, part_id: int) -> bool:
    """Tell whether the office has refused such a request since the part was assigned.

    One that the unit's own head sent back is no refusal.
    """
    refused = select(Request.id).where(
        Request.kind == kind,
        Request.part_id == part_id,
        Request.stage == Stage.DENIED,
        col(Request.signed_by_id).is_not(None),
    )
    slips = select(Slip.signed_at).where(Slip.part_id == part_id, Slip.kind == SlipKind.ASSIGNMENT)
    assigned_at = read.exec(slips.order_by(col(Slip.id).desc())).first()
    if assigned_at is not None:
        refused = refused.where(Request.asked_at >= assigned_at)
    return read.exec(refused).first() is not None
