"""Where everything that goes out waits for its turn: first things first, at Telegram's pace."""

import asyncio
import heapq
import itertools
from datetime import timedelta

from bot.pacing import Method, Pace
from bot.pulse import Pulse

_Waiting = tuple[int, int, Method, int, bool, asyncio.Future[None]]


class Turnstile:
    """Lets calls through by priority, each as soon as the pace allows; one chat's wait holds up no other."""

    def __init__(self, pulse: Pulse) -> None:
        self.pace = Pace()
        self._pulse = pulse
        self._waiting: list[_Waiting] = []
        self._order = itertools.count()
        self._changed = asyncio.Event()
        self._closed = False

    async def through(self, method: Method, chat_id: int, priority: int, *, begun: bool = False) -> None:
        """Wait until this call may leave; `begun` tells that it ends something of which a part has left already."""
        if self._closed and not begun:
            raise asyncio.CancelledError
        passed: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        heapq.heappush(self._waiting, (priority, next(self._order), method, chat_id, begun, passed))
        self._changed.set()
        await passed

    def refused(self, chat_id: int, retry_after: float | timedelta) -> None:
        """Park a chat for as long as Telegram wishes (429)."""
        self.pace.refused(chat_id, retry_after, self._pulse())

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
            if self.pace.take(method, chat_id, chat_id < 0, now):
                passed.set_result(None)
                continue
            wait = self.pace.ready_at(method, chat_id, chat_id < 0, now) - now
            soonest = wait if soonest is None else min(soonest, wait)
            kept.append(waiting)
        self._waiting = kept
        heapq.heapify(kept)
        return soonest
