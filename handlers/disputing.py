"""不是我的真实意见: why, and who hears of it; the finding of the desk that closes it."""

from enum import Enum
from functools import partial

from handlers.dialogues import Dialogue, Facts, Option, Outcome, Question, Scene, Step, choice, pick, words
from handlers.notices.surveying import DISPUTE as NOTICES
from handlers.office import Answer, Call, Office, Opening
from handlers.pages import Text
from handlers.routes import Routes
from handlers.surveying import begin
from handlers.tongue import N_
from storage.acts import disputing
from storage.book import Book
from storage.forms import NOT_YOURS
from storage.queries import fillable
from storage.rules.refusals import Refused
from storage.rules.stages import Act
from storage.rules.words import DisputeReason, DisputeTelling


def _reopens(facts: Facts) -> bool:
    """Tell whether 填错了 simply opens the form anew."""
    return bool(facts["window"]) and facts.get("reason") == DisputeReason.MISTAKE


def _options(kind: type[Enum], scene: Scene) -> list[Option]:
    """Offer terms; the office is no choice where it is itself the handling unit."""
    left_out = set() if scene.facts["office"] else {DisputeTelling.OFFICE_TOO}
    return [Option(str(term.value), scene.reader.tongue.term(term)) for term in kind if term not in left_out]


def _asked(name: str, msgid: str, kind: type[Enum]) -> Step:
    """Ask for one term of several."""

    def ask(scene: Scene) -> Question:
        about = scene.say(N_("About the reply of %(unit)s"), unit=scene.facts["unit"])
        return Question((Text(about), Text(scene.say(msgid))), tuple(_options(kind, scene)))

    return Step(name, ask, lambda scene, said: pick(_options(kind, scene), said))


def _told(step: Step) -> Step:
    """Ask who hears of it, unless the form is simply opened anew."""
    return Step(step.name, step.ask, step.take, lambda facts: not _reopens(facts))


def _check(book: Book, facts: Facts) -> None:
    disputing.check(book, facts["form"])


def _finish(book: Book, facts: Facts) -> Outcome:
    reason = DisputeReason(facts["reason"])
    if reason is DisputeReason.MISTAKE and disputing.in_window(book, facts["form"]):
        form = fillable.own(book.read, facts["form"], book.person_id)
        assert form is not None
        return Outcome(N_("The form is open again"), opening=begin(form))
    telling = DisputeTelling(facts.get("telling", DisputeTelling.DESK_ONLY))
    said = facts["words"]["words"] if reason is DisputeReason.OWN_WORDS else ""
    disputing.dispute(book, facts["form"], reason, said, telling)
    return Outcome(N_("Your desk has been told"))


DISPUTE = Dialogue(
    "dispute",
    N_("This is not my real view"),
    (
        _asked("reason", N_("What happened? The handling unit hears of it only with the finding."), DisputeReason),
        words(
            "words",
            N_("Please type what happened, in your own words."),
            when=lambda facts: facts.get("reason") == DisputeReason.OWN_WORDS,
            limit=1000,
        ),
        _told(_asked("telling", N_("Who is to be told of it?"), DisputeTelling)),
    ),
    _finish,
    _check,
    leave_no_trace=True,
)


async def dispute(call: Call, office: Office) -> Answer:
    """Begin a dispute; for anybody but the proposer there is nothing to dispute."""
    assert call.button is not None
    today = office.terms.today(office.clock())
    found = await office.read(
        partial(fillable.disputable, form_id=call.button.id, person_id=call.person_id, today=today)
    )
    if found is None or not call.private:
        raise Refused(NOT_YOURS)
    facts = {"form": found.form.id, "unit": found.form.unit, "window": found.window, "office": found.office}
    return Answer(opening=Opening("dispute", facts, found.form.case_id))


# the finding


def _check_finding(book: Book, facts: Facts) -> None:
    disputing.check_finding(book, facts["dispute"])


def _finish_finding(book: Book, facts: Facts) -> Outcome:
    disputing.find(book, facts["dispute"], facts["finding"]["words"], upheld=facts["upheld"] == "yes")
    return Outcome(N_("The finding is stated; the proposer, the office and the unit hear of it now."))


def _verdicts(scene: Scene) -> list[Option]:
    """Offer the two findings."""
    return [
        Option("yes", scene.say(N_("It was not his real view"))),
        Option("no", scene.say(N_("The rating stands"))),
    ]


FINDING = Dialogue(
    "finding",
    N_("Finding"),
    (
        words(
            "finding",
            N_("Please type the finding as it is to be read by the proposer, the office and the unit."),
            limit=1000,
        ),
        choice("upheld", N_("What does it say of the rating?"), _verdicts),
    ),
    _finish_finding,
    _check_finding,
)


async def find(call: Call, office: Office) -> Answer:  # noqa: ARG001 (a conversation's form)
    """Begin a finding."""
    assert call.button is not None
    return Answer(opening=Opening("finding", {"dispute": call.button.id}))


ROUTES = Routes(
    presses={f"f.{Act.DISPUTE}": dispute, "dispute.find": find},
    dialogues=(DISPUTE, FINDING),
    notices=NOTICES,
)
