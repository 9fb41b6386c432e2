"""What replicas share of the pace: a chat is one replica's at a time, and the slots of all come from the database.

When a replica dies, what another one wishes to say in a chat that the dead one held, an answer to a press too, waits
until the lease has ended and the pace has been made good: at the most `lanes.LEASE` + 1.02 s, + 3.5 s in a group, and a
round. No call leaves later than its replica is sure of the chat, so that nothing of the dead's comes after that.
"""

import asyncio
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TypeVar

from bot.outages import Outage
from bot.pacing import OVERALL, SPENT, Pace
from bot.pulse import Pulse
from storage import lanes
from storage.database import FAILURES, Database
from storage.reading import Read

T = TypeVar("T")
_ROUND = 0.1  # seconds of the pulse between two looks at the database while something is wanted
_KEPT = 0.3  # seconds for which a chat stays in hand after its last call
_SHARE = 2.0  # seconds for which one replica may write to a chat before another one, if any waits, has its turn
_REAL = Pulse()  # leases run by the database's time, which no test speeds up
_RENEW = lanes.LEASE / 3
_SURE = 2 * _RENEW  # seconds for which a chat counts as held after it was last asked for
_AHEAD = 8  # slots that are reserved at once
_STALE = 0.1  # seconds after which a slot that was not used is no longer used


@dataclass
class _Chat:
    """A chat in hand: calls under way, when it was last used and confirmed, since when it is; whether others' turn.

    It is confirmed at a real second, all other times are the pulse's.
    """

    calls: int
    used: float
    confirmed: float
    since: float
    over: bool = False


