"""Urge and supervision slips as they are read, and what of them and of the dates a part's light hangs on."""

from dataclasses import dataclass
from datetime import date, datetime

from sqlmodel import col, select

from storage.queries import roster
from storage.reading import Read
from storage.rules.durations import Due
from storage.rules.stages import Stage
from storage.rules.urging import OPEN, Clock, Watch, Why, waits
from storage.rules.words import REPLYING, CaseKind, Phase, SlipKind
from storage.tables import Case, Contact, Part, Slip

WITH_STAGES = (SlipKind.URGE, SlipKind.SUPERVISION)  # an assignment slip is issued with the case and waits for nothing
_UNANSWERED = (Stage.ISSUED, Stage.SLIP_ACKNOWLEDGED)


@dataclass(frozen=True)
class SlipView:
    """A slip; `why` is the clock's reason, `reason` the words of who drafted it."""

    id: int
    kind: SlipKind
    year: int | None
    serial: int | None
    case_id: int
    case_kind: CaseKind
    number: str
    title: str
    part_id: int
    unit: str
    part_due: date | None
    why: Why
    reason: str
    stage: Stage
    version: int
    due: date | None
    drafted_by: str
    signed_by: str
    signed_at: datetime | None
    acknowledged_by: str
    acknowledged_at: datetime | None
    answer: str
    answered_by: str
    answered_at: datetime | None
    struck_off_at: datetime | None


def view(read: Read, slip_id: int) -> SlipView | None:
    """Give a slip; none for one that is not there, or that was issued with an assignment."""
    row = read.get(Slip, slip_id)
    return _view(read, row) if row is not None and row.kind in WITH_STAGES else None


def of_case(read: Read, case_id: int) -> tuple[SlipView, ...]:
    """List a case's urge and supervision slips in the order they were drafted."""
    rows = read.exec(
        select(Slip).where(Slip.case_id == case_id, col(Slip.kind).in_(WITH_STAGES)).order_by(col(Slip.id))
    )
    return tuple(_view(read, row) for row in rows)


def drafts(read: Read, upto: int | None = None) -> tuple[SlipView, ...]:
    """List the drafts that wait for a signature, of units that still have something to do; `upto` is the last id."""
    statement = (
        select(Slip)
        .join(Part, col(Part.id) == col(Slip.part_id))
        .where(Slip.stage == Stage.DRAFTED, col(Part.stage).in_(OPEN))
        .order_by(col(Slip.id))
    )
    if upto is not None:
        statement = statement.where(col(Slip.id) <= upto)
    return tuple(_view(read, row) for row in read.exec(statement))


def _view(read: Read, row: Slip) -> SlipView:
    """Make the frozen view."""
    case, part = read.get(Case, row.case_id), read.get(Part, row.part_id)
    assert case is not None
    assert part is not None
    return SlipView(
        id=row.id,
        kind=SlipKind(row.kind),
        year=row.year,
        serial=row.serial,
        case_id=case.id,
        case_kind=CaseKind(case.kind),
        number=case.number,
        title=case.title,
        part_id=part.id,
        unit=roster.unit_name(read, part.unit_id),
        part_due=part.due,
        why=Why(row.facts.get("why", Why.BY_HAND)),
        reason=row.reason,
        stage=Stage(row.stage),
        version=row.version,
        due=row.due,
        drafted_by=roster.name(read, row.drafted_by_id),
        signed_by=roster.name(read, row.signed_by_id),
        signed_at=row.signed_at,
        acknowledged_by=roster.name(read, row.acknowledged_by_id),
        acknowledged_at=row.acknowledged_at,
        answer=row.answer,
        answered_by=roster.name(read, row.answered_by_id),
        answered_at=row.answered_at,
        struck_off_at=row.struck_off_at,
    )


def of_part(read: Read, part_id: int) -> list[Slip]:
    """List a part's urge and supervision slips that were not dropped."""
    return list(
        read.exec(
            select(Slip)
            .where(Slip.part_id == part_id, col(Slip.kind).in_(WITH_STAGES), Slip.stage != Stage.DROPPED)
            .order_by(col(Slip.id))
        )
    )


def contacted(read: Read, part_id: int) -> bool:
    """Tell whether an early contact of this unit is on record."""
    early = select(Contact.id).where(Contact.part_id == part_id, Contact.phase == Phase.EARLY)
    return read.exec(early).first() is not None


def clock(read: Read, part: Part) -> Clock | None:
    """Give what a part's light hangs on now; none where the part has no due date."""
    if part.due is None or part.due_raw is None:
        return None
    of_this_date = [slip for slip in of_part(read, part.id) if slip.facts.get("due") == part.due.isoformat()]
    issued = [slip for slip in of_this_date if slip.signed_at is not None]
    return Clock(
        due=Due(part.due_raw, part.due),
        missing=tuple(_missing(read, part)),
        urged_on=max((_issued_on(slip) for slip in issued if slip.kind == SlipKind.URGE), default=None),
        urge_due=_answer_due(issued, SlipKind.URGE),
        supervision_due=_answer_due(issued, SlipKind.SUPERVISION),
    )


def _issued_on(slip: Slip) -> date:
    """Give the office's day on which a slip was issued."""
    return date.fromisoformat(slip.facts["issued"])


def _missing(read: Read, part: Part) -> list[tuple[Why, Due]]:
    """List the dates on the way that are not met yet."""
    stage = Stage(part.stage)
    found = []
    if part.sign_due is not None and waits(Watch.SIGN_RECEIPT, stage):
        found.append((Why.UNSIGNED, part.sign_due))
    if part.kind in REPLYING:
        early = part.contact_due is not None and waits(Watch.FIRST_CONTACT, stage)
        if part.contact_due is not None and early and not contacted(read, part.id):
            found.append((Why.NO_CONTACT, part.contact_due))
        if part.draft_due is not None and waits(Watch.DRAFT_REPLY, stage):
            found.append((Why.NO_DRAFT, part.draft_due))
    return [(why, Due(day, day)) for why, day in found]


def _answer_due(issued: list[Slip], kind: SlipKind) -> Due | None:
    """Give until when the earliest slip of a kind that is still unanswered is to be answered."""
    days = [slip.due for slip in issued if slip.kind == kind and slip.due is not None and slip.stage in _UNANSWERED]
    return Due(min(days), min(days)) if days else None
