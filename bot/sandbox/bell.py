"""A bell that wakes everyone who waits; nobody polls."""

import asyncio


class Bell:
    """Wake all waiters at each ring; a ring that nobody hears is gone."""

    def __init__(self) -> None:
        self._ring = asyncio.Event()

    def ring(self) -> None:
        """Wake everyone who waits now."""
        heard, self._ring = self._ring, asyncio.Event()
        heard.set()

    async def wait(self) -> None:
        """Wait for the next ring."""
        await self._ring.wait()

    async def wait_at_most(self, seconds: float) -> bool:
        """Wait for the next ring; tell whether it came within so many seconds of the event loop's time."""
        try:
            async with asyncio.timeout(seconds):
                await self.wait()
        except TimeoutError:
            return False
        return True
