"""预警: handled or put off, and the list of what still waits."""

from datetime import date
from functools import partial

from handlers import lists
from handlers.dialogues import Dialogue, Facts, Outcome, Scene, day, words
from handlers.notices import alerting as papers
from handlers.notices import digests
from handlers.office import Answer, Call, Office
from handlers.pages import text
from handlers.prompts import opened
from handlers.routes import Command, Routes
from handlers.tongue import N_
from storage.acts import alerting
from storage.book import Book
from storage.queries import standing
from storage.rules.refusals import Refused
from storage.rules.words import DESK_ROLES, OFFICE_ROLES

_LIMIT = 1000
_AHEAD = (1, 3, 5, 10)  # working days that are offered


async def show(call: Call, office: Office) -> Answer:
    """List the alerts before somebody; in a group they go to his private chat."""
    assert call.person is not None
    if not call.person.roles & (OFFICE_ROLES | DESK_ROLES):
        raise Refused(N_("Alerts go to the desks and the office alone"))
    page = await office.read(partial(papers.page, reader=office.reader(call.person), place=0))
    return lists.aside(call, page)


async def turn(call: Call, office: Office) -> Answer:
    """Turn to another page of alerts; from a digest the list opens below it."""
    assert call.button is not None
    page = await office.read(partial(papers.page, reader=office.reader(call.person), place=call.button.version))
    return Answer(edit=page) if call.button.argument else Answer(pages=(page,))


async def confirm(call: Call, office: Office) -> Answer:
    """Take the desk's word that what the office has done settles it."""
    assert call.button is not None
    await office.press(call, alerting.confirm, call.button.id, call.button.version)
    reader = office.reader(call.person)
    again = await office.read(
        partial(digests.again, chat_id=call.chat_id, message_id=call.message_id or 0, reader=reader)
    )
    return Answer(call.say("Confirmed"), edit=again or text(call.say(N_("Confirmed; this alert is closed."))))


def _check(book: Book, facts: Facts) -> None:
    alerting.check(book, facts["alert"])


def _done(book: Book, facts: Facts) -> Outcome:
    if alerting.handled(book, facts["alert"], facts["text"]["words"]):
        return Outcome(N_("Noted; this alert is closed."))
    return Outcome(N_("Noted; the proposers' desk has been asked to confirm it. The alert closes with its word."))


def _check_later(book: Book, facts: Facts) -> None:
    alerting.check_postpone(book, facts["alert"])


def _later(book: Book, facts: Facts) -> Outcome:
    alerting.postpone(book, facts["alert"], facts["until"], facts["why"]["words"])
    return Outcome(N_("You will be reminded again on the morning of %(until)s."), {"until": facts["until"]})


def _offers(scene: Scene) -> list[date]:
    calendar = standing.calendar(scene.read)
    return [calendar.add_working_days(scene.reader.today, count) for count in _AHEAD]


_HANDLED = Dialogue(
    "alert_done",
    N_("Handled"),
    (words("text", N_("What has been done? Please type it."), limit=_LIMIT),),
    _done,
    _check,
)
_LATER = Dialogue(
    "alert_later",
    N_("Remind later"),
    (
        day(
            "until",
            N_("Until when shall the reminder wait?"),
            _offers,
            earliest=lambda scene: standing.calendar(scene.read).next_working(scene.reader.today),
            latest=lambda scene: scene.reader.today + alerting.LONGEST,
        ),
        words("why", N_("Why? Please type it."), limit=_LIMIT),
    ),
    _later,
    _check_later,
)


ROUTES = Routes(
    commands=(Command("alerts", show, N_("alerts that wait for you"), ("预警", "Alerts"), OFFICE_ROLES | DESK_ROLES),),
    presses={
        "alerts": turn,
        "alert.done": opened("alert_done", "alert"),
        "alert.later": opened("alert_later", "alert"),
        "alert.ok": confirm,
    },
    dialogues=(_HANDLED, _LATER),
    notices=papers.NOTICES,
)
