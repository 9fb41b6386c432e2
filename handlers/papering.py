"""纸质表代录: the desk enters a paper form with its scan; its proposer owns or denies it."""

from functools import partial

from handlers.dialogues import Dialogue, Facts, Outcome, Question, Said, Scene, Step
from handlers.notices.surveying import PAPER as NOTICES
from handlers.notices.surveying import paper_key
from handlers.office import Answer, Call, Office, Opening
from handlers.opinions import opinion, questions
from handlers.pages import Text, text
from handlers.routes import Command, Routes
from handlers.tongue import N_
from storage.acts import papering
from storage.book import Book
from storage.forms import NOT_DESK
from storage.queries import fillable, lookup
from storage.queries.fillable import Fillable
from storage.rules.refusals import Refused
from storage.rules.stages import Act
from storage.rules.words import DESK_ROLES


def _check(book: Book, facts: Facts) -> None:
    papering.check(book, facts["form"])


def _finish(book: Book, facts: Facts) -> Outcome:
    papering.enter(book, facts["form"], opinion(facts, tuple(facts["scan"])))
    return Outcome(N_("The paper form is entered"))


def _ask_scan(scene: Scene) -> Question:
    """Ask for the scan."""
    about = scene.say(N_("About the reply of %(unit)s"), unit=scene.facts["unit"])
    said = scene.say(N_("Please send the scan or a photo of the signed paper form; several pages as one PDF."))
    return Question((Text(about), Text(said)), typed=True)


def _take_scan(_scene: Scene, said: Said) -> list[int]:
    """Take the scan; without it nothing is entered."""
    if not said.files:
        raise Refused(N_("A paper form needs its scan or photo; please send it as a file or picture"))
    return list(said.files)


PAPER = Dialogue(
    "paper",
    N_("Enter a paper form"),
    (Step("scan", _ask_scan, _take_scan, files=True), *questions(Act.ENTER_PAPER, voice=False)),
    _finish,
    _check,
    leave_no_trace=True,
    resumes="form",
)


def _begin(form: Fillable) -> Answer:
    """Open the dialogue on a form."""
    return Answer(opening=Opening("paper", {"form": form.id, "unit": form.unit, "paper": True}, form.case_id))


async def press(call: Call, office: Office) -> Answer:
    """Begin from a button."""
    assert call.button is not None
    form = await office.read(partial(fillable.of_desk, form_id=call.button.id, person_id=call.person_id))
    if form is None or not call.private:
        raise Refused(NOT_DESK)
    return _begin(form)


async def command(call: Call, office: Office) -> Answer:
    """Begin from `/paper NO`; where several forms fit, they are listed to choose from."""
    assert call.person is not None
    if not call.person.roles & DESK_ROLES:
        raise Refused(NOT_DESK)
    if not call.private:
        raise Refused(N_("Please do this in our private chat: nobody's opinion form belongs into a group"))
    if not call.words.strip():
        return Answer(pages=(text(call.say(N_("Please add the case's number, for instance: /paper 072"))),))
    found = await office.read(partial(lookup.find, typed=call.words, person_id=call.person_id))
    cases = tuple(each.id for each in found)
    today = office.terms.today(office.clock())
    waiting = await office.read(partial(fillable.awaiting_paper, case_ids=cases, person_id=call.person_id, today=today))
    if not waiting:
        raise Refused(N_("No opinion form of this number waits for a paper: not open, answered already, or closed"))
    if len(waiting) == 1:
        return _begin(waiting[0])
    reader = office.reader(call.person)
    rows = tuple((paper_key(form.id, form.version, reader, form.unit),) for form in waiting)
    return Answer(pages=(text(call.say(N_("Several opinion forms fit. Which one is the paper?")), rows=rows),))


async def own(call: Call, office: Office) -> Answer:
    """Take 是我填的."""
    assert call.button is not None
    await office.press(call, papering.own, call.button.id, _answer(call))
    return Answer(call.say(N_("Noted: the paper form is yours")), alert=True)


async def deny(call: Call, office: Office) -> Answer:
    """Take 不是我填的."""
    assert call.button is not None
    await office.press(call, papering.deny, call.button.id, _answer(call))
    return Answer(call.say(N_("Noted: the paper form is not yours and counts no longer")), alert=True)


def _answer(call: Call) -> int | None:
    """Read which paper form a button names."""
    assert call.button is not None
    return int(call.button.argument) if call.button.argument.isdecimal() else None


ROUTES = Routes(
    commands=(
        Command("paper", command, N_("Enter a paper opinion form: /paper NO"), words=("纸质表",), roles=DESK_ROLES),
    ),
    presses={f"f.{Act.ENTER_PAPER}": press, f"f.{Act.OWN_PAPER}": own, f"f.{Act.DENY_PAPER}": deny},
    dialogues=(PAPER,),
    notices=NOTICES,
)
