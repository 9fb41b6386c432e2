"""The office's board: how many cases stand where, and which are late; numbers only, so that a group may see them."""

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import func
from sqlmodel import col, select

from storage.queries import totals
from storage.reading import Read
from storage.rules.lights import Light
from storage.rules.stages import Stage
from storage.rules.words import CaseKind, Level
from storage.tables import Case, Part, Unit

TOP = 8


@dataclass(frozen=True)
class Late:
    """A unit's part that is overdue by so many days."""

    kind: CaseKind
    number: str
    unit: str
    days: int


@dataclass(frozen=True)
class Board:
    """Counts by stage, level and light; the parts that are late, worst first; those not acknowledged in time."""

    count: int
    stages: tuple[tuple[Stage, int], ...]
    levels: tuple[tuple[Level, int], ...]
    lights: tuple[tuple[Light, int], ...]
    late: tuple[Late, ...]
    late_count: int
    unacknowledged: int
    unacknowledged_late: int


_AT_WORK = (
    Stage.AWAITING_RECEIPT,
    Stage.HANDLING,
    Stage.DEPUTY_REVIEW,
    Stage.HEAD_SIGNATURE,
    Stage.OFFICE_REVIEW,
    Stage.TO_DELIVER,
)


def board(read: Read, today: date, since: datetime) -> Board:
    """Count the cases registered since the year began, and older ones still open."""
    counted = totals.standing(read, since)
    stages = {Stage(stage): count for stage, count in counted.items()}
    levels = dict(
        read.exec(select(Case.level, func.count()).where(Case.stage == Stage.ASSIGNED).group_by(col(Case.level))).all()
    )
    at_work = (col(Part.assigned_on).is_not(None), col(Part.stage).in_(_AT_WORK))
    lights = dict(read.exec(select(Part.light, func.count()).where(*at_work).group_by(col(Part.light))).all())
    overdue = (*at_work, col(Part.due) < today)
    unsigned = (col(Part.assigned_on).is_not(None), Part.stage == Stage.AWAITING_RECEIPT)
    return Board(
        count=sum(stages.values()),
        stages=tuple((stage, stages[stage]) for stage in Stage if stage in stages),
        levels=tuple((level, levels[level]) for level in Level if level in levels),
        lights=tuple((light, lights[light]) for light in Light if light in lights),
        late=_late(read, today),
        late_count=read.exec(select(func.count()).select_from(Part).where(*overdue)).one(),
        unacknowledged=read.exec(select(func.count()).select_from(Part).where(*unsigned)).one(),
        unacknowledged_late=read.exec(
            select(func.count()).select_from(Part).where(*unsigned, col(Part.sign_due) < today)
        ).one(),
    )


def _late(read: Read, today: date) -> tuple[Late, ...]:
    """List the parts that are late, those longest overdue first."""
    rows = read.exec(
        select(Case.kind, Case.number, Unit.name, col(Part.due))
        .join(Part, col(Part.case_id) == col(Case.id))
        .join(Unit, col(Unit.id) == col(Part.unit_id))
        .where(col(Part.assigned_on).is_not(None), col(Part.stage).in_(_AT_WORK), col(Part.due) < today)
        .order_by(col(Part.due), col(Case.number), col(Part.id))
        .limit(TOP)
    )
    return tuple(Late(CaseKind(kind), number, unit, (today - due).days) for kind, number, unit, due in rows if due)
