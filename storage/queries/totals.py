"""Totals for the groups: numbers alone, nothing of anybody's rating."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import func
from sqlmodel import col, select

from storage.queries.alerts import office_knows, open_alerts
from storage.reading import Read
from storage.rules.lights import Light
from storage.rules.stages import Stage
from storage.rules.urging import OPEN
from storage.rules.words import DESK_OF, CaseKind
from storage.tables import Case, Form, Group, Part, Slip

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


def of(read: Read, today: date, kind: CaseKind | None = None) -> Totals:
    """Count the cases of a kind, or all of them."""
    mine: list[Any] = [Case.kind == kind] if kind is not None else []
    stages = _counted(read, select(col(Case.stage), func.count()).where(*mine).group_by(col(Case.stage)))
    at_work = (
        select(col(Part.light), func.count())
        .join(Case, col(Case.id) == col(Part.case_id))
        .where(col(Part.stage).in_(OPEN), *mine)
        .group_by(col(Part.light))
    )
    lights = _counted(read, at_work)
    sent, back = _forms(read, today, mine)
    return Totals(
        cases=sum(stages.values()),
        assigned=stages.get(Stage.ASSIGNED, 0),
        replied=stages.get(Stage.REPLIED, 0),
        concluded=stages.get(Stage.CONCLUDED, 0),
        unsigned=_parts(read, mine, Part.stage == Stage.AWAITING_RECEIPT),
        blue=lights.get(Light.BLUE, 0),
        yellow=lights.get(Light.YELLOW, 0),
        overdue=_parts(read, mine, col(Part.stage).in_(OPEN), col(Part.due) < today),
        slips=_slips(read, mine),
        forms_sent=sent if sent >= AT_LEAST else None,
        forms_back=back if sent >= AT_LEAST else None,
        alerts=_alerts(read, today, kind),
    )


def _counted(read: Read, statement: Any) -> dict[str, int]:
    """Read counts by name."""
    return dict(read.exec(statement).all())


def _parts(read: Read, mine: list[Any], *which: Any) -> int:
    """Count parts."""
    joined = select(func.count()).select_from(Part).join(Case, col(Case.id) == col(Part.case_id))
    return read.exec(joined.where(*which, *mine)).one()


def _slips(read: Read, mine: list[Any]) -> int:
    """Count the urge and supervision slips that are out and not struck off."""
    out = col(Slip.stage).in_([Stage.ISSUED, Stage.SLIP_ACKNOWLEDGED, Stage.SLIP_ANSWERED])
    joined = select(func.count()).select_from(Slip).join(Case, col(Case.id) == col(Slip.case_id))
    return read.exec(joined.where(out, Slip.kind != "assignment", *mine)).one()


def _forms(read: Read, today: date, mine: list[Any]) -> tuple[int, int]:
    """Count the forms whose window is over, and those of them that were answered."""
    over = select(func.count()).select_from(Form).join(Case, col(Case.id) == col(Form.case_id))
    over = over.where(col(Form.closes_on) < today, *mine)
    return read.exec(over).one(), read.exec(over.where(Form.stage == Stage.CLOSED)).one()


def _alerts(read: Read, today: date, kind: CaseKind | None) -> int | None:
    """Count the open alerts that everybody in the group may know of."""
    found = 0
    for alert in open_alerts(read):
        case = read.get(Case, alert.case_id)
        if case is not None and (kind is None or case.kind == kind):
            # In the office's group only what the office itself may know is counted.
            found += kind is not None or office_knows(alert, today)
    return found if found >= AT_LEAST else None


def kind_of(group: Group) -> CaseKind | None:
    """Give the kind of case that a desk's group is told of; the office's is told of all."""
    return next((kind for kind, role in DESK_OF.items() if role == group.role), None)
