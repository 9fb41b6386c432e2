"""What is said of opinion forms: to the proposer nothing that tells, to others what `queries.forms` lets them see."""

from dataclasses import replace

from handlers.buttons import Button
from handlers.notices import sights
from handlers.notices.kinds import Notice, about, private, sentence, with_files
from handlers.office import Reader
from handlers.pages import Key, Page
from handlers.tongue import N_
from storage.queries import fillable, forms
from storage.reading import Read
from storage.rules.facts import unpack
from storage.rules.stages import Act, Stage
from storage.tables import Answer, Dispute, Form, Letter


def _form(read: Read, letter: Letter) -> Form | None:
    """Give the form that a letter is about."""
    return read.get(Form, letter.subject_id)


def _unit(read: Read, form: Form) -> str:
    """Name the unit whose reply the form asks about."""
    own = fillable.own(read, form.id, form.person_id) if form.person_id is not None else None
    return own.unit if own else ""


def _call(form: Form, reader: Reader) -> Key:
    """Make the button that asks for a telephone call."""
    return Key(reader.say(N_("Please have staff call me")), Button("form.call", form.id))


def _fill(form: Form, reader: Reader) -> Key:
    """Make the button that opens the form."""
    return Key(reader.tongue.term(Act.FILL), Button(f"f.{Act.FILL}", form.id, form.version))


def _dispute(form: Form, reader: Reader) -> Key:
    """Make the button that disputes what stands."""
    return Key(reader.tongue.term(Act.DISPUTE), Button(f"f.{Act.DISPUTE}", form.id, form.version))


def _opened(read: Read, letter: Letter, reader: Reader) -> Page | None:
    """Bring the form to its proposer, over the case's card."""
    form = _form(read, letter)
    if form is None or form.stage not in (Stage.OPEN, Stage.SUBMITTED):
        return None
    said = reader.say(
        N_(
            "The opinion form on the reply of %(unit)s is open until %(day)s. You alone answer it, as you see it; "
            "until it closes the handling unit is not told whether it was sent, opened or answered."
        ),
        unit=_unit(read, form),
        day=form.closes_on,
    )
    page = about(read, letter, reader, said)
    return Page(page.blocks, (*page.rows, (_call(form, reader),))) if page else None


def _reminder(read: Read, letter: Letter, reader: Reader) -> Page | None:
    """Recall a form that is open; what was answered meanwhile is not recalled."""
    form = _form(read, letter)
    if form is None or form.stage != Stage.OPEN or forms.closed(form, reader.today):
        return None
    said = reader.say(
        N_("The opinion form on the reply of %(unit)s closes on %(day)s. Whether and how you answer is yours to say."),
        unit=_unit(read, form),
        day=form.closes_on,
    )
    page = about(read, letter, reader, said)
    return Page(page.blocks, ((_fill(form, reader),), (_call(form, reader),))) if page else None


def _receipt(read: Read, letter: Letter, reader: Reader) -> Page | None:
    """Confirm that a form was handed in: once, in one sentence, the same for every answer."""
    form = _form(read, letter)
    if form is None or form.receipt is None:
        return None
    said = reader.say(
        N_(
            "Your opinion form on the reply of %(unit)s has been handed in, receipt %(code)s; until %(day)s you may "
            "change it as often as you like, and the last one counts."
        ),
        unit=_unit(read, form),
        code=form.receipt,
        day=form.closes_on,
    )
    page = about(read, letter, reader, said)
    if page is None:
        return None
    copy = Key(reader.say(N_("Copy the receipt")), copy=form.receipt)
    return Page(page.blocks, ((copy,), (_dispute(form, reader),)))


def _seen(read: Read, letter: Letter, reader: Reader, headline: str) -> Page | None:
    """Say of a form what its reader may know of it now, and nothing else."""
    form = _form(read, letter)
    if form is None or reader.person is None:
        return None
    seen = forms.seen(read, form.id, reader.person.id, reader.today)
    if seen is None:
        return None
    page = about(read, letter, reader, headline, sights.blocks(seen, reader))
    if page is None or seen.voice_of is None:
        return _fleeting(page)
    page = replace(page, rows=((sights.voice(seen.voice_of, reader),), *page.rows))
    return _fleeting(with_files(read, page, "form_answer", seen.voice_of, reader))


def _fleeting(page: Page | None) -> Page | None:
    """Keep no copy of a rating or a reason beside the answer itself: what is erased there is erased."""
    return replace(page, fleeting=True) if page else None


def _dissatisfied(read: Read, letter: Letter, reader: Reader) -> Page | None:
    """Tell the desk of 不满意 at once; replaced meanwhile, it is no longer true."""
    form = _form(read, letter)
    if form is None or not forms.situation(read, form, reader.today).dissatisfied:
        return None
    headline = reader.say(N_("The proposer is not satisfied. Until the window closes nobody else is told."))
    return _seen(read, letter, reader, headline)


