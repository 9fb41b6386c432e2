"""征询意见表: opened and closed by the clock, answered by its proposer, and by nobody else in any way."""

from datetime import timedelta

from sqlmodel import col, select

from storage import forms
from storage.book import Book
from storage.outbox import Priority
from storage.queries import digests, roster, standing
from storage.queries import forms as sights
from storage.rules import deadlines
from storage.rules.refusals import Refused, Stale
from storage.rules.stages import Act, Stage
from storage.rules.survey import Opinion, Viewer
from storage.rules.words import REPLYING, VerdictSource
from storage.tables import Answer, Case, Form, Part, Person

_ONE = timedelta(days=1)
_DONE = (Stage.CLOSED, Stage.UNANSWERED)


def _by_clock(book: Book) -> None:
    """Refuse whoever is not the clock: no person opens, recalls or closes a form."""
    book.refuse_unless(book.by.person_id is None, forms.NOT_YOURS)


def open_form(book: Book, form_id: int) -> None:
    """Send a form to its proposer; one that is open already stays as it is. Nobody else is told or shown anything."""
    _by_clock(book)
    form = book.get(Form, form_id)
    if form.stage != Stage.DRAWN:
        return
    case = book.get(Case, form.case_id)
    rules, calendar = book.rules(case), book.calendar()
    step = book.step(Act.OPEN_FORM, form.stage, case)
    closes = deadlines.window_closes(rules, calendar, book.today)
    reader = roster.reader_of(book.read, case)
    book.change(form, stage=step.target, opened_on=book.today, closes_on=closes, person_id=reader)
    facts = {"form": form.id, "person": reader, "opened_on": book.today, "closes_on": closes, "stage": step.target}
    book.record("form_opened", case.id, facts)
    for day in deadlines.reminder_days(rules, calendar, book.today):
        book.due(f"form_remind:{form.id}:{day}", "form_remind", day, case.id, form.id)
    book.due(f"form_close:{form.id}", "form_close", closes + _ONE, case.id, form.id)
    person = book.read.get(Person, reader) if reader is not None else None
    if person is not None and person.account is not None:
        book.turn([person.id], case.id, "form_opened", subject_id=form.id, priority=Priority.CLOCK)
    else:
        desk = sights.audience(book.read, form, Viewer.DESK)
        book.tell(desk, case.id, "paper_needed", subject_id=form.id, priority=Priority.CLOCK)


def remind(book: Book, form_id: int) -> None:
    """Recall an unanswered form, or a paper form that its proposer has not owned; a submitted one is left alone."""
    _by_clock(book)
    form = book.get(Form, form_id)
    if form.person_id is None or not forms.window(book, form):
        return
    answer = standing.last_answer(book.read, form.id)
    paper = answer is not None and answer.source == VerdictSource.PAPER and answer.verified_at is None
    if form.stage != Stage.OPEN and not paper:
        return
    kind, subject = ("paper_entered", answer.id) if paper and answer else ("form_reminder", form.id)
    sent = book.send(kind, form.person_id, key=f"form_remind:{form.id}:{book.today}", case_id=form.case_id,
                     subject_id=subject, priority=Priority.CLOCK)  # fmt: skip
    if sent is not None:
        book.record("form_reminded", form.case_id, {"form": form.id})


def close_form(book: Book, form_id: int) -> None:
    """Close a form after its last day and tell desk, office and unit what each may know (chat.md 4)."""
    _by_clock(book)
    form = book.get(Form, form_id)
    if form.stage not in (Stage.OPEN, Stage.SUBMITTED) or form.closes_on is None:
        return
    case = book.get(Case, form.case_id)
    if forms.window(book, form):  # the clock was wrong when it called: it is to call again
        book.due(f"form_close:{form.id}:{book.at.timestamp()}", "form_close", form.closes_on + _ONE, case.id, form.id)
        return
    step = book.step(Act.CLOSE_FORM, form.stage, case)
    book.change(form, stage=step.target)
    book.record("form_closed", case.id, {"form": form.id, "stage": step.target})
    forms.sweep(book, form.id)
    for viewer in (Viewer.DESK, Viewer.OFFICE, Viewer.UNIT):
        for person_id in sights.audience(book.read, form, viewer):  # an alert may follow: both are one digest
            book.item(person_id, f"{digests.CLOSED}:{form.id}", digests.CLOSED, case.id, form.id)
    if form.person_id is not None:
        book.refresh(case.id, only=form.person_id)
    book.due(f"conclude:{case.id}:{form.id}", "conclude", book.today, case.id, case.id)


