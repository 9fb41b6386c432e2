"""How updates are brought in webhook mode: POSTs over a few kept lines, each answered before the next."""

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from typing import Final

LINES: Final = 40  # Bot API, setWebhook: max_connections by default
SECRET: Final = "bench"  # noqa: S105 - it guards a loopback port for a minute
PATH: Final = "/hook"


class Hook:
    """Brings updates to whoever stands behind the address until it is closed; one that is not taken comes again."""

    def __init__(self, ports: Sequence[int]) -> None:
        self._waiting: asyncio.Queue[bytes] = asyncio.Queue()
        self._lines = [asyncio.create_task(self._line(ports[place % len(ports)])) for place in range(LINES)]

    def bring(self, update: bytes) -> None:
        """Have an update brought as soon as a line is free."""
        self._waiting.put_nowait(update)

    async def close(self) -> None:
        """Bring nothing more."""
        for line in self._lines:
            line.cancel()
        await asyncio.gather(*self._lines, return_exceptions=True)

    async def _line(self, port: int) -> None:
        """Bring one after another, on a new connection whenever the old one is gone."""
        while True:
            update = await self._waiting.get()
            try:
                await self._bring_on(port, update)
            except (OSError, asyncio.IncompleteReadError, ValueError):
                self._waiting.put_nowait(update)
                await asyncio.sleep(0.05)

    async def _bring_on(self, port: int, update: bytes | None) -> None:
        """Open a connection and bring this update and those after it."""
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        try:
            while update is not None:
                writer.write(_head(len(update)) + update)
                head = await reader.readuntil(b"\r\n\r\n")
                await reader.readexactly(_length(head))
                if b" 200 " not in head.split(b"\r\n", 1)[0]:
                    raise ValueError("not taken")
                update = None
                update = await self._waiting.get()
        except (OSError, asyncio.IncompleteReadError):
            if update is not None:
                raise
        finally:
            writer.close()
            with suppress(OSError):
                await writer.wait_closed()


def _head(length: int) -> bytes:
    return (
        f"POST {PATH} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
        f"X-Telegram-Bot-Api-Secret-Token: {SECRET}\r\nContent-Length: {length}\r\n\r\n"
    ).encode()


def _length(head: bytes) -> int:
    lower = head.lower()
    return int(lower.partition(b"content-length:")[2].split(b"\r\n", 1)[0] or 0)
