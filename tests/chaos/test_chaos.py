"""Chaos: two hundred people on a hundred cases, three replicas on one PostgreSQL, and all that can go wrong.

Presses, typed words, forged and old buttons; updates twice and out of their order; 429, 5xx, lost calls and lost
answers; one replica killed every few seconds. Afterwards the record replays to exactly what the tables hold, each
update was handled once, each letter is accounted for, and no chat was ever written to too fast.

`pytest -m long tests/chaos` has ten minutes of it, or `DUBAN_CHAOS_SECONDS`. A run prints its seed; `DUBAN_CHAOS_SEED`
gives it again.
"""

import asyncio
import os
import secrets
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from random import Random

import pytest

from tests.chaos.accounts import Accounts, rendered
from tests.chaos.conftest import PROPERTY
from tests.chaos.crowd import Crowd, reigns
from tests.chaos.fleet import Fleet

Tells = Callable[[str, object], None]


@dataclass(frozen=True)
class Extent:
    """How long it lasts in seconds, and how often things happen."""

    seconds: float
    kill_every: float
    kills: int
    day_every: float
    settling: float
    assigned: int  # cases that are under way at the beginning
    full: tuple[int, int]  # updates and letters that wait: beyond these people take a breath
    rate: float = 40.0
    patient: bool = False


SHORT = Extent(8, 3.0, 2, 2.0, 40, assigned=7, full=(45, 95))
# What the dead had in hand waits there for up to a minute, six deaths' worth of it.
_SECONDS = int(os.environ.get("DUBAN_CHAOS_SECONDS", "600"))
WHOLE = Extent(_SECONDS, 10, _SECONDS // 10, 12.0, 240, assigned=70, full=(150, 400), patient=True)


async def _kills(fleet: Fleet, extent: Extent, dice: Random) -> None:
    for _ in range(extent.kills):
        await asyncio.sleep(extent.kill_every)
        await fleet.kills(dice)


async def _days(fleet: Fleet, extent: Extent) -> None:
    while True:
        await asyncio.sleep(extent.day_every)
        fleet.next_morning()


async def _breathes(fleet: Fleet, extent: Extent, room: asyncio.Event) -> None:
    """Let people go on only where the bot keeps up: a queue that only grows would prove nothing more."""
    while True:
        updates, letters = await fleet.waiting()
        (room.set if updates < extent.full[0] and letters < extent.full[1] else room.clear)()
        await asyncio.sleep(0.5)


async def _reigned(fleet: Fleet, extent: Extent) -> Accounts:
    """Have chaos reign for a while, then peace; render the accounts."""
    await fleet.begins()
    crowd, room = Crowd(fleet.seed, fleet.standin, list(fleet.people)), asyncio.Event()
    fleet.weather.begins()
    around = [asyncio.create_task(_days(fleet, extent)), asyncio.create_task(_breathes(fleet, extent, room))]
    try:
        killing = _kills(fleet, extent, Random(f"{fleet.seed}:kills"))
        await asyncio.gather(reigns(crowd, extent.rate, extent.seconds, room), killing)
    finally:
        for task in around:
            task.cancel()
        for ended in await asyncio.gather(*around, return_exceptions=True):
            assert isinstance(ended, asyncio.CancelledError), ended
    settled = await fleet.settles(extent.settling)
    accounts = rendered(fleet)
    accounts.counted.update({f"people: {what}": count for what, count in crowd.did.items()})
    accounts.counted.update({f"met: {what}": count for what, count in fleet.weather.met.items()})
    accounts.counted["seconds to rest"] = round(settled)
    return accounts


async def _chaos(folder: Path, extent: Extent, tells: Tells) -> None:
    seed = os.environ.get("DUBAN_CHAOS_SEED") or secrets.token_hex(4)
    print(f"\nchaos, seed {seed}")  # noqa: T201 (who runs it again needs it)
    fleet = await Fleet.gathered(folder, seed, extent.assigned, patient=extent.patient)
    try:
        accounts = await _reigned(fleet, extent)
        tells(PROPERTY, f"seed {seed}: {accounts}")
        verified = await fleet.duban("records", "verify")
        accounts.holds(verified.code == 0, f"the record does not hold: {verified.err}")
        codes = await fleet.ends()
        accounts.holds(codes == [0] * len(codes), f"a replica did not stop in good order: {codes}")
        assert not accounts.wrong, f"seed {seed}:\n" + "\n".join(accounts.wrong)
    finally:
        with suppress(ProcessLookupError):
            await fleet.close()


async def test_after_seconds_of_chaos_all_is_as_the_record_says(tmp_path: Path, record_property: Tells) -> None:
    """Guard the promise of the whole engine in every run: nothing lost, nothing done twice, nobody flooded."""
    await _chaos(tmp_path / "town", SHORT, record_property)


@pytest.mark.long
async def test_after_ten_minutes_of_chaos_all_is_as_the_record_says(tmp_path: Path, record_property: Tells) -> None:
    """Guard it for ten minutes, with sixty deaths whose leases run out by themselves."""
    await _chaos(tmp_path / "town", WHOLE, record_property)
