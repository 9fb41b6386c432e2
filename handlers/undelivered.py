"""What did not arrive: people to be told another way, and letters to be sent again or let go."""

from functools import partial

from handlers.dialogues import Dialogue, Facts, Outcome, words
from handlers.notices import undelivered as papers
from handlers.office import Answer, Call, Office, Opening
from handlers.routes import Routes
from handlers.tongue import N_
from storage.acts import delivery, reaching
from storage.book import Book

_LIMIT = 500


async def absent(call: Call, office: Office) -> Answer:
    """List the people whom the bot cannot reach."""
    page = await office.read(partial(papers.absent, reader=office.reader(call.person)))
    return Answer(pages=(page,))


async def note(call: Call, office: Office) -> Answer:  # noqa: ARG001 (the form of a conversation)
    """Ask how somebody was told."""
    assert call.button is not None
    return Answer(opening=Opening(_NOTE.name, {"absence": call.button.id}))


async def dead(call: Call, office: Office) -> Answer:
    """List the letters that could not be delivered."""
    page = await office.read(partial(papers.dead, reader=office.reader(call.person)))
    return Answer(pages=(page,))


async def again(call: Call, office: Office) -> Answer:
    """Send a letter once more."""
    assert call.button is not None
    await office.press(call, delivery.again, call.button.id)
    return await _left(call, office, call.say(N_("It is sent again")))


async def let_go(call: Call, office: Office) -> Answer:
    """Send a letter no more."""
    assert call.button is not None
    await office.press(call, delivery.let_go, call.button.id)
    return await _left(call, office, call.say(N_("It is not sent any more")))


async def _left(call: Call, office: Office, said: str) -> Answer:
    """Show what is left on the list."""
    page = await office.read(partial(papers.dead, reader=office.reader(call.person)))
    return Answer(said, edit=page)


def _check(book: Book, facts: Facts) -> None:
    reaching.check_note(book, facts["absence"])


def _noted(book: Book, facts: Facts) -> Outcome:
    reaching.note(book, facts["absence"], facts["text"]["words"])
    return Outcome(N_("Noted. The task comes back when something new is asked of this person."))


_NOTE = Dialogue(
    "absent_note",
    N_("Told another way"),
    (
        words(
            "text", N_("How was this person told? Please type it, for instance: telephoned on 3 March."), limit=_LIMIT
        ),
    ),
    _noted,
    _check,
)

ROUTES = Routes(
    presses={
        "absent": absent,
        "absent.note": note,
        "dead": dead,
        "dead.again": again,
        "dead.let": let_go,
    },
    dialogues=(_NOTE,),
)
