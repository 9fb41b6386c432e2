"""重新办理: a second round after “dissatisfied”, with the points that are to be made up."""

from handlers.dialogues import Dialogue, Facts, Outcome, Question, Said, Scene, Step, confirm, words
from handlers.notices import replying as notices
from handlers.notices.kinds import sentence
from handlers.pages import Block, Quote, Text
from handlers.prompts import opened
from handlers.routes import Routes
from handlers.tongue import N_
from storage.acts import retaking
from storage.book import Book
from storage.queries import forms, replies
from storage.queries.replies import Complaint
from storage.rules.replies import refuse_own_words

_LIMIT = 1000
_TYPED = words("points", "", limit=_LIMIT)


def _ask(scene: Scene) -> Question:
    """Show the office what was said, and ask for it as points."""
    blocks: list[Block] = []
    for complaint in _complaints(scene):
        form = forms.seen(scene.read, complaint.form_id, scene.person_id, scene.reader.today)
        if form is not None and form.reason and scene.reader.full:
            msgid = (
                N_("The proposer's words; he allows the unit to hear them:")
                if complaint.told
                else N_("The proposer's words; they are not for the unit:")
            )
            blocks += [Text(scene.say(msgid)), Quote(form.reason)]
    ask = N_("What is the unit to make up? Please type it in your own words; the unit gets it on its card.")
    return Question((*blocks, Text(scene.say(ask))), typed=True)


def _take(scene: Scene, said: Said) -> object:
    taken = _TYPED.take(scene, said)
    refuse_own_words(taken["words"], replies.withheld(_complaints(scene)))
    return taken


def _complaints(scene: Scene) -> list[Complaint]:
    return replies.complaints(scene.read, scene.case_id or 0, scene.reader.today)


def _last_look(scene: Scene) -> tuple[Block, ...]:
    points = scene.facts["points"]["words"]
    said = N_("A new round begins: the unit handles the case anew and replies again. To be made up:")
    return (Text(scene.say(said)), Quote(points))


def _check(book: Book, facts: Facts) -> None:
    retaking.check(book, facts["case"])


def _finish(book: Book, facts: Facts) -> Outcome:
    dates = retaking.rehandle(book, facts["case"], facts["points"]["words"])
    return Outcome(N_("The unit has been told; its new reply is due on %(due)s."), {"due": dates.reply.rolled})


DIALOGUE = Dialogue(
    "rehandle",
    N_("Handle anew"),
    (Step("points", _ask, _take), confirm("sure", N_("Handle anew"), _last_look)),
    _finish,
    _check,
)

ROUTES = Routes(
    presses={"c.rehandle": opened("rehandle", "case")},
    dialogues=(DIALOGUE,),
    notices={
        "rehandle": notices.rehandle,
        "rehandle_begun": sentence(N_("Handled anew, round %(round)d; the reply is due on %(due)s.")),
        "rehandle_proposer": sentence(
            N_("Your case is being handled anew; the unit will talk to you and reply again by %(due)s.")
        ),
    },
)
