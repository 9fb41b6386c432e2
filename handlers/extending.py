"""延期: asked by the unit, signed by its head, decided by the office's head; the proposer hears the new date."""

from datetime import date, timedelta

from handlers.dialogues import Dialogue, Facts, Outcome, Scene, day, words
from handlers.office import Answer, Call, Office
from handlers.prompts import opened
from handlers.returning import LIMIT, SENT, denial
from handlers.routes import Routes
from handlers.tongue import N_
from storage.acts import requesting
from storage.book import Book
from storage.queries.requests import EXTENSION
from storage.rules.stages import Act
from storage.tables import Case, Part


def _span(scene: Scene) -> tuple[date, date]:
    """Give the part's date and the last day that the law allows."""
    part = scene.read.get(Part, scene.facts["part"])
    case = scene.read.get(Case, part.case_id) if part is not None else None
    assert part is not None
    assert case is not None
    assert part.due is not None
    assert case.hard_due is not None
    return part.due, case.hard_due


def _offers(scene: Scene) -> list[date]:
    """Offer two weeks, four weeks and the last day, as far as there is room."""
    due, hard = _span(scene)
    found = [due + timedelta(weeks=weeks) for weeks in (2, 4)]
    return [*(offer for offer in found if offer < hard), hard]


def _ask(book: Book, facts: Facts) -> Outcome:
    row = requesting.ask(book, facts["part"], EXTENSION, facts["reason"]["words"], new_due=facts["until"])
    return Outcome(SENT[row.signed_by_id is not None])


def _check_ask(book: Book, facts: Facts) -> None:
    requesting.check_ask(book, facts["part"], EXTENSION)


ASK = Dialogue(
    "ask_extension",
    N_("Ask for an extension"),
    (
        words("reason", N_("Why is more time needed? The proposer is told the reason."), limit=LIMIT),
        day(
            "until",
            N_("Until when?"),
            _offers,
            earliest=lambda scene: _span(scene)[0] + timedelta(days=1),
            latest=lambda scene: _span(scene)[1],
        ),
    ),
    _ask,
    _check_ask,
)


async def grant(call: Call, office: Office) -> Answer:
    """Take the agreement of the office's head."""
    assert call.button is not None
    due = await office.press(call, requesting.grant_extension, call.button.id, call.button.version)
    return Answer(call.say(N_("Extended to %(day)s"), day=due))


ROUTES = Routes(
    presses={
        "p.ask_extension": opened("ask_extension", "part"),
        "r.grant_ext": grant,
        "r.deny_ext": opened("deny_ext", "request"),
    },
    dialogues=(ASK, denial("deny_ext", N_("Refuse the extension"), Act.DENY_EXTENSION)),
)
