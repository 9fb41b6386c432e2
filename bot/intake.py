"""Updates → durable inbox → handlers: stored before Telegram hears of it, in order per chat, chats in parallel."""

import asyncio
from collections import deque
from collections.abc import Callable, Iterable
from datetime import timedelta
from typing import Any, cast

import structlog
from telegram import Bot, Update
from telegram.error import Conflict, EndPointNotFound, InvalidToken, RetryAfter, TelegramError
from telegram.ext import Application

from bot.pulse import Pulse
from handlers.office import Office
from storage import inbox
from storage.inbox import Arrival

_log = structlog.get_logger(__name__)
ALLOWED = ("message", "edited_message", "callback_query", "my_chat_member")
_POLL = 30  # seconds that Telegram holds a poll
_SLACK = 5  # seconds that its answer may take beyond
_LAST_SECONDS = 6.0  # a call's own time-out is 5
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
        self.on_arrival: Callable[[int], None] = lambda _update_id: None
        self.on_begin: Callable[[int], None] = lambda _update_id: None

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
            self.on_arrival(arrival.update_id)
            queue = self._queues.get(arrival.chat_id)
            if queue is not None:
                queue.append(arrival)
                continue
            self._queues[arrival.chat_id] = deque([arrival])
            lane = asyncio.create_task(self._lane(arrival.chat_id), name=f"intake {arrival.chat_id}")
            self._lanes.add(lane)
            lane.add_done_callback(self._ended)

    async def finish(self) -> None:
        """Let what is in hand come to its end, but not for long; what does not stays in the inbox."""
        self._queues.clear()
        if self._lanes:
            _, late = await asyncio.wait(self._lanes, timeout=_LAST_SECONDS)
            for lane in late:
                lane.cancel()
            await asyncio.gather(*late, return_exceptions=True)

    async def _lane(self, chat_id: int) -> None:
        """Handle one chat's updates in order, each in a slot of its own; one that fails holds up none after it."""
        queue = self._queues[chat_id]
        while queue and self._queues.get(chat_id) is queue:
            async with self._slots:
                try:
                    await self._handle(queue[0])
                except Exception:  # noqa: BLE001 (the book itself has failed: it stays open and is taken up at a start)
                    _log.exception("update left open", update=queue[0].update_id)
            queue.popleft()
        self._queues.pop(chat_id, None)

    def _ended(self, lane: asyncio.Task[None]) -> None:
        """Forget a lane that has come to its end."""
        self._lanes.discard(lane)
        self.on_rest()

    async def _handle(self, arrival: Arrival) -> None:
        """Hand one update to the conversations; the gate writes down what came of it."""
        self.on_begin(arrival.update_id)
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
            except (InvalidToken, EndPointNotFound):  # the token was taken back
                raise
            except TelegramError as error:
                failures += 1
                await self._rest(error, failures)
                continue
            failures = 0
            await self.take(updates)
            if updates:
                offset = int(updates[-1]["update_id"]) + 1

    async def _updates(self, bot: Bot, offset: int | None) -> list[dict[str, Any]]:
        """Ask once, and take what comes as it stands: one update that cannot be read must not hold up all others.

        The second blank in the name keeps python-telegram-bot from offering its own method, which reads them at once.
        """
        asked = {"offset": offset, "timeout": _POLL, "allowed_updates": list(ALLOWED)}
        found = await bot.do_api_request("get__updates", api_kwargs=asked, read_timeout=_POLL + _SLACK)
        return cast("list[dict[str, Any]]", found)

    async def _rest(self, error: TelegramError, failures: int) -> None:
        """Wait before asking again, longer each time, and as long as Telegram wishes."""
        seconds = _PATIENCE[min(failures, len(_PATIENCE)) - 1]
        if isinstance(error, Conflict):
            _log.error("another program is asking Telegram for this bot's updates, or a webhook is set")
        elif isinstance(error, RetryAfter):
            wish = error.retry_after
            seconds = max(seconds, wish.total_seconds() if isinstance(wish, timedelta) else wish)
        else:
            _log.warning("Telegram cannot be reached", why=error.message, failures=failures)
        await self._pulse.wait(self._never, seconds)


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
