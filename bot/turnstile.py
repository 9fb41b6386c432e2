"""Where everything that goes out waits for its turn: first things first, at Telegram's pace."""

import asyncio
import heapq
import itertools

from bot.pacing import Method, Pace
from bot.pulse import Pulse

_Waiting = tuple[int, int, Method, int, asyncio.Future[None]]


class Turnstile:
    """Lets calls through by priority, each as soon as the pace allows; one chat's wait holds up no other."""

    def __init__(self, pulse: Pulse) -> None:
        self.pace = Pace()
        self._pulse = pulse
        self._waiting: list[_Waiting] = []
        self._order = itertools.count()
        self._changed = asyncio.Event()

    async def through(self, method: Method, chat_id: int, priority: int) -> None:
        """Wait until this call may leave."""
        passed: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        heapq.heappush(self._waiting, (priority, next(self._order), method, chat_id, passed))
        self._changed.set()
        await passed

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
            _, _, method, chat_id, passed = waiting
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
