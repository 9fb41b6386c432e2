"""Updates → durable inbox → handlers: stored before Telegram hears of it, in order per chat, chats in parallel."""

import asyncio
import secrets
from collections.abc import Callable, Collection, Iterable
from datetime import datetime
from typing import Any

import structlog
from telegram.ext import Application

from bot import bodies
from bot.chats import Lane
from bot.outages import Outage, let_go
from bot.pulse import Pulse
from handlers import handling
from handlers.handling import Handling
from handlers.office import Office
from storage import inbox, turns
from storage.database import FAILURES, OUTAGES
from storage.inbox import Arrival
from storage.reading import Read
from storage.turns import Hold, Overtaken

_log = structlog.get_logger(__name__)
_LAST_SECONDS = 6.0  # a call's own time-out is 5
_SLOTS = 256
_LOOK_AGAIN = 5.0  # seconds between looks for what nobody has in hand
_REAL = Pulse()  # leases run by the database's time, which no test speeds up
_CHATS = 200  # taken over at one look
_UNSAID = 30  # answers that one chat may owe before what came next there is begun
App = Application[Any, Any, Any, Any, Any, Any]


class Intake:
    """Stores what arrives and has it handled."""

    def __init__(self, office: Office, app: App, pulse: Pulse) -> None:
        self._office = office
        self._app = app
        self._pulse = pulse
        self._owner = secrets.token_hex(8)
        self._shared = office.database.engine.dialect.name != "sqlite"
        self._lanes: dict[int, Lane] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._slots = asyncio.Semaphore(_SLOTS)
        self._woken, self._never = asyncio.Event(), asyncio.Event()
        self._ending = False
        self._book = Outage(pulse, "the intake")
        self.on_rest: Callable[[], None] = lambda: None
        self.on_arrival: Callable[[int], None] = lambda _update_id: None
        self.on_takeover: Callable[[int], None] = lambda _count: None
        self.on_begin: Callable[[int], None] = lambda _update_id: None
        self.flows: Callable[[int], bool] = lambda _chat_id: False  # whether a message to a chat would leave at once

    @property
    def idle(self) -> bool:
        """Tell whether nothing is in hand."""
        return not self._tasks

    async def take(self, found: Iterable[dict[str, Any]]) -> None:
        """Store updates in one commit, then have those that are new handled.

        One that the database does not take, such as one with an infinite number in it, is stored without its words.
        """
        arrivals = [Arrival(own, bodies.chat(body), body) for body in found if (own := bodies.number(body)) is not None]
        try:
            await self._store(arrivals)
        except OUTAGES:
            raise
        except Exception as error:
            if len(arrivals) > 1:
                for arrival in arrivals:
                    await self.take([dict(arrival.body)])
            elif arrivals and not bodies.is_empty(arrivals[0].body):
                own = arrivals[0].update_id
                _log.exception("update cannot be stored as it is", update=own)
                await self._store([Arrival(own, arrivals[0].chat_id, bodies.empty(error))])
            else:
                raise

    async def _store(self, arrivals: list[Arrival]) -> None:
        """Store updates in one commit and line up what is new."""
        at, owner = self._office.clock(), self._owner

        def unit(read: Read) -> tuple[list[tuple[Hold, list[Arrival]]], frozenset[int]]:
            new: dict[int, list[Arrival]] = {}
            for arrival in inbox.store(read, arrivals, at):
                new.setdefault(arrival.chat_id, []).append(arrival)
            newest = {chat_id: max(each.update_id for each in mine) for chat_id, mine in sorted(new.items())}
            lapsed = self._lapsed(read, newest)
            holds = [turns.take(read, chat_id, last, owner) for chat_id, last in newest.items()]
            mine = [hold for hold in holds if hold is not None]
            return [(hold, _with_older(read, hold.chat_id, new[hold.chat_id], at)) for hold in mine], lapsed

        if arrivals:
            self._begin(*await self._office.database.act(unit, guarded=True, brief=True))

    def _lapsed(self, read: Read, chat_ids: Collection[int]) -> frozenset[int]:
        """Give the chats that a dead replica has in hand; where the database is a file, there is no other process."""
        return turns.lapsed(read, chat_ids, self._owner) if self._shared else frozenset()

    def _begin(self, taken: Iterable[tuple[Hold, list[Arrival]]], lapsed: frozenset[int]) -> None:
        """Begin with the chats that were taken."""
        taken = list(taken)
        self.on_takeover(len(lapsed & {hold.chat_id for hold, _ in taken}))
        for hold, arrivals in taken:
            self._start(hold, arrivals)

    def _start(self, hold: Hold, arrivals: Iterable[Arrival]) -> None:
        """Line up updates in their chat's lane; one that is at work goes on by itself."""
        arrivals = list(arrivals)
        for arrival in arrivals:
            self.on_arrival(arrival.update_id)
        lane = self._lanes.get(hold.chat_id)
        if lane is not None and lane.hold.fence == hold.fence:
            lane.add(arrivals)
            return
        lane = self._lanes[hold.chat_id] = Lane(hold, self._unsaid)
        lane.add(arrivals)
        task = asyncio.create_task(self._lane(lane), name=f"intake {hold.chat_id}")
        self._tasks.add(task)
        task.add_done_callback(self._ended)

    async def resume(self) -> None:
        """Take up what was left at the last stop."""
        await self._office.database.act(turns.free_left)
        await self._look()

    def wake(self) -> None:
        """Have the intake look now for what nobody has in hand."""
        self._woken.set()

    async def run(self) -> None:
        """Renew what is in hand, and take up what a failure or another replica has left; for ever."""
        while True:
            await _REAL.wait(self._woken, _LOOK_AGAIN)
            self._woken.clear()
            try:
                await self._look()
            except FAILURES as error:  # what is stored waits; the leases that are not renewed come to be free again
                await self._pulse.wait(self._never, self._book.failed(error))
            else:
                self._book.over()

    async def _look(self) -> None:
        """Take over chats that nobody has in hand; keep those that are at work here."""
        at, owner = self._office.clock(), self._owner
        if self._lanes:
            held = [*self._lanes]
            await self._office.database.act(lambda read: turns.renew(read, owner, held), guarded=True)
        if not await self._office.read(turns.orphans, at, 1):
            return

        def unit(read: Read) -> tuple[list[tuple[Hold, list[Arrival]]], frozenset[int]]:
            orphans = dict(turns.orphans(read, at, _CHATS))
            lapsed = self._lapsed(read, orphans)
            taken = [turns.take(read, chat_id, newest, owner) for chat_id, newest in orphans.items()]
            return [(hold, inbox.waiting(read, hold.chat_id, at)) for hold in taken if hold is not None], lapsed

        self._begin(*await self._office.database.act(unit, guarded=True))

    async def finish(self) -> None:
        """Let what is in hand come to its end, but not for long; what does not stays in the inbox for others."""
        self._ending = True
        if self._tasks:
            _, late = await asyncio.wait(self._tasks, timeout=_LAST_SECONDS)
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)
        await let_go(self._office, lambda read: turns.release(read, self._owner))

    async def _lane(self, lane: Lane) -> None:
        """Handle one chat's updates in order, each in a slot of its own; one that fails holds up none after it."""
        try:
            while not lane.hold.left and not self._ending and await self._more(lane):
                async with self._slots:
                    await self._handle(lane, lane.queue.pop(0))
                lane.hold.pending -= 1
                await self._answer(lane)
                self._try_again(lane)
            if not lane.hold.lost:  # or who has taken the chat over says it all
                await lane.answers.said()
            self._try_again(lane)
        except Overtaken:
            _log.warning("chat overtaken", chat=lane.hold.chat_id)
        except FAILURES as error:  # the book itself: what is open stays so and is taken up later
            self._book.failed(error)
            _log.info("chat left for later", chat=lane.hold.chat_id)
        except Exception:  # noqa: BLE001 (a fault of ours, and no update's)
            _log.exception("chat left for later", chat=lane.hold.chat_id)
        finally:
            lane.answers.stop()
            if self._lanes.get(lane.hold.chat_id) is lane:
                del self._lanes[lane.hold.chat_id]

    async def _answer(self, lane: Lane) -> None:
        """Say a message that leaves at once here, outside the slot; have all else said while the chat goes on.

        In a group not even that: where Telegram refuses it for a while, the others' updates would wait.
        """
        chat_id = lane.hold.chat_id
        if lane.answers.brief and chat_id > 0 and self.flows(chat_id):
            await lane.answers.here()
        lane.answers.go()

    def _unsaid(self, error: Exception) -> None:
        """Tell why an answer's update could not be marked: it stays open and is taken up later."""
        if isinstance(error, FAILURES):
            self._book.failed(error)
        elif not isinstance(error, Overtaken):  # or who has taken the chat over says it
            _log.error("answer left for later", exc_info=error)

    async def _more(self, lane: Lane) -> bool:
        """Wait until there is something to be begun; tell whether there is, in a chat that is still in hand."""
        while not lane.hold.left and not self._ending and (not lane.queue or len(lane.answers) >= _UNSAID):
            lane.stirred.clear()
            if lane.answers:
                await lane.stirred.wait()
                self._try_again(lane)
            elif not await self._found(lane):
                return False
        return bool(lane.queue) and not lane.hold.left and self._lanes.get(lane.hold.chat_id) is lane

    async def _found(self, lane: Lane) -> bool:
        """Line up what others have stored; where nothing is open any more, leave the chat."""
        chat_id, clock = lane.hold.chat_id, self._office.clock
        found = await self._office.read(inbox.waiting, chat_id, clock())
        lane.add(found)
        if not found and self._lanes.get(chat_id) is lane:
            lane.hold.ending()
            await self._office.leave(lane.hold)
        return bool(lane.queue)  # none: its lease runs out, or has run out, and whoever looks next takes it up

    def _try_again(self, lane: Lane) -> None:
        """Look again when what failed may be tried once more."""
        if lane.hold.again:
            seconds, lane.hold.again = lane.hold.again, 0.0
            asyncio.get_running_loop().call_later(self._pulse.real(seconds), self.wake)

    def _ended(self, task: asyncio.Task[None]) -> None:
        """Forget a lane that has come to its end."""
        self._tasks.discard(task)
        self.on_rest()

    async def _handle(self, lane: Lane, arrival: Arrival) -> None:
        """Hand one update to the conversations; the gate writes down what came of it."""
        lane.hold.ending()
        held = Handling(lane.hold, arrival.attempts, lane.aside)
        handling.begin(held)
        self.on_begin(arrival.update_id)
        try:
            update = bodies.read(arrival.body, self._app.bot)
        except Exception as error:  # noqa: BLE001 (it will be understood no better the next time)
            _log.warning("update not understood", update=arrival.update_id, why=type(error).__name__)
            await self._office.close(arrival.update_id, lane.hold, inbox.FAILED)
            return
        try:
            await self._app.process_update(update)
        except Exception as error:  # noqa: BLE001 (the library's own fault: what the gate does not catch)
            held.fault = held.fault or error
        if not held.ended:
            await self._failed(arrival, held)

    async def _failed(self, arrival: Arrival, held: Handling) -> None:
        """Note what failed before the gate had it, or was lost after; raise where the book itself is away."""
        error = held.fault
        if isinstance(error, (Overtaken, *OUTAGES)):
            raise error
        fault = secrets.token_hex(4)
        _log.error("update not handled", update=arrival.update_id, fault=fault, attempt=arrival.attempts + 1,
                   exc_info=error)  # fmt: skip
        await self._office.fail(arrival.update_id, held.hold, fault)


def _with_older(read: Read, chat_id: int, new: list[Arrival], at: datetime) -> list[Arrival]:
    """Give what has come of a chat with what waits there still: a failure may have left it."""
    first = min(arrival.update_id for arrival in new)
    return inbox.waiting(read, chat_id, at) if inbox.older(read, chat_id, first, at) else new
