"""What happens in the sandbox as a numbered stream of events, for the console's open pages."""

import json
from collections import deque
from collections.abc import AsyncIterator, Callable
from typing import Final

from bot.sandbox.bell import Bell
from bot.sandbox.facts import Json

KEPT: Final = 2_000
HEARTBEAT_SECONDS: Final = 15.0


class Feed:
    """The latest events; a page that missed more than is kept is told to load everything anew."""

    def __init__(self) -> None:
        self.serial = 0
        self._events: deque[tuple[int, Json]] = deque(maxlen=KEPT)
        self._bell = Bell()
        self._closed = False

    def put(self, event: Json) -> None:
        """Add an event and wake the pages."""
        self.serial += 1
        self._events.append((self.serial, event))
        self._bell.ring()

    def close(self) -> None:
        """End all streams."""
        self._closed = True
        self._bell.ring()

    async def lines(self, after: int, closing: Callable[[], bool]) -> AsyncIterator[str]:
        """Yield server-sent events from the number on until the feed is closed or the page has gone."""
        seen = after if self.serial - KEPT <= after <= self.serial else -1
        if seen < 0:
            seen = self.serial
            yield _line(seen, {"kind": "reset"})
        while not self._closed and not closing():
            fresh = [(number, event) for number, event in self._events if number > seen]
            for number, event in fresh:
                seen = number
                yield _line(number, event)
            if not fresh and not await self._bell.wait_at_most(HEARTBEAT_SECONDS):
                yield ": still here\n\n"


def _line(number: int, event: Json) -> str:
    return f"id: {number}\ndata: {json.dumps(event, ensure_ascii=False)}\n\n"
