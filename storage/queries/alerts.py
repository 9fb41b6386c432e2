"""Alerts as they are read: who may know of one, and which fact has closed it."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from sqlmodel import col, select

from storage.queries import conferences, forms, roster, standing
from storage.reading import Read
from storage.rules.stages import Act, Stage, offered
from storage.rules.survey import Viewer
from storage.rules.words import DESK_ROLES, AlertCause, CaseKind, Closing, VerdictSource
from storage.tables import Alert, Answer, Case, Dispute, Form

POSTPONED_AT_MOST = 2


class Side(StrEnum):
    """Whose alert it is to the one who reads it: the desk owns it, the office may know of it."""

    DESK = "desk"
    OFFICE = "office"


@dataclass(frozen=True)
class AlertView:
    """An open alert before one person."""

    id: int
    cause: AlertCause
    case_id: int
    case_kind: CaseKind
    number: str
    title: str
    version: int
    side: Side
    opened_at: datetime
    handled: str
    handled_by: str
    handled_at: datetime | None
    postponements_left: int
    follows: tuple[Act, ...]  # what may be done now so that a fact closes it: handled anew, or a conference
    case_version: int
    recorded: bool  # a conference is recorded and waits for the other side
    confer_by: date | None  # until when the conference is to be held; none where it is not its turn


def of(read: Read, person_id: int, today: date) -> tuple[AlertView, ...]:
    """List the open alerts that a person has before him today, the oldest first."""
    return tuple(_view(read, alert, case, side, person_id, today) for alert, case, side in _due(read, person_id, today))


def any_of(read: Read, person_id: int, today: date) -> bool:
    """Tell whether a person has an alert before him today."""
    return next(_due(read, person_id, today), None) is not None


def view(read: Read, alert_id: int, person_id: int, today: date) -> AlertView | None:
    """Give one alert before a person; none where it is closed or not for him."""
    alert = read.get(Alert, alert_id)
    case = read.get(Case, alert.case_id) if alert is not None else None
    if alert is None or case is None or alert.closed_at is not None:
        return None
    side = side_of(read, person_id, alert, today)
    return _view(read, alert, case, side, person_id, today) if side is not None else None


def open_alerts(read: Read) -> list[Alert]:
    """List every alert that no fact has closed."""
    return list(read.exec(select(Alert).where(col(Alert.closed_at).is_(None)).order_by(col(Alert.id))))


def _due(read: Read, person_id: int, today: date) -> Iterator[tuple[Alert, Case, Side]]:
    """Yield what is alarmed today, with its case and with the side on which the person stands."""
    desk = bool({post.role for post in roster.posts(read, person_id)} & DESK_ROLES)
    for alert in open_alerts(read):
        # Asked of every alert and everybody each morning: what the dates alone rule out costs no further read.
        if not (desk and alert.desk_from <= today) and (alert.office_from is None or alert.office_from > today):
            continue
        side = side_of(read, person_id, alert, today)
        starts = alert.desk_from if side is Side.DESK else alert.office_from
        if side is not None and starts is not None and starts <= today and closed_by(read, alert) is None:
            case = read.get(Case, alert.case_id)
            assert case is not None
            yield alert, case, side


def side_of(read: Read, person_id: int, alert: Alert, today: date) -> Side | None:
    """Tell on which side of an alert a person stands; the office only once it may know of it."""
    form = form_of(read, alert)
    eyes = forms.viewers_of(read, form, person_id) if form is not None else frozenset()
    if Viewer.DESK in eyes:
        return Side.DESK
    return Side.OFFICE if Viewer.OFFICE in eyes and office_knows(alert, today) else None


def form_of(read: Read, alert: Alert) -> Form | None:
    """Give the form that an alert is about; a dispute belongs to one."""
    if alert.cause != AlertCause.DISPUTED:
        return read.get(Form, alert.subject_id)
    dispute = read.get(Dispute, alert.subject_id)
    return read.get(Form, dispute.form_id) if dispute is not None else None


def office_knows(alert: Alert, today: date) -> bool:
    """Tell whether the office may know of an alert: its first day has come, or it has put its own reminder off."""
    return alert.office_from is not None and (alert.office_from <= today or alert.office_postponed > 0)


def _view(read: Read, alert: Alert, case: Case, side: Side, person_id: int, today: date) -> AlertView:
    """Make the frozen view."""
    follows = _follows(read, alert, case, person_id, today)
    used = alert.postponed if side is Side.DESK else alert.office_postponed
    return AlertView(
        id=alert.id,
        cause=AlertCause(alert.cause),
        case_id=case.id,
        case_kind=CaseKind(case.kind),
        number=case.number,
        title=case.title,
        version=alert.version,
        side=side,
        opened_at=alert.opened_at,
        handled=alert.handled,
        handled_by=roster.name(read, alert.handled_by_id),
        handled_at=alert.handled_at,
        postponements_left=max(0, POSTPONED_AT_MOST - used),
        follows=follows,
        case_version=case.version,
        recorded=alert.cause == AlertCause.DISSATISFIED and conferences.waiting(read, case.id) is not None,
        confer_by=_confer_by(read, case) if Act.CONFER in follows else None,
    )


def _follows(read: Read, alert: Alert, case: Case, person_id: int, today: date) -> tuple[Act, ...]:
    """Give the steps on the case by which this person can bring about the fact that closes an alert."""
    if alert.cause != AlertCause.DISSATISFIED:
        return ()
    facts = standing.facts(read, case, None, today)
    held = standing.held(read, person_id, case)
    return tuple(act for act in offered(Stage(case.stage), held, facts) if act in (Act.REHANDLE, Act.CONFER))


def _confer_by(read: Read, case: Case) -> date | None:
    """Give the day by which the conference is to be held: `redo_conference` after the last form's window."""
    closed = [form.closes_on for form in standing.present_forms(read, case.id) if form.closes_on is not None]
    if not closed:
        return None
    return standing.rules(read, case).redo_conference.after(max(closed), standing.calendar(read)).rolled


# which fact closes one


def closed_by(read: Read, alert: Alert) -> Closing | None:
    """Give the fact that has closed an alert; none where it is to go on."""
    match AlertCause(alert.cause):
        case AlertCause.DISSATISFIED:
            if not _dissatisfied(read, alert.subject_id):
                return Closing.NEW_FORM
            return Closing.CONFERENCE if conferences.agreed(read, alert.case_id) is not None else None
        case AlertCause.DISPUTED:
            dispute = read.get(Dispute, alert.subject_id)
            return None if dispute is not None and dispute.closed_at is None else Closing.FINDING
        case AlertCause.PAPER_UNVERIFIED:
            return Closing.VERIFIED if _his_own(read, alert.subject_id) else None


def _dissatisfied(read: Read, form_id: int) -> bool:
    """Tell whether a form's last answer says dissatisfied, and no later form of the same unit was answered."""
    form = read.get(Form, form_id)
    if form is None or not standing.dissatisfied(standing.last_answer(read, form_id)):
        return False
    later = read.exec(select(Form.id).where(Form.part_id == form.part_id, col(Form.id) > form.id))
    return all(standing.last_answer(read, later_id) is None for later_id in later)


def _his_own(read: Read, form_id: int) -> bool:
    """Tell whether the newest answer is the proposer's own, or a paper form that he has owned."""
    newest = read.exec(select(Answer).where(Answer.form_id == form_id).order_by(col(Answer.place).desc())).first()
    if newest is None or newest.denied_at is not None:
        return False
    return newest.source == VerdictSource.PROPOSER or newest.verified_at is not None
