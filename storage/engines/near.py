"""Short units, run in the event loop itself; only their commit, which waits for the disk, is a thread's.

A thread that writes and the loop hand the interpreter's lock to and fro at every statement: a tenth of a press's cost.
"""

import asyncio
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Any, Final

import structlog
from sqlalchemy import Engine
from sqlalchemy.engine import Connection

from storage.engines import savepoints
from storage.engines.jobs import Job
from storage.engines.writer import Pen

_log = structlog.get_logger(__name__)
_SLICE: Final = 0.005  # seconds after which what waits is left for the next group, and the loop has its turn
_LONG: Final = 0.1


class Near:
    """Whatever waits goes into one transaction; what cannot be written here and now is left to the writer's thread.

    `elsewhere` takes such a unit: the thread has the pen, another process has the lock, the group was lost.
    """

    def __init__(self, engine: Engine, pen: Pen, elsewhere: Callable[[Job], None]) -> None:
        self._engine = engine
        self._pen = pen
        self._elsewhere = elsewhere
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="commit")
        self._connection: Connection | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._waiting: list[Job] = []
        self._busy = False

    def put(self, job: Job, loop: asyncio.AbstractEventLoop) -> None:
        """Line a unit up; it runs before the loop waits for anything."""
        if self._loop is not loop:  # the one before has ended, and whatever waited in it
            self._loop, self._waiting, self._busy = loop, [], False
        self._waiting.append(job)
        if not self._busy:
            self._busy = True
            loop.call_soon(self._turn)

    def close(self) -> None:
        """Leave what waits to the writer's thread, let the last commit end, then let go of the connection."""
        waiting, self._waiting = self._waiting, []
        for job in waiting:
            self._elsewhere(job)
        self._thread.shutdown()
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _turn(self) -> None:
        """Run what waits, as far as a slice of time goes, and have it committed."""
        jobs = [job for job in self._waiting if job.begins()]
        self._waiting = []
        if not jobs or self._loop is None:
            self._busy = False
        elif not self._pen.lock.acquire(blocking=False):
            self._leave(jobs)
        else:
            try:
                done = self._run(jobs)
            except Exception as fault:  # noqa: BLE001 (the pen must not stay taken, whatever it is)
                self._lost(fault)
                self._leave(jobs)
            else:
                self._waiting = jobs[done:]
                self._thread.submit(self._commit, jobs[:done], self._loop)

    def _run(self, jobs: list[Job]) -> int:
        """Begin, and run units until the slice is over; give how many."""
        self._connection = self._connection or self._engine.connect()
        self._connection.begin()
        begun = now = time.perf_counter()
        for done, job in enumerate(jobs, start=1):
            before = now
            savepoints.run(self._connection, job, self._pen.owner)
            now = time.perf_counter()
            if now - before > _LONG:
                _log.warning("a unit has held up the event loop", seconds=round(now - before, 3), unit=repr(job.unit))
            if done == self._pen.group or now - begun > _SLICE:
                return done
        return len(jobs)

    def _commit(self, jobs: list[Job], loop: asyncio.AbstractEventLoop) -> None:
        """Commit, in the thread; whatever comes of it, let others write and tell the loop."""
        ticket: int | None = None
        try:
            assert self._connection is not None
            self._connection.commit()
            ticket = self._pen.handover.ticket()
        except BaseException as fault:  # noqa: BLE001 (the pen must not stay taken)
            self._lost(fault)
        else:
            self._pen.lock.release()
        try:
            loop.call_soon_threadsafe(self._committed, jobs, ticket, loop)
        except RuntimeError:  # it has ended; nobody waits, but what was posted has its place in the order
            self._told(jobs, ticket)

    def _committed(self, jobs: list[Job], ticket: int | None, loop: asyncio.AbstractEventLoop) -> None:
        """Hand out the results, in the loop, and go on with what has come meanwhile."""
        self._told(jobs, ticket)
        for job in jobs:
            if ticket is not None:
                job.settle()
            else:
                self._elsewhere(job)
        if self._loop is loop:
            self._turn()

    def _told(self, jobs: list[Job], ticket: int | None) -> None:
        """Tell what the units have posted."""
        if ticket is not None:
            posted: list[Any] = [thing for job in jobs if job.fault is None for thing in job.posted]
            self._pen.handover.settle(ticket, posted)

    def _leave(self, jobs: list[Job]) -> None:
        """Leave units to the writer's thread."""
        self._busy = False
        for job in jobs:
            self._elsewhere(job)

    def _lost(self, fault: BaseException) -> None:
        """Undo what there is to undo, and give the pen back."""
        _log.info("left to the writer's thread", fault=type(fault).__name__)
        try:
            if self._connection is not None:
                with suppress(Exception):  # one that is out of order is dropped
                    savepoints.rollback(self._connection)
                    return
            savepoints.drop(self._connection)
            self._connection = None
        finally:
            self._pen.lock.release()
