"""Totals for the groups: numbers alone, nothing of anybody's rating."""

from collections import Counter
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import func
from sqlmodel import col, select

from storage.queries.alerts import office_knows, open_alerts
from storage.reading import Read
from storage.rules.lights import Light
from storage.rules.stages import Stage, case
from storage.rules.urging import OPEN
from storage.rules.words import DESK_OF, CaseKind
from storage.tables import Case, Form, Group, Part, Slip

_OPEN = sorted({stage for step in case.steps() for stage in (step.source, step.target)} - {Stage.CONCLUDED})
AT_LEAST = 3  # chat.md 4: a total over fewer forms is not shown


@dataclass(frozen=True)
class Totals:
    """What a group is told; a number over fewer than three forms is none."""

    cases: int
    assigned: int
    replied: int
    concluded: int
    unsigned: int
    blue: int
    yellow: int
    overdue: int
    slips: int
    forms_sent: int | None
    forms_back: int | None
    alerts: int | None

    @property
    def pressing(self) -> bool:
        """Tell whether something is overdue or alarmed: then the group hears every working morning."""
        return bool(self.overdue or self.alerts)


def of(read: Read, today: date, since: datetime, kind: CaseKind | None = None) -> Totals:
    """Count the cases of a kind, or all of them: those registered since the year began, and older ones still open."""
    stages = standing(read, since, kind)
    lights = _parts(read, kind, col(Part.light), col(Part.stage).in_(OPEN))
    sent, back = _forms(read, today, kind)
    return Totals(
        cases=sum(stages.values()),
        assigned=stages.get(Stage.ASSIGNED, 0),
        replied=stages.get(Stage.REPLIED, 0),
        concluded=stages.get(Stage.CONCLUDED, 0),
        unsigned=_parts(read, kind, col(Part.stage), Part.stage == Stage.AWAITING_RECEIPT).total(),
        blue=lights[Light.BLUE],
        yellow=lights[Light.YELLOW],
        overdue=_parts(read, kind, col(Part.stage), col(Part.stage).in_(OPEN), col(Part.due) < today).total(),
        slips=_slips(read, kind),
        forms_sent=sent if sent >= AT_LEAST else None,
        forms_back=back if sent >= AT_LEAST else None,
        alerts=_alerts(read, today, kind),
    )


def standing(read: Read, since: datetime, kind: CaseKind | None = None) -> Counter[str]:
    """Count cases by stage, the concluded ones of this year alone: what was concluded before grows with the years."""
    name = col(Case.stage)
    concluded = _counted(read, kind, name, Case.stage == Stage.CONCLUDED, col(Case.registered_at) >= since)
    return _counted(read, kind, name, name.in_(_OPEN)) + concluded


def _counted(read: Read, kind: CaseKind | None, name: Any, *which: Any, joined: Any = None) -> Counter[str]:
    """Count by name what belongs to cases of a kind.

    The kind is sorted out here: asked for it, a database may begin with half of all the cases there ever were.
    """
    statement = select(name, col(Case.kind), func.count()).select_from(Case)
    if joined is not None:
        statement = statement.join(joined, col(joined.case_id) == col(Case.id))
    found: Counter[str] = Counter()
    for called, of_kind, count in read.exec(statement.where(*which).group_by(name, col(Case.kind))):
        found[called] += count if kind in (None, of_kind) else 0
    return found


def _parts(read: Read, kind: CaseKind | None, name: Any, *which: Any) -> Counter[str]:
    """Count parts."""
    return _counted(read, kind, name, *which, joined=Part)


def _slips(read: Read, kind: CaseKind | None) -> int:
    """Count the urge and supervision slips that are out and not struck off."""
    out = col(Slip.stage).in_([Stage.ISSUED, Stage.SLIP_ACKNOWLEDGED, Stage.SLIP_ANSWERED])
    return _counted(read, kind, col(Slip.stage), out, Slip.kind != "assignment", joined=Slip).total()


def _forms(read: Read, today: date, kind: CaseKind | None) -> tuple[int, int]:
    """Count the forms whose window has ended this year, and those of them that were answered."""
    over = (col(Form.closes_on) >= today.replace(month=1, day=1), col(Form.closes_on) < today)
    stages = _counted(read, kind, col(Form.stage), *over, joined=Form)
    return stages.total(), stages[Stage.CLOSED]


def _alerts(read: Read, today: date, kind: CaseKind | None) -> int | None:
    """Count the open alerts that everybody in the group may know of."""
    found = 0
    for alert in open_alerts(read):
        row = read.get(Case, alert.case_id)
        if row is not None and (kind is None or row.kind == kind):
            # In the office's group only what the office itself may know is counted.
            found += kind is not None or office_knows(alert, today)
    return found if found >= AT_LEAST else None


def kind_of(group: Group) -> CaseKind | None:
    """Give the kind of case that a desk's group is told of; the office's is told of all."""
    return next((kind for kind, role in DESK_OF.items() if role == group.role), None)