def _paper_needed(read: Read, letter: Letter, reader: Reader) -> Page | None:
    """Tell the desk that a proposer who has not joined needs a paper form."""
    form = _form(read, letter)
    page = about(
        read,
        letter,
        reader,
        reader.say(N_("The opinion form is due, but the proposer has not joined here: please ask with a paper form.")),
    )
    if form is None or page is None:
        return None
    return Page(page.blocks, ((paper_key(form.id, form.version, reader),), *page.rows))


def paper_key(form_id: int, version: int, reader: Reader, label: str = "") -> Key:
    """Make the button that enters a paper form."""
    return Key(label or reader.tongue.term(Act.ENTER_PAPER), Button(f"f.{Act.ENTER_PAPER}", form_id, version))


def _paper_entered(read: Read, letter: Letter, reader: Reader) -> Page | None:
    """Ask the proposer whether a paper form in his name is his; what it says is not shown to anybody's eyes."""
    answer = read.get(Answer, letter.subject_id)
    form = read.get(Form, answer.form_id) if answer else None
    if answer is None or form is None or answer.verified_at is not None or answer.denied_at is not None:
        return None
    said = reader.say(
        N_(
            "The desk has entered a paper opinion form in your name, on the reply of %(unit)s. Did you fill it in? "
            "Until %(day)s you can also answer here yourself; your own answer takes its place."
        ),
        unit=_unit(read, form),
        day=form.closes_on,
    )
    page = about(read, letter, reader, said)
    if page is None:
        return None
    keys = [
        Key(reader.tongue.term(act), Button(f"f.{act}", form.id, form.version, str(answer.id)))
        for act in (Act.OWN_PAPER, Act.DENY_PAPER)
    ]
    return Page(page.blocks, ((keys[0],), (keys[1],)))


def _call_asked(read: Read, letter: Letter, reader: Reader) -> Page | None:
    """Tell the desk who wants to be called."""
    form = _form(read, letter)
    name = unpack(letter.facts)["name"]
    page = about(read, letter, reader, reader.say(N_("%(name)s asks to be called about the opinion form."), name=name))
    if form is None or page is None or form.stage != Stage.OPEN:
        return page
    return Page(page.blocks, ((paper_key(form.id, form.version, reader),), *page.rows))


def _disputed(read: Read, letter: Letter, reader: Reader) -> Page | None:
    """Tell desk, and office where the proposer chose so, of a dispute."""
    dispute = read.get(Dispute, letter.subject_id)
    if dispute is None or reader.person is None:
        return None
    seen = forms.seen(read, dispute.form_id, reader.person.id, reader.today)
    if seen is None or seen.dispute is None or seen.dispute.reason is None:
        return None
    said = reader.say(
        N_("%(unit)s: the proposer says that what stands in his name is not his real view. Reason: %(reason)s."),
        unit=seen.unit,
        reason=seen.dispute.reason,
    )
    page = about(read, letter, reader, said, sights.words(seen.dispute.words, seen, reader))
    desk = fillable.of_desk(read, dispute.form_id, reader.person.id)
    if page is None or desk is None or dispute.closed_at is not None:
        return _fleeting(page)
    key = Key(reader.say(N_("Finding")), Button("dispute.find", dispute.id))
    return _fleeting(replace(page, rows=((key,), *page.rows)))


def _found(read: Read, letter: Letter, reader: Reader) -> Page | None:
    """Tell everybody concerned of the finding."""
    dispute = read.get(Dispute, letter.subject_id)
    if dispute is None or dispute.closed_at is None:
        return None
    upheld = N_("Finding of the proposer's desk: the rating was not the proposer's real view; it counts no longer.")
    stands = N_("Finding of the proposer's desk: the rating stands.")
    return about(
        read, letter, reader, reader.say(upheld if dispute.upheld else stands), private(dispute.finding, reader)
    )


SURVEY: dict[str, Notice] = {
    "form_opened": _opened,
    "form_reminder": _reminder,
    "form_receipt": _receipt,
    "form_dissatisfied": _dissatisfied,
    "call_asked": _call_asked,
}
PAPER: dict[str, Notice] = {
    "paper_needed": _paper_needed,
    "paper_entered": _paper_entered,
    "paper_taken": sentence(N_("The paper form is entered; the proposer has been asked whether it is his.")),
    "paper_owned": sentence(N_("The proposer says that the paper form is his.")),
    "paper_denied": sentence(N_("The proposer says that he did not fill in the paper form. It counts no longer.")),
}
DISPUTE: dict[str, Notice] = {"disputed": _disputed, "dispute_found": _found}
