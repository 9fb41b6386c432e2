"""Office time that can be turned: for the sandbox and the tests; the real bot has the wall clock."""

from collections.abc import Awaitable, Callable
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from storage.rules.calendar import WorkingCalendar

Tick = Callable[[], Awaitable[None]]


class TurnedClock:
    """A clock that stands until it is turned; turning forward steps through each working morning and ticks there."""

    def __init__(self, start: datetime, zone: ZoneInfo, morning: time = time(8, 30)) -> None:
        self._now = start.astimezone(UTC)
        self._zone = zone
        self._morning = morning

    def __call__(self) -> datetime:
        """Give the office's moment, in UTC."""
        return self._now

    @property
    def today(self) -> date:
        """The office's day."""
        return self._now.astimezone(self._zone).date()

    async def turn(self, to: datetime, tick: Tick) -> None:
        """Turn to a moment; on the way each working morning is held, so that a ladder is seen step by step."""
        calendar = WorkingCalendar.shipped()
        day = self.today
        while to > self._now:
            morning = datetime.combine(day, self._morning, self._zone)
            if self._now < morning <= to and calendar.is_working(day):
                self._now = morning.astimezone(UTC)
                await tick()
            day += timedelta(days=1)
            if datetime.combine(day, self._morning, self._zone) > to:
                break
        self._now = to.astimezone(UTC)
        await tick()

    async def turn_days(self, days: int, tick: Tick) -> None:
        """Turn by so many days, to the same time of day."""
        local = self._now.astimezone(self._zone)
        await self.turn(datetime.combine(local.date() + timedelta(days=days), local.time(), self._zone), tick)

    async def turn_working_days(self, count: int, tick: Tick) -> None:
        """Turn to nine o'clock of the working day so many ahead."""
        day = WorkingCalendar.shipped().add_working_days(self.today, count)
        await self.turn(datetime.combine(day, time(9), self._zone), tick)
