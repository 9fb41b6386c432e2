"""送达 and 已收到: the reply's number, the signed paper and the way it went, then the proposer's receipt."""

from handlers.dialogues import Dialogue, Facts, Option, Outcome, Scene, choice, confirm, words
from handlers.gathering import Gathering
from handlers.notices import replying as notices
from handlers.notices.kinds import sentence
from handlers.office import Answer, Call, Office
from handlers.pages import Block, Text
from handlers.prompts import opened
from handlers.routes import Routes
from handlers.tongue import N_
from storage.acts import delivering
from storage.book import Book
from storage.queries import replies
from storage.rules.replies import NUMBER_LIMIT
from storage.rules.words import DeliveryWay


def _ways(scene: Scene) -> list[Option]:
    """Offer the chat only where the reply may travel by it and the proposer has joined."""
    chat = scene.reader.full and replies.proposer_joined(scene.read, scene.case_id or 0)
    ways = [way for way in DeliveryWay if way is not DeliveryWay.CHAT or chat]
    return [Option(way.value, scene.reader.tongue.term(way)) for way in ways]


def _last_look(scene: Scene) -> tuple[Block, ...]:
    facts = scene.facts
    way = scene.reader.tongue.term(DeliveryWay(facts["way"]))
    said: list[Block] = [
        Text(scene.say(N_("Number: %(number)s"), number=facts["number"]["words"])),
        Text(scene.say(N_("Signed copy: %(count)d files"), count=len(facts["scan"]["files"]))),
        Text(scene.say(N_("Way: %(way)s"), way=way)),
        Text(scene.say(N_("The clock for the reply stops with this; the proposer is told by this assistant."))),
    ]
    return tuple(said)


def _check(book: Book, facts: Facts) -> None:
    delivering.check(book, facts["part"])


def _finish(book: Book, facts: Facts) -> Outcome:
    joined = delivering.deliver(
        book, facts["part"], facts["number"]["words"], DeliveryWay(facts["way"]), tuple(facts["scan"]["files"])
    )
    if joined:
        return Outcome(N_("Noted as delivered; the proposer has been told."))
    return Outcome(
        N_("Noted as delivered. The proposer has not joined, so please make sure that the paper has reached him.")
    )


DIALOGUE = Dialogue(
    "deliver",
    N_("Delivered"),
    (
        words("number", N_("What is the number of the reply? Please type it."), limit=NUMBER_LIMIT),
        Gathering(
            "scan",
            N_("Please send a scan or a photo of the signed reply."),
            N_("That is all"),
            typed=False,
            skip=N_("Without a scan"),
        ).step(),
        choice("way", N_("How has the reply reached the proposer?"), _ways),
        confirm("sure", N_("Delivered"), _last_look),
    ),
    _finish,
    _check,
)


async def receive(call: Call, office: Office) -> Answer:
    """Take the proposer's 已收到."""
    assert call.button is not None
    await office.press(call, delivering.receive, call.button.id, call.button.version)
    return Answer(call.say(N_("Thank you; the unit and the office have been told")))


ROUTES = Routes(
    presses={"p.deliver": opened("deliver", "part"), "p.receive": receive},
    dialogues=(DIALOGUE,),
    notices={
        "reply_letter": notices.reply_letter,
        "reply_delivered": notices.delivered,
        "reply_served": sentence(N_("%(unit)s has delivered its reply: %(number)s, %(way)s.")),
        "reply_received": sentence(N_("The proposer has received the reply of %(unit)s.")),
    },
)
