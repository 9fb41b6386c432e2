"""What is still to be said in one chat, outside the intake's slots: each sender's in order, the senders in turn."""

import asyncio
from collections import OrderedDict, deque
from collections.abc import Awaitable, Callable
from contextvars import Context, copy_context

import structlog

_log = structlog.get_logger(__name__)
Saying = Callable[[], Awaitable[None]]


class Answers:
    """Answers that wait for Telegram's pace: they hold no slot, and nobody's many stand before another's one."""

    def __init__(self, ended: Callable[[], None]) -> None:
        self._waiting: OrderedDict[int, deque[tuple[Context, Saying]]] = OrderedDict()
        self._count = 0
        self._ended = ended
        self._task: asyncio.Task[None] | None = None

    def __len__(self) -> int:
        """Count what waits, with what is being said."""
        return self._count

    def add(self, sender: int, saying: Saying) -> None:
        """Have something said after what its sender is still to be told; it keeps the context in which it was given."""
        self._waiting.setdefault(sender, deque()).append((copy_context(), saying))
        self._count += 1
        if self._task is None:
            self._task = asyncio.create_task(self._run(), name="answers")

    async def said(self) -> None:
        """Wait until all has been said."""
        while self._task is not None:
            await asyncio.wait([self._task])

    def stop(self) -> None:
        """Leave the rest unsaid: what is open stays in the inbox."""
        if self._task is not None:
            self._task.cancel()

    async def _run(self) -> None:
        """Say one thing of each sender in turn, until nothing is left."""
        try:
            while self._waiting:
                sender, queue = self._waiting.popitem(last=False)
                context, saying = queue.popleft()
                if queue:
                    self._waiting[sender] = queue
                await self._one(context, saying)
        finally:
            self._task = None

    async def _one(self, context: Context, saying: Saying) -> None:
        """Say one thing; its fault is told of and holds up nothing after it."""
        try:
            await asyncio.create_task(_begun(saying), context=context)
        except Exception:  # noqa: BLE001 (the book itself has failed: its update stays open and is taken up later)
            _log.exception("answer left for later")
        finally:
            self._count -= 1
            self._ended()


async def _begun(saying: Saying) -> None:
    """Say it, as a coroutine that a task can be made of."""
    await saying()
