"""约见 and 沟通: contacts with the proposer, and what he says of them."""

from collections.abc import Awaitable, Callable
from datetime import date, timedelta
from enum import StrEnum

from handlers.buttons import Button
from handlers.dialogues import Dialogue, Facts, Option, Outcome, Said, Scene, Step, choice, day, words
from handlers.notices.kinds import about, at_hand_of, private, sentence
from handlers.office import Answer, Call, Office, Reader
from handlers.pages import Key, Page, text
from handlers.prompts import opened
from handlers.routes import Routes
from handlers.tongue import N_
from storage.acts import consulting
from storage.book import Book
from storage.reading import Read
from storage.rules.facts import unpack
from storage.rules.refusals import Refused
from storage.rules.stages import Act
from storage.rules.words import Confirmation, Method, Phase
from storage.tables import Contact, Letter, Meeting

_OFFERS = 3


def _terms(kind: type[StrEnum]) -> Callable[[Scene], list[Option]]:
    """Offer every term of an enumeration."""
    return lambda scene: [Option(term.value, scene.reader.tongue.term(term)) for term in kind]


def _recent(scene: Scene) -> list[date]:
    """Offer today and the two days before."""
    return [scene.reader.today - timedelta(days=back) for back in range(3)]


def _record(book: Book, facts: Facts) -> Outcome:
    consulting.record(
        book,
        facts["part"],
        Phase(facts["phase"]),
        Method(facts["method"]),
        facts["held_on"],
        facts["who"]["words"],
        facts["said"]["words"],
    )
    return Outcome(N_("Recorded; the proposer is asked whether it was so."))


CONTACT = Dialogue(
    "contact",
    N_("Record a contact"),
    (
        choice("phase", N_("Which contact was it?"), _terms(Phase), columns=3),
        choice("method", N_("How was it made?"), _terms(Method), columns=2),
        day("held_on", N_("When was it?"), _recent, latest=lambda scene: scene.reader.today),
        words("who", N_("Who took part? Names of both sides, please."), limit=200),
        words("said", N_("What was said? A few sentences are enough."), limit=1000),
    ),
    _record,
    lambda book, facts: consulting.check(book, facts["part"], Act.RECORD_CONTACT),
)


def _times(_scene: Scene, said: Said) -> list[str]:
    """Read three times, one a line."""
    times = [line.strip() for line in said.words.splitlines() if line.strip()]
    if len(times) != _OFFERS or any(len(time) > 40 for time in times):  # noqa: PLR2004 (fits a button)
        raise Refused(N_("Please type three times, one a line, each at most 40 characters"))
    return times


def _offer(book: Book, facts: Facts) -> Outcome:
    consulting.offer(book, facts["part"], facts["times"])
    return Outcome(N_("The three times have gone to the proposer."))


MEETING = Dialogue(
    "meet",
    N_("Offer a meeting"),
    (
        Step(
            "times",
            lambda scene: words(
                "times", N_("Three times to choose from, one a line, such as: 3月5日 上午9点 市住建局")
            ).ask(scene),
            _times,
        ),
    ),
    _offer,
    lambda book, facts: consulting.check(book, facts["part"], Act.OFFER_MEETING),
)


async def pick(call: Call, office: Office) -> Answer:
    """Take the time that the proposer picks."""
    assert call.button is not None
    place = int(call.button.argument) if call.button.argument.isdecimal() else None
    picked = await office.press(call, consulting.pick, call.button.id, call.button.version, place)
    if not picked:
        said = call.say(N_("The unit has been told that none of the times suits you."))
        return Answer(said, edit=text(said))
    said = call.say(N_("Agreed: %(picked)s. The unit has been told."), picked=picked)
    return Answer(said, edit=text(said))


def _answered(confirmation: Confirmation) -> Callable[[Call, Office], Awaitable[Answer]]:
    """Make the conversation of one of the proposer's answers for a contact."""

    async def converse(call: Call, office: Office) -> Answer:
        assert call.button is not None
        await office.press(call, consulting.answer, call.button.id, confirmation, "", call.button.version)
        return Answer(call.say(N_("Noted, thank you")))

    return converse


def _differs(book: Book, facts: Facts) -> Outcome:
    remark = facts["remark"]["words"]
    consulting.answer(book, facts["contact"], Confirmation.DIFFERS, remark)
    return Outcome(N_("Noted, thank you. Your desk and the office have been told."))


DIFFERS = Dialogue(
    "differs",
    N_("It was different"),
    (words("remark", N_("What was different? A sentence is enough."), limit=500, skip=N_("Go on without")),),
    _differs,
    lambda book, facts: consulting.check_answer(book, facts["contact"], Confirmation.DIFFERS),
)


def _offered(read: Read, letter: Letter, reader: Reader) -> Page | None:
    """Show the times to pick from."""
    row = read.get(Meeting, letter.subject_id)
    if row is None or row.picked_at is not None:
        return None
    said = reader.say(N_("%(unit)s (%(name)s) would like to meet you. Which time suits you?"), **unpack(letter.facts))
    page = about(read, letter, reader, said)
    if page is None:
        return None
    times = [
        (Key(time, Button("meet.pick", row.id, row.version, str(place))),)
        for place, time in enumerate(row.offers.split("\n"))
    ]
    none = (Key(reader.say(N_("None of them")), Button("meet.pick", row.id, row.version, "none")),)
    return Page(page.blocks, (*times, none))


def _claimed(read: Read, letter: Letter, reader: Reader) -> Page | None:
    """Ask the proposer whether a contact was as the unit recorded it."""
    row = read.get(Contact, letter.subject_id)
    if row is None or row.stage != "claimed":
        return None
    facts = unpack(letter.facts)
    said = reader.say(
        N_("%(unit)s has recorded a contact with you: %(phase)s, %(method)s, %(day)s; present: %(who)s. Was it so?"),
        **{name: fact for name, fact in facts.items() if name != "said"},
    )
    return about(read, letter, reader, said, private(facts["said"], reader))


def _said_of(read: Read, letter: Letter, reader: Reader) -> Page | None:
    """Tell the unit what the proposer says of a contact."""
    facts = unpack(letter.facts)
    said = reader.say(
        N_("The proposer says of the contact of %(day)s (%(unit)s): %(confirmation)s"),
        day=facts["day"],
        unit=facts["unit"],
        confirmation=facts["confirmation"],
    )
    return about(read, letter, reader, said, private(facts["remark"], reader, at_hand=at_hand_of(read, letter, reader)))


ROUTES = Routes(
    presses={
        "p.contact": opened("contact", "part"),
        "p.meet": opened("meet", "part"),
        "meet.pick": pick,
        "k.c_true": _answered(Confirmation.TRUE),
        "k.c_none": _answered(Confirmation.NO_CONTACT),
        "k.c_waive": _answered(Confirmation.NOT_NEEDED),
        "k.c_differs": opened("differs", "contact"),
    },
    dialogues=(CONTACT, MEETING, DIFFERS),
    notices={
        "contact_claimed": _claimed,
        "contact_answered": _said_of,
        "meeting_offered": _offered,
        "meeting_picked": sentence(N_("The proposer agrees to meet: %(picked)s")),
        "meeting_declined": sentence(N_("None of the times suits the proposer; please offer others or telephone.")),
    },
)
