"""Did everything due go out? Asked every so often, apart from the ticks, and told to the office once a day."""

import asyncio

import structlog

from bot.meters import Meters
from bot.outages import Outage
from bot.pulse import Pulse
from handlers.office import Office
from storage.acts import auditing
from storage.book import CLOCK, Book
from storage.database import FAILURES
from storage.queries import depths
from storage.queries.depths import Late, Slack

_log = structlog.get_logger(__name__)
_PATIENCE = 30.0  # seconds for a look into the book
# After a start what was left is caught up with; only what is late then is told to people.
_GRACE = 300.0


class Auditor:
    """Looks for what is late, says so in log, metrics and a letter, and never ends."""

    def __init__(self, office: Office, meters: Meters, pulse: Pulse, seconds: float) -> None:
        self._office = office
        self._meters = meters
        self._pulse = pulse
        self.seconds = seconds
        self.slack = Slack()
        self._born = pulse()
        self._book = Outage(pulse, "the auditor")
        self._found = Late()

    async def run(self) -> None:
        """Audit for ever; a look that fails is told of, and its silence shows."""
        never = asyncio.Event()
        while True:
            await self._pulse.wait(never, self.seconds)
            try:
                async with asyncio.timeout(_PATIENCE):
                    await self.audit()
            except FAILURES as error:
                self._book.failed(error)
            except Exception:  # noqa: BLE001 (whatever it was, the next look tries again)
                _log.exception("audit failed")
            else:
                self._book.over()

    async def audit(self) -> Late:
        """Look once; give what is late."""
        at = self._office.clock()
        late = await self._office.read(depths.late, at, self._office.terms, self.slack)
        self._meters.audited(late, at.timestamp())
        again = bool(self._found)
        self._say(late)
        # Twice in a row: what a clock that was set forward makes late is done by the next look.
        if late and again and self._pulse() - self._born >= _GRACE:
            await self._office.database.act(
                lambda read: auditing.report(Book(read, at, self._office.terms, CLOCK), late)
            )
        return late

    def _say(self, late: Late) -> None:
        """Log what is late when that changes, and when all is well again."""
        if late == self._found:
            return
        self._found = late
        if late:
            _log.error("something is late", **{name: str(fact) for name, fact in vars(late).items() if fact})
        else:
            _log.info("nothing is late any more")
