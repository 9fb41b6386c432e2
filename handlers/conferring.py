"""会商: after the last 不满意 the office's head or the desk records it, and the other side agrees or says why not."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta

from handlers.dialogues import Dialogue, Facts, Option, Outcome, Said, Scene, choice, confirm, day, words
from handlers.notices import conferring as notices
from handlers.pages import Block, Text
from handlers.picking import Choice, several
from handlers.prompts import opened
from handlers.routes import Routes
from handlers.tongue import N_
from storage.acts import conferring
from storage.book import Book
from storage.queries import cases, conferences, replies, roster, standing
from storage.rules.conferring import ABSENCE_LIMIT, CONCLUSION_LIMIT, PLACE_LIMIT, POINTS_LIMIT, Minutes
from storage.rules.replies import refuse_own_words
from storage.rules.stages import Act

_BACK = 3  # days before today that are offered
_AHEAD = (7, 30, 90)  # days from today that are offered for what is to be made up
_JOINED, _APART = "joined", "apart"


# recording


def _lately(scene: Scene) -> list[date]:
    return [scene.reader.today - timedelta(days=back) for back in range(_BACK)]


def _first(scene: Scene) -> date:
    forms = standing.present_forms(scene.read, scene.case_id or 0)
    return max((form.opened_on for form in forms if form.opened_on is not None), default=scene.reader.today)


def _units_asked(scene: Scene) -> tuple[Block, ...]:
    return (Text(scene.say(N_("Which units took part?"))),)


def _all_units(scene: Scene) -> list[Choice]:
    return [Choice(unit_id, name) for unit_id, name in roster.units(scene.read)]


def _of_the_case(scene: Scene) -> list[int]:
    case = cases.view(scene.read, scene.case_id or 0)
    return [part.unit_id for part in case.parts] if case is not None else []


def _presence(scene: Scene) -> list[Option]:
    return [
        Option(_JOINED, scene.say(N_("The proposer took part"))),
        Option(_APART, scene.say(N_("The proposer took no part"))),
    ]


def _apart(facts: Facts) -> bool:
    return facts.get("proposer") == _APART


_POINTS = words(
    "points",
    N_("What is the unit still to make up? Type it in your own words: it is all of the record that the unit is sent."),
    limit=POINTS_LIMIT,
    skip=N_("Nothing further"),
)


def _take_points(scene: Scene, said: Said) -> object:
    taken = _POINTS.take(scene, said)
    complaints = replies.complaints(scene.read, scene.case_id or 0, scene.reader.today)
    refuse_own_words(taken["words"], replies.withheld(complaints))
    return taken


def _dated(facts: Facts) -> bool:
    return bool(facts.get("points", {}).get("words"))


def _soon(scene: Scene) -> list[date]:
    return [scene.reader.today + timedelta(days=ahead) for ahead in _AHEAD]


def _tomorrow(scene: Scene) -> date:
    return scene.reader.today + timedelta(days=1)


def _minutes(facts: Facts) -> Minutes:
    """Read what was said; an answer left over from a way that was not gone on is none."""
    return Minutes(
        held_on=facts["held"],
        place=facts["place"]["words"],
        unit_ids=tuple(facts["units"]["ids"]),
        proposer_joined=not _apart(facts),
        absence=facts["absence"]["words"] if _apart(facts) else "",
        conclusion=facts["conclusion"]["words"],
        file_ids=tuple(facts["conclusion"]["files"]),
        points=facts["points"]["words"],
        points_due=facts["until"] if _dated(facts) else None,
    )


def _last_look(scene: Scene) -> tuple[Block, ...]:
    """Show the record as the other side will get it; these are the reader's own words, in every mode."""
    minutes = _minutes(scene.facts)
    named = [roster.unit_name(scene.read, unit_id) for unit_id in minutes.unit_ids]
    shown = notices.minutes(minutes, named, replace(scene.reader, full=True))
    count = len(minutes.file_ids)
    files = (Text(scene.say(N_("Files: %(count)d"), count=count)),) if count else ()
    said = N_("The other side gets this record and agrees to it or not; only then does it count:")
    return (Text(scene.say(said)), *shown, *files)


def _check(book: Book, facts: Facts) -> None:
    conferring.check(book, facts["case"])


def _finish(book: Book, facts: Facts) -> Outcome:
    names = conferring.record(book, facts["case"], _minutes(facts))
    if not names:
        return Outcome(N_("Recorded, but nobody of the other side has joined yet; please have them join to agree."))
    return Outcome(N_("Recorded; it counts once %(names)s agrees."), {"names": names})


RECORD = Dialogue(
    "confer",
    N_("Conference"),
    (
        day(
            "held",
            N_("On which day was the conference held?"),
            _lately,
            earliest=_first,
            latest=lambda scene: scene.reader.today,
        ),
        words("place", N_("Where was it held, or in what form?"), limit=PLACE_LIMIT),
        several("units", _units_asked, _all_units, first=_of_the_case, none=N_("No unit")),
        choice("proposer", N_("Did the proposer take part?"), _presence),
        words("absence", N_("Why did the proposer take no part?"), when=_apart, limit=ABSENCE_LIMIT),
        words(
            "conclusion",
            N_("What was concluded? Please type it, or send it as a file; the proposer is told."),
            limit=CONCLUSION_LIMIT,
            files=True,
        ),
        replace(_POINTS, take=_take_points),
        day("until", N_("By which day?"), _soon, when=_dated, earliest=_tomorrow, skip=N_("No date")),
        confirm("sure", N_("Submit"), _last_look),
    ),
    _finish,
    _check,
)


# agreeing


def _decides(act: Act) -> Callable[[Book, Facts], None]:
    """Make the check of who may agree, or not, on the record as he was shown it."""

    def check(book: Book, facts: Facts) -> None:
        conferring.check_decision(book, facts["conference"], act, facts["version"])

    return check


def _record_shown(scene: Scene) -> tuple[Block, ...]:
    seen = conferences.view(scene.read, scene.facts["conference"])
    assert seen is not None
    said = N_("With your agreement this alert and the case are closed; what the proposer said in his forms stays.")
    return (*notices.minutes(seen, seen.units, scene.reader), Text(scene.say(said)))


def _consent(book: Book, facts: Facts) -> Outcome:
    conferring.consent(book, facts["conference"], facts["version"])
    return Outcome(N_("Agreed; the conference counts now, and its alert does not come again."))


def _object(book: Book, facts: Facts) -> Outcome:
    conferring.object_to(book, facts["conference"], facts["reason"]["words"], facts["version"])
    return Outcome(N_("The other side has been told why; the alert goes on until a conference is agreed on."))


CONSENT = Dialogue(
    "conference_consent",
    N_("Record of the conference"),
    (confirm("sure", N_("Agree"), _record_shown),),
    _consent,
    _decides(Act.CONSENT),
)
OBJECT = Dialogue(
    "conference_object",
    N_("Disagree"),
    (words("reason", N_("What is not so, or is missing? Please type it; the other side is told."), limit=500),),
    _object,
    _decides(Act.OBJECT),
)

ROUTES = Routes(
    presses={
        "c.confer": opened("confer", "case"),
        "h.consent": opened("conference_consent", "conference"),
        "h.object": opened("conference_object", "conference"),
    },
    dialogues=(RECORD, CONSENT, OBJECT),
    notices=notices.NOTICES,
)
