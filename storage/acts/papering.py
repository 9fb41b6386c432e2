"""纸质表代录: the desk enters a paper form, with its scan; the proposer is told at once and owns or denies it."""

from storage import forms
from storage.book import Book
from storage.outbox import Priority
from storage.queries import forms as sights
from storage.queries import standing
from storage.rules.refusals import Refused
from storage.rules.stages import Act, Fact, Stage
from storage.rules.survey import Opinion, Viewer
from storage.rules.words import AlertCause, VerdictSource
from storage.tables import Answer, Case, Form


def check(book: Book, form_id: int) -> tuple[Form, Case]:
    """Refuse whoever may not enter a paper form now; it never takes the place of what the proposer said himself."""
    form, case = forms.desks(book, form_id)
    if form.stage == Stage.SUBMITTED:
        raise Refused("The proposer has answered already; a paper form does not take the place of his own word")
    if not forms.window(book, form):
        raise Refused(
            "The form's window has closed, and it stands as not answered; a paper form can no longer be entered"
        )
    book.step(Act.ENTER_PAPER, form.stage, case, more=forms.window(book, form))
    return form, case


def enter(book: Book, form_id: int, opinion: Opinion) -> None:
    """Enter a paper form; it stays 未核实, counted apart, until its proposer has owned it."""
    form, case = check(book, form_id)
    book.refuse_unless(opinion.files, "A paper form needs its scan or photo; nothing was entered")
    step = book.step(Act.ENTER_PAPER, form.stage, case, more=forms.window(book, form))
    book.change(form, stage=step.target, submitted_at=book.at)
    answer = forms.lodge(book, form, opinion, VerdictSource.PAPER)
    hashes = forms.attach(book, answer, opinion)
    facts = {"form": form.id, "answer": answer.id, "source": answer.source, "stage": step.target}
    book.record("paper_entered", case.id, facts, forms.sealed(answer, hashes))
    if form.person_id is not None:
        book.send("paper_entered", form.person_id, case_id=case.id, subject_id=answer.id)
        book.refresh(case.id, only=form.person_id)
    book.send("paper_taken", book.person_id, case_id=case.id, subject_id=form.id, priority=Priority.ANSWER)


def own(book: Book, form_id: int, answer_id: int | None = None) -> None:
    """Have the proposer say that the paper form is his."""
    form, case, answer = _paper(book, form_id, answer_id)
    book.step(Act.OWN_PAPER, form.stage, case, more={Fact.PAPER})
    book.change(answer, verified_at=book.at)
    book.record("paper_owned", case.id, {"form": form.id, "answer": answer.id})
    book.tell(sights.audience(book.read, form, Viewer.DESK), case.id, "paper_owned", subject_id=form.id)


def deny(book: Book, form_id: int, answer_id: int | None = None) -> None:
    """Have the proposer say that the paper form is not his: it counts no longer, and the desk is alarmed."""
    form, case, answer = _paper(book, form_id, answer_id)
    step = book.step(Act.DENY_PAPER, form.stage, case, more={Fact.PAPER})
    book.change(answer, denied_at=book.at)
    if standing.last_answer(book.read, form.id) is None:
        book.change(form, stage=step.target, submitted_at=None)
    book.record("paper_denied", case.id, {"form": form.id, "answer": answer.id, "stage": form.stage})
    book.due(f"paper:{answer.id}", "dispute_alert", book.today, case.id, form.id, cause=AlertCause.PAPER_UNVERIFIED)
    book.tell(sights.audience(book.read, form, Viewer.DESK), case.id, "paper_denied", subject_id=answer.id)
    book.refresh(case.id, only=book.person_id)


def _paper(book: Book, form_id: int, answer_id: int | None) -> tuple[Form, Case, Answer]:
    """Load the paper form that waits for its proposer's word."""
    form, case = forms.mine(book, form_id)
    waiting = [
        answer
        for answer in forms.answers(book, form.id)
        if answer.source == VerdictSource.PAPER and answer.verified_at is None and answer.denied_at is None
    ]
    found = next((answer for answer in reversed(waiting) if answer_id in (None, answer.id)), None)
    if found is None:
        raise Refused("There is no paper form in your name that waits for your word")
    return form, case, found
