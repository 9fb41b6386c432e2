"""What is away for a while: waited for longer and longer, told of once when that begins and once when it is over."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

import structlog
from telegram.error import BadRequest, EndPointNotFound, Forbidden, InvalidToken, TelegramError

from bot.pulse import Pulse
from handlers.office import Office
from storage.database import FAILURES
from storage.reading import Read

T = TypeVar("T")
_log = structlog.get_logger(__name__)
_LEAST, _MOST = 1.0, 30.0  # seconds of the pulse between two tries
_LETTING_GO = 3.0  # seconds; three parts do so one after the other at a stop


class Outage:
    """What one part of the bot (`who`) cannot do just now; several of its tasks may meet it at once."""

    def __init__(self, pulse: Pulse, who: str) -> None:
        self._pulse = pulse
        self._who = who
        self._since: float | None = None

    def failed(self, error: BaseException) -> float:
        """Note a failure; give how many seconds of the pulse to wait: as long as it has lasted, within bounds."""
        now = self._pulse()
        if self._since is None:
            self._since = now
            _log.error(
                "out of reach; tried again until it answers",
                who=self._who,
                kind=type(error).__name__,
                why=_words(error),
            )
        return min(max(now - self._since, _LEAST), _MOST)

    def over(self) -> None:
        """Note that all is well."""
        if self._since is not None:
            lasted, self._since = self._pulse() - self._since, None
            _log.info("within reach again", who=self._who, lasted_seconds=round(lasted))


def _words(error: BaseException) -> str:
    """Give the first line of what was said; further ones may tell what was being written."""
    said = error.message if isinstance(error, TelegramError) else str(getattr(error, "orig", error))
    return (said.strip() or type(error).__name__).splitlines()[0]


async def reached(
    pulse: Pulse, who: str, call: Callable[[], Awaitable[T]], passes: Callable[[BaseException], bool]
) -> T:
    """Make a call of the start until it is answered; raise what does not pass by waiting."""
    outage, never = Outage(pulse, who), asyncio.Event()
    while True:
        try:
            answer = await call()
        except Exception as error:
            if not passes(error):
                raise
            await pulse.wait(never, outage.failed(error))
        else:
            outage.over()
            return answer


def line_passes(error: BaseException) -> bool:
    """Tell whether Telegram may take the same call later: not with a wrong token, nor what it has refused."""
    refused = (InvalidToken, EndPointNotFound, BadRequest, Forbidden)
    return isinstance(error, TelegramError) and not isinstance(error, refused)


async def let_go(office: Office, release: Callable[[Read], None]) -> None:
    """Give back at a stop what this replica holds; where the book is away, its leases end by themselves."""
    try:
        async with asyncio.timeout(_LETTING_GO):
            await office.database.act(release, guarded=True)
    except (TimeoutError, *FAILURES) as error:
        _log.warning("not let go; the leases end by themselves", why=_words(error))
