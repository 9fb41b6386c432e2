"""征询意见表: asked of the proposer alone, one question a message, nothing left behind in his chat."""

from datetime import date
from functools import partial

from handlers.buttons import Button
from handlers.dialogues import Dialogue, Facts, Outcome, words
from handlers.notices import surveying as notices
from handlers.office import Answer, Call, Office, Opening
from handlers.opinions import opinion, questions, verdict
from handlers.pages import Key, text
from handlers.routes import Routes
from handlers.tongue import N_
from storage import outbox
from storage.acts import surveying
from storage.book import Book
from storage.forms import NOT_YOURS
from storage.queries import fillable
from storage.queries.fillable import Fillable
from storage.reading import Read
from storage.rules.refusals import Refused
from storage.rules.stages import Act
from storage.rules.words import Verdict


def _check(book: Book, facts: Facts) -> None:
    surveying.check(book, facts["form"])


def _finish(book: Book, facts: Facts) -> Outcome:
    surveying.submit(book, facts["form"], opinion(facts))
    return Outcome(N_("Handed in"))


SURVEY = Dialogue(
    "survey",
    N_("Opinion form"),
    questions(Act.SUBMIT, voice=True),
    _finish,
    _check,
    leave_no_trace=True,
    resumes="form",
)


async def fill(call: Call, office: Office) -> Answer:
    """Begin the form, or take it up where it was interrupted; for anybody but its proposer there is none."""
    assert call.button is not None
    form = await office.read(partial(fillable.own, form_id=call.button.id, person_id=call.person_id))
    if form is None or not call.private:
        raise Refused(NOT_YOURS)
    return Answer(opening=begin(form))


def begin(form: Fillable, typed: Verdict | None = None) -> Opening:
    """Open a form, with an attitude that was typed."""
    facts: dict[str, object] = {"form": form.id, "unit": form.unit}
    if typed is not None:
        facts |= {"attitude": typed.value, "typed": True}
    return Opening("survey", facts, form.case_id)


async def said(call: Call, office: Office) -> Answer | None:
    """Take a text that is nothing but 满意, 基本满意 or 不满意 as the beginning of the form; none: it is no rating.

    In reply to a message it is about that message's case. With several forms open it is asked which is meant.
    """
    if call.person is None or not call.private or call.files:
        return None
    typed = verdict(call.words, {call.tongue.term(each): each for each in Verdict})
    if typed is None:
        return None
    today = office.terms.today(office.clock())
    find = partial(_open_forms, person_id=call.person_id, chat_id=call.chat_id, replies_to=call.replies_to, today=today)
    found = await office.read(find)
    if not found:
        return None
    if call.forwarded:
        raise Refused(N_("Forwarded words are somebody else's; a form is answered in one's own. Nothing was changed"))
    unanswered = [form for form in found if not form.submitted]
    meant = unanswered or list(found)
    if len(meant) == 1:
        return Answer(opening=begin(meant[0], typed))
    rows = tuple((Key(form.unit, Button(f"f.{Act.FILL}", form.id, form.version)),) for form in meant)
    return Answer(pages=(text(call.say(N_("You have several opinion forms open. Which one is meant?")), rows=rows),))


def _open_forms(read: Read, person_id: int, chat_id: int, replies_to: int | None, today: date) -> tuple[Fillable, ...]:
    """List the forms that a typed word may be for."""
    letter = outbox.by_message(read, chat_id, replies_to) if replies_to is not None else None
    if replies_to is not None and (letter is None or letter.case_id is None):
        return ()
    return fillable.fillable(read, person_id, today, letter.case_id if letter else None)


async def call_me(call: Call, office: Office) -> Answer:
    """Have the desk telephone."""
    assert call.button is not None
    await office.press(call, surveying.call_me, call.button.id)
    return Answer(call.say(N_("The desk will call you")), alert=True)


# what the desk does with a spoken reason


def _check_voice(book: Book, facts: Facts) -> None:
    surveying.check_voice(book, facts["answer"])


def _finish_voice(book: Book, facts: Facts) -> Outcome:
    surveying.write_down(book, facts["answer"], facts["reason"]["words"])
    return Outcome(N_("Written down; the recording is kept beside it."))


VOICE = Dialogue(
    "voice_down",
    N_("Write the voice down"),
    (words("reason", N_("Please type what was said, word for word, adding and leaving out nothing."), limit=1000),),
    _finish_voice,
    _check_voice,
)


async def write_down(call: Call, office: Office) -> Answer:  # noqa: ARG001 (a conversation's form)
    """Have the desk write a spoken reason down."""
    assert call.button is not None
    return Answer(opening=Opening("voice_down", {"answer": call.button.id}))


ROUTES = Routes(
    presses={f"f.{Act.FILL}": fill, "form.call": call_me, "form.voice": write_down},
    dialogues=(SURVEY, VOICE),
    notices=notices.SURVEY,
)
