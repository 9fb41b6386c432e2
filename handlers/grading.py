"""定级, 确认, 同意 and 不同意, 重点, 登记批件: which level a case has, who leads it, who agrees to that."""

from typing import Any

from handlers import picking
from handlers.dialogues import Again, Dialogue, Facts, Option, Outcome, Question, Said, Scene, Step, day, pick, words
from handlers.notices import grading as notices
from handlers.office import Answer, Call, Office, Opening
from handlers.pages import Block, Text, text
from handlers.picking import Choice
from handlers.prompts import opened
from handlers.routes import Routes
from handlers.tongue import N_
from storage.acts import grading
from storage.book import Book
from storage.queries import cases, levels
from storage.queries.levels import Candidate
from storage.rules.grading import SEAT_OF
from storage.rules.stages import Act
from storage.rules.words import CRITERION_OF, Level

_OWN = "own"

# 定级


def _ask_level(scene: Scene) -> Question:
    """Ask for the level, each with its criterion and its leader; say what the facts speak for."""
    case_id = scene.facts["case"]
    lines = [_level_line(scene, case_id, level) for level in Level]
    found = levels.proposal(scene.read, case_id)
    said = N_("The sheet gives: %(level)s") if found.sheet else N_("The handling proposed speaks for: %(level)s")
    lines.append(scene.say(said, level=found.level))
    lines.append(scene.say(N_("The highest criterion that fits decides.")))
    if found.units <= 1:
        lines.append(scene.say(notices.ONE_UNIT))
    options = [Option(str(level.value), scene.reader.tongue.term(level)) for level in Level]
    if _own_choice(scene.facts):
        lines.append(scene.say(N_("After the level you choose the lead leader yourself.")))
    else:
        options.append(Option(_OWN, scene.say(N_("Choose the lead leader myself"))))
    return Question(tuple(Text(line) for line in lines), tuple(options), 2)


def _level_line(scene: Scene, case_id: int, level: Level) -> str:
    """Write a level with its criterion and the leader whom the rule proposes."""
    leader_id = levels.leader(scene.read, case_id, level)
    seat = scene.say(notices.SEATS[SEAT_OF[level]])
    named = next((each.name for each in levels.candidates(scene.read, case_id) if each.id == leader_id), "")
    who = (
        f"{seat} {named}"
        if named
        else scene.say(N_("%(seat)s (nobody on the roster: the office head picks)"), seat=seat)
    )
    return scene.say(N_("%(level)s: %(criterion)s · led by %(who)s"),
                     level=level, criterion=CRITERION_OF[level], who=who)  # fmt: skip


def _own_choice(facts: Facts) -> bool:
    """Tell whether the lead leader is chosen by hand."""
    return bool(facts.get("level", {}).get("own"))


def _take_level(scene: Scene, said: Said) -> Any:
    """Take the level, or the wish to choose the leader too."""
    if said.key == _OWN:
        return Again({"own": True})
    options = [Option(str(level.value), scene.reader.tongue.term(level)) for level in Level]
    return {"level": Level(int(pick(options, said))), "own": _own_choice(scene.facts)}


def _choices(found: tuple[Candidate, ...]) -> list[Choice]:
    """Make choices of people; a post tells namesakes apart."""
    names = [each.name for each in found]
    return [
        Choice(
            each.id, each.name, f"{each.name} · {each.titles[0]}" if names.count(each.name) > 1 and each.titles else ""
        )
        for each in found
    ]


def _level(scene: Scene) -> Level | None:
    """Give the level at issue: the one just chosen, else the one that waits for its confirmation."""
    chosen = scene.facts.get("level", {}).get("level")
    if chosen is not None:
        return Level(chosen)
    case = cases.view(scene.read, scene.facts["case"])
    return case.level if case else None


def _leaders(scene: Scene) -> list[Choice]:
    """List who may lead this case at this level."""
    return _choices(levels.candidates(scene.read, scene.facts["case"], _level(scene)))


def _by_rule(scene: Scene) -> list[int]:
    """Give the leader whom the rule proposes."""
    level = _level(scene)
    found = levels.leader(scene.read, scene.facts["case"], level) if level else None
    return [found] if found is not None else []


def _leader_asked(scene: Scene) -> tuple[Block, ...]:
    """Ask who leads."""
    return (Text(scene.say(N_("Who leads this case? The one whom the rule proposes stands first."))),)


def _check_level(book: Book, facts: Facts) -> None:
    grading.check(book, Act.SET_LEVEL, facts["case"])


def _set_level(book: Book, facts: Facts) -> Outcome:
    level = Level(facts["level"]["level"])
    chosen = facts["leader"]["id"] if "leader" in facts and facts["level"]["own"] else None
    leader = grading.set_level(book, facts["case"], level, chosen, facts["version"])
    if not leader:
        return Outcome(
            N_("%(level)s is set; nobody holds the leader's seat, so the office head picks."), {"level": level}
        )
    said = N_("%(level)s is set, lead leader %(leader)s; the office head is asked to confirm.")
    return Outcome(said, {"level": level, "leader": leader})


