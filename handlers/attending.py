"""五个亲自: what a lead leader did in person."""

from datetime import date, timedelta
from typing import Any

from handlers import picking
from handlers.buttons import Button
from handlers.cards import heading
from handlers.dialogues import Again, Dialogue, Facts, Option, Outcome, Question, Said, Scene, Step, day, pick, words
from handlers.notices.kinds import private, sentence
from handlers.office import Answer, Call, Office, Reader
from handlers.pages import Block, Key, Page, Text, Title, text
from handlers.prompts import opened
from handlers.routes import Routes
from handlers.tongue import N_
from storage.acts import attending
from storage.acts.attending import Told
from storage.book import Book
from storage.queries import attending as known
from storage.queries import cases
from storage.reading import Read
from storage.rules.refusals import Refused
from storage.rules.words import InPerson
from storage.tables import Case, Letter

_DONE, _MORE = "ok", "more"
_OFFERED = 4  # days to choose from


# which of the five


def _chosen(scene: Scene) -> dict[str, Any]:
    """Give what is ticked so far: which of the five, and whether other cases are to be named too."""
    kept: dict[str, Any] | None = scene.facts.get("kinds")
    return dict(kept) if kept else {"of": [], "more": False}


def _options(scene: Scene) -> list[Option]:
    """Offer the five with their ticks, other cases where he leads some, and the way on."""
    now = _chosen(scene)
    ticked = [
        Option(kind.value, f"✓ {label}" if kind.value in now["of"] else label)
        for kind, label in ((kind, scene.reader.tongue.term(kind)) for kind in InPerson)
    ]
    if _others(scene):
        label = scene.say(N_("For other cases too"))
        ticked.append(Option(_MORE, f"✓ {label}" if now["more"] else label))
    if now["of"]:
        ticked.append(Option(_DONE, scene.say(N_("Done choosing")), "success"))
    return ticked


def _ask_kinds(scene: Scene) -> Question:
    """Ask which of the five, with what is on record that may be one of them."""
    lines = [scene.say(N_("Which of the five? Several may be chosen.")), *_on_record(scene)]
    return Question(tuple(Text(line) for line in lines), tuple(_options(scene)), 2)


def _on_record(scene: Scene) -> list[str]:
    """Name the days of instructions, contacts and signatures."""
    assert scene.case_id is not None
    found = known.occasions(scene.read, scene.case_id, scene.reader.terms)
    lines = []
    if found.instructed:
        lines.append(scene.say(N_("On record: instructions of %(days)s"), days=found.instructed))
    if found.contacted:
        lines.append(scene.say(N_("On record: contacts joined on %(days)s"), days=found.contacted))
    if found.signed:
        lines.append(scene.say(N_("On record: replies signed on %(days)s"), days=found.signed))
    return lines


def _take_kinds(scene: Scene, said: Said) -> Any:
    """Tick, untick, or go on."""
    now = _chosen(scene)
    key = pick([Option(kind.value, scene.reader.tongue.term(kind)) for kind in InPerson] + _options(scene), said)
    if key == _MORE:
        return Again({**now, "more": not now["more"]})
    if key != _DONE:
        of = [each for each in now["of"] if each != key]
        return Again({**now, "of": of if key in now["of"] else [*now["of"], key]})
    if not now["of"]:
        raise Refused(N_("Please choose at least one of the five"))
    return now


# for which cases, when and where


def _others(scene: Scene) -> list[known.Led]:
    """List the other cases of the same lead leader."""
    case = scene.read.get(Case, scene.facts["case"])
    assert case is not None
    return known.led(scene.read, case.lead_leader_id, case.id)


def _other_choices(scene: Scene) -> list[picking.Choice]:
    """Offer the other cases by kind, number and title."""
    found = []
    for case in _others(scene):
        name = scene.say(N_("%(kind)s %(number)s"), kind=case.kind, number=case.number)
        found.append(picking.Choice(case.id, name, f"{name} {case.title[:10]}"))
    return found


def _which_cases(scene: Scene) -> tuple[Block, ...]:
    """Ask for the other cases."""
    return (Text(scene.say(N_("Which other cases does this hold for?"))),)


