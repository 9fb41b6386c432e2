"""The questions of the 征询意见表: the same for the proposer and for the desk with a paper before it."""

from collections.abc import Iterator
from enum import Enum
from functools import partial

from handlers.dialogues import Facts, Option, Question, Said, Scene, Step, pick
from handlers.pages import Block, Quote, Text
from handlers.tongue import N_
from storage.rules.refusals import Refused
from storage.rules.stages import Act
from storage.rules.survey import Opinion
from storage.rules.words import ContactMade, Relevance, Solved, Telling, Verdict

REASON_LIMIT = 1000  # the last look fits into one message, which can be taken away again
_STOPS = " \t\n.,!\u3002\uff0c\uff01"  # also what a Chinese keyboard puts behind a word
_SKIP = "-"


def verdict(typed: str, scene_words: dict[str, Verdict]) -> Verdict | None:
    """Read words that are nothing but 满意, 基本满意 or 不满意."""
    return scene_words.get(typed.strip(_STOPS))


def questions(finish_label: Act, *, voice: bool) -> tuple[Step, ...]:
    """Give the steps in their order, ending in the last look and the one press that hands it in."""
    return (
        _one_of("attitude", N_("The attitude in which it was handled:"), Verdict),
        _one_of("result", N_("The result of its handling:"), Verdict),
        _one_of("solved", N_("Is what you raised solved?"), Solved),
        _one_of("contact", N_("How were you contacted before the reply?"), ContactMade),
        _one_of("relevance", N_("Does the reply answer the point?"), Relevance),
        Step("reason", _ask_reason, _take_reason, voice=voice),
        _one_of("telling", N_("Who may be told what you have said?"), Telling),
        Step("look", partial(_ask_look, label=finish_label), _take_look),
    )


def opinion(facts: Facts, files: tuple[int, ...] = ()) -> Opinion:
    """Read the answers as the rules know them."""
    reason = facts["reason"]
    return Opinion(
        Verdict(facts["attitude"]),
        Verdict(facts["result"]),
        Solved(facts["solved"]),
        ContactMade(facts["contact"]),
        Relevance(facts["relevance"]),
        Telling(facts["telling"]),
        reason["words"],
        files or tuple(reason["files"]),
    )


def verdicts(scene: Scene) -> dict[str, Verdict]:
    """Give the three words in the reader's language."""
    return {scene.reader.tongue.term(each): each for each in Verdict}


def _one_of(name: str, msgid: str, kind: type[Enum]) -> Step:
    """Ask for one term of several, none of them set before."""

    def options(scene: Scene) -> list[Option]:
        return [Option(str(term.value), scene.reader.tongue.term(term)) for term in kind]

    def ask(scene: Scene) -> Question:
        return Question((*_head(scene, name), Text(scene.say(msgid))), tuple(options(scene)))

    def take(scene: Scene, said: Said) -> str:
        return pick(options(scene), Said(said.key, said.words.strip(_STOPS)))

    return Step(name, ask, take)


def _head(scene: Scene, name: str) -> Iterator[Block]:
    """Say which unit's reply it is about, and how a typed word was taken."""
    yield Text(scene.say(N_("About the reply of %(unit)s"), unit=scene.facts["unit"]))
    if scene.facts.get("typed") and name == "result":
        word = Verdict(scene.facts["attitude"])
        yield Text(scene.say(N_("Your “%(word)s” was taken for the attitude; with “Back” you change it."), word=word))


def _needed(facts: Facts) -> bool:
    """Tell whether 不满意 asks for its reason; a paper form says what it says."""
    return not facts.get("paper") and Verdict.DISSATISFIED in (facts["attitude"], facts["result"])


def _ask_reason(scene: Scene) -> Question:
    """Ask why, or what is still missing; only 不满意 must say it."""
    facts = scene.facts
    if _needed(facts):
        said = scene.say(
            N_("Why are you not satisfied? Type it or say it in a voice message; the desk writes it down.")
        )
        return Question((*_head(scene, "reason"), Text(said)), typed=True)
    if facts.get("paper"):
        said = scene.say(N_("Please type what the paper says in words, adding and leaving out nothing, or leave it."))
    elif Verdict.BASICALLY in (facts["attitude"], facts["result"]):
        said = scene.say(N_("What is still missing? Type it or say it in a voice message, or leave it."))
    else:
        said = scene.say(N_("Is there anything you want to add? Type it or say it in a voice message, or leave it."))
    return Question(
        (*_head(scene, "reason"), Text(said)), (Option(_SKIP, scene.say(N_("Nothing to add"))),), typed=True
    )


def _take_reason(scene: Scene, said: Said) -> dict[str, object]:
    """Take words or a voice; a verdict typed here is none of both."""
    if said.key == _SKIP and not _needed(scene.facts):
        return {"words": "", "files": []}
    if said.key or (not said.words and not said.files):
        raise Refused(N_("Please type the reason or say it in a voice message; nothing was lost"))
    if verdict(said.words, verdicts(scene)) is not None:
        raise Refused(N_("That is a rating, not a reason; to change a rating press “Back”. Nothing was lost"))
    if len(said.words) > REASON_LIMIT:
        raise Refused(
            N_("That is %(count)d characters, at most %(limit)d fit here; please shorten it, or say it by voice"),
            {"count": len(said.words), "limit": REASON_LIMIT},
        )
    return {"words": said.words, "files": list(said.files)}


def _ask_look(scene: Scene, label: Act) -> Question:
    """Show everything once before it counts."""
    blocks = (*_head(scene, "look"), *_look(scene))
    return Question(blocks, (Option("yes", scene.reader.tongue.term(label)),))


def _look(scene: Scene) -> Iterator[Block]:
    """Say what was answered."""
    said, facts = opinion(scene.facts), scene.facts
    yield Text(scene.say(N_("Attitude: %(word)s"), word=said.attitude))
    yield Text(scene.say(N_("Result: %(word)s"), word=said.result))
    yield Text(scene.say(N_("Solved: %(word)s"), word=said.solved))
    yield Text(scene.say(N_("Contact: %(word)s"), word=said.contact))
    yield Text(scene.say(N_("To the point: %(word)s"), word=said.relevance))
    if said.reason:
        yield Text(scene.say(N_("In words:")))
        yield Quote(said.reason)
    elif facts["reason"]["files"]:
        yield Text(scene.say(N_("In words: a voice message")))
    yield Text(scene.say(N_("To be told: %(word)s"), word=said.telling))
    yield Text(scene.say(N_("Nothing has been handed in yet.")))


def _take_look(_scene: Scene, said: Said) -> str:
    """Take the one press that hands it in; typed words never do."""
    if said.key != "yes":
        raise Refused(N_("Please press the button under the last look; typed words do not hand it in"))
    return said.key
