"""The auditor: what should have happened and has not is found, and the office is told once a day, in figures."""

import time
from datetime import timedelta

import pytest
from sqlalchemy import text
from sqlmodel import col, update

from bot.auditor import Auditor
from bot.meters import Meters
from bot.pulse import Pulse
from storage.book import Book
from storage.queries import depths
from storage.queries.depths import Late, Slack
from storage.reading import Read
from storage.tables import Due, Entry, Group, Letter, Morning, Update
from storage.writing import add
from tests.casework_mornings import moment
from tests.world import World


def late(world: World) -> Late:
    """Look as the auditor does."""
    return world.look(lambda read: depths.late(read, world.clock(), world.terms, Slack()))


async def test_a_quiet_day_is_not_late(world: World) -> None:
    """Guard the office from false alarms: at any hour of a week in which everything ran."""
    for day in range(2, 10):
        for hour in (0, 8, 9, 12, 20):
            await world.turns(to=moment(3, day, hour))
            assert not late(world), (day, hour)


def leave(world: World, what: str) -> None:
    """Leave something undone."""
    at = world.clock()

    def unit(read: Read) -> None:
        if what == "letters":
            add(read, Letter(key="x", kind="welcome", chat_id=1, priority=6, created_at=at, not_before=None))
        elif what == "updates":
            add(read, Update(id=1, chat_id=1, body={}, received_at=at))
        elif what == "unsequenced":
            read.connection().execute(update(Entry).values(place=None, chain=None, at=at))

    world.database.act_now(unit)


@pytest.mark.parametrize("what", ["letters", "updates", "unsequenced"])
async def test_each_thing_left_undone_is_found_after_its_slack(world: World, what: str) -> None:
    """Guard each of the auditor's questions: not late at once, late after its time."""
    await world.turns(to=moment(3, 3, 10))
    await world.stop_bot()
    leave(world, what)
    world.clock._now += timedelta(minutes=4)
    assert not late(world)
    world.clock._now += timedelta(minutes=12)
    found = late(world)
    assert getattr(found, what) >= 1
    assert sum(map(bool, (found.dues, found.letters, found.updates, found.unsequenced))) == 1


@pytest.mark.both
async def test_a_letter_that_sits_in_a_hand_is_found_whatever_the_clock_says(world: World) -> None:
    """Guard what a dead sender has left: by its lease where the clock was set back, by age where the lease lives."""
    await world.turns(to=moment(3, 3, 10))
    await world.stop_bot()
    at = world.clock()

    def found(due: timedelta, lease: int | None) -> int:
        owner = "somebody" if lease is not None else None
        letter = Letter(key="x", kind="welcome", chat_id=1, priority=6, created_at=at + due, owner=owner)
        until = f"UPDATE outbox SET lease_until = {int(time.time())} + {lease or 0}"

        def unit(read: Read) -> int:
            add(read, letter)
            read.connection().execute(text(until))
            count = depths.late(read, at, world.terms, Slack()).letters
            read.connection().execute(text("DELETE FROM outbox WHERE key = 'x'"))
            return count

        return world.database.act_now(unit)

    ahead, minute = timedelta(days=1), timedelta(minutes=1)
    assert found(ahead, None) == 0, "it waits for its time"
    assert found(ahead, 60) == 0, "it is being sent"
    assert found(ahead, -14 * 60) == 0, "whoever lives takes it up now"
    assert found(ahead, -16 * 60) == 1, "nobody has taken it up"
    assert found(-14 * minute, 60) == 0
    assert found(-16 * minute, 60) == 1, "the lease lives, and nothing leaves"
    await world.start_bot()