def _days(scene: Scene) -> list[date]:
    """Offer today, yesterday, and the days of what is on record."""
    assert scene.case_id is not None
    today = scene.reader.today
    found = known.occasions(scene.read, scene.case_id, scene.reader.terms).days
    return list(dict.fromkeys([today, today - timedelta(days=1), *found]))[:_OFFERED]


def _place(scene: Scene) -> Step:
    """Ask for the place; a secretary may send the scan of the signed paper along, which counts at once."""
    case = scene.read.get(Case, scene.facts["case"])
    himself = case is not None and case.lead_leader_id == scene.person_id
    msgid = (
        N_("Where was it?")
        if himself
        else N_("Where was it? With a scan of the paper that the leader signed it counts at once.")
    )
    return words("place", msgid, limit=100, skip=N_("Go on without"), files=True)


# the end


def _finish(book: Book, facts: Facts) -> Outcome:
    told = Told(
        tuple(kind for kind in InPerson if kind.value in facts["kinds"]["of"]),
        facts["text"]["words"],
        facts["held_on"],
        facts["place"]["words"],
        tuple(facts["place"]["files"]),
    )
    also = facts["also"]["ids"] if facts["kinds"]["more"] else []
    if attending.tell(book, [facts["case"], *also], told):
        return Outcome(N_("Recorded: %(kinds)s."), {"kinds": list(told.kinds)})
    return Outcome(N_("Kept; it counts once the leader has confirmed it."))


def _check(book: Book, facts: Facts) -> None:
    attending.check(book, facts["case"])


DIALOGUE = Dialogue(
    "in_person",
    N_("Acts in person"),
    (
        Step("kinds", _ask_kinds, _take_kinds),
        picking.several(
            "also", _which_cases, _other_choices, when=lambda facts: facts.get("kinds", {}).get("more", False)
        ),
        words("text", N_("What was done? A sentence or two are enough."), limit=500),
        day("held_on", N_("When was it?"), _days, latest=lambda scene: scene.reader.today),
        Step(
            "place",
            lambda scene: _place(scene).ask(scene),
            lambda scene, said: _place(scene).take(scene, said),
            files=True,
        ),
    ),
    _finish,
    _check,
)


async def confirm(call: Call, office: Office) -> Answer:
    """Take the leader's 确认无误 for all that he was shown."""
    assert call.button is not None
    count = await office.press(call, attending.confirm, call.button.id)
    said = call.say(N_("Confirmed: %(count)d"), count=count)
    return Answer(said, edit=text(said))


def _to_confirm(read: Read, letter: Letter, reader: Reader) -> Page | None:
    """Show a leader all that waits for his word, and ask for it once."""
    if letter.subject_id is None or letter.person_id is None:
        return None
    waiting = known.gathered(known.waiting(read, letter.person_id, letter.subject_id))
    if not waiting:
        return None
    blocks: list[Block] = [
        Text(reader.say(N_("Your secretary has typed these acts in person for you; they count once you confirm them.")))
    ]
    for each in waiting:
        case = cases.view(read, each.case_id)
        if case is not None:
            blocks.append(Title(heading(case, reader)))
        blocks.append(Text(reader.say(N_("%(kinds)s, %(day)s"), kinds=each.kinds, day=each.held_on)))
        blocks += private("\n".join(filter(None, (each.place, each.text))), reader)
    key = Key(reader.say(N_("Confirmed as right")), Button("deed.ok", letter.subject_id), style="success")
    return Page(tuple(blocks), ((key,),))


ROUTES = Routes(
    presses={"c.in_person": opened("in_person", "case"), "deed.ok": confirm},
    dialogues=(DIALOGUE,),
    notices={
        "in_person": sentence(N_("%(name)s: %(kinds)s, %(day)s."), quote="text", owner="deed"),
        "deeds_to_confirm": _to_confirm,
        "deeds_by_paper": sentence(
            N_("%(name)s has recorded acts in person for you, with the scan of the paper that you signed."),
            owner="deed",
        ),
    },
)
