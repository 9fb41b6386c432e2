"""Alerts: opened on a dissatisfied answer or a dispute, handled, put off, and closed by facts alone."""

from datetime import date, timedelta

from sqlmodel import select

from storage.book import Book
from storage.queries import alerts, forms, roster, standing
from storage.queries.alerts import POSTPONED_AT_MOST, Side
from storage.rules.refusals import Refused, Stale
from storage.rules.words import AlertCause, CaseKind, Closing, DisputeTelling
from storage.tables import Alert, Case, Dispute, Form, Part

# What the proposer has closed by a newer word of his, a still newer one opens again; what the desk has closed stays so.
_BY_THE_PROPOSER = (Closing.NEW_FORM, Closing.VERIFIED)
LONGEST = timedelta(days=31)
_ONE = timedelta(days=1)

# the clock


def alarm(book: Book, form_id: int) -> None:
    """Open the alert of a form whose last answer says dissatisfied; the office hears of it after the window."""
    form = book.get(Form, form_id)
    if not standing.dissatisfied(standing.last_answer(book.read, form.id)):
        return
    _open(book, AlertCause.DISSATISFIED, form.case_id, form.id, _after_window(book, form))


def alarm_dispute(book: Book, dispute_id: int) -> None:
    """Open the alert of a dispute; the office hears of it only where the proposer chose so."""
    dispute = book.get(Dispute, dispute_id)
    if dispute.closed_at is not None:
        return
    told = dispute.telling == DisputeTelling.OFFICE_TOO and not _office_hosts(book, book.get(Form, dispute.form_id))
    _open(book, AlertCause.DISPUTED, dispute.case_id, dispute.id, book.today if told else None)


def alarm_paper(book: Book, form_id: int) -> None:
    """Open the alert of a paper form that its proposer says is not his; that is the desk's own affair."""
    form = book.get(Form, form_id)
    _open(book, AlertCause.PAPER_UNVERIFIED, form.case_id, form.id, None)


def _after_window(book: Book, form: Form) -> date | None:
    """Give the day from which the office may know of a rating: the one after the window's last."""
    if form.closes_on is None or _office_hosts(book, form):
        return None
    return form.closes_on + _ONE


def _office_hosts(book: Book, form: Form) -> bool:
    """Tell whether the form asks about the government office's own reply: then the desk takes its place."""
    return forms.office_hosts(book.read, book.get(Part, form.part_id))


def _open(book: Book, cause: AlertCause, case_id: int, subject_id: int, office_from: date | None) -> None:
    """Open an alert, or open it anew where an earlier fact had closed it."""
    row = book.one(select(Alert).where(Alert.cause == cause, Alert.subject_id == subject_id))
    if row is None:
        row = book.add(
            Alert(
                cause=cause,
                case_id=case_id,
                subject_id=subject_id,
                desk_from=book.today,
                office_from=office_from,
                opened_at=book.at,
            )
        )
    elif row.closed_by in _BY_THE_PROPOSER:
        book.change(row, closed_at=None, closed_by=None, desk_from=book.today, office_from=office_from,
                    handled="", handled_at=None, handled_by_id=None)  # fmt: skip
    else:
        return
    facts = {"alert": row.id, "cause": cause, "subject": subject_id, "office_from": office_from}
    book.record("alert_opened", case_id, facts)


def close_by_facts(book: Book) -> None:
    """Close the alerts that a newer answer or a finding has settled."""
    for row in alerts.open_alerts(book.read):
        closing = alerts.closed_by(book.read, row)
        if closing is not None:
            _close(book, row, closing)


# desk and office


def check(book: Book, alert_id: int) -> Side:
    """Refuse whoever the alert is not for; give the side on which the actor stands."""
    row = book.get(Alert, alert_id)
    if row.closed_at is not None or alerts.closed_by(book.read, row) is not None:
        raise Stale("This alert has been closed already")
    side = alerts.side_of(book.read, book.person_id, row, book.today)
    if side is None:
        raise Refused("This alert is for others to act upon; nothing was changed")
    return side


def handled(book: Book, alert_id: int, done: str, version: int | None = None) -> bool:
    """Note what was done; tell whether that closes the alert.

    The desk's own word does. The office's does not: that a proposer is dissatisfied is for his desk to see settled.
    """
    side = check(book, alert_id)
    row = book.get(Alert, alert_id)
    book.current(row, version)
    book.change(row, handled=done, handled_at=book.at, handled_by_id=book.person_id)
    book.record("alert_handled", row.case_id, {"alert": row.id, "side": side}, {"done": done})
    if side is Side.DESK:
        _close(book, row, Closing.DESK_CONFIRMED if row.cause == AlertCause.DISSATISFIED else Closing.HANDLED)
        return True
    case = book.get(Case, row.case_id)
    for person_id in roster.desk(book.read, CaseKind(case.kind)):
        book.send("alert_handled", person_id, case_id=case.id, subject_id=row.id)
    return False


def confirm(book: Book, alert_id: int, version: int | None = None) -> None:
    """Have the desk confirm what the office has done; that closes the alert."""
    side = check(book, alert_id)
    row = book.get(Alert, alert_id)
    book.current(row, version)
    if side is not Side.DESK:
        raise Refused("Only the proposers' desk confirms that this is settled; nothing was changed")
    if row.handled_at is None:
        raise Stale("Nothing has been stated yet that could be confirmed")
    _close(book, row, Closing.DESK_CONFIRMED)


def check_postpone(book: Book, alert_id: int) -> Side:
    """Refuse a third postponement."""
    side = check(book, alert_id)
    row = book.get(Alert, alert_id)
    used = row.postponed if side is Side.DESK else row.office_postponed
    if used >= POSTPONED_AT_MOST:
        raise Refused("This reminder has been put off twice already; please see to the case")
    return side


def postpone(book: Book, alert_id: int, until: date, why: str, version: int | None = None) -> None:
    """Put one's own side's reminder off until a day; the other side goes on being reminded."""
    side = check_postpone(book, alert_id)
    row = book.get(Alert, alert_id)
    book.current(row, version)
    if not book.today < until <= book.today + LONGEST:
        raise Refused("A reminder is put off by a day at least and a month at most")
    if side is Side.DESK:
        book.change(row, desk_from=until, postponed=row.postponed + 1)
    else:
        book.change(row, office_from=until, office_postponed=row.office_postponed + 1)
    book.record("alert_postponed", row.case_id, {"alert": row.id, "side": side, "until": until}, {"why": why})


def _close(book: Book, row: Alert, closing: Closing) -> None:
    """Close an alert and tell the office, where it knew of it, that it is settled."""
    book.change(row, closed_at=book.at, closed_by=closing)
    book.record("alert_closed", row.case_id, {"alert": row.id, "by": closing})
    if book.by.person_id is not None and alerts.office_knows(row, book.today):
        book.tell(roster.office(book.read), row.case_id, "alert_closed", subject_id=row.id,
                  facts={"name": book.name(book.person_id)})  # fmt: skip
