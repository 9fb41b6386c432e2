"""Where everything that goes out waits for its turn: first things first, at Telegram's pace."""

import asyncio
import heapq
import itertools
import math
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta

from bot.pacing import Method, Pace
from bot.pulse import Pulse
from bot.sharing import Sharing
from storage.database import Database

_Waiting = tuple[int, int, Method, int, bool, asyncio.Future[None]]


class Turnstile:
    """Lets calls through by priority, each as soon as the pace allows; one chat's wait holds up no other."""

    def __init__(self, pulse: Pulse) -> None:
        self.pace = Pace()
        self.sharing: Sharing | None = None  # with other replicas, where the database is one that they can share
        self._pulse = pulse
        self._waiting: list[_Waiting] = []
        self._order = itertools.count()
        self._changed = asyncio.Event()
        self._closed = False

    def share(self, database: Database, owner: str) -> Sharing:
        """Keep the pace together with the other replicas; what is given must run."""
        self.sharing = Sharing(database, owner, self.pace, self._pulse, self._changed)
        return self.sharing

    @asynccontextmanager
    async def turn(self, method: Method, chat_id: int, priority: int, *, begun: bool = False) -> AsyncIterator[None]:
        """Hold one call's turn: wait for it, and keep other replicas from the chat until it has ended."""
        if self.sharing is None:
            await self.through(method, chat_id, priority, begun=begun)
            yield
            return
        while True:
            await self.sharing.enter(chat_id)
            try:
                await self.through(method, chat_id, priority, begun=begun)
                if self.sharing.sure(chat_id):  # else it may be another's by now: what was waited for is let go
                    yield
                    return
            finally:
                self.sharing.leave(chat_id)

    async def through(self, method: Method, chat_id: int, priority: int, *, begun: bool = False) -> None:
        """Wait until this call may leave; `begun` tells that it ends something of which a part has left already."""
        if self._closed and not begun:
            raise asyncio.CancelledError
        passed: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        heapq.heappush(self._waiting, (priority, next(self._order), method, chat_id, begun, passed))
        self._changed.set()
        await passed

    def flows(self, chat_id: int) -> bool:
        """Tell whether a message to a chat would leave at once; of what replicas share it is not known before."""
        now = self._pulse()
        alone = self.sharing is None and not self._waiting and not self._closed
        return alone and self.pace.ready_at(Method.SEND, chat_id, chat_id < 0, now) <= now

    def refused(self, chat_id: int, retry_after: float | timedelta) -> None:
        """Park a chat for as long as Telegram wishes (429)."""
        if self.pace.refused(chat_id, retry_after, self._pulse()) and self.sharing is not None:
            seconds = retry_after.total_seconds() if isinstance(retry_after, timedelta) else retry_after
            self.sharing.pause(seconds)

    async def rest(self, seconds: float) -> None:
        """Let so many seconds of the pulse pass."""
        await self._pulse.wait(asyncio.Event(), seconds)

    def close(self) -> None:
        """Turn away whoever waits and whoever comes, but for those who end what has begun."""
        self._closed = True
        for *_, begun, passed in self._waiting:
            if not begun:
                passed.cancel()

    async def run(self) -> None:
        """Let through whatever may leave, for ever."""
        while True:
            self._changed.clear()
            await self._pulse.wait(self._changed, self._turn())

    def _turn(self) -> float | None:
        """Let through what may leave now; give the seconds until the next may, or nothing where nobody waits."""
        kept: list[_Waiting] = []
        soonest: float | None = None
        while self._waiting:
            waiting = heapq.heappop(self._waiting)
            _, _, method, chat_id, _, passed = waiting
            if passed.done():
                continue
            now = self._pulse()
            slot = self._slot(method)
            if slot <= now and self.pace.take(method, chat_id, chat_id < 0, now):
                if self.sharing is not None and method is Method.SEND:
                    self.sharing.use()
                passed.set_result(None)
                continue
            wait = max(slot, self.pace.ready_at(method, chat_id, chat_id < 0, now)) - now
            soonest = wait if soonest is None else min(soonest, wait)
            kept.append(waiting)
        self._waiting = kept
        heapq.heapify(kept)
        return None if soonest == math.inf else soonest

    def _slot(self, method: Method) -> float:
        """Give when the replicas' common limit lets a call leave."""
        if self.sharing is None or method is not Method.SEND:
            return 0.0
        return self.sharing.slot(len(self._waiting) + 1)
