"""Updates → durable inbox → handlers: stored before Telegram hears of it, in order per chat, chats in parallel."""

import asyncio
import secrets
from bisect import insort
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import structlog
from telegram import Update
from telegram.ext import Application

from bot.answers import Answers, Saying
from bot.pulse import Pulse
from handlers.handling import HANDLING, Handling
from handlers.office import Office
from storage import inbox, turns
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


@dataclass
class _Lane:
    """A chat that this replica has in hand: what waits, by number, and what it has seen."""

    hold: Hold
    queue: list[Arrival] = field(default_factory=list)
    seen: set[int] = field(default_factory=set)
    stirred: asyncio.Event = field(default_factory=asyncio.Event)

    def __post_init__(self) -> None:
        self.answers = Answers(self._said)

    def add(self, arrivals: Iterable[Arrival]) -> None:
        """Line up what is new; Telegram may bring an older update after a younger one."""
        for arrival in arrivals:
            if arrival.update_id not in self.seen:
                self.seen.add(arrival.update_id)
                self.hold.newest = max(self.hold.newest, arrival.update_id)
                self.hold.pending += 1
                insort(self.queue, arrival, key=lambda each: each.update_id)
                self.stirred.set()

    def aside(self, account: int, saying: Saying) -> None:
        """Have an answer said while the chat goes on; its update is not at its end before."""
        self.hold.pending += 1
        self.answers.add(account, saying)

    def _said(self) -> None:
        """Note that an answer has gone, or could not."""
        self.hold.pending -= 1
        self.stirred.set()


class Intake:
    """Stores what arrives and has it handled."""

    def __init__(self, office: Office, app: App, pulse: Pulse) -> None:
        self._office = office
        self._app = app
        self._pulse = pulse
        self._owner = secrets.token_hex(8)
        self._shared = office.database.engine.dialect.name != "sqlite"
        self._lanes: dict[int, _Lane] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._slots = asyncio.Semaphore(_SLOTS)
        self._woken = asyncio.Event()
        self._ending = False
        self.on_rest: Callable[[], None] = lambda: None
        self.on_arrival: Callable[[int], None] = lambda _update_id: None
        self.on_takeover: Callable[[int], None] = lambda _count: None
        self.on_begin: Callable[[int], None] = lambda _update_id: None

    @property
    def idle(self) -> bool:
        """Tell whether nothing is in hand."""
        return not self._tasks

    async def take(self, bodies: Iterable[dict[str, Any]]) -> None:
        """Store updates in one commit, then have those that are new handled."""
        at, owner = self._office.clock(), self._owner
        arrivals = [Arrival(int(body["update_id"]), _chat(body), body) for body in bodies]

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
        lane = self._lanes[hold.chat_id] = _Lane(hold)
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
            await self._look()

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
        await self._office.database.act(lambda read: turns.release(read, self._owner), guarded=True)

    async def _lane(self, lane: _Lane) -> None:
        """Handle one chat's updates in order, each in a slot of its own; one that fails holds up none after it."""
        try:
            while not lane.hold.left and not self._ending and await self._more(lane):
                async with self._slots:
                    await self._handle(lane, lane.queue.pop(0))
                lane.hold.pending -= 1
                self._try_again(lane)
            if not lane.hold.lost:  # or who has taken the chat over says it all
                await lane.answers.said()
            self._try_again(lane)
        except Overtaken:
            _log.warning("chat overtaken", chat=lane.hold.chat_id)
        except Exception:  # noqa: BLE001 (the book itself has failed: what is open stays so and is taken up later)
            _log.exception("chat left for later", chat=lane.hold.chat_id)
        finally:
            lane.answers.stop()
            if self._lanes.get(lane.hold.chat_id) is lane:
                del self._lanes[lane.hold.chat_id]

    async def _more(self, lane: _Lane) -> bool:
        """Wait until there is something to be begun; tell whether there is, in a chat that is still in hand."""
        while not lane.hold.left and not self._ending and (not lane.queue or len(lane.answers) >= _UNSAID):
            lane.stirred.clear()
            if lane.answers:
                await lane.stirred.wait()
                self._try_again(lane)
            elif not await self._found(lane):
                return False
        return bool(lane.queue) and not lane.hold.left and self._lanes.get(lane.hold.chat_id) is lane

    async def _found(self, lane: _Lane) -> bool:
        """Line up what others have stored; where nothing is open any more, leave the chat."""
        chat_id, clock = lane.hold.chat_id, self._office.clock
        found = await self._office.read(inbox.waiting, chat_id, clock())
        lane.add(found)
        if not found and self._lanes.get(chat_id) is lane:
            lane.hold.ending()
            await self._office.leave(lane.hold)
        return bool(lane.queue)  # none: its lease runs out, or has run out, and whoever looks next takes it up

    def _try_again(self, lane: _Lane) -> None:
        """Look again when what failed may be tried once more."""
        if lane.hold.again:
            seconds, lane.hold.again = lane.hold.again, 0.0
            asyncio.get_running_loop().call_later(self._pulse.real(seconds), self.wake)

    def _ended(self, task: asyncio.Task[None]) -> None:
        """Forget a lane that has come to its end."""
        self._tasks.discard(task)
        self.on_rest()

    async def _handle(self, lane: _Lane, arrival: Arrival) -> None:
        """Hand one update to the conversations; the gate writes down what came of it."""
        lane.hold.ending()
        HANDLING.set(Handling(lane.hold, arrival.attempts, lane.aside))
        self.on_begin(arrival.update_id)
        try:
            update = Update.de_json(_read(arrival.body), self._app.bot)
        except (TypeError, KeyError, ValueError, AttributeError) as error:
            _log.warning("update not understood", update=arrival.update_id, why=type(error).__name__)
            await self._office.close(arrival.update_id, lane.hold, inbox.FAILED)
            return
        await self._app.process_update(update)


def _read(body: Mapping[str, Any]) -> dict[str, Any]:
    """Give what is read of an update: of the message under a button only which one it is and where.

    It stands there as Telegram gives one that is out of reach (`InaccessibleMessage`): making objects of its words and
    its keyboard, for which a client cannot vouch anyway, was most of reading a press.
    """
    query = body.get("callback_query")
    under = query.get("message") if isinstance(query, dict) else None
    if not isinstance(query, dict) or not isinstance(under, dict):
        return dict(body)
    place = {"chat": under.get("chat"), "message_id": under.get("message_id"), "date": 0}
    return {**body, "callback_query": {**query, "message": place}}


def _with_older(read: Read, chat_id: int, new: list[Arrival], at: datetime) -> list[Arrival]:
    """Give what has come of a chat with what waits there still: a failure may have left it."""
    first = min(arrival.update_id for arrival in new)
    return inbox.waiting(read, chat_id, at) if inbox.older(read, chat_id, first, at) else new


def _chat(body: dict[str, Any]) -> int:
    """Give the chat an update belongs to, whose order it keeps; 0 for none, and for what nobody can read."""
    query = body.get("callback_query")
    try:
        for kind in ("message", "edited_message", "my_chat_member"):
            if kind in body:
                return int(body[kind]["chat"]["id"])
        if query:
            message = query.get("message")
            return int(message["chat"]["id"]) if message else int(query["from"]["id"])
    except (TypeError, KeyError, ValueError, AttributeError):
        return 0
    return 0
