"""APScheduler as a metronome: a handful of fixed ticks, no job per case, and a watch over clocks that jump.

APScheduler sleeps on the wall clock: set back by an hour it does not tick for an hour. So a heartbeat on monotonic time
compares both clocks and starts the ticks anew when they part by more than two ticks.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta

import structlog
from apscheduler.schedulers.asyncio import AsyncIOScheduler

from bot.outages import Outage
from bot.pulse import Pulse
from storage.database import FAILURES

_log = structlog.get_logger(__name__)
_JOB = "tick"


class Schedule:
    """Calls `tick` every so many seconds, and at once when the wall clock has jumped."""

    def __init__(
        self,
        tick: Callable[[], Awaitable[None]],
        seconds: float,
        wall: Callable[[], float] = time.time,
        steady: Callable[[], float] = time.monotonic,
    ) -> None:
        self._tick = tick
        self._seconds = seconds
        self._wall = wall
        self._steady = steady
        self._scheduler = AsyncIOScheduler(timezone=UTC)
        self._book = Outage(Pulse(), "the tick")
        self._heartbeat: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin to tick; the first tick comes at once."""
        self._arm(0)
        self._scheduler.start()
        self._heartbeat = asyncio.create_task(self._watch(), name="heartbeat")

    def stop(self) -> None:
        """Tick no more."""
        if self._heartbeat is not None:
            self._heartbeat.cancel()
        self._scheduler.shutdown(wait=False)

    def _arm(self, seconds: float) -> None:
        """Set the next tick alone: a repeating one would count out every tick that a clock set forward has skipped.

        By default APScheduler drops what is a second late; a tick is late rather than lost.
        """
        self._scheduler.add_job(
            self._safely,
            "date",
            run_date=datetime.now(UTC) + timedelta(seconds=seconds),
            id=_JOB,
            misfire_grace_time=None,
            coalesce=True,
            max_instances=1,
            replace_existing=True,
        )

    async def _safely(self) -> None:
        """Tick; a tick that fails is told of and the next one tries again, one that is cut short is made up for."""
        try:
            await self._tick()
        except asyncio.CancelledError:
            _log.info("tick cut short")
        except FAILURES as error:
            self._book.failed(error)
        except Exception:  # noqa: BLE001 (whatever it was, the next tick tries again)
            _log.exception("tick failed")
        else:
            self._book.over()
        finally:
            self._arm(self._seconds)

    async def _watch(self) -> None:
        """Start the ticks anew when wall and monotonic time have parted."""
        wall, steady = self._wall(), self._steady()
        while True:
            await asyncio.sleep(self._seconds)
            parted = (self._wall() - wall) - (self._steady() - steady)
            if abs(parted) > 2 * self._seconds:
                _log.warning("the wall clock has jumped", by=str(timedelta(seconds=round(parted))))
                wall, steady = self._wall(), self._steady()
                self._arm(0)
