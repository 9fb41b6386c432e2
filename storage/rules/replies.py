"""What a reply must hold: a promise where its class asks for one, nothing said twice, nobody's own review."""

import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, timedelta

from storage.rules.calendar import WorkingCalendar
from storage.rules.durations import Due
from storage.rules.refusals import Refused
from storage.rules.ruleset import RuleSet
from storage.rules.words import PROMISING, Publicity, ResultClass

NUMBER_LIMIT = 60  # characters of a 文号
_TOO_SHORT_TO_TELL = 8  # letters: fewer can be anybody's words
_STOPS = frozenset(".;!?") | {
    "\N{IDEOGRAPHIC FULL STOP}",
    "\N{FULLWIDTH SEMICOLON}",
    "\N{FULLWIDTH EXCLAMATION MARK}",
    "\N{FULLWIDTH QUESTION MARK}",
}
_PAUSES = frozenset({",", "\N{FULLWIDTH COMMA}"})
_OPENNESS = (Publicity.NONE, Publicity.SUMMARY, Publicity.FULL)


@dataclass(frozen=True)
class Wording:
    """A reply as it is submitted: words, files or both, and what it undertakes."""

    result_class: ResultClass
    text: str
    publicity: Publicity
    file_ids: tuple[int, ...] = ()
    promise: str = ""
    promise_due: date | None = None


@dataclass(frozen=True)
class Former:
    """A reply that was delivered in an earlier round: its words and the hashes of its files."""

    round: int
    text: str
    hashes: frozenset[str] = field(default_factory=frozenset)


@dataclass(frozen=True)
class RedoDates:
    """Until when a unit that begins anew must have replied, and its draft be with the office."""

    reply: Due
    draft: date


def needs_promise(result_class: ResultClass) -> bool:
    """Tell whether a class asks for a promise with a date: what is not done yet must be undertaken."""
    return result_class in PROMISING


def check_promise(wording: Wording, today: date) -> None:
    """Refuse a reply of class B or C that undertakes nothing, or by a day that is not to come."""
    if not needs_promise(wording.result_class) and not wording.promise:
        return
    if not wording.promise.strip() or wording.promise_due is None:
        raise Refused(
            "A reply of class %(class)s needs a promise and its date: what will be done, and until when",
            {"class": wording.result_class.value},
        )
    if wording.promise_due <= today:
        raise Refused("A promise is for a day to come; %(day)s is not", {"day": wording.promise_due})


def allowed(wish: Publicity | None) -> tuple[Publicity, ...]:
    """List how far a reply may be published where its proposer wishes no more than that; none: he said nothing."""
    most = _OPENNESS.index(wish) if wish is not None else len(_OPENNESS) - 1
    return tuple(reversed(_OPENNESS[: most + 1]))


def check_publicity(publicity: Publicity, wish: Publicity | None) -> None:
    """Refuse to publish more than the proposer agreed to."""
    if publicity not in allowed(wish):
        raise Refused("The proposer has agreed to no more than this: %(wish)s", {"wish": wish})


def normal(text: str) -> str:
    """Reduce a text to its letters and digits, so that blanks, breaks and punctuation make no difference."""
    return "".join(letter for letter in unicodedata.normalize("NFKC", text).casefold() if letter.isalnum())


def refuse_repeated(text: str, hashes: frozenset[str], former: Iterable[Former]) -> None:
    """Refuse a later round's reply that says what an earlier one said: the same words, or the same files alone."""
    words = normal(text)
    for earlier in former:
        same_words = words == normal(earlier.text) if words else hashes <= earlier.hashes
        if same_words:
            raise Refused(
                "This says the same as the reply of round %(round)d; please answer the points that are to be made up",
                {"round": earlier.round},
            )


def refuse_own(reviewer_id: int, drafter_id: int) -> None:
    """Refuse that the office's review is done by whoever drafted the reply."""
    if reviewer_id == drafter_id:
        raise Refused("You drafted this reply yourself; another of the office reviews it")


def refuse_own_words(points: str, reasons: Iterable[str]) -> None:
    """Refuse points for a unit that repeat what a proposer said for the office alone: all, a sentence or a clause."""
    said = normal(points)
    ways = (way for reason in reasons for way in (reason, *_parted(reason, _STOPS), *_parted(reason, _STOPS | _PAUSES)))
    if any(len(words) >= _TOO_SHORT_TO_TELL and words in said for words in map(normal, ways)):
        raise Refused(
            "These are the proposer's own words, and he has not allowed the unit to hear them; "
            "please say in yours what is to be made up"
        )


def _parted(text: str, at: frozenset[str]) -> list[str]:
    """Part a text at some signs."""
    return "".join("\n" if letter in at else letter for letter in text).split("\n")


def redo_dates(rules: RuleSet, calendar: WorkingCalendar, today: date) -> RedoDates:
    """Count a second round's dates; where the limit is short, the draft has half of it."""
    reply = rules.redo_due.after(today, calendar)
    draft = rules.draft_to_office.before(reply.raw, calendar)
    half = today + timedelta(days=max(1, (reply.raw - today).days // 2))
    return RedoDates(reply, draft if draft > today else half)
