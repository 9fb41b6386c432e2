"""Long polling: asks Telegram for updates; an offset goes up only after what lies below it is stored."""

import asyncio
import secrets
from collections.abc import Callable
from datetime import timedelta
from typing import Any, NoReturn, cast

import structlog
from sqlalchemy.exc import DBAPIError
from telegram import Bot
from telegram.error import Conflict, EndPointNotFound, InvalidToken, RetryAfter, TelegramError

from bot.intake import Intake
from bot.pulse import Pulse
from handlers.office import Office
from storage import inbox, leases
from storage.reading import Read

_log = structlog.get_logger(__name__)
ALLOWED = ("message", "edited_message", "callback_query", "my_chat_member")
_POLL = 30  # seconds that Telegram holds a poll
_SLACK = 5  # seconds that its answer may take beyond
_LEASE = "polling"
_REAL = Pulse()  # leases run by the database's time, which no test speeds up
_SURE = 15.0  # seconds for which a lease taken is not asked for again; with a poll they stay within the lease
_STANDING_BY = 3.0
_PATIENCE = (1.0, 2.0, 5.0, 15.0, 30.0)


class Polling:
    """Asks for updates and hands them to the intake."""

    def __init__(self, office: Office, bot: Bot, intake: Intake, pulse: Pulse) -> None:
        self._office = office
        self._bot = bot
        self._intake = intake
        self._pulse = pulse
        self._never = asyncio.Event()
        self._owner = secrets.token_hex(8)
        self._sure_until = 0.0
        self._led = False
        self._shared = office.database.engine.dialect.name != "sqlite"  # where one process asks, none is taken over
        self.on_takeover: Callable[[int], None] = lambda _count: None

    async def run(self) -> NoReturn:
        """Ask for ever; of several replicas the one that holds the lease asks, the others stand by."""
        failures = 0
        offset: int | None = None
        while True:
            if not await self._leads():
                offset = None
                await self._pulse.wait(self._never, _STANDING_BY)
                continue
            if offset is None:
                highest = await self._office.read(inbox.highest)
                offset = highest + 1 if highest is not None else None
            try:
                updates = await self._updates(offset)
            except (InvalidToken, EndPointNotFound):  # the token was taken back
                raise
            except TelegramError as error:
                failures += 1
                await self._rest(error, failures)
                continue
            try:
                await self._intake.take(updates)
            except DBAPIError as error:  # a full disk, say: Telegram keeps what is not stored, and is asked again
                failures += 1
                _log.error("updates cannot be stored", why=type(error.orig).__name__, failures=failures)
                await self._pulse.wait(self._never, _patience(failures))
                continue
            failures = 0
            if updates:
                offset = int(updates[-1]["update_id"]) + 1

    async def _leads(self) -> bool:
        """Take the lease or renew it when it has run for a while; tell whether it is ours."""
        if _REAL() < self._sure_until:
            return True

        def unit(read: Read) -> tuple[bool, bool]:
            lapsed = self._shared and leases.lapsed(read, _LEASE, self._owner)
            return leases.take(read, _LEASE, self._owner), lapsed

        leads, lapsed = await self._office.database.act(unit, guarded=True)
        self.on_takeover(int(leads and lapsed))
        self._sure_until = _REAL() + _SURE if leads else 0.0
        if leads != self._led:
            _log.info("asking Telegram for updates" if leads else "standing by: another replica asks Telegram")
        self._led = leads
        return leads

    async def finish(self) -> None:
        """Let another replica ask at once."""
        await self._office.database.act(lambda read: leases.release(read, self._owner), guarded=True)

    async def _updates(self, offset: int | None) -> list[dict[str, Any]]:
        """Ask once, and take what comes as it stands: one update that cannot be read must not hold up all others.

        The second blank in the name keeps python-telegram-bot from offering its own method, which reads them at once.
        """
        asked = {"offset": offset, "timeout": _POLL, "allowed_updates": list(ALLOWED)}
        found = await self._bot.do_api_request("get__updates", api_kwargs=asked, read_timeout=_POLL + _SLACK)
        return cast("list[dict[str, Any]]", found)

    async def _rest(self, error: TelegramError, failures: int) -> None:
        """Wait before asking again, longer each time, and as long as Telegram wishes."""
        seconds = _patience(failures)
        if isinstance(error, Conflict):
            _log.error("another program is asking Telegram for this bot's updates, or a webhook is set")
        elif isinstance(error, RetryAfter):
            wish = error.retry_after
            seconds = max(seconds, wish.total_seconds() if isinstance(wish, timedelta) else wish)
        else:
            _log.warning("Telegram cannot be reached", why=error.message, failures=failures)
        await self._pulse.wait(self._never, seconds)


def _patience(failures: int) -> float:
    """Give how many seconds to wait after so many failures in a row."""
    return _PATIENCE[min(failures, len(_PATIENCE)) - 1]
