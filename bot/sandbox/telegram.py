"""The stand-in for Telegram: start it, point a bot at its address, be the people on the other side."""

import asyncio
import contextlib
import time
from collections import deque
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Self, TypeVar

from aiohttp import web

from bot.sandbox import desk, keeping, views
from bot.sandbox.facts import Json
from bot.sandbox.groups import Groups
from bot.sandbox.server import Call, Server
from bot.sandbox.town import Town

Seen = TypeVar("Seen")


class StandIn(Groups):
    """The Bot API for one token on a real port, its people's phones, and eyes on all of it.

    `now` is the office's time for the dates of messages and must know its zone; `pulse` counts the seconds
    for limits and for the life of presses; without `limits` no call is ever too many.
    """

    def __init__(
        self,
        token: str,
        *,
        bot_username: str = "duban_bot",
        now: Callable[[], datetime],
        pulse: Callable[[], float] = time.monotonic,
        limits: bool = True,
    ) -> None:
        self.town = Town(token, bot_username, now, pulse, limits=limits)
        self.server: Server | None = None
        self.origin = ""
        self._runner: web.AppRunner | None = None
        self._extensions: list[Callable[[web.Application, str], None]] = []

    async def start(self, host: str = "127.0.0.1", port: int = 0) -> None:
        """Listen; port 0 takes a free one."""
        self.server = Server(self.town)
        for extension in self._extensions:
            extension(self.server.app, host)
        self._runner = web.AppRunner(self.server.app, access_log=None, shutdown_timeout=1.0)
        await self._runner.setup()
        site = web.TCPSite(self._runner, host, port)
        await site.start()
        port = self._runner.addresses[0][1]
        self.origin = f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"

    def extend(self, extension: Callable[[web.Application, str], None]) -> None:
        """Let an extension add routes when the server starts; it is told the host that is listened on."""
        self._extensions.append(extension)

    async def stop(self) -> None:
        """Stop listening; polls that wait end at once, the state stays."""
        if self.server is not None and self._runner is not None:
            self.server.close()
            await self._runner.cleanup()
        self.server = self._runner = None

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(self, *_why: object) -> None:
        await self.stop()

    def save(self, path: Path) -> None:
        """Keep chats, files and undelivered updates in one file; `path` is made or brought up to date at once."""
        keeping.save(self.town, path)

    def load(self, path: Path) -> bool:
        """Go on from a file that was saved, before `start`; tell whether there was one.

        Raise `keeping.Unreadable`, the town left as it was, for a file that is damaged or of another bot.
        """
        return keeping.load(self.town, path)

    @property
    def url(self) -> str:
        """Return `base_url` for python-telegram-bot."""
        return f"{self.origin}/bot"

    @property
    def file_url(self) -> str:
        """Return `base_file_url` for python-telegram-bot."""
        return f"{self.origin}/file/bot"

    @property
    def calls(self) -> deque[Call]:
        """Return the calls the bot made, oldest first; polls too."""
        return self.town.calls

    @property
    def answers(self) -> dict[str, views.Toast]:
        """Return the answers to presses by the press's id; one not answered yet is absent."""
        return {key: views.toast(query) for key, query in self.town.queries.items() if query.answered}

    def chat(self, chat_id: int, *, deleted: bool = False) -> list[views.View]:
        """Return the messages of a chat as they stand, oldest first; deleted ones only if wanted."""
        every = self.town.messages.get(chat_id, {}).values()
        return [views.view(self.town, letter) for letter in every if deleted or not letter.deleted]

    def seen(self, chat_id: int, message_id: int) -> views.View | None:
        """Return one message as it stands, or nothing where it is gone."""
        letter = self.town.message(chat_id, message_id)
        return views.view(self.town, letter) if letter else None

    def keyboard(self, chat_id: int) -> list[list[str]]:
        """Return the words on the reply keyboard shown in the chat."""
        place = self.town.chats.get(chat_id)
        return [[button.text for button in row] for row in views.rows(place.keyboard if place else None, "keyboard")]

    def commands(self, user_id: int, chat_id: int | None = None) -> list[tuple[str, str]]:
        """Return the menu of commands that the person sees there, as name and description."""
        shown = desk.commands_shown(self.town, user_id, user_id if chat_id is None else chat_id)
        return [(item["command"], item["description"]) for item in shown]

    def fault(
        self,
        method: str = "*",
        times: int = 1,
        kind: str = "500",
        chat_id: int | None = None,
        retry_after: int = 1,
        words: str = "",
    ) -> None:
        """Plan a fault: 429, 500, 502, timeout, drop (lost before it took effect), accepted (the answer is lost).

        Or a refusal in `words` of one's own: 400, 403.
        """
        self.town.faults.add(method, kind, times, chat_id, retry_after, words)

    async def raw_update(self, update: Json) -> int:
        """Queue an update as it stands; one without `update_id` is given the next."""
        return self.town.deliveries.put_raw(update)

    async def redeliver(self, update_id: int) -> None:
        """Deliver an update again, as Telegram may after a lost answer."""
        self.town.deliveries.redeliver(update_id)

    @property
    def updates(self) -> dict[int, Json]:
        """Return every update that was queued, by id, confirmed or not."""
        return dict(self.town.deliveries.history)

    @property
    def pending(self) -> list[int]:
        """Return the ids of the updates that the bot has not confirmed."""
        return list(self.town.deliveries.pending)

    @property
    def polling(self) -> bool:
        """Tell whether a poll of the bot is waiting for updates just now."""
        return self.town.deliveries.waiting > 0

    async def wait_for(self, predicate: Callable[[], Seen], timeout_pulse: float = 5.0) -> Seen:
        """Wait until the predicate is true and return what it gave; it is asked anew after each call and change.

        Raise `TimeoutError`, which tells the last calls, when the seconds of the event loop's time are over.
        """
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(timeout_pulse):
                while not (found := predicate()):
                    await self.town.bell.wait()
                return found
        last = [f"{call.method} → {call.answer if not call.ok else 'ok'}" for call in list(self.calls)[-8:]]
        msg = f"not seen within {timeout_pulse} s; the last calls were: {'; '.join(last) or 'none'}"
        raise TimeoutError(msg)
