"""What is still to be said in one chat, outside the intake's slots: each sender's in order, the senders in turn."""

import asyncio
from collections import OrderedDict, deque
from collections.abc import Awaitable, Callable
from contextvars import Context, copy_context

Saying = Callable[[], Awaitable[None]]


class Answers:
    """Answers that wait for Telegram's pace: they hold no slot, and nobody's many stand before another's one."""

    def __init__(self, ended: Callable[[], None], failed: Callable[[Exception], None]) -> None:
        self._waiting: OrderedDict[int, deque[tuple[Context, Saying, bool]]] = OrderedDict()
        self._count = 0
        self._ended = ended
        self._failed = failed
        self._task: asyncio.Task[None] | None = None

    def __len__(self) -> int:
        """Count what waits, with what is being said."""
        return self._count

    @property
    def brief(self) -> bool:
        """Tell whether there is one thing to be said, of one message."""
        return self._count == 1 and self._task is None and all(queue[0][2] for queue in self._waiting.values())

    def add(self, sender: int, saying: Saying, *, brief: bool = False) -> None:
        """Line up what is said after all else to its sender, in the context in which it was given; `go` must follow."""
        self._waiting.setdefault(sender, deque()).append((copy_context(), saying, brief))
        self._count += 1

    def go(self) -> None:
        """Have what waits said."""
        if self._waiting and self._task is None:
            self._task = asyncio.create_task(self._run(), name="answers")

    async def here(self) -> None:
        """Say the one thing that waits in the task that handled its update; its fault is that task's."""
        _, queue = self._waiting.popitem()
        try:
            await queue[0][1]()
        finally:
            self._count -= 1
            self._ended()

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
                context, saying, _ = queue.popleft()
                if queue:
                    self._waiting[sender] = queue
                await self._one(context, saying)
        finally:
            self._task = None

    async def _one(self, context: Context, saying: Saying) -> None:
        """Say one thing; its fault holds up nothing after it."""
        try:
            await asyncio.create_task(_begun(saying), context=context)
        except Exception as error:  # noqa: BLE001 (whoever keeps the chat is told)
            self._failed(error)
        finally:
            self._count -= 1
            self._ended()


async def _begun(saying: Saying) -> None:
    """Say it, as a coroutine that a task can be made of."""
    await saying()
