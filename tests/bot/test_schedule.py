"""The metronome: it ticks, goes on after a tick that failed, and notices a wall clock that has jumped either way."""

import asyncio
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from apscheduler.schedulers import base

from bot.schedule import Schedule

BEAT = 0.02


class Wall:
    """A wall clock that can be set, for APScheduler and for the heartbeat alike."""

    def __init__(self) -> None:
        self.ahead = 0.0
        self._read = asyncio.Event()

    def __call__(self) -> float:
        """Give the time as a number; the heartbeat asks once a beat."""
        self._read.set()
        return datetime.now(UTC).timestamp() + self.ahead

    async def beats(self, times: int) -> None:
        """Wait until the heartbeat has looked so many times more."""
        async with asyncio.timeout(5):
            for _ in range(times):
                self._read.clear()
                await self._read.wait()

    def now(self, zone: Any = UTC) -> datetime:
        """Give the time as APScheduler asks for it."""
        return datetime.now(zone) + timedelta(seconds=self.ahead)


class Ticks:
    """Counts ticks and wakes who waits for them."""

    def __init__(self) -> None:
        self.count = 0
        self.running = 0
        self.most = 0
        self.then: Callable[[], None] = lambda: None
        self._rung = asyncio.Event()

    async def __call__(self) -> None:
        """Tick."""
        self.running += 1
        self.most = max(self.most, self.running)
        self.count += 1
        self._rung.set()
        await asyncio.sleep(0)
        self.running -= 1
        self.then()

    async def further(self, times: int) -> None:
        """Wait for so many more ticks."""
        wanted = self.count + times
        async with asyncio.timeout(5):
            while self.count < wanted:
                self._rung.clear()
                await self._rung.wait()


@pytest.fixture
def wall(monkeypatch: pytest.MonkeyPatch) -> Wall:
    """Put a clock that can be set in the place of every wall clock that the schedule reads."""
    wall = Wall()

    class Clock(datetime):
        @classmethod
        def now(cls, tz: Any = None) -> Any:
            return wall.now(tz or UTC)

    monkeypatch.setattr(base, "datetime", Clock)
    monkeypatch.setattr("bot.schedule.datetime", Clock)
    return wall


@pytest.fixture
async def ticks() -> AsyncIterator[Ticks]:
    """Give a counter of ticks."""
    yield Ticks()
    await asyncio.sleep(0)  # APScheduler ends on the loop's next round


@pytest.fixture
async def schedule(ticks: Ticks, wall: Wall) -> AsyncIterator[Schedule]:
    """Give a schedule with a quick beat."""
    schedule = Schedule(ticks, BEAT, wall)
    schedule.start()
    yield schedule
    schedule.stop()


async def test_it_ticks_at_once_and_then_each_beat(schedule: Schedule, ticks: Ticks) -> None:
    """Guard the start after a weekend of downtime: what is due is not waited for."""
    loop = asyncio.get_running_loop()
    before = loop.time()
    await ticks.further(1)
    await ticks.further(4)
    assert loop.time() - before >= 3 * BEAT


async def test_a_tick_that_fails_is_not_the_last(
    schedule: Schedule, ticks: Ticks, caplog: pytest.LogCaptureFixture
) -> None:
    """Guard the clock from one bad row: it is told of, and the next tick comes."""

    def fails() -> None:
        raise ZeroDivisionError

    ticks.then = fails
    await ticks.further(4)


async def test_two_ticks_are_never_under_way_at_once(ticks: Ticks, wall: Wall) -> None:
    """Guard a tick that takes longer than a beat, and a clock that jumps in the middle of it."""
    hold = asyncio.Event()

    async def slow() -> None:
        await ticks()
        ticks.running += 1
        ticks.most = max(ticks.most, ticks.running)
        await hold.wait()
        ticks.running -= 1

    schedule = Schedule(slow, BEAT, wall)
    schedule.start()
    await ticks.further(1)
    wall.ahead = 3600
    await wall.beats(5)
    assert ticks.count == 1
    hold.set()
    await ticks.further(3)
    assert ticks.most == 1
    schedule.stop()


async def armed(schedule: Schedule) -> None:
    """Wait until the next tick is set by the clock as it stands; a jump in the middle of a tick would be no test."""
    async with asyncio.timeout(5):
        while schedule._scheduler.get_job("tick") is None:  # noqa: ASYNC110 (a round of the loop, not a wait)
            await asyncio.sleep(0)


@pytest.mark.parametrize("jump", [-3600, -86400 * 365, 3600, 86400 * 31, 86400 * 365 * 20])
async def test_a_wall_clock_that_jumps_is_noticed_within_a_beat_or_two(
    schedule: Schedule, ticks: Ticks, wall: Wall, jump: float
) -> None:
    """Guard both ways: set back by an hour it would not tick for an hour, set forward it would count out every beat."""
    loop = asyncio.get_running_loop()
    for leap in (jump, -jump):
        await ticks.further(2)
        await armed(schedule)
        before, count = loop.time(), ticks.count
        wall.ahead += leap
        await ticks.further(5)
        assert loop.time() - before < 2
        assert ticks.count - count < 50, "missed beats are made up for by one"


async def test_a_late_tick_is_neither_dropped_nor_doubled(schedule: Schedule, ticks: Ticks) -> None:
    """Guard what APScheduler would do by itself: it drops a job that is a second late."""
    await ticks.further(1)
    await armed(schedule)
    job = schedule._scheduler.get_job("tick")
    assert (job.misfire_grace_time, job.coalesce, job.max_instances) == (None, True, 1)
    assert schedule._scheduler.timezone is UTC


async def test_a_small_correction_changes_nothing(schedule: Schedule, ticks: Ticks, wall: Wall) -> None:
    """Guard the ordinary drift of a clock that is set by the network."""
    await ticks.further(2)
    wall.ahead += BEAT
    await ticks.further(3)


async def test_after_the_stop_nothing_ticks(ticks: Ticks, wall: Wall) -> None:
    """Guard the end: a tick under way is let go without a word of failure, and none follows."""
    inside, hold = asyncio.Event(), asyncio.Event()

    async def slow() -> None:
        inside.set()
        await hold.wait()

    schedule = Schedule(slow, BEAT, wall)
    schedule.start()
    async with asyncio.timeout(5):
        await inside.wait()
    schedule.stop()
    inside.clear()
    hold.set()  # one that were not let go would end, and set the next
    another = Schedule(ticks, BEAT, wall)  # tells when a beat is over
    another.start()
    await ticks.further(5)
    another.stop()
    assert not inside.is_set()
