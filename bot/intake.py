"""Updates → durable inbox → handlers: stored before Telegram hears of it, in order per chat, chats in parallel."""

import asyncio
from collections import deque
from collections.abc import Callable, Iterable
from typing import Any

import structlog
from telegram import Bot, Update
from telegram.error import Conflict, InvalidToken, RetryAfter, TelegramError
from telegram.ext import Application

from bot.pulse import Pulse
from handlers.office import Office
from storage import inbox
from storage.inbox import Arrival

_log = structlog.get_logger(__name__)
ALLOWED = ("message", "edited_message", "callback_query", "my_chat_member")
_POLL = 30  # seconds that Telegram holds a poll
_SLOTS = 256
_PATIENCE = (1.0, 2.0, 5.0, 15.0, 30.0)
App = Application[Any, Any, Any, Any, Any, Any]


class Intake:
    """Stores what arrives and has it handled."""

    def __init__(self, office: Office, app: App, pulse: Pulse) -> None:
        self._office = office
        self._app = app
        self._pulse = pulse
        self._queues: dict[int, deque[Arrival]] = {}
        self._lanes: set[asyncio.Task[None]] = set()
        self._slots = asyncio.Semaphore(_SLOTS)
        self._never = asyncio.Event()
        self.on_rest: Callable[[], None] = lambda: None

    @property
    def idle(self) -> bool:
        """Tell whether nothing is in hand."""
        return not self._lanes

    async def resume(self) -> None:
        """Take up what was stored and not handled before the last stop."""
        self._start(await self._office.read(inbox.waiting))

    async def take(self, bodies: Iterable[dict[str, Any]]) -> None:
        """Store updates in one commit, then have those that are new handled."""
        at = self._office.clock()
        arrivals = [Arrival(int(body["update_id"]), _chat(body), body) for body in bodies]
        if arrivals:
            self._start(await self._office.database.act(lambda read: inbox.store(read, arrivals, at)))

    def _start(self, arrivals: Iterable[Arrival]) -> None:
        """Put arrivals into their chats' queues; a chat that is at work goes on by itself."""
        for arrival in arrivals:
            queue = self._queues.get(arrival.chat_id)
            if queue is not None:
                queue.append(arrival)
                continue
            self._queues[arrival.chat_id] = deque([arrival])
            lane = asyncio.create_task(self._lane(arrival.chat_id), name=f"intake {arrival.chat_id}")
            self._lanes.add(lane)
            lane.add_done_callback(self._ended)

    async def _lane(self, chat_id: int) -> None:
        """Handle one chat's updates in order, each in a slot of its own."""
        queue = self._queues[chat_id]
        while queue:
            async with self._slots:
                await self._handle(queue[0])
            queue.popleft()
        del self._queues[chat_id]

    def _ended(self, lane: asyncio.Task[None]) -> None:
        """Forget a lane that has come to its end."""
        self._lanes.discard(lane)
        self.on_rest()

    async def _handle(self, arrival: Arrival) -> None:
        """Hand one update to the conversations; the gate writes down what came of it."""
        try:
            update = Update.de_json(dict(arrival.body), self._app.bot)
        except (TypeError, KeyError, ValueError, AttributeError) as error:
            _log.warning("update not understood", update=arrival.update_id, why=type(error).__name__)
            await self._close(arrival, inbox.FAILED, type(error).__name__)
            return
        await self._app.process_update(update)
        await self._close(arrival, inbox.IGNORED)

    async def _close(self, arrival: Arrival, outcome: str, fault: str = "") -> None:
        """Leave no update open that nobody has taken."""
        at = self._office.clock()
        is_open = await self._office.read(inbox.is_open, arrival.update_id)
        if is_open:
            await self._office.database.act(lambda read: inbox.close(read, arrival.update_id, outcome, at, fault))

    async def poll(self) -> None:
        """Ask Telegram for updates for ever; an offset goes up only after what lies below it is stored."""
        highest = await self._office.read(inbox.highest)
        offset = highest + 1 if highest is not None else None
        failures = 0
        while True:
            try:
                updates = await self._updates(self._app.bot, offset)
            except InvalidToken:
                raise
            except TelegramError as error:
                failures += 1
                await self._rest(error, failures)
                continue
            failures = 0
            await self.take(update.to_dict() for update in updates)
            if updates:
                offset = updates[-1].update_id + 1

    async def _updates(self, bot: Bot, offset: int | None) -> tuple[Update, ...]:
        """Ask once."""
        return await bot.get_updates(offset, timeout=_POLL, allowed_updates=list(ALLOWED))

    async def _rest(self, error: TelegramError, failures: int) -> None:
        """Wait before asking again, longer each time."""
        if isinstance(error, Conflict):
            _log.error("another program is asking Telegram for this bot's updates, or a webhook is set")
        elif not isinstance(error, RetryAfter):
            _log.warning("Telegram cannot be reached", why=error.message, failures=failures)
        await self._pulse.wait(self._never, _PATIENCE[min(failures, len(_PATIENCE)) - 1])


def _chat(body: dict[str, Any]) -> int:
    """Give the chat an update belongs to, whose order it keeps; 0 for none."""
    for kind in ("message", "edited_message", "my_chat_member"):
        if kind in body:
            return int(body[kind]["chat"]["id"])
    query = body.get("callback_query")
    if query:
        message = query.get("message")
        return int(message["chat"]["id"]) if message else int(query["from"]["id"])
    return 0
