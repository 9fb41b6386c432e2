"""What the record of a conference must hold, so that both sides can agree to it."""

from dataclasses import dataclass
from datetime import date

from storage.rules.refusals import Refused

PLACE_LIMIT = 100  # characters
ABSENCE_LIMIT = 300
CONCLUSION_LIMIT = 2000
POINTS_LIMIT = 1000


@dataclass(frozen=True)
class Minutes:
    """A conference as it is recorded: when, where, who took part, what was concluded, what a unit is to make up."""

    held_on: date
    place: str
    unit_ids: tuple[int, ...]
    proposer_joined: bool
    conclusion: str
    absence: str = ""
    file_ids: tuple[int, ...] = ()
    points: str = ""
    points_due: date | None = None


def check(minutes: Minutes, today: date, earliest: date) -> None:
    """Refuse a record with a gap, with a day that cannot be, or with more words than its reader takes in."""
    _check_days(minutes, today, earliest)
    for words, limit in (
        (minutes.place, PLACE_LIMIT),
        (minutes.absence, ABSENCE_LIMIT),
        (minutes.conclusion, CONCLUSION_LIMIT),
        (minutes.points, POINTS_LIMIT),
    ):
        if len(words) > limit:
            raise Refused(
                "That is %(count)d characters, at most %(limit)d fit here; please shorten it, or send it as a file",
                {"count": len(words), "limit": limit},
            )
    if not minutes.place.strip():
        raise Refused("Please say where the conference was held, or in what form")
    if not minutes.conclusion.strip() and not minutes.file_ids:
        raise Refused("The record of a conference needs what was concluded, in words or as a file")
    if not minutes.proposer_joined and not minutes.absence.strip():
        raise Refused("Where the proposer took no part, please say why")


def _check_days(minutes: Minutes, today: date, earliest: date) -> None:
    """Refuse a conference that is still to come or came before what it is about, and a date that is over."""
    if minutes.held_on > today:
        raise Refused("A conference is recorded once it was held; %(day)s is still to come", {"day": minutes.held_on})
    if minutes.held_on < earliest:
        raise Refused(
            "The conference follows the last opinion form, which was sent on %(first)s; %(day)s lies before it",
            {"first": earliest, "day": minutes.held_on},
        )
    if minutes.points_due is not None and minutes.points_due <= today:
        raise Refused("A promise is for a day to come; %(day)s is not", {"day": minutes.points_due})
    if minutes.points_due is not None and not minutes.points.strip():
        raise Refused("A date needs what is to be done by it")
