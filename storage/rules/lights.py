"""The light of a case or part: how near its due date is, and which slip that calls for."""

import datetime as dt
from collections.abc import Iterable
from enum import StrEnum

from storage.rules.calendar import WorkingCalendar
from storage.rules.deadlines import is_late, last_day
from storage.rules.durations import Due
from storage.rules.ruleset import RuleSet
from storage.rules.words import SlipKind


class Light(StrEnum):
    """A light, mildest first; BRIEFING is a red one of which the leaders are told."""

    GREEN = "green"
    BLUE = "blue"
    YELLOW = "yellow"
    RED = "red"
    BRIEFING = "briefing"

    @property
    def severity(self) -> int:
        """Number the lights from 0 (green) to 4 (briefing)."""
        return list(Light).index(self)


def light(
    rules: RuleSet,
    calendar: WorkingCalendar,
    today: dt.date,
    due: Due,
    *,
    open_milestones: Iterable[Due] = (),
    supervision_due: Due | None = None,
) -> Light:
    """Return the light of something still open (domain.md 10.2): warnings go by the raw date, lateness by the last day.

    `open_milestones` are earlier dates not yet met (receipt, first contact, co-opinion, draft);
    `supervision_due` is when the answer to a supervision slip, still unanswered, is due.
    """
    last = last_day(rules, due)
    overdue = today > last
    if supervision_due is not None and is_late(rules, today, supervision_due):
        return Light.BRIEFING
    if overdue and today >= rules.briefing.after(last, calendar).raw:
        return Light.BRIEFING
    if overdue and today >= rules.light_red.after(last, calendar).raw:
        return Light.RED
    if overdue or today >= rules.light_yellow.before(due.raw, calendar):
        return Light.YELLOW
    if any(is_late(rules, today, milestone) for milestone in open_milestones):
        return Light.YELLOW
    return Light.BLUE if today >= rules.light_blue.before(due.raw, calendar) else Light.GREEN


def slip_for(shown: Light, *, urged: bool = True) -> SlipKind | None:
    """Return the slip that a light calls for: yellow an urge slip, red and worse a supervision slip.

    With `urged=False` (no urge slip was ever issued, say after a stop of days) red calls for the urge slip first:
    a supervision slip is the step after urging in vain.
    """
    if shown in {Light.GREEN, Light.BLUE}:
        return None
    return SlipKind.SUPERVISION if urged and shown is not Light.YELLOW else SlipKind.URGE
