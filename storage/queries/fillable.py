"""Forms as those who write in them need them: their proposer, and the desk with a paper before it."""

from dataclasses import dataclass
from datetime import date

from sqlmodel import col, select

from storage.queries import forms, roster
from storage.reading import Read
from storage.rules.stages import Stage
from storage.rules.survey import Viewer
from storage.tables import Form, Part


@dataclass(frozen=True)
class Fillable:
    """A form that a person may answer now."""

    id: int
    case_id: int
    unit: str
    version: int
    submitted: bool


def fillable(read: Read, person_id: int, today: date, case_id: int | None = None) -> tuple[Fillable, ...]:
    """List the forms that a person may answer now, those not answered yet first."""
    statement = select(Form, Part.unit_id).join(Part, col(Part.id) == col(Form.part_id))
    statement = statement.where(
        Form.person_id == person_id,
        col(Form.stage).in_([Stage.OPEN, Stage.SUBMITTED]),
        col(Form.closes_on) >= today,
    )
    if case_id is not None:
        statement = statement.where(Form.case_id == case_id)
    rows = read.exec(statement.order_by(col(Form.id))).all()
    found = [
        Fillable(form.id, form.case_id, roster.unit_name(read, unit_id), form.version, form.stage == Stage.SUBMITTED)
        for form, unit_id in rows
    ]
    return tuple(sorted(found, key=lambda form: form.submitted))


def own(read: Read, form_id: int, person_id: int) -> Fillable | None:
    """Give a form that has been sent to this person; the same nothing for a form that is not his and for none."""
    form = read.get(Form, form_id)
    if form is None or form.person_id != person_id or form.opened_on is None:
        return None
    part = read.get(Part, form.part_id)
    unit = roster.unit_name(read, part.unit_id if part else None)
    return Fillable(form.id, form.case_id, unit, form.version, form.stage != Stage.OPEN)


@dataclass(frozen=True)
class Disputable:
    """A form that its proposer may dispute: whether its window is open, and whether the office may be told too."""

    form: Fillable
    window: bool
    office: bool


def disputable(read: Read, form_id: int, person_id: int, today: date) -> Disputable | None:
    """Give a person's own form for a dispute; none for anybody else's."""
    found, form = own(read, form_id, person_id), read.get(Form, form_id)
    part = read.get(Part, form.part_id) if form else None
    if found is None or form is None or part is None:
        return None
    return Disputable(found, not forms.closed(form, today), not forms.office_hosts(read, part))


def of_desk(read: Read, form_id: int, person_id: int) -> Fillable | None:
    """Give a form that this person has in hand as its desk; the same nothing for any other and for none."""
    form = read.get(Form, form_id)
    if form is None or form.opened_on is None or Viewer.DESK not in forms.viewers_of(read, form, person_id):
        return None
    part = read.get(Part, form.part_id)
    unit = roster.unit_name(read, part.unit_id if part else None)
    return Fillable(form.id, form.case_id, unit, form.version, form.stage != Stage.OPEN)


def awaiting_paper(read: Read, case_ids: tuple[int, ...], person_id: int, today: date) -> tuple[Fillable, ...]:
    """List the forms of these cases for which this person, as their desk, may still enter a paper."""
    open_ = select(Form.id).where(
        col(Form.case_id).in_(case_ids), Form.stage == Stage.OPEN, col(Form.closes_on) >= today
    )
    found = (of_desk(read, form_id, person_id) for form_id in list(read.exec(open_.order_by(col(Form.id)))))
    return tuple(form for form in found if form is not None)