async def test_a_morning_that_nobody_held_is_late_after_a_quarter_of_an_hour(world: World) -> None:
    """Guard against ticks that have died: the morning's dues are counted; on a day off nothing is due."""
    await world.turns(to=moment(3, 6, 17))
    world.acts(lambda book: book.due("nothing", "light", moment(3, 9).date()))
    world.clock._now = moment(3, 8, 12)
    assert not late(world), "a Sunday"
    world.clock._now = moment(3, 9, 8, 44)
    assert not late(world)
    world.clock._now = moment(3, 9, 8, 46)
    assert late(world).morning
    assert late(world).dues == 1
    world.database.act_now(lambda read: read.connection().execute(update(Due).values(done_at=world.clock())))
    await world.turns(to=moment(3, 9, 8, 47))
    assert not late(world)


async def test_a_clock_that_stood_ahead_does_not_silence_the_auditor(world: World) -> None:
    """Guard the watch after a clock was set back from years ahead."""
    await world.turns(to=moment(3, 6, 17))
    world.acts(
        lambda book: book.add(Morning(day=moment(3, 6).date().replace(year=2029), begun_at=book.at, done_at=book.at))
    )
    world.clock._now = moment(3, 9, 9)
    assert late(world).morning


class Hand(Pulse):
    """A pulse that is moved by hand."""

    ahead = 0.0

    def __call__(self) -> float:
        """Give the time."""
        return self.ahead


def auditor(world: World) -> tuple[Auditor, Hand]:
    """Make an auditor whose pulse is moved by hand."""
    assert world.app is not None
    hand = Hand()
    return Auditor(world.app.office, Meters(hand), hand, 60), hand


def stuck(book: Book) -> None:
    """Leave an entry of the record without a place for an hour: what nobody waits for before the test goes on."""
    first = update(Entry).where(col(Entry.id) == 1)
    book.read.connection().execute(first.values(place=None, chain=None, at=book.at - timedelta(hours=1)))


async def test_the_heads_are_told_once_a_day_in_plain_words(world: World) -> None:
    """Guard against a flood of alarms, and against an alarm at the first look after a start or a jump of the clock."""
    await world.turns(to=moment(3, 3, 10))
    audit, hand = auditor(world)
    world.acts(stuck)
    await audit.audit()
    hand.ahead += 60
    await audit.audit()
    await world.settled()
    world["何主任"].hears_nothing()
    hand.ahead += 300
    for _ in range(3):
        assert (await audit.audit()).unsequenced == 1
        await world.settled()
    view = world["何主任"].hears("系统自查", "1条记录未编入总账")
    assert "没有丢失" in view.text
    assert world.log.getvalue().count("something is late") == 1
    await world.turns(to=moment(3, 4, 10))
    world["何主任"].hears_nothing()
    world.acts(stuck)
    await audit.audit()
    await world.settled()
    world["何主任"].hears("系统自查")
    assert "nothing is late any more" not in world.log.getvalue()


async def test_the_office_s_group_is_told_in_its_heads_stead(world: World) -> None:
    """One message where the office has a group; nobody twice."""
    members = [world[name].user_id for name in ("何主任", "吕科员")]
    await world.standin.group(-1001, "督查室", members)
    await world.standin.add_bot(-1001, members[0])
    await world.settled()
    world.acts(lambda book: book.add(Group(role="office", chat_id=-1001, title="督查室", bound_at=book.at)))
    audit, hand = auditor(world)
    world.acts(stuck)
    await audit.audit()
    hand.ahead += 400
    await audit.audit()
    await world.settled()
    assert len([view for view in world.standin.chat(-1001) if "系统自查" in view.text]) == 1
    for name in ("何主任", "吕科员"):
        world[name].hears_nothing()


async def test_in_the_night_the_office_is_not_rung(world: World) -> None:
    """Quiet hours hold for the auditor too: the clock causes its letter."""
    await world.turns(to=moment(3, 3, 22))
    audit, hand = auditor(world)
    world.acts(stuck)
    await audit.audit()
    hand.ahead += 400
    await audit.audit()
    await world.turns(to=moment(3, 3, 23))
    world["何主任"].hears_nothing()
    await world.turns(to=moment(3, 4, 9))
    world["何主任"].hears("系统自查")
