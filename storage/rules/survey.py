"""Who hears what of a survey, and when: chat.md 4's table as one pure rule; and what an opinion consists of."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import IntEnum, StrEnum

from storage.rules.words import (
    ContactMade,
    DisputeTelling,
    Level,
    Relevance,
    Solved,
    Standing,
    Telling,
    Verdict,
)


class Viewer(StrEnum):
    """As what somebody looks at a form."""

    PROPOSER = "proposer"  # whose form it is
    DESK = "desk"
    OFFICE = "office"
    UNIT = "unit"  # the unit whose reply the form asks about, with its leaders
    CITY_LEADER = "city_leader"


class Matter(StrEnum):
    """What of a form there is to see."""

    SENT = "sent"  # that it was sent, opened, answered
    RATING = "rating"
    REASON = "reason"
    DISPUTE = "dispute"


class Sight(IntEnum):
    """How much somebody sees; of several standings the widest holds."""

    NOTHING = 0
    POINTS = 1  # that more is to be done (需补充办理), not a word of the proposer's
    WHOLE = 2


@dataclass(frozen=True)
class Situation:
    """What of a form decides who may see it now."""

    opened: bool = False
    closed: bool = False  # its window is over
    dissatisfied: bool = False  # says the answer that counts now
    telling: Telling | None = None  # the answer's choice; none where there is no answer
    reason_released: bool = False  # by the desk
    released: bool = False  # to the city's leaders, by desk and office
    dispute: DisputeTelling | None = None
    found: bool = False  # the dispute has its finding


def visible(viewer: Viewer, matter: Matter, now: Situation) -> Sight:
    """Tell what this viewer may see of this matter now (chat.md 4, who hears what of a survey)."""
    if not now.opened:
        return Sight.NOTHING
    return {
        Matter.SENT: _sent,
        Matter.RATING: _rating,
        Matter.REASON: _reason,
        Matter.DISPUTE: _dispute,
    }[matter](viewer, now)


def _sent(viewer: Viewer, now: Situation) -> Sight:
    """The proposer his own, the desk at once, office and unit when the window has closed, city leaders never."""
    at_once = viewer in (Viewer.PROPOSER, Viewer.DESK)
    later = now.closed and viewer in (Viewer.OFFICE, Viewer.UNIT)
    return Sight.WHOLE if at_once or later else Sight.NOTHING


def _rating(viewer: Viewer, now: Situation) -> Sight:
    """The proposer sees 已提交 alone, or somebody could have him show what he said."""
    seen = {
        Viewer.PROPOSER: False,
        Viewer.DESK: now.dissatisfied or now.closed,
        Viewer.OFFICE: now.closed,
        Viewer.UNIT: now.closed,
        Viewer.CITY_LEADER: now.closed and now.released,
    }[viewer]
    return Sight.WHOLE if seen and now.telling is not None else Sight.NOTHING


def _reason(viewer: Viewer, now: Situation) -> Sight:
    """His words go where he let them; a unit that may not have them is told that more is to be done."""
    if _rating(viewer, now) is Sight.NOTHING:
        return Sight.NOTHING
    if viewer is not Viewer.UNIT or now.telling is Telling.UNIT_TOO or now.reason_released:
        return Sight.WHOLE
    return Sight.POINTS if now.dissatisfied else Sight.NOTHING


def _dispute(viewer: Viewer, now: Situation) -> Sight:
    """The desk at once, the office where the proposer chose so; others with the finding, never in the window."""
    if now.dispute is None:
        return Sight.NOTHING
    chosen = viewer is Viewer.OFFICE and now.dispute is DisputeTelling.OFFICE_TOO
    known = viewer in (Viewer.PROPOSER, Viewer.DESK) or chosen or (now.found and now.closed)
    return Sight.WHOLE if known else Sight.NOTHING


_UNIT = frozenset({Standing.UNIT_HEAD, Standing.UNIT_DEPUTY_HEAD, Standing.LIAISON, Standing.HANDLER})
_OFFICE = frozenset({Standing.OFFICE_HEAD, Standing.CLERK})
_CITY = frozenset({Standing.LEADER, Standing.SECRETARY})
_UNIT_LEVELS = frozenset({Level.THIRD, Level.FOURTH})


def viewers(standings: Iterable[Standing], level: int | None, *, own: bool, office_hosts: bool) -> frozenset[Viewer]:
    """Give as what a person looks at a form, by his standings with respect to the part that it asks about.

    `own`: it is his form. `office_hosts`: the government office itself is the handling unit, so it looks as one.
    Whoever is of the handling unit has the unit's eyes, whatever else he is: a second post is no way round the window.
    """
    held = frozenset(standings)
    found = {Viewer.PROPOSER} if own else set()
    leads_unit = Standing.LEAD_LEADER in held and level in _UNIT_LEVELS
    if held & _UNIT or leads_unit or (office_hosts and held & _OFFICE):
        return frozenset({*found, Viewer.UNIT})
    if held & _OFFICE:
        found.add(Viewer.OFFICE)
    if Standing.DESK in held:
        found.add(Viewer.DESK)
    if held & _CITY or Standing.LEAD_LEADER in held:
        found.add(Viewer.CITY_LEADER)
    return frozenset(found)


@dataclass(frozen=True)
class Opinion:
    """What a form says when it is submitted; `files` are ids of a spoken reason, or of a paper form's scan."""

    attitude: Verdict
    result: Verdict
    solved: Solved
    contact: ContactMade
    relevance: Relevance
    telling: Telling
    reason: str = ""
    files: tuple[int, ...] = ()

    @property
    def dissatisfied(self) -> bool:
        """Tell whether it says 不满意 of attitude or of result."""
        return Verdict.DISSATISFIED in (self.attitude, self.result)
