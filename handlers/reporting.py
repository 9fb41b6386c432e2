"""报送进展: text, photo or file, to the office and the lead leader."""

from handlers.dialogues import Dialogue, Facts, Option, Outcome, Scene, choice, words
from handlers.notices.kinds import sentence
from handlers.prompts import opened
from handlers.routes import Routes
from handlers.tongue import N_
from storage.acts import reporting
from storage.book import Book


def _audience(scene: Scene) -> list[Option]:
    """Offer who is to see it; the proposer sees only what is marked for him."""
    return [
        Option("office", scene.say(N_("Office and lead leader"))),
        Option("all", scene.say(N_("The proposer may see it too"))),
    ]


def _check(book: Book, facts: Facts) -> None:
    reporting.check(book, facts["part"])


def _finish(book: Book, facts: Facts) -> Outcome:
    said = facts["text"]
    reporting.report(book, facts["part"], said["words"], said["files"], for_proposer=facts["audience"] == "all")
    return Outcome(N_("Your report has been handed in."))


DIALOGUE = Dialogue(
    "report",
    N_("Report progress"),
    (
        words(
            "text", N_("What has been done? Please type it, or send a photo or a file with a few words."), files=True
        ),
        choice("audience", N_("Who is to see it?"), _audience),
    ),
    _finish,
    _check,
)

ROUTES = Routes(
    presses={"p.report": opened("report", "part")},
    dialogues=(DIALOGUE,),
    notices={
        "reported": sentence(N_("%(unit)s reports progress (%(name)s):"), quote="text", owner="report"),
        "report_withdrawn": sentence(N_("%(name)s has taken a progress report back.")),
    },
)
