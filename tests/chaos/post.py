"""The one address behind which the replicas stand: brings each update to one of them until it hears 200.

As Telegram and a proxy may, it holds some back until younger ones have gone, and brings some twice.
"""

import asyncio
from collections import Counter
from collections.abc import Callable, Sequence
from datetime import datetime
from random import Random
from typing import Any

import aiohttp

from bot.sandbox.deliveries import SECRET_HEADER, Deliveries

_HELD_BACK, _TWICE, _UNSIGNED = 0.1, 0.08, 0.02  # shares of the updates
_PATIENCE = aiohttp.ClientTimeout(total=6)
_AGAIN = 0.1  # seconds after which another replica is tried
_CONNECTIONS = 40  # as many as Telegram opens
STRANGE = 2**40  # added to the numbers of what is brought without the secret


class Post:
    """Delivers what the stand-in has for the bot; takes the place of its own posting."""

    def __init__(self, seed: str, deliveries: Deliveries, secret: str, places: Callable[[], Sequence[str]]) -> None:
        self.counted: Counter[str] = Counter()
        self.let_in: list[int] = []  # what a replica took although the secret was wrong
        self._seed = seed
        self._deliveries = deliveries
        self._secret = secret
        self._places = places
        self._bags: set[asyncio.Task[None]] = set()
        self._given: set[int] = set()

    @property
    def idle(self) -> bool:
        """Tell whether everything has been taken, the second copies too."""
        return not self._bags and not self._deliveries.pending

    async def run(self, _now: Callable[[], datetime]) -> None:
        """Give out whatever is pending, each update in a task of its own, for ever."""
        limit = aiohttp.TCPConnector(limit=_CONNECTIONS, force_close=True)
        async with aiohttp.ClientSession(connector=limit, timeout=_PATIENCE) as session:
            try:
                while True:
                    for update_id in [each for each in self._deliveries.pending if each not in self._given]:
                        self._given.add(update_id)
                        bag = asyncio.create_task(self._bring(session, self._deliveries.pending[update_id]))
                        self._bags.add(bag)
                        bag.add_done_callback(self._bags.discard)
                    await self._deliveries.bell.wait()
            finally:
                for bag in self._bags:
                    bag.cancel()
                await asyncio.gather(*self._bags, return_exceptions=True)

    async def _bring(self, session: aiohttp.ClientSession, update: dict[str, Any]) -> None:
        dice = Random(f"{self._seed}:{update['update_id']}")
        if dice.random() < _UNSIGNED:
            await self._unsigned(session, update, dice)
        if dice.random() < _HELD_BACK:
            self.counted["held back"] += 1
            await asyncio.sleep(dice.uniform(0.05, 1.0))
        await self._until_taken(session, update, dice)
        self._deliveries._done(update)
        if dice.random() < _TWICE:
            self.counted["brought twice"] += 1
            await asyncio.sleep(dice.uniform(0.0, 2.0))
            await self._until_taken(session, update, dice)

    async def _until_taken(self, session: aiohttp.ClientSession, update: dict[str, Any], dice: Random) -> None:
        while await self._once(session, update, self._secret, dice) != 200:
            self.counted["not taken"] += 1
            await asyncio.sleep(_AGAIN)

    async def _unsigned(self, session: aiohttp.ClientSession, update: dict[str, Any], dice: Random) -> None:
        """Bring something of the same sort without knowing the secret."""
        self.counted["without the secret"] += 1
        number = update["update_id"] + STRANGE
        if await self._once(session, {**update, "update_id": number}, "guessed", dice) not in (403, 0):
            self.let_in.append(number)

    async def _once(self, session: aiohttp.ClientSession, update: dict[str, Any], secret: str, dice: Random) -> int:
        """Bring an update to one of the replicas; give the status, 0 for none."""
        try:
            async with session.post(dice.choice(self._places()), json=update, headers={SECRET_HEADER: secret}) as said:
                return said.status
        except (aiohttp.ClientError, TimeoutError, OSError):
            return 0
