"""Which watch reminds whom and when, and which slip a light calls for."""

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType

from storage.rules.calendar import WorkingCalendar
from storage.rules.deadlines import is_late, last_day
from storage.rules.durations import Due
from storage.rules.lights import Light, slip_for
from storage.rules.ruleset import RuleSet
from storage.rules.stages import Stage
from storage.rules.words import SlipKind

_ONE = dt.timedelta(days=1)


class Watch(StrEnum):
    """What the clock keeps an eye on."""

    SIGN_RECEIPT = "sign_receipt"
    FIRST_CONTACT = "first_contact"
    CO_OPINION = "co_opinion"
    DRAFT_REPLY = "draft_reply"
    REPLY_DUE = "reply_due"
    LIGHT = "light"
    RECEIPT = "receipt"
    PROMISE = "promise"


class Hearer(StrEnum):
    """Whom a reminder is for, on the case it is about."""

    DESK = "desk"  # who signs and works for the unit
    HANDLER = "handler"  # the named handler, else the unit's desk
    MOVER = "mover"  # whose move it is at the part's stage
    HEADS = "heads"  # head and deputy head of the unit
    OFFICE = "office"
    PROPOSER = "proposer"


@dataclass(frozen=True, slots=True)
class Reminder:
    """Say on which working days around a due date a reminder comes (0: on the day itself), and for whom."""

    days: tuple[int, ...]
    hearers: frozenset[Hearer]


_H = Hearer
REMINDERS: Mapping[Watch, Reminder] = MappingProxyType(
    {
        Watch.SIGN_RECEIPT: Reminder((0, 1), frozenset({_H.DESK})),
        Watch.FIRST_CONTACT: Reminder((-3, 0), frozenset({_H.HANDLER, _H.DESK})),
        Watch.CO_OPINION: Reminder((-5, -1, 0, 1), frozenset({_H.HANDLER, _H.DESK})),
        Watch.DRAFT_REPLY: Reminder((-3, 0), frozenset({_H.HANDLER, _H.MOVER})),
        Watch.REPLY_DUE: Reminder((-1, 0), frozenset({_H.HANDLER, _H.MOVER})),
        Watch.RECEIPT: Reminder((2,), frozenset({_H.PROPOSER})),
        Watch.PROMISE: Reminder((-10, 0), frozenset({_H.HANDLER, _H.DESK})),
    }
)

# A light that changes is told of once; the city's leaders are never told of one.
LIGHT_HEARERS: Mapping[Light, frozenset[Hearer]] = MappingProxyType(
    {
        Light.GREEN: frozenset(),
        Light.BLUE: frozenset({_H.HANDLER, _H.MOVER}),
        Light.YELLOW: frozenset({_H.HANDLER, _H.MOVER, _H.DESK}),
        Light.RED: frozenset({_H.HANDLER, _H.MOVER, _H.DESK, _H.HEADS, _H.OFFICE}),
        Light.BRIEFING: frozenset({_H.HANDLER, _H.MOVER, _H.DESK, _H.HEADS, _H.OFFICE}),
    }
)

_UNSIGNED = frozenset({Stage.AWAITING_RECEIPT})
_WORKING = frozenset({Stage.AWAITING_RECEIPT, Stage.HANDLING})
_WRITING = _WORKING | {Stage.DEPUTY_REVIEW, Stage.HEAD_SIGNATURE}
OPEN = _WRITING | {Stage.OFFICE_REVIEW, Stage.TO_DELIVER}
_WAITING: Mapping[Watch, frozenset[Stage]] = MappingProxyType(
    {
        Watch.SIGN_RECEIPT: _UNSIGNED,
        Watch.FIRST_CONTACT: _WRITING,
        Watch.CO_OPINION: _WORKING,
        Watch.DRAFT_REPLY: _WRITING,
        Watch.REPLY_DUE: OPEN,
        Watch.LIGHT: OPEN,
        Watch.RECEIPT: frozenset({Stage.DELIVERED}),
    }
)


def waits(watch: Watch, stage: Stage, *, contacted: bool = False) -> bool:
    """Tell whether what a watch looks for is still missing at this stage of a part."""
    if watch is Watch.FIRST_CONTACT and contacted:
        return False
    return stage in _WAITING.get(watch, frozenset())


def reminder_days(
    watch: Watch, due: dt.date, after: dt.date, calendar: WorkingCalendar
) -> tuple[tuple[int, dt.date], ...]:
    """Give a watch's reminders as (offset, day), but for those that a short limit leaves no day for after `after`."""
    days = ((offset, calendar.add_working_days(due, offset)) for offset in REMINDERS[watch].days)
    return tuple((offset, day) for offset, day in days if day > after)


class Why(StrEnum):
    """Why a slip was drafted."""

    UNSIGNED = "unsigned"
    NO_CONTACT = "no_contact"
    NO_DRAFT = "no_draft"
    NEAR = "near"
    OVERDUE = "overdue"
    IN_VAIN = "in_vain"
    BY_HAND = "by_hand"


@dataclass(frozen=True, slots=True)
class Clock:
    """Hold what a part's light hangs on: its due date, what is still missing on the way, the slips that are out."""

    due: Due
    missing: tuple[tuple[Why, Due], ...] = ()
    urged_on: dt.date | None = None  # when the newest urge slip was issued
    urge_due: Due | None = None  # of an urge slip still unanswered
    supervision_due: Due | None = None  # of a supervision slip still unanswered

    @property
    def milestones(self) -> tuple[Due, ...]:
        """The earlier dates not yet met."""
        return tuple(due for _why, due in self.missing)


@dataclass(frozen=True, slots=True)
class Called:
    """Name the slip that is called for, and why."""

    kind: SlipKind
    why: Why


def called_for(rules: RuleSet, calendar: WorkingCalendar, today: dt.date, shown: Light, clock: Clock) -> Called | None:
    """Return the slip that a light calls for, with its reason; an urge slip in vain calls for supervision at once."""
    in_vain = clock.urge_due is not None and is_late(rules, today, clock.urge_due)
    kind = slip_for(shown, urged=clock.urged_on is not None)
    if kind is None:
        return None
    if in_vain and kind is SlipKind.URGE:
        return Called(SlipKind.SUPERVISION, Why.IN_VAIN)
    if is_late(rules, today, clock.due):
        return Called(kind, Why.OVERDUE)
    near = rules.light_yellow.before(clock.due.raw, calendar)
    if today >= near:
        return None if clock.urged_on is not None and clock.urged_on >= near else Called(kind, Why.NEAR)
    late = [(due, why) for why, due in clock.missing if is_late(rules, today, due)]
    return Called(kind, max(late)[1] if late else Why.NEAR)  # the newest: an older one has been urged for


def light_days(rules: RuleSet, calendar: WorkingCalendar, clock: Clock) -> tuple[dt.date, ...]:
    """List the days on which a part's light, or what it calls for, may change."""
    last = last_day(rules, clock.due)
    answers = (due for due in (clock.urge_due, clock.supervision_due) if due is not None)
    days: Iterable[dt.date] = (
        rules.light_blue.before(clock.due.raw, calendar),
        rules.light_yellow.before(clock.due.raw, calendar),
        last + _ONE,
        rules.light_red.after(last, calendar).raw,
        rules.briefing.after(last, calendar).raw,
        *(last_day(rules, due) + _ONE for due in (*clock.milestones, *answers)),
    )
    return tuple(sorted(set(days)))


def next_look(days: Iterable[dt.date], today: dt.date) -> dt.date | None:
    """Return the first of these days that lies ahead."""
    return min((day for day in days if day > today), default=None)
