"""Units of work that wait for the one writer, and how their results are handed out."""

import asyncio
from collections.abc import Sequence
from concurrent.futures import Future
from contextlib import suppress
from typing import Any

from storage.reading import Work


class Job:
    """One unit of work that waits for the writer, and the future that its caller holds: in a loop, or in a thread."""

    def __init__(self, unit: Work[Any], loop: asyncio.AbstractEventLoop | None = None) -> None:
        self.unit = unit
        self.loop = loop
        self.future: Any = Future() if loop is None else loop.create_future()
        self.result: Any = None
        self.fault: BaseException | None = None
        self.posted: Sequence[Any] = ()

    def begins(self) -> bool:
        """Tell whether somebody still waits for it."""
        if self.loop is not None:
            return not self.future.cancelled()
        return bool(self.future.set_running_or_notify_cancel())

    def settle(self) -> None:
        """Hand out what came of it."""
        if self.future.done():
            return
        if self.fault is None:
            self.future.set_result(self.result)
        else:
            self.future.set_exception(self.fault)


def settle(group: list[Job]) -> None:
    """Hand out what came of units: to each event loop in one call, for every call wakes it."""
    loops: dict[asyncio.AbstractEventLoop, list[Job]] = {}
    for job in group:
        if job.loop is None:
            job.settle()
        else:
            loops.setdefault(job.loop, []).append(job)
    for loop, jobs in loops.items():
        with suppress(RuntimeError):  # a loop that has ended waits for nothing
            loop.call_soon_threadsafe(_settle_all, jobs)


def _settle_all(jobs: list[Job]) -> None:
    for job in jobs:
        job.settle()
