"""答复: drafted, checked by the deputy head, signed by the head, reviewed by the office."""

from datetime import date, timedelta

from handlers.dialogues import Dialogue, Facts, Option, Outcome, Scene, choice, confirm, day, words
from handlers.gathering import Gathered, Gathering
from handlers.notices import replying as notices
from handlers.notices.kinds import sentence
from handlers.office import Answer, Call, Office
from handlers.pages import Block, Quote, Text
from handlers.prompts import opened
from handlers.routes import Routes
from handlers.tongue import N_
from storage.acts import replying
from storage.book import Book
from storage.queries import cases, replies
from storage.rules.replies import Wording, allowed, needs_promise, refuse_repeated
from storage.rules.stages import Stage
from storage.rules.words import Publicity, ResultClass

_SHOWN = 1500  # characters of a long text in the last look before it is submitted
_MONTHS = (3, 6, 12)


def _classes(scene: Scene) -> list[Option]:
    return [Option(each.value, scene.reader.tongue.term(each)) for each in ResultClass]


def _openness(scene: Scene) -> list[Option]:
    """Offer no more publicity than the proposer agreed to."""
    wish = replies.wish(scene.read, scene.case_id or 0)
    return [Option(each.value, scene.reader.tongue.term(each)) for each in allowed(wish)]


def _promising(facts: Facts) -> bool:
    return needs_promise(ResultClass(facts["class"])) if "class" in facts else False


def _points(scene: Scene) -> tuple[Block, ...]:
    """Put the case's own points before the drafter, in a later round also what is to be made up."""
    case = cases.view(scene.read, scene.case_id or 0)
    if case is None or not scene.reader.full:
        return ()
    blocks: list[Block] = [Quote(case.body)] if case.body else []
    if case.round > 1:
        blocks += [Text(scene.say(N_("To be made up in this round:"))), Quote(replies.points(scene.read, case.id))]
    return tuple(blocks)


def _last_draft(scene: Scene) -> Gathered | None:
    return replies.sent_back(scene.read, scene.facts["part"])


def _check_words(scene: Scene, gathered: Facts) -> None:
    """Refuse what an earlier round's reply has said already, before the other questions are answered in vain."""
    hashes = replies.hashes(scene.read, gathered["files"])
    refuse_repeated(gathered["words"], hashes, replies.former(scene.read, scene.facts["part"]))


def _some_days(scene: Scene) -> list[date]:
    """Offer the year's end and some months from today."""
    today = scene.reader.today
    ends = [date(today.year, 12, 31), *(today + timedelta(days=30 * months) for months in _MONTHS)]
    return sorted({end for end in ends if end > today})


def _tomorrow(scene: Scene) -> date:
    return scene.reader.today + timedelta(days=1)


def _last_look(scene: Scene) -> tuple[Block, ...]:
    """Show what is about to be submitted."""
    facts = scene.facts
    term = scene.reader.tongue.term
    text, kept = facts["text"]["words"], facts["text"]["files"]
    blocks: list[Block] = [
        Text(scene.say(N_("Result class: %(class)s"), **{"class": term(ResultClass(facts["class"]))})),
        Text(scene.say(N_("Publication: %(publicity)s"), publicity=term(Publicity(facts["publicity"])))),
        Text(scene.say(N_("Text: %(count)d characters, %(files)d files"), count=len(text), files=len(kept))),
    ]
    if text:
        blocks.append(Quote(text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"))
    if _promising(facts):
        blocks += [
            Text(scene.say(N_("Promise, until %(day)s:"), day=facts["until"])),
            Quote(facts["promise"]["words"]),
        ]
    return tuple(blocks)


def _check(book: Book, facts: Facts) -> None:
    replying.check_draft(book, facts["part"])


def _finish(book: Book, facts: Facts) -> Outcome:
    """Submit what was said; a promise left over from another class is none."""
    promises = _promising(facts)
    wording = Wording(
        ResultClass(facts["class"]),
        facts["text"]["words"],
        Publicity(facts["publicity"]),
        tuple(facts["text"]["files"]),
        facts["promise"]["words"] if promises else "",
        facts["until"] if promises else None,
    )
    submitted = replying.draft(book, facts["part"], wording)
    if not submitted.names:
        return Outcome(
            N_("Submitted, but nobody who could go on with it has joined yet; please have your unit's leaders join.")
        )
    if submitted.stage is Stage.HEAD_SIGNATURE:
        return Outcome(
            N_("Submitted. No deputy head of the unit has joined, so it has gone to %(names)s to be signed."),
            {"names": submitted.names},
        )
    return Outcome(N_("Submitted; it is with %(names)s to be checked."), {"names": submitted.names})


DRAFT = Dialogue(
    "reply",
    N_("Submit the reply"),
    (
        choice("class", N_("Which result does the reply come to?"), _classes),
        Gathering(
            "text",
            N_(
                "Please type the reply, or send it as a file, or both. Answer each point of the case; "
                "a long text may come in several messages."
            ),
            N_("That is all"),
            above=_points,
            former=_last_draft,
            check=_check_words,
        ).step(),
        words("promise", N_("What is promised? Please type it in one or two sentences."), when=_promising, limit=500),
        day("until", N_("Until when will the promise be kept?"), _some_days, when=_promising, earliest=_tomorrow),
        choice("publicity", N_("How far may the reply be published?"), _openness),
        confirm("sure", N_("Submit"), _last_look),
    ),
    _finish,
    _check,
)


async def approve(call: Call, office: Office) -> Answer:
    """Take 审核通过 of the deputy head or of the office."""
    assert call.button is not None
    await office.press(call, replying.approve, call.button.id, call.button.version)
    return Answer(call.say(N_("Approved")))


async def sign(call: Call, office: Office) -> Answer:
    """Take the head's 签发."""
    assert call.button is not None
    await office.press(call, replying.sign, call.button.id, call.button.version)
    return Answer(call.say(N_("Signed; it has gone to the office's review")))


def _check_back(book: Book, facts: Facts) -> None:
    replying.check_back(book, facts["part"], facts["version"])


def _finish_back(book: Book, facts: Facts) -> Outcome:
    replying.send_back(book, facts["part"], facts["text"]["words"], facts["version"])
    return Outcome(N_("Sent back; whoever drafted it has been told why."))


SEND_BACK = Dialogue(
    "reply_back",
    N_("Send back for changes"),
    (words("text", N_("What is to be changed? Please type it."), limit=1000),),
    _finish_back,
    _check_back,
)

ROUTES = Routes(
    presses={
        "p.draft": opened("reply", "part"),
        "p.approve": approve,
        "p.sign": sign,
        "p.send_back": opened("reply_back", "part"),
    },
    dialogues=(DRAFT, SEND_BACK),
    notices={
        "reply_text": notices.draft_text,
        "reply_to_check": notices.asks(N_("%(unit)s: %(name)s has drafted the reply; please check it.")),
        "reply_to_sign": notices.asks(
            N_("%(unit)s: the reply has been checked; please sign it."),
            N_("%(unit)s: %(name)s has drafted the reply. No deputy head has joined: please check and sign it."),
        ),
        "reply_to_review": notices.asks(N_("%(unit)s: the reply is signed; please review it.")),
        "reply_to_deliver": sentence(
            N_("The office has passed the reply. Please deliver it to the proposer, then press “Delivered”.")
        ),
        "reply_sent_back": sentence(N_("%(name)s sends the reply back for changes:"), quote="reason"),
    },
)
