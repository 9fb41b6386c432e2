"""Updates → durable inbox → handlers: stored before Telegram hears of it, in order per chat, chats in parallel."""

import asyncio
import secrets
from bisect import insort
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import structlog
from telegram import Bot, CallbackQuery, Chat, InaccessibleMessage, Update, User
from telegram.ext import Application

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
_NUMBERS = 2**63  # what a row's number may be
_ACCOUNTS = 2**52  # Bot API, Chat: an id has at most 52 significant bits
_UNSTORABLE = "unstorable"  # stands in the place of a body that the database would not take
App = Application[Any, Any, Any, Any, Any, Any]


@dataclass
class _Lane:
    """A chat that this replica has in hand: what waits, by number, and what it has seen."""

    hold: Hold
    queue: list[Arrival] = field(default_factory=list)
    seen: set[int] = field(default_factory=set)

    def add(self, arrivals: Iterable[Arrival]) -> None:
        """Line up what is new; Telegram may bring an older update after a younger one."""
        for arrival in arrivals:
            if arrival.update_id not in self.seen:
                self.seen.add(arrival.update_id)
                self.hold.newest = max(self.hold.newest, arrival.update_id)
                insort(self.queue, arrival, key=lambda each: each.update_id)


class Intake:
    """Stores what arrives and has it handled."""

    def __init__(self, office: Office, app: App, pulse: Pulse) -> None:
        self._office = office
        self._app = app
        self._pulse = pulse
        self._owner = secrets.token_hex(8)
        self._lanes: dict[int, _Lane] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._slots = asyncio.Semaphore(_SLOTS)
        self._woken, self._never = asyncio.Event(), asyncio.Event()
        self._ending = False
        self._book = Outage(pulse, "the intake")
        self.on_rest: Callable[[], None] = lambda: None
        self.on_arrival: Callable[[int], None] = lambda _update_id: None
        self.on_takeover: Callable[[int], None] = lambda _count: None
        self.on_begin: Callable[[int], None] = lambda _update_id: None

    @property
    def idle(self) -> bool:
        """Tell whether nothing is in hand."""
        return not self._tasks

    async def take(self, bodies: Iterable[dict[str, Any]]) -> None:
        """Store updates in one commit, then have those that are new handled.

        One that the database does not take, such as one with an infinite number in it, is stored without its words.
        """
        arrivals = [Arrival(own, _chat(body), body) for body in bodies if (own := number(body)) is not None]
        try:
            await self._store(arrivals)
        except OUTAGES:
            raise
        except Exception as error:
            if len(arrivals) > 1:
                for arrival in arrivals:
                    await self.take([dict(arrival.body)])
            elif arrivals and _UNSTORABLE not in arrivals[0].body:
                own = arrivals[0].update_id
                _log.exception("update cannot be stored as it is", update=own)
                await self._store([Arrival(own, arrivals[0].chat_id, {_UNSTORABLE: type(error).__name__})])
            else:
                raise

    async def _store(self, arrivals: list[Arrival]) -> None:
        """Store updates in one commit and line up what is new."""
        at, owner = self._office.clock(), self._owner

        def unit(read: Read) -> list[tuple[Hold, list[Arrival]]]:
            new: dict[int, list[Arrival]] = {}
            for arrival in inbox.store(read, arrivals, at):
                new.setdefault(arrival.chat_id, []).append(arrival)
            newest = {chat_id: max(each.update_id for each in mine) for chat_id, mine in sorted(new.items())}
            holds = [turns.take(read, chat_id, last, owner) for chat_id, last in newest.items()]
            return [
                (hold, _with_older(read, hold.chat_id, new[hold.chat_id], at)) for hold in holds if hold is not None
            ]

        if arrivals:
            for hold, mine in await self._office.database.act(unit, guarded=True, brief=True):
                self._start(hold, mine)

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

        def unit(read: Read) -> list[tuple[Hold, list[Arrival]]]:
            taken = (turns.take(read, *orphan, owner) for orphan in turns.orphans(read, at, _CHATS))
            return [(hold, inbox.waiting(read, hold.chat_id, at)) for hold in taken if hold is not None]

        taken = await self._office.database.act(unit, guarded=True)
        self.on_takeover(len(taken))
        for hold, arrivals in taken:
            self._start(hold, arrivals)

    async def finish(self) -> None:
        """Let what is in hand come to its end, but not for long; what does not stays in the inbox for others."""
        self._ending = True
        if self._tasks:
            _, late = await asyncio.wait(self._tasks, timeout=_LAST_SECONDS)
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)
        await let_go(self._office, lambda read: turns.release(read, self._owner))

    async def _lane(self, lane: _Lane) -> None:
        """Handle one chat's updates in order, each in a slot of its own; one that fails holds up none after it."""
        chat_id, clock = lane.hold.chat_id, self._office.clock
        try:
            while not lane.hold.left and not self._ending:
                if not lane.queue:
                    lane.add(await self._office.read(inbox.waiting, chat_id, clock()))
                if not lane.queue or self._lanes.get(chat_id) is not lane:
                    return  # its lease runs out, or has run out: whoever looks next takes it up
                async with self._slots:
                    await self._handle(lane, lane.queue.pop(0))
                if lane.hold.again:
                    seconds, lane.hold.again = lane.hold.again, 0.0
                    asyncio.get_running_loop().call_later(self._pulse.real(seconds), self.wake)
        except Overtaken:
            _log.warning("chat overtaken", chat=chat_id)
        except FAILURES as error:  # the book itself: what is open stays so and is taken up later
            self._book.failed(error)
            _log.info("chat left for later", chat=chat_id)
        except Exception:  # noqa: BLE001 (a fault of ours, and no update's)
            _log.exception("chat left for later", chat=chat_id)
        finally:
            if self._lanes.get(chat_id) is lane:
                del self._lanes[chat_id]

    def _ended(self, task: asyncio.Task[None]) -> None:
        """Forget a lane that has come to its end."""
        self._tasks.discard(task)
        self.on_rest()

    async def _handle(self, lane: _Lane, arrival: Arrival) -> None:
        """Hand one update to the conversations; the gate writes down what came of it."""
        # Fixed now: what arrives meanwhile raises `newest` and is not done with this update.
        lane.hold.done = turns.NOTHING if lane.queue else lane.hold.newest
        held = Handling(lane.hold, arrival.attempts)
        handling.begin(held)
        self.on_begin(arrival.update_id)
        try:
            update = _read(arrival.body, self._app.bot)
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