LEVELLING = Dialogue(
    "level",
    N_("Set the level"),
    (
        Step("level", _ask_level, _take_level),
        picking.one("leader", _leader_asked, _leaders, first=_by_rule, when=_own_choice),
    ),
    _set_level,
    _check_level,
)

# 确认


async def confirm(call: Call, office: Office) -> Answer:
    """Confirm a level; where nobody leads yet, ask the office head to pick first."""
    assert call.button is not None
    case = await office.read(cases.view, call.button.id)
    if case is not None and case.level is not None and case.lead_leader_id is None:
        return Answer(opening=Opening("lead", {"case": case.id, "version": call.button.version}, case.id))
    done = await office.press(call, grading.confirm, call.button.id, call.button.version)
    pages = (text(call.say(notices.UNREACHED, name=done.unreached)),) if done.unreached else ()
    return Answer(call.say(notices.TO_DESK if done.asks_desk else notices.CONFIRMED), pages=pages)


def _check_confirm(book: Book, facts: Facts) -> None:
    grading.check(book, Act.CONFIRM_LEVEL, facts["case"])


def _confirm(book: Book, facts: Facts) -> Outcome:
    done = grading.confirm(book, facts["case"], facts["version"], facts["leader"]["id"])
    if done.unreached:
        return Outcome(notices.UNREACHED, {"name": done.unreached})
    return Outcome(notices.TO_DESK if done.asks_desk else notices.CONFIRMED)


LEADING = Dialogue(
    "lead",
    N_("Choose the lead leader"),
    (picking.one("leader", _leader_asked, _leaders, first=_by_rule),),
    _confirm,
    _check_confirm,
)

# 同意 and 不同意


async def consent(call: Call, office: Office) -> Answer:
    """Take the desk's consent."""
    assert call.button is not None
    await office.press(call, grading.consent, call.button.id, call.button.version)
    return Answer(call.say(N_("Agreed; the office can assign it")))


def _check_objection(book: Book, facts: Facts) -> None:
    grading.check(book, Act.OBJECT, facts["case"])


def _object(book: Book, facts: Facts) -> Outcome:
    grading.object_to(book, facts["case"], facts["reason"]["words"], facts["version"])
    return Outcome(N_("Your reason has gone to the office, which sets the level anew."))


OBJECTING = Dialogue(
    "object",
    N_("Disagree"),
    (words("reason", N_("Why not? Please type the reason; it goes to the office."), limit=500),),
    _object,
    _check_objection,
)

# 重点


def _key_leader_asked(scene: Scene) -> tuple[Block, ...]:
    """Ask for the supervising leader."""
    return (Text(scene.say(N_("Which leader supervises this key case?"))),)


def _check_key(book: Book, facts: Facts) -> None:
    grading.check(book, Act.MARK_KEY, facts["case"])


def _mark_key(book: Book, facts: Facts) -> Outcome:
    grading.mark_key(book, facts["case"], facts["leader"]["id"], " ".join(facts["committee"]["words"].split()))
    return Outcome(N_("Marked as a key case; those concerned have been told."))


KEYING = Dialogue(
    "key",
    N_("Key case"),
    (
        picking.one(
            "leader",
            _key_leader_asked,
            lambda scene: _choices(levels.city_leaders(scene.read)),
            none=N_("No leader yet"),
        ),
        words(
            "committee", N_("Which committee supervises it? Please type its name."), limit=60, skip=N_("No committee")
        ),
    ),
    _mark_key,
    _check_key,
)

# 登记批件


def _check_paper(book: Book, facts: Facts) -> None:
    grading.check(book, Act.NOTE_PAPER, facts["case"])


def _note_paper(book: Book, facts: Facts) -> Outcome:
    number = " ".join(facts["number"]["words"].split())
    grading.note_paper(book, facts["case"], facts["day"], number)
    return Outcome(N_("Noted: signed %(day)s, %(number)s. The level counts."), {"day": facts["day"], "number": number})


PAPER = Dialogue(
    "note_paper",
    N_("Note the signed paper"),
    (
        day(
            "day",
            N_("When was the paper signed?"),
            lambda scene: [scene.reader.today],
            latest=lambda scene: scene.reader.today,
        ),
        words("number", N_("Which number does the signed paper have?"), limit=60),
    ),
    _note_paper,
    _check_paper,
)


ROUTES = Routes(
    presses={
        "c.level": opened("level", "case"),
        "c.confirm": confirm,
        "c.consent": consent,
        "c.object": opened("object", "case"),
        "c.key": opened("key", "case"),
        "c.note_paper": opened("note_paper", "case"),
    },
    dialogues=(LEVELLING, LEADING, OBJECTING, KEYING, PAPER),
    notices=notices.NOTICES,
)