class Sharing:
    """Holds chats and reserves slots for one replica; every time but a lease's is the pulse's."""

    def __init__(self, database: Database, owner: str, pace: Pace, pulse: Pulse, changed: asyncio.Event) -> None:
        self._database = database
        self._owner = owner
        self._pace = pace
        self._pulse = pulse
        self._changed = changed
        self._chats: dict[int, _Chat] = {}
        self._yielded: dict[int, float] = {}
        self._wanted: dict[int, list[asyncio.Future[None]]] = {}
        self._slots: deque[float] = deque()
        self._slots_wanted = 0
        self._pause = 0.0
        self._ask, self._never = asyncio.Event(), asyncio.Event()
        self._book = Outage(pulse, "the pace")
        self.on_takeover: Callable[[int], None] = lambda _count: None

    async def enter(self, chat_id: int) -> None:
        """Wait until a chat is this replica's; `leave` must follow."""
        while (chat := self._chats.get(chat_id)) is None or chat.over or not self.sure(chat_id):
            held: asyncio.Future[None] = asyncio.get_running_loop().create_future()
            self._wanted.setdefault(chat_id, []).append(held)
            self._ask.set()
            await held  # and by the time that this goes on it may have been let go again
        chat.calls += 1

    def sure(self, chat_id: int) -> bool:
        """Tell whether a chat is still this replica's, beyond doubt: it may have been asleep while it waited."""
        chat = self._chats.get(chat_id)
        return chat is not None and _REAL() - chat.confirmed <= _SURE

    def leave(self, chat_id: int) -> None:
        """End a call; the chat goes back to all a little later."""
        chat = self._chats.get(chat_id)
        if chat is not None:  # none: another replica took it over meanwhile
            chat.calls = max(chat.calls - 1, 0)
            chat.used = self._pulse()
            chat.over = not chat.calls and chat.used - chat.since > _SHARE
        self._ask.set()

    def slot(self, waiting: int) -> float:
        """Give when the next slot of all begins; where none is left, infinity, and some are asked for."""
        now = self._pulse()
        while self._slots and self._slots[0] < now - _STALE:
            self._slots.popleft()
        if self._slots:
            return self._slots[0]
        self._slots_wanted = min(max(waiting, 1), _AHEAD)
        self._ask.set()
        return float("inf")

    def use(self) -> None:
        """Use the next slot."""
        self._slots.popleft()

    def pause(self, seconds: float) -> None:
        """Tell all replicas that the limit over all was refused."""
        self._pause = max(self._pause, seconds)
        self._slots.clear()
        self._ask.set()

    async def run(self) -> None:
        """Do what is wanted, in short transactions, for ever."""
        while True:
            self._ask.clear()
            try:
                await self._round()
            except FAILURES as error:
                await self._pulse.wait(self._never, self._book.failed(error))
                continue  # with what is wanted still
            self._book.over()
            await self._pulse.wait(self._ask, None if not (self._wanted or self._chats) else _ROUND)
            if self._wanted:
                await asyncio.sleep(0)  # what is wanted at once is asked for at once

    async def _round(self) -> None:
        if self._pause:
            wish, seconds = self._pause, self._pause / self._pulse.speed
            await self._act(lambda read: lanes.pause(read, seconds))
            self._pause = 0.0 if self._pause == wish else self._pause
        if self._slots_wanted:
            await self._reserve()
        await self._hold()
        await asyncio.sleep(0)  # whoever has waited for a chat begins his call before idle ones are let go
        await self._release()

    async def _reserve(self) -> None:
        count, speed = self._slots_wanted, self._pulse.speed
        slots = await self._act(lambda read: lanes.reserve(read, count, OVERALL.every / speed))
        self._slots_wanted = 0  # now only: where it failed they are wanted still
        first = self._local(slots.first, slots.now)
        self._slots.extend(first + place * OVERALL.every for place in range(count))
        self._changed.set()

    async def _hold(self) -> None:
        now, asked = self._pulse(), _REAL()
        stale = [chat_id for chat_id, chat in self._chats.items() if asked - chat.confirmed > _RENEW]
        self._yielded = {chat_id: until for chat_id, until in self._yielded.items() if until > now}
        waits = {chat_id for chat_id in self._wanted if chat_id in self._chats and self._chats[chat_id].over}
        wanted = {*self._wanted, *stale} - waits - self._yielded.keys()
        if not wanted:
            return
        spent = {name: seconds / self._pulse.speed for name, seconds in SPENT.items()}
        held, at = await self._act(lambda read: lanes.hold(read, self._owner, wanted, spent))
        self.on_takeover(sum(each.lapsed for each in held))
        now = self._pulse()
        for each in held:
            chat = self._chats.get(each.chat_id)
            if chat is None:
                free = {name: self._local(moment, at) for name, moment in each.free_at.items()}
                self._pace.learn(each.chat_id, free)
                chat = self._chats[each.chat_id] = _Chat(0, now, asked, now)
            chat.confirmed, chat.used = asked, now
            for future in self._wanted.pop(each.chat_id, ()):
                if not future.done():
                    future.set_result(None)
        for chat_id in wanted - {each.chat_id for each in held}:
            self._chats.pop(chat_id, None)  # another replica took it over while this one was asleep

    async def _release(self) -> None:
        now = self._pulse()
        idle = [
            chat_id for chat_id, chat in self._chats.items()
            if not chat.calls and (chat.over or (chat_id not in self._wanted and now - chat.used > _KEPT))
        ]  # fmt: skip
        if not idle:
            return
        known = {chat_id: self._pace.known(chat_id) for chat_id in idle}
        let_go = {chat_id: self._chats.pop(chat_id) for chat_id in idle}
        for chat_id, chat in let_go.items():
            if chat.over:
                self._yielded[chat_id] = now + 3 * _ROUND  # others look once a round

        def unit(read: Read) -> None:
            at, here = lanes.now(read), self._pulse()
            free = {chat_id: self._told(times, at, here) for chat_id, times in known.items()}
            lanes.release(read, self._owner, free)

        try:
            await self._act(unit)
        except FAILURES:
            self._chats = let_go | self._chats  # or others would wait for the lease's end
            raise

    def _local(self, moment: float, at: float) -> float:
        """Turn the database's time into the pulse's; late by the way here, never early."""
        return self._pulse() + (moment - at) * self._pulse.speed

    def _told(self, times: Mapping[str, float], at: float, here: float) -> dict[str, float]:
        """Turn the pulse's times into the database's."""
        return {name: at + (time - here) / self._pulse.speed for name, time in times.items() if time > here}

    async def _act(self, unit: Callable[[Read], T]) -> T:
        return await self._database.act(unit, guarded=True)
