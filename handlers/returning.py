"""退办: asked by the unit, signed by its head, decided by the office's head; signing is that of extensions too."""

from handlers.dialogues import Dialogue, Facts, Outcome, Scene, confirm, words
from handlers.notices.requesting import NOTICES
from handlers.office import Answer, Call, Office
from handlers.pages import Block, Text
from handlers.picking import Choice, one
from handlers.prompts import opened
from handlers.routes import Routes
from handlers.tongue import N_
from storage.acts import reassigning, requesting
from storage.book import Book
from storage.queries import assignable, requests, roster
from storage.queries.requests import RETURN
from storage.rules.stages import Act
from storage.tables import Part, Request

LIMIT = 500  # characters of a reason
SENT = {
    True: N_("Your request is with the office; until it decides the unit's dates run on."),
    False: N_("Your request is with the unit's head for signature; until it is decided the dates run on."),
}


def _without(scene: Scene, unit_id: int) -> list[Choice]:
    """Offer every unit that handles cases but one."""
    return [Choice(each, name) for each, name in roster.units(scene.read) if each != unit_id]


# asking


def _instead(scene: Scene) -> tuple[Block, ...]:
    """Ask for a suggestion."""
    return (Text(scene.say(N_("Which unit should handle it instead?"))),)


def _others(scene: Scene) -> list[Choice]:
    """Offer the units that could be suggested."""
    part = scene.read.get(Part, scene.facts["part"])
    assert part is not None
    return _without(scene, part.unit_id)


def _ask(book: Book, facts: Facts) -> Outcome:
    row = requesting.ask(book, facts["part"], RETURN, facts["reason"]["words"], suggested_unit_id=facts["unit"]["id"])
    return Outcome(SENT[row.signed_by_id is not None])


def _check_ask(book: Book, facts: Facts) -> None:
    requesting.check_ask(book, facts["part"], RETURN)


ASK = Dialogue(
    "ask_return",
    N_("Ask to return it"),
    (
        words("reason", N_("Why is this not a case for your unit? Please give the reason."), limit=LIMIT),
        one("unit", _instead, _others, none=N_("No suggestion")),
    ),
    _ask,
    _check_ask,
)


# signing


async def sign(call: Call, office: Office) -> Answer:
    """Take the signature of the unit's head."""
    assert call.button is not None
    kind = await office.press(call, requesting.sign, call.button.id, call.button.version)
    said = N_("The return is signed") if kind == RETURN else N_("The extension is signed")
    return Answer(call.say(said))


def _send_back(book: Book, facts: Facts) -> Outcome:
    requesting.send_back(book, facts["request"], facts.get("version"), facts["note"]["words"])
    return Outcome(N_("Sent back to who asked."))


def _check_send_back(book: Book, facts: Facts) -> None:
    requesting.check(book, facts["request"], Act.SEND_BACK)


SEND_BACK = Dialogue(
    "request_back",
    N_("Send back for changes"),
    (words("note", N_("What is to be changed, or why not?"), limit=LIMIT, skip=N_("Go on without")),),
    _send_back,
    _check_send_back,
)


# deciding


def denial(name: str, title: str, act: Act) -> Dialogue:
    """Make the dialogue in which the office's head refuses a request and says why."""

    def check(book: Book, facts: Facts) -> None:
        requesting.check(book, facts["request"], act)

    def finish(book: Book, facts: Facts) -> Outcome:
        requesting.deny(book, facts["request"], facts.get("version"), facts["note"]["words"])
        return Outcome(N_("Refused; the unit has been told why."))

    return Dialogue(
        name, title, (words("note", N_("Why is it refused? The unit is told."), limit=LIMIT),), finish, check
    )


def _asked(scene: Scene) -> requests.Asked:
    """Give the request that is being decided."""
    found = requests.asked(scene.read, scene.facts["request"])
    assert found is not None
    return found


def _who(scene: Scene) -> tuple[Block, ...]:
    """Ask for the new unit; what the returning one suggests stands first."""
    asked = _asked(scene)
    lines = [scene.say(N_("%(unit)s returns the case. Which unit is to handle it?"), unit=asked.unit)]
    if asked.suggested:
        lines.append(scene.say(N_("Suggested unit: %(unit)s"), unit=asked.suggested))
    return tuple(Text(line) for line in lines)


def _suggested(scene: Scene) -> list[int]:
    """Give the suggested unit, if one is."""
    suggested = _asked(scene).suggested_id
    return [suggested] if suggested is not None else []


def _preview(scene: Scene) -> tuple[Block, ...]:
    """Show what agreeing would do."""
    unit_id = scene.facts["unit"]["id"]
    request = scene.read.get(Request, scene.facts["request"])
    part = scene.read.get(Part, request.part_id) if request is not None else None
    assert part is not None
    facts = {"old": roster.unit_name(scene.read, part.unit_id), "new": roster.unit_name(scene.read, unit_id)}
    lines = [
        scene.say(N_("%(old)s → %(new)s"), **facts),
        scene.say(N_("The new unit's dates begin today; the date promised to the proposer does not move.")),
    ]
    if not assignable.unit_joined(scene.read, unit_id):
        lines.append(scene.say(N_("Nobody has joined yet from: %(names)s; please send paper"), names=[facts["new"]]))
    return tuple(Text(line) for line in lines)


def _grant(book: Book, facts: Facts) -> Outcome:
    unit, leader = reassigning.grant(book, facts["request"], facts.get("version"), facts["unit"]["id"])
    return Outcome(N_("Reassigned to %(unit)s; lead leader: %(leader)s."), {"unit": unit, "leader": leader or "—"})


def _check_grant(book: Book, facts: Facts) -> None:
    reassigning.check(book, facts["request"])


GRANT = Dialogue(
    "grant_return",
    N_("Agree to reassign"),
    (
        one("unit", _who, lambda scene: _without(scene, _asked(scene).unit_id), first=_suggested),
        confirm("sure", N_("Agree to reassign"), _preview),
    ),
    _grant,
    _check_grant,
)

ROUTES = Routes(
    presses={
        "p.ask_return": opened("ask_return", "part"),
        "r.sign": sign,
        "r.send_back": opened("request_back", "request"),
        "r.grant_return": opened("grant_return", "request"),
        "r.deny_return": opened("deny_return", "request"),
    },
    dialogues=(ASK, SEND_BACK, GRANT, denial("deny_return", N_("Refuse the return"), Act.DENY_RETURN)),
    notices=NOTICES,
)
