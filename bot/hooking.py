"""Webhook mode: is the webhook ours still, and does what Telegram brings arrive? Asked about once a minute."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NoReturn

import structlog
from telegram import Bot, WebhookInfo
from telegram.error import TelegramError

from bot.meters import Hooked
from bot.polling import ALLOWED
from bot.pulse import Pulse

_log = structlog.get_logger(__name__)
EVERY = 60.0  # seconds of the pulse between two looks
# Telegram repeats what it could not bring after longer and longer pauses, up to a minute or so.
_LATELY = timedelta(minutes=5)


@dataclass(frozen=True)
class Hook:
    """Where Telegram brings its updates in webhook mode."""

    url: str
    secret: str
    listen: tuple[str, int]
    path: str


class Hooking:
    """Sets the webhook, watches it, and sets it again where somebody has taken it away."""

    def __init__(self, bot: Bot, hook: Hook, pulse: Pulse, clock: Callable[[], datetime]) -> None:
        self._bot = bot
        self._hook = hook
        self._pulse = pulse
        self._clock = clock
        self._found = Hooked(ours=True, pending=0)
        self.on_found: Callable[[Hooked], None] = lambda _found: None

    async def set(self) -> None:
        """Have Telegram bring its updates here."""
        await self._bot.set_webhook(self._hook.url, secret_token=self._hook.secret, allowed_updates=list(ALLOWED))

    async def run(self) -> NoReturn:
        """Look for ever; where Telegram does not answer, its silence shows."""
        never = asyncio.Event()
        while True:
            await self._pulse.wait(never, EVERY)
            try:
                await self.look()
            except TelegramError as error:
                _log.warning("the webhook could not be looked at", why=error.message)

    async def look(self) -> None:
        """Ask Telegram about the webhook once; set it again where it is not ours."""
        info = await self._bot.get_webhook_info()
        found = self._judged(info)
        if not found.ours:
            # An address may carry secrets of whoever set it: only whether there is one is told.
            _log.error("the webhook was not ours and is set again", was="another" if info.url else "none")
        elif found.deaf and not self._found.deaf:
            _log.error("Telegram cannot bring updates", why=info.last_error_message, pending=found.pending)
        elif self._found.deaf and not found.deaf:
            _log.info("Telegram brings updates again")
        self._found = found
        self.on_found(found)
        if not found.ours:
            await self.set()

    def _judged(self, info: WebhookInfo) -> Hooked:
        """Judge what Telegram says: updates may be on their way at any one look, and an old error is over."""
        failed_at, pending = info.last_error_date, info.pending_update_count
        lately = failed_at is not None and self._clock() - failed_at < _LATELY
        deaf = lately and pending > 0 and self._found.pending > 0
        return Hooked(info.url == self._hook.url, pending, failed_at, deaf)
