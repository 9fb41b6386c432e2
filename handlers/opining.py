"""会办意见: a co-handling unit's opinion for the host, which may send an empty one back."""

from handlers.dialogues import Dialogue, Facts, Outcome, words
from handlers.gathering import Gathering
from handlers.notices.kinds import sentence
from handlers.prompts import opened
from handlers.routes import Routes
from handlers.tongue import N_
from storage.acts import opining
from storage.book import Book


def _check(book: Book, facts: Facts) -> None:
    opining.check(book, facts["part"])


def _finish(book: Book, facts: Facts) -> Outcome:
    opining.opine(book, facts["part"], facts["text"]["words"], tuple(facts["text"]["files"]))
    return Outcome(N_("The opinion has gone to the host unit."))


def _check_back(book: Book, facts: Facts) -> None:
    opining.check_back(book, facts["part"], facts["version"])


def _finish_back(book: Book, facts: Facts) -> Outcome:
    opining.send_back(book, facts["part"], facts["text"]["words"], facts["version"])
    return Outcome(N_("Sent back; the co-handling unit has been told why."))


OPINE = Dialogue(
    "opine",
    N_("Co-handling opinion"),
    (
        Gathering(
            "text",
            N_("What does your unit say on what concerns it? Please type it, send a file, or both; the host hears it."),
            N_("Submit"),
        ).step(),
    ),
    _finish,
    _check,
)
SEND_BACK = Dialogue(
    "opine_back",
    N_("Send the opinion back"),
    (words("text", N_("What is missing? Please type it; the co-handling unit is told."), limit=1000),),
    _finish_back,
    _check_back,
)

ROUTES = Routes(
    presses={"p.opine": opened("opine", "part"), "p.opine_back": opened("opine_back", "part")},
    dialogues=(OPINE, SEND_BACK),
    notices={
        "co_opinion": sentence(N_("Co-handling opinion of %(unit)s, by %(name)s:"), quote="text", owner="coopinion"),
        "opinions_in": sentence(N_("All co-handling opinions are in; the reply can be drafted.")),
        "opinion_sent_back": sentence(
            N_("%(name)s of the host unit sends your opinion back, to be given anew by %(due)s:"), quote="reason"
        ),
    },
)
