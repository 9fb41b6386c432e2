"""不是我的真实意见: a proposer disputes what stands in his name; his desk hears at once, the unit with the finding."""

from sqlmodel import select

from storage import forms
from storage.book import Book
from storage.outbox import Priority
from storage.queries import forms as sights
from storage.rules.refusals import Refused, Stale
from storage.rules.stages import Act
from storage.rules.survey import Viewer
from storage.rules.words import AlertCause, Closing, DisputeReason, DisputeTelling
from storage.tables import Alert, Case, Dispute, Form, Part


def check(book: Book, form_id: int) -> None:
    """Refuse whoever may not dispute this form now, or has done so and waits for the finding."""
    form, case = forms.mine(book, form_id)
    book.step(Act.DISPUTE, form.stage, case)
    dispute = sights.last_dispute(book.read, form.id)
    if dispute is not None and dispute.closed_at is None:
        raise Stale("Your word is with your desk already; it will come back to you with its finding")


def in_window(book: Book, form_id: int) -> bool:
    """Tell whether the actor may still simply fill his form in anew."""
    form, _case = forms.mine(book, form_id)
    return bool(forms.window(book, form))


def may_tell_office(book: Book, form_id: int) -> bool:
    """Tell whether there is a choice of who hears: not where the office itself is the handling unit."""
    form, _case = forms.mine(book, form_id)
    return not sights.office_hosts(book.read, book.get(Part, form.part_id))


def dispute(book: Book, form_id: int, reason: DisputeReason, words: str, telling: DisputeTelling) -> Dispute:
    """Take a dispute down; the desk is told at once, the office only where the proposer chose so."""
    check(book, form_id)
    form, case = forms.mine(book, form_id)
    if reason is DisputeReason.MISTAKE and forms.window(book, form):
        raise Refused("Until the window closes you can simply fill the form in anew; the last answer counts")
    if reason is DisputeReason.OWN_WORDS and not words:
        raise Refused("An empty message says nothing; please type your answer")
    if not may_tell_office(book, form_id):
        telling = DisputeTelling.DESK_ONLY
    row = book.add(
        Dispute(
            case_id=case.id,
            form_id=form.id,
            person_id=book.person_id,
            reason=reason,
            words=words,
            telling=telling,
            raised_at=book.at,
        )
    )
    facts = {"form": form.id, "dispute": row.id, "person": row.person_id}
    book.record("disputed", case.id, facts, {"reason": reason, "words": words, "telling": telling})
    book.due(f"dispute:{row.id}", "dispute_alert", book.today, case.id, row.id, cause=AlertCause.DISPUTED)
    people = sights.audience(book.read, form, Viewer.DESK)
    if telling is DisputeTelling.OFFICE_TOO:
        people += sights.audience(book.read, form, Viewer.OFFICE)
    book.tell(people, case.id, "disputed", subject_id=row.id)
    return row


def check_finding(book: Book, dispute_id: int) -> tuple[Dispute, Form, Case]:
    """Refuse whoever may not state the finding, one stated already, and one before the window has closed.

    Until then the proposer can change his answer himself, and a finding would tell the unit that there is one.
    """
    row = book.read.get(Dispute, dispute_id)
    if row is None:
        raise Refused(forms.NOT_DESK)
    form, case = forms.desks(book, row.form_id)
    if row.closed_at is not None:
        raise Stale("The finding on this dispute has been stated already")
    book.refuse_unless(
        not forms.window(book, form),
        "The form can still be changed by its proposer until %(day)s; the finding follows after that",
        day=form.closes_on,
    )
    return row, form, case


def find(book: Book, dispute_id: int, finding: str, *, upheld: bool) -> None:
    """State the desk's finding: it closes the dispute and its alert, and everybody concerned hears of it now."""
    row, form, case = check_finding(book, dispute_id)
    book.change(row, closed_at=book.at, finding=finding, upheld=upheld)
    book.record("dispute_found", case.id, {"form": form.id, "dispute": row.id, "upheld": upheld}, {"finding": finding})
    alert = book.one(select(Alert).where(Alert.cause == AlertCause.DISPUTED, Alert.subject_id == row.id))
    if alert is not None and alert.closed_at is None:
        book.change(alert, closed_at=book.at, closed_by=Closing.FINDING)
        book.record("alert_closed", case.id, {"alert": alert.id, "by": Closing.FINDING})
    told: set[int] = set()
    for viewer in (Viewer.PROPOSER, Viewer.DESK, Viewer.OFFICE, Viewer.UNIT):
        people = [person for person in sights.audience(book.read, form, viewer) if person not in told]
        book.tell(people, case.id, "dispute_found", subject_id=row.id, priority=Priority.ACT)
        told |= set(people)
