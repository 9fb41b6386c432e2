"""催办单 and 督办单: drafted, signed in batch, answered, struck off."""

from functools import partial

from handlers import lists
from handlers.buttons import Button
from handlers.dialogues import Dialogue, Facts, Option, Outcome, Question, Said, Scene, Step, pick, words
from handlers.notices import digests
from handlers.notices import urging as papers
from handlers.office import Answer, Call, Office, Opening, Reader
from handlers.pages import Key, Page, Text, Title, text
from handlers.prompts import opened
from handlers.routes import Command, Conversation, Routes
from handlers.tongue import N_
from storage import outbox
from storage.acts import urging
from storage.book import Book
from storage.queries import cases, lookup, slips
from storage.queries.cases import PartView
from storage.reading import Read
from storage.rules.refusals import Refused
from storage.rules.urging import OPEN
from storage.rules.words import OFFICE_ROLES, SlipKind

_LIMIT = 1000
_CHOICES = 8

# drafting by hand


def _open_parts(read: Read, case_id: int) -> list[PartView]:
    case = cases.view(read, case_id)
    return [part for part in case.parts if part.stage in OPEN] if case is not None else []


def _units(scene: Scene) -> list[Option]:
    return [Option(str(part.id), part.unit) for part in _open_parts(scene.read, scene.facts["case"])]


def _ask_unit(scene: Scene) -> Question:
    return Question((Text(scene.say(N_("To which unit?"))),), tuple(_units(scene)))


def _take_unit(scene: Scene, said: Said) -> int:
    return int(pick(_units(scene), said))


def _check(book: Book, facts: Facts) -> None:
    urging.check(book, facts["case"], facts["kind"])


def _draft(book: Book, facts: Facts) -> Outcome:
    slip = urging.draft(book, facts["case"], facts["part"], facts["kind"], facts["reason"]["words"])
    drafted = slips.view(book.read, slip.id)
    assert drafted is not None
    return Outcome(
        N_("%(kind)s to %(unit)s drafted; it goes out when the office head signs it."),
        {"kind": drafted.kind, "unit": drafted.unit},
    )


_STEPS = (
    Step("part", _ask_unit, _take_unit),
    words(
        "reason",
        N_("What is the unit asked for? Please type it; it stands on the slip."),
        limit=_LIMIT,
        skip=N_("Usual wording"),
    ),
)
_DIALOGUES = {
    SlipKind.URGE: Dialogue("slip_urge", N_("Urge slip"), _STEPS, _draft, _check),
    SlipKind.SUPERVISION: Dialogue("slip_supervise", N_("Supervision slip"), _STEPS, _draft, _check),
}


def _opening(read: Read, case_id: int, kind: SlipKind) -> Opening:
    """Begin the draft of a slip; where one unit alone has something to do, it is not asked for."""
    found = _open_parts(read, case_id)
    facts: dict[str, object] = {"case": case_id, "kind": kind}
    if len(found) == 1:
        facts |= {"part": found[0].id, "given": ["part"]}
    return Opening(_DIALOGUES[kind].name, facts, case_id)


def _press(kind: SlipKind) -> Conversation:
    """Make the conversation of the button on a case's card."""

    async def converse(call: Call, office: Office) -> Answer:
        assert call.button is not None
        case_id = call.button.id
        return Answer(opening=await office.read(partial(_opening, case_id=case_id, kind=kind)))

    return converse


def _command(kind: SlipKind, verb: str) -> Conversation:
    """Make the conversation of `/urge NO` or `/supervise NO`."""

    async def converse(call: Call, office: Office) -> Answer:
        assert call.person is not None
        if not call.person.roles & OFFICE_ROLES:
            raise Refused(N_("Slips are drafted by the office alone"))
        if not call.words.strip():
            return lists.aside(call, text(call.say(N_("Please add the number, for instance: /urge 072"))))
        found = await office.read(partial(lookup.find, typed=call.words, person_id=call.person_id))
        if not found:
            none = call.say(N_("No case has the number “%(typed)s”"), typed=call.words[:60])
            return lists.aside(call, text(none))
        if len(found) == 1 and call.private:
            return Answer(opening=await office.read(partial(_opening, case_id=found[0].id, kind=kind)))
        # In a group the questions would stand before everybody: they begin with a press in the private chat.
        return lists.aside(call, _choosing(found, verb, office.reader(call.person)))

    return converse


def _choosing(found: tuple[lookup.Found, ...], verb: str, reader: Reader) -> Page:
    """Let somebody choose among the cases that fit a number."""
    rows = tuple(
        (Key(" · ".join(part for part in (_name(each, reader), each.session) if part), Button(verb, each.id)),)
        for each in found[:_CHOICES]
    )
    return Page((Title(reader.say("Several fit; which one?") if len(found) > 1 else _name(found[0], reader)),), rows)


