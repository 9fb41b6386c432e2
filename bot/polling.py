"""Long polling: asks Telegram for updates; an offset goes up only after what lies below it is stored."""

import asyncio
import secrets
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from typing import Any, NoReturn, cast

import structlog
from telegram import Bot
from telegram.error import Conflict, EndPointNotFound, InvalidToken, RetryAfter, TelegramError

from bot.bodies import number
from bot.intake import Intake
from bot.outages import Outage, let_go
from bot.pulse import Pulse
from handlers.office import Office
from storage import inbox, leases
from storage.database import FAILURES
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
        self._taking: asyncio.Future[tuple[bool, bool]] | None = None
        self.on_takeover: Callable[[int], None] = lambda _count: None
        self.on_standby: Callable[[], None] = lambda: None
        self._book = Outage(pulse, "the polling")
        self._failures = 0
        self._offset: int | None = None

    async def run(self) -> NoReturn:
        """Ask for ever; of several replicas the one that holds the lease asks, the others stand by."""
        while True:
            try:
                seconds = await self._round()
                if seconds:
                    await self._pulse.wait(self._never, seconds)
            except (InvalidToken, EndPointNotFound):  # the token was taken back
                raise
            except TelegramError as error:
                self._failures += 1
                await self._rest(error, self._failures)
            except FAILURES as error:  # a full disk, say: Telegram keeps what is not stored, and is asked again
                await self._pulse.wait(self._never, self._book.failed(error))

    async def _round(self) -> float:
        """Ask once and have what comes stored; give the seconds of the pulse until the next time."""
        if not await self._leads():
            self._offset = None
            self._book.over()
            self.on_standby()
            return _STANDING_BY
        if self._offset is None:
            highest = await self._office.read(inbox.highest)
            self._offset = highest + 1 if highest is not None else None
        updates = await self._updates(self._offset)
        await self._intake.take(updates)
        self._failures = 0
        self._book.over()
        seen = [found for found in map(number, updates) if found is not None]
        self._offset = seen[-1] + 1 if seen else self._offset
        return 0

    async def _leads(self) -> bool:
        """Take the lease or renew it when it has run for a while; tell whether it is ours."""
        if _REAL() < self._sure_until:
            return True

        def unit(read: Read) -> tuple[bool, bool]:
            lapsed = self._shared and leases.lapsed(read, _LEASE, self._owner)
            return leases.take(read, _LEASE, self._owner), lapsed

        self._taking = asyncio.ensure_future(self._office.database.act(unit, guarded=True))
        leads, lapsed = await asyncio.shield(self._taking)
        self.on_takeover(int(leads and lapsed))
        self._sure_until = _REAL() + _SURE if leads else 0.0
        if leads != self._led:
            _log.info("asking Telegram for updates" if leads else "standing by: another replica asks Telegram")
        self._led = leads
        return leads

    async def finish(self) -> None:
        """Let another replica ask at once; what is being taken still would outlive its being let go."""
        if self._taking is not None:
            await asyncio.gather(self._taking, return_exceptions=True)
        await let_go(self._office, lambda read: leases.release(read, self._owner))

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
            with suppress(TelegramError):  # a webhook stands where the call that takes it off at the start was lost
                await self._bot.delete_webhook()
        elif isinstance(error, RetryAfter):
            wish = error.retry_after
            seconds = max(seconds, wish.total_seconds() if isinstance(wish, timedelta) else wish)
        else:
            _log.warning("Telegram cannot be reached", why=error.message, failures=failures)
        await self._pulse.wait(self._never, seconds)


def _patience(failures: int) -> float:
    """Give how many seconds to wait after so many failures in a row."""
    return _PATIENCE[min(failures, len(_PATIENCE)) - 1]
