"""What is away for a while: the book's disk or server, Telegram; the bot waits, says so once, and goes on by itself."""

import asyncio
import json
import sqlite3
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from sqlalchemy.engine.default import DefaultDialect

from bot import intake, polling
from storage.engines import postgresql
from storage.rules.terms import Terms
from tests import casework, databases
from tests.conftest import CAST
from tests.world import PULSE, TOKEN, World

CLERK, LIAISON = "吕科员", "戚联络员"
AWAY = "out of reach; tried again until it answers"
LOOPS = {"the intake", "the polling", "the sender"}


class Ear:
    """Wakes whoever waits for something in the log."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._loop = asyncio.get_running_loop()
        self._rung = asyncio.Event()
        world.log.on_line = self._ring

    def _ring(self) -> None:
        if not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._rung.set)

    async def hears(self, said: Callable[[list[dict[str, Any]]], bool]) -> None:
        """Wait until the log says it."""
        async with asyncio.timeout(30):
            while not said(told(self._world)):
                await self._rung.wait()
                self._rung.clear()


def told(world: World) -> list[dict[str, Any]]:
    """Read the log."""
    return [json.loads(line) for line in world.log.getvalue().splitlines()]


def away(lines: list[dict[str, Any]], event: str = AWAY) -> set[str]:
    """Name the parts that have said so."""
    return {line["who"] for line in lines if line["event"] == event}


@pytest.fixture
async def ear(world: World) -> Ear:
    """Listen to the log."""
    return Ear(world)


@pytest.fixture
def hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have everything that waits by the database's time look at once."""
    monkeypatch.setattr(intake, "_LOOK_AGAIN", 0.02)
    monkeypatch.setattr(polling, "_SURE", 0.0)
    monkeypatch.setattr(postgresql, "_AWAY", 0.001)


@contextmanager
def full_disk() -> Iterator[None]:
    """Have SQLite say what it says on a full disk wherever something is committed; it rolls back by itself."""
    commit: Any = DefaultDialect.do_commit

    def refused(_self: Any, raw: Any) -> None:
        if not raw.in_transaction:
            return
        raw.rollback()
        raise sqlite3.OperationalError("database or disk is full")

    DefaultDialect.do_commit = refused  # type: ignore[method-assign]
    try:
        yield
    finally:
        DefaultDialect.do_commit = commit  # type: ignore[method-assign]


@contextmanager
def closed(world: World) -> Iterator[None]:
    """Have the PostgreSQL turn everybody away, and end the lines that stand."""
    name = world.place.name
    databases.sql(f"ALTER DATABASE {name} ALLOW_CONNECTIONS false")
    databases.sql("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", name)
    try:
        yield
    finally:
        databases.sql(f"ALTER DATABASE {name} ALLOW_CONNECTIONS true")


def outage(world: World) -> Any:
    """Have the book fail."""
    return full_disk() if world.place.kind == databases.SQLITE else closed(world)


@pytest.mark.both
@pytest.mark.usefixtures("hurry")
async def test_a_book_that_is_away_ends_nobody_and_what_came_meanwhile_is_done(world: World, ear: Ear) -> None:
    """Guard every loop of the bot: each says once that it waits and once that it goes on; nothing is lost."""
    assert world.app is not None
    await casework.assigned(world, acknowledged=False)
    world[CLERK].skims()
    with outage(world):
        for loop in (world.app.intake, world.app.sender):
            loop.wake()
        await world.standin.type(world[CLERK].user_id, "帮助")
        view, button = world[LIAISON].find("签收")
        query = await world.standin.press(world[LIAISON].user_id, view.message_id, button.data)
        await ear.hears(lambda lines: away(lines) >= LOOPS)
    await ear.hears(lambda lines: away(lines, "within reach again") >= LOOPS)
    await world.settled()
    for seconds in (5, 60):  # what was in the middle of its work has failed, and is tried again
        await world.turns(to=world.clock() + timedelta(seconds=seconds))
    assert not world.app.failed.is_set()
    assert query in world.standin.answers
    world[CLERK].hears("")
    assert "签收" not in world[LIAISON].buttons()
    said = [line for line in told(world) if line["event"] == AWAY]
    assert all(line["level"] == "error" and line["why"] for line in said)
    assert len(said) < 12, "each part tells of it once, not at each try"
    for phone in world.phones.values():
        phone.skims()


@pytest.mark.both
@pytest.mark.usefixtures("hurry")
async def test_a_stop_while_the_book_is_away_is_one_in_good_order(world: World) -> None:
    """Guard SIGTERM during an outage: nothing is raised, nothing hangs, and the next start does what is left."""
    assert world.app is not None
    with outage(world):
        await world.standin.type(world[CLERK].user_id, "帮助")
        async with asyncio.timeout(15):
            await world.app.stop()
    if world.place.kind == databases.POSTGRESQL:  # as after a minute: leases that could not be let go have ended
        databases.sql("UPDATE lease SET until = 0", name=world.place.name)
    world.app = None
    world.database = world.place.open()
    await world.start_bot()
    await world.settled()
    world[CLERK].hears("")
    assert not [line for line in told(world) if line["event"] == "stopped by itself"]


@pytest.fixture
async def asleep(tmp_path: Path) -> AsyncIterator[World]:
    """A town whose bot does not run."""
    world = World(tmp_path, Terms())
    await world.start(CAST)
    await world.stop_bot()
    yield world
    await world.stop()


async def test_a_start_waits_for_telegram(asleep: World) -> None:
    """Guard a start without a network: it waits longer and longer and says so once; then it begins."""
    asleep.standin.fault("getMe", times=3, kind="502")
    asleep.standin.fault("getMe", times=1, kind="429", retry_after=1)
    await asleep.start_bot()
    await asleep.standin.type(asleep[CLERK].user_id, "帮助")
    await asleep.settled()
    asleep[CLERK].hears("")
    (line,) = [line for line in told(asleep) if line["event"] == AWAY]
    assert (line["who"], line["level"]) == ("Telegram", "error")
    assert away(told(asleep), "within reach again") == {"Telegram"}


async def test_a_webhook_left_behind_is_taken_off_as_soon_as_telegram_lets_us(asleep: World) -> None:
    """Guard against a bot that is deaf for ever because the one call at its start was lost (409 at every poll)."""
    async with aiohttp.ClientSession() as session:
        hook = {"url": "http://127.0.0.1:9/left"}
        async with session.post(f"{asleep.standin.url}{TOKEN}/setWebhook", json=hook) as answer:
            assert answer.status == 200
    asleep.standin.fault("deleteWebhook", times=2, kind="500")
    await asleep.start_bot()
    await asleep.standin.type(asleep[CLERK].user_id, "帮助")
    await asleep.standin.wait_for(lambda: asleep.standin.polling, 10)
    await asleep.settled()
    asleep[CLERK].hears("")
    assert asleep.standin.town.deliveries.webhook is None


def test_a_wait_grows_with_the_outage_and_has_an_end(monkeypatch: pytest.MonkeyPatch) -> None:
    """Guard the figures: a second at first, then as long as it has lasted, half a minute at most; anew after it."""
    from bot.outages import Outage  # noqa: PLC0415

    now = [100.0]
    monkeypatch.setattr(type(PULSE), "__call__", lambda _pulse: now[0])
    outage = Outage(PULSE, "somebody")
    waits = []
    for _ in range(8):
        waits.append(outage.failed(OSError("away")))
        now[0] += waits[-1]
    assert waits == [1, 1, 2, 4, 8, 16, 30, 30]
    outage.over()
    assert outage.failed(OSError("away")) == 1
