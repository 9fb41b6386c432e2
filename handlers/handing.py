"""内部分办: the liaison or a head of the unit names the handler."""

from handlers.dialogues import Dialogue, Facts, Option, Outcome, Scene, choice
from handlers.notices.kinds import sentence
from handlers.prompts import opened
from handlers.routes import Routes
from handlers.tongue import N_
from storage.acts import handing
from storage.book import Book
from storage.queries import roster
from storage.rules.words import Role
from storage.tables import Part


def _handlers(scene: Scene) -> list[Option]:
    """Offer the unit's handlers; one who has not joined yet is marked."""
    part = scene.read.get(Part, scene.facts["part"])
    assert part is not None
    people = roster.holders(scene.read, Role.HANDLER, part.unit_id)
    joined = roster.bound(scene.read, people)
    named = {person: roster.name(scene.read, person) for person in people}
    return [
        Option(str(person), name if person in joined else scene.say(N_("%(name)s (not joined yet)"), name=name))
        for person, name in named.items()
    ]


def _check(book: Book, facts: Facts) -> None:
    handing.check(book, facts["part"])


def _finish(book: Book, facts: Facts) -> Outcome:
    name = handing.hand_on(book, facts["part"], facts.get("version"), int(facts["handler"]))
    return Outcome(N_("%(name)s handles it from now on."), {"name": name})


DIALOGUE = Dialogue(
    "hand_on",
    N_("Hand on inside the unit"),
    (choice("handler", N_("Who handles it?"), _handlers, columns=2),),
    _finish,
    _check,
)

ROUTES = Routes(
    presses={"p.hand_on": opened("hand_on", "part")},
    dialogues=(DIALOGUE,),
    notices={
        "handed_on": sentence(N_("%(unit)s: %(by)s has given this to you to handle."), body=True),
        "handed_over": sentence(N_("%(unit)s: %(name)s handles this now.")),
    },
)
