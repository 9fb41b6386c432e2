"""Which case something belongs to, where its message does not say; and forwarded words, which are nobody's report."""

from handlers.dialogues import Dialogue, Facts, Option, Outcome, Scene, choice
from handlers.office import Answer, Call, Office
from handlers.replies import hand_in, held, refuse_odd
from handlers.routes import Routes
from handlers.tongue import N_
from storage import files
from storage.acts import replies
from storage.book import Book
from storage.queries import repliable
from storage.queries.repliable import Meant
from storage.rules.refusals import Refused
from storage.rules.takings import Thing


def _options(scene: Scene) -> list[Option]:
    """Offer the cases that a reply may be about."""
    found = []
    for place, (_thing, case_id, _row) in enumerate(scene.facts["choices"]):
        case = repliable.named(scene.read, case_id)
        if case is not None:
            label = scene.say(
                "%(kind)s %(number)s · %(title)s", kind=case.kind, number=case.number, title=case.title[:16]
            )
            found.append(Option(str(place), label))
    return found


def _chosen(facts: Facts) -> Meant:
    """Read the choice that was made."""
    thing, case_id, row_id = facts["choices"][int(facts["case"])]
    return Meant(Thing(thing), case_id, row_id)


def _finish(book: Book, facts: Facts) -> Outcome:
    hand_in(book, _chosen(facts), facts["words"], tuple(facts["files"]))
    return Outcome(N_("The case is noted."))


def _finish_annex(book: Book, facts: Facts) -> Outcome:
    replies.annex(book, _chosen(facts).case_id, facts["words"], facts["files"])
    return Outcome(N_("Attached as an annex labelled 转发; it counts as nobody's report."))


WHICH = Dialogue(
    "reply_to",
    N_("Which case is it about?"),
    (choice("case", N_("What you sent is kept. Please press the case that it belongs to."), _options),),
    _finish,
)
ANNEX = Dialogue(
    "annex",
    N_("Forwarded words"),
    (
        choice(
            "case",
            N_(
                "Forwarded words are somebody else's: they are neither a report nor a rating. They can be added "
                "as an annex labelled 转发; to which case?"
            ),
            _options,
        ),
    ),
    _finish_annex,
)


async def forwarded(call: Call, office: Office) -> Answer:
    """Offer to attach what was forwarded; it is nobody's own word."""
    refuse_odd(call)
    contents = [files.Content(sent.name, sent.mime, await office.fetch(sent.telegram_id)) for sent in call.files]
    return await office.act(call, _hold_annex, call, contents)


def _hold_annex(book: Book, call: Call, contents: list[files.Content]) -> Answer:
    """Keep what was forwarded until it is said which case it belongs to."""
    found = repliable.recent(book.read, call.person_id)
    meant = tuple(
        Meant(Thing.CARD, case.id) for case in found if repliable.may_annex(book.read, case.id, call.person_id)
    )
    if not meant:
        raise Refused(N_("Forwarded words are somebody else's; please type it yourself"))
    kept = files.keep(book.read, contents, call.person_id, book.at)
    replies.hold(book, call.chat_id, "annex", held(meant, call.words.strip(), kept))
    return Answer()


ROUTES = Routes(dialogues=(WHICH, ANNEX))