def _name(each: lookup.Found, reader: Reader) -> str:
    return lists.short(reader, each.kind, each.number, each.title)


# the office head's signature


async def sign_all(call: Call, office: Office) -> Answer:
    """Sign the morning's drafts with one press."""
    assert call.button is not None
    count = await office.act(call, urging.sign_all, call.button.id)
    return Answer(call.say(N_("%(count)d slips issued"), count=count), edit=await _digest_again(call, office))


async def sign(call: Call, office: Office) -> Answer:
    """Sign one draft."""
    assert call.button is not None
    await office.press(call, urging.sign, call.button.id, call.button.version)
    return Answer(call.say(N_("Signed and issued")), edit=await _slip_again(call, office))


async def drop(call: Call, office: Office) -> Answer:
    """Have a draft not issued."""
    assert call.button is not None
    await office.press(call, urging.drop, call.button.id, call.button.version)
    said = call.say(N_("Not issued"))
    if call.button.argument == "list":
        return Answer(said, edit=await office.read(partial(papers.one_by_one, reader=office.reader(call.person))))
    return Answer(said, edit=await _slip_again(call, office))


async def show_drafts(call: Call, office: Office) -> Answer:
    """Show the drafts one by one."""
    return Answer(pages=(await office.read(partial(papers.one_by_one, reader=office.reader(call.person))),))


# the unit, then the office


async def acknowledge(call: Call, office: Office) -> Answer:
    """Sign for a slip."""
    assert call.button is not None
    await office.press(call, urging.acknowledge, call.button.id, call.button.version)
    return Answer(call.say(N_("Acknowledged")), edit=await _slip_again(call, office))


async def strike_off(call: Call, office: Office) -> Answer:
    """Strike an answered slip off."""
    assert call.button is not None
    await office.press(call, urging.strike_off, call.button.id, call.button.version)
    return Answer(call.say(N_("Struck off")), edit=await _slip_again(call, office))


def _check_answer(book: Book, facts: Facts) -> None:
    urging.check_answer(book, facts["slip"])


def _answer(book: Book, facts: Facts) -> Outcome:
    urging.answer(book, facts["slip"], facts["text"]["words"], facts["text"]["files"])
    return Outcome(N_("Your answer has gone to the office, which strikes the slip off."))


_ANSWER = Dialogue(
    "slip_answer",
    N_("Answer"),
    (words("text", N_("What is your answer? Please type it, or send a file."), files=True),),
    _answer,
    _check_answer,
)


# the message that was pressed


async def _slip_again(call: Call, office: Office) -> Page | None:
    """Bring the slip's own message up to date; a case's card is brought up to date by the act itself."""
    assert call.button is not None
    return await office.read(
        partial(_slip_page, slip_id=call.button.id, reader=office.reader(call.person), message_id=call.message_id)
    )


def _slip_page(read: Read, slip_id: int, reader: Reader, message_id: int | None) -> Page | None:
    slip = slips.view(read, slip_id)
    if slip is None or reader.person is None:
        return None
    if outbox.card_message(read, reader.person.id, slip.case_id) == message_id:
        return None
    return papers.page(read, slip, reader)


async def _digest_again(call: Call, office: Office) -> Page:
    """Bring the digest, or the list, in which the drafts were signed up to date."""
    reader = office.reader(call.person)
    again = await office.read(
        partial(digests.again, chat_id=call.chat_id, message_id=call.message_id or 0, reader=reader)
    )
    return again or text(call.say(N_("Signed and issued")))


ROUTES = Routes(
    commands=(
        Command(
            "urge",
            _command(SlipKind.URGE, "c.urge"),
            N_("draft an urge slip: /urge 072"),
            ("催办", "Urge"),
            OFFICE_ROLES,
        ),
        Command(
            "supervise",
            _command(SlipKind.SUPERVISION, "c.supervise"),
            N_("draft a supervision slip: /supervise 072"),
            ("督办", "Supervise"),
            OFFICE_ROLES,
        ),
    ),
    presses={
        "c.urge": _press(SlipKind.URGE),
        "c.supervise": _press(SlipKind.SUPERVISION),
        "s.issue": sign,
        "s.drop": drop,
        "slips.sign": sign_all,
        "slips.list": show_drafts,
        "s.slip_ack": acknowledge,
        "s.slip_answer": opened("slip_answer", "slip"),
        "s.strike": strike_off,
    },
    dialogues=(*_DIALOGUES.values(), _ANSWER),
    notices=papers.NOTICES,
)
