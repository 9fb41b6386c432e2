"""The marks of what was sent: many in one commit, at the latest a twentieth of a second after the call."""

import asyncio

from bot.pulse import Pulse
from handlers.office import Office
from storage import outcomes
from storage.database import OUTAGES
from storage.outcomes import Mark

_SECONDS = 0.05
_FULL = 64  # marks in one unit of work


class Marks:
    """Gathers marks and writes them together; who has put one in is told when it is committed."""

    def __init__(self, office: Office, pulse: Pulse) -> None:
        self._office = office
        self._pulse = pulse
        self._waiting: list[tuple[Mark, asyncio.Future[bool]]] = []
        self._full = asyncio.Event()
        self._writing: set[asyncio.Task[None]] = set()
        self._hurried = False

    async def write(self, mark: Mark) -> bool:
        """Write a mark with those of others; tell whether the letter was still in this hand."""
        written: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        self._waiting.append((mark, written))
        if len(self._waiting) == 1:
            task = asyncio.create_task(self._write(), name="marks")
            self._writing.add(task)
            task.add_done_callback(self._writing.discard)
        if len(self._waiting) >= _FULL or self._hurried:
            self._full.set()
        return await written

    def hurry(self) -> None:
        """Wait for no more marks: the bot is stopping."""
        self._hurried = True
        self._full.set()

    async def finish(self) -> None:
        """Write what still waits."""
        self.hurry()
        if self._writing:
            await asyncio.gather(*self._writing)

    async def _write(self) -> None:
        """Wait a little for others, then write all that have gathered."""
        await self._pulse.wait(self._full, _SECONDS)
        self._full.clear()
        taken, self._waiting = self._waiting, []
        await self._settle(taken)

    async def _settle(self, taken: list[tuple[Mark, asyncio.Future[bool]]]) -> None:
        """Write marks in one unit; one that cannot be written does not keep the others from it."""
        marks, at = [mark for mark, _ in taken], self._office.clock()
        try:
            kept = await self._office.database.act(
                lambda read: outcomes.settle(read, marks, at), guarded=True, brief=True
            )
        except Exception as error:  # noqa: BLE001 (each who waits hears of it, and decides)
            if len(taken) > 1 and not isinstance(error, OUTAGES):
                for each in taken:
                    await self._settle([each])
                return
            for _, written in taken:
                if not written.done():
                    written.set_exception(error)
            return
        for mark, written in taken:
            if not written.done():
                written.set_result(mark.letter.id in kept)