def number(body: Any) -> int | None:
    """Give an update's number; none where it has none under which it could be stored."""
    found = body.get("update_id") if isinstance(body, dict) else None
    return found if type(found) is int and 0 <= found < _NUMBERS else None


def _read(body: Mapping[str, Any], bot: Bot) -> Update | None:
    """Read an update as the library's objects; of the message under a button only which one it is and where.

    It stands there like one that is out of reach: objects of its words and its keyboard, for which a client cannot
    vouch anyway, were most of reading a press.
    """
    if _UNSTORABLE in body:
        raise ValueError(_UNSTORABLE)
    query = body.get("callback_query")
    if not query or not query.get("message"):
        return Update.de_json(dict(body), bot)
    user, chat = User.de_json(query["from"], bot), Chat.de_json(query["message"]["chat"], bot)
    message = InaccessibleMessage(chat, query["message"]["message_id"])
    pressed = CallbackQuery(query["id"], user, query.get("chat_instance", ""), message=message, data=query.get("data"))
    return Update(body["update_id"], callback_query=pressed)


def _with_older(read: Read, chat_id: int, new: list[Arrival], at: datetime) -> list[Arrival]:
    """Give what has come of a chat with what waits there still: a failure may have left it."""
    first = min(arrival.update_id for arrival in new)
    return inbox.waiting(read, chat_id, at) if inbox.older(read, chat_id, first, at) else new


def _chat(body: dict[str, Any]) -> int:
    """Give the chat an update belongs to, whose order it keeps; 0 for none, and for what nobody can read."""
    try:
        found = _place(body)
    except (TypeError, KeyError):
        return 0
    return found if type(found) is int and abs(found) < _ACCOUNTS else 0


def _place(body: dict[str, Any]) -> Any:
    """Find what should be the id of an update's chat."""
    for kind in ("message", "edited_message", "my_chat_member"):
        if kind in body:
            return body[kind]["chat"]["id"]
    query = body.get("callback_query")
    if not query:
        return 0
    message = query.get("message") if isinstance(query, dict) else None
    return message["chat"]["id"] if message else query["from"]["id"]
