"""The monotonic clock for pacing, leases and waits; tests and the sandbox's bench may speed it up."""

import asyncio
import time
from dataclasses import dataclass


@dataclass(frozen=True)
class Pulse:
    """Seconds that only go forward; `speed` of them pass in one real second."""

    speed: float = 1.0

    def __call__(self) -> float:
        """Give the pulse's time."""
        return time.monotonic() * self.speed

    def real(self, seconds: float) -> float:
        """Give how many real seconds so many of the pulse take."""
        return seconds / self.speed

    async def wait(self, event: asyncio.Event, seconds: float | None) -> bool:
        """Wait for an event, at most so many seconds of the pulse; tell whether it came."""
        try:
            async with asyncio.timeout(None if seconds is None else max(seconds, 0) / self.speed):
                await event.wait()
        except TimeoutError:
            return False
        return True


def within(loop: asyncio.AbstractEventLoop) -> bool:
    """Tell whether this is called in a loop itself, which then need not be woken."""
    try:
        return asyncio.get_running_loop() is loop
    except RuntimeError:
        return False
