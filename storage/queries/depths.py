"""How much waits and for how long: figures for those who run the house, never a word of anybody's."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, and_, case, func, or_
from sqlmodel import col, select

from storage import inbox, outbox
from storage.queries import standing
from storage.reading import Read
from storage.rules.quiet import morning_due
from storage.rules.terms import Terms
from storage.tables import Due, Entry, Letter, Morning, Person, Update
from storage.tables.columns import Moment, epoch

# A clock that once stood years ahead must not silence the watch until then.
_AHEAD = timedelta(days=3)


@dataclass(frozen=True)
class Depths:
    """Counts, and ages in seconds of what waits longest; 0 where nothing waits."""

    inbox: int
    inbox_oldest: float
    inbox_failed: int
    outbox_due: int
    outbox_oldest: float
    outbox_later: int
    dead_letters: int
    unreachable: int
    unsequenced: int


@dataclass(frozen=True)
class Slack:
    """How late each may be before somebody is told."""

    morning: timedelta = timedelta(minutes=15)
    letters: timedelta = timedelta(minutes=15)
    hands: timedelta = timedelta(minutes=15)  # beyond the end of a lease
    updates: timedelta = timedelta(minutes=5)
    record: timedelta = timedelta(minutes=5)


@dataclass(frozen=True)
class Late:
    """What should have happened and has not: how many of each; `since` is what the oldest letter was due."""

    dues: int = 0
    morning: bool = False
    letters: int = 0
    updates: int = 0
    unsequenced: int = 0
    since: datetime | None = None

    def __bool__(self) -> bool:
        """Tell whether anything is late."""
        return any((self.dues, self.morning, self.letters, self.updates, self.unsequenced))


def depths(read: Read, at: datetime) -> Depths:
    """Count what waits."""
    waiting, first = read.exec(
        select(func.count(), func.min(Update.received_at)).where(col(Update.handled_at).is_(None))
    ).one()
    due = _due_moment() <= at
    ready, later, oldest = read.exec(
        select(func.count(case((due, 1))), func.count(case((~due, 1))), func.min(case((due, _due_moment())))).where(
            col(Letter.settled_at).is_(None)
        )
    ).one()
    return Depths(
        inbox=waiting,
        inbox_oldest=_age(first, at),
        inbox_failed=_count(read, Update.id, inbox.IS_FAILED),
        outbox_due=ready,
        outbox_oldest=_age(oldest, at),
        outbox_later=later,
        dead_letters=_count(read, Letter.id, col(Letter.outcome) == outbox.DEAD),
        unreachable=_count(read, Person.id, col(Person.unreachable_since).is_not(None)),
        unsequenced=_count(read, Entry.id, col(Entry.place).is_(None)),
    )


def late(read: Read, at: datetime, terms: Terms, slack: Slack) -> Late:
    """Find what should have been done, sent, handled or given its place by now.

    A letter in a hand is no more done than any other, however its hand keeps the lease.
    """
    morning = _morning_late(read, at - slack.morning, terms)
    dues = _count(read, Due.id, col(Due.done_at).is_(None), col(Due.due_on) <= terms.today(at)) if morning else 0
    letters, since = read.exec(
        select(func.count(), func.min(_due_moment())).where(
            col(Letter.settled_at).is_(None), or_(_due_moment() <= at - slack.letters, _left_in_hand(slack))
        )
    ).one()
    return Late(
        dues=dues,
        morning=morning,
        letters=letters,
        updates=_count(
            read, Update.id, col(Update.handled_at).is_(None), col(Update.received_at) <= at - slack.updates
        ),
        unsequenced=_count(read, Entry.id, col(Entry.place).is_(None), col(Entry.at) <= at - slack.record),
        since=since,
    )


def _morning_late(read: Read, then: datetime, terms: Terms) -> bool:
    """Tell whether a morning that was due at a moment has not been held to its end by now."""
    local = terms.local(then)
    newest = read.exec(
        select(func.max(Morning.day)).where(
            col(Morning.done_at).is_not(None), col(Morning.day) <= local.date() + _AHEAD
        )
    ).one()
    calendar = standing.calendar(read)
    held = (terms.morning, newest, terms.quiet, calendar)
    return morning_due(local, *held, days_off=terms.quiet_days_off) is not None


def _due_moment() -> ColumnElement[datetime]:
    """Give the column of the moment from which a letter may go."""
    return func.coalesce(col(Letter.not_before), col(Letter.created_at), type_=Moment())


def _left_in_hand(slack: Slack) -> ColumnElement[bool]:
    """Tell that a letter sits in a hand whose lease ran out, by the database's time, and nobody has taken it over.

    By the office's clock it may not be due: who took it in hand had another time, or the clock was set back since.
    Where one process sends it renews no lease: there it was claimed long ago.
    """
    ended = col(Letter.lease_until) < epoch() - int(slack.hands.total_seconds())
    return and_(col(Letter.owner).is_not(None), ended)


def _count(read: Read, number: int, *where: ColumnElement[bool]) -> int:
    """Count the rows of a table by their number."""
    statement = select(func.count(col(number))).where(*where)
    return read.exec(statement).one()


def _age(moment: datetime | None, at: datetime) -> float:
    """Give the seconds since a moment; none before 0, whichever way a clock was set."""
    return max((at - moment).total_seconds(), 0.0) if moment else 0.0