def check(book: Book, form_id: int) -> None:
    """Refuse whoever may not answer this form now."""
    form, case = forms.mine(book, form_id)
    book.step(Act.FILL, form.stage, case, more=forms.window(book, form))


def submit(book: Book, form_id: int, opinion: Opinion) -> None:
    """Take the proposer's answer, the first or one that replaces it in silence; the receipt goes out once."""
    form, case = forms.mine(book, form_id)
    step = book.step(Act.SUBMIT, form.stage, case, more=forms.window(book, form))
    first, before = form.receipt is None, form.stage
    receipt = form.receipt or forms.receipt_code()
    book.change(form, stage=step.target, receipt=receipt, submitted_at=form.submitted_at or book.at)
    answer = forms.lodge(book, form, opinion, VerdictSource.PROPOSER)
    hashes = forms.attach(book, answer, opinion)
    facts = {"form": form.id, "answer": answer.id, "source": answer.source, "stage": step.target}
    book.record("form_answered", case.id, facts | ({"receipt": receipt} if first else {}), forms.sealed(answer, hashes))
    if first:
        book.send("form_receipt", book.person_id, case_id=case.id, subject_id=form.id, priority=Priority.ANSWER)
    if before != step.target:
        book.refresh(case.id, only=book.person_id)


def call_me(book: Book, form_id: int) -> None:
    """Ask the desk to telephone; a second press on the same day tells nobody twice."""
    form, case = forms.mine(book, form_id)
    desk = sights.audience(book.read, form, Viewer.DESK)
    sent = [
        book.send("call_asked", person, key=f"call_me:{form.id}:{book.today}:{person}", case_id=case.id,
                  subject_id=form.id, facts={"name": book.name(book.person_id)})
        for person in desk
    ]  # fmt: skip
    if any(letter is not None for letter in sent):
        book.record("call_asked", case.id, {"form": form.id})


def check_voice(book: Book, answer_id: int) -> tuple[Form, Answer]:
    """Refuse whoever may not write a spoken reason down: the desk alone, once, and when it may hear it."""
    answer = book.read.get(Answer, answer_id)
    if answer is None:
        raise Refused(forms.NOT_DESK)
    form, _case = forms.desks(book, answer.form_id)
    seen = sights.seen(book.read, form.id, book.person_id, book.today)
    if seen is None or seen.voice_of != answer.id:
        raise Stale("There is no spoken reason here that waits to be written down")
    return form, answer


def write_down(book: Book, answer_id: int, words: str) -> None:
    """Have the desk write down a reason that was spoken; the recording stays beside it."""
    form, answer = check_voice(book, answer_id)
    book.change(answer, reason=words)
    book.record("voice_written_down", form.case_id, {"form": form.id, "answer": answer.id}, {"reason": words})


def conclude(book: Book, case_id: int) -> None:
    """Conclude a case once the newest form of each part is over and none says 不满意.

    A dispute does not hold it up: until its finding only the desk may know of one, and a case that stayed 已答复
    although it is rated 满意 would tell everybody.
    """
    _by_clock(book)
    case = book.get(Case, case_id)
    if case.stage != Stage.REPLIED or not _all_over(book, case):
        return
    step = book.step(Act.CONCLUDE, case.stage, case)
    book.change(case, stage=step.target)
    book.record("concluded", case.id, {"stage": step.target})
    book.refresh(case.id)


def _all_over(book: Book, case: Case) -> bool:
    """Tell whether each replying part has its newest form closed, with no 不满意 in it."""
    found = standing.present_forms(book.read, case.id)
    parts = select(Part).where(Part.case_id == case.id, col(Part.kind).in_(REPLYING), Part.stage != Stage.HANDED_BACK)
    asked = {form.part_id for form in found}
    return (
        all(part.id in asked for part in book.all(parts))
        and all(form.stage in _DONE for form in found)
        and not any(standing.dissatisfied(standing.last_answer(book.read, form.id)) for form in found)
    )
