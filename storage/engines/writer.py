"""The thread that writes: it takes whatever waits, never waits for more, and commits it in one go."""

import queue
import sqlite3
import threading
from typing import Any, ClassVar

import structlog
from sqlalchemy import Engine
from sqlalchemy.engine import Connection
from sqlalchemy.exc import DBAPIError

from storage.engines import savepoints
from storage.engines.handover import Handover
from storage.engines.jobs import Job, settle
from storage.engines.savepoints import GroupLost

_log = structlog.get_logger(__name__)


class Pen:
    """Who writes just now, the thread or the event loop, never both; and by which replica what is written is sent."""

    group: ClassVar = 64  # units in one transaction, at the most

    def __init__(self, handover: Handover) -> None:
        self.lock = threading.Lock()
        self.handover = handover
        self.owner: str | None = None


class Writer:
    """Units of any length, in groups; results are handed out only after the commit."""

    def __init__(self, engine: Engine, pen: Pen) -> None:
        self._engine = engine
        self._pen = pen
        self._jobs: queue.SimpleQueue[Job | None] = queue.SimpleQueue()
        self._thread: threading.Thread | None = None

    def open(self) -> None:
        """Start, once: a second thread would wait for an end that the first has taken."""
        if self._thread is None:
            self._thread = threading.Thread(target=self._write, name="writer", daemon=True)
            self._thread.start()

    def close(self) -> None:
        """Finish what waits."""
        if self._thread is not None:
            self._jobs.put(None)
            self._thread.join()
            self._thread = None

    def put(self, job: Job) -> None:
        """Line a unit up."""
        self._jobs.put(job)

    def _write(self) -> None:
        """Take whatever waits, commit once, hand out the results; whatever happens, go on."""
        connection: Connection | None = None
        ended = False
        while not ended:
            group, ended = self._group()
            try:
                connection = connection or self._engine.connect()
                self._commit(connection, group)
            except BaseException as fault:  # noqa: BLE001 (a writer that dies would have everybody wait for ever)
                _log.exception("the writer starts anew on a connection of its own")
                savepoints.drop(connection)
                connection = None
                for job in group:
                    job.fault = fault
                settle(group)
        if connection is not None:
            connection.close()

    def _group(self) -> tuple[list[Job], bool]:
        """Wait for a unit, take those that wait with it, and tell whether the end was among them."""
        group: list[Job] = []
        job = self._jobs.get()
        while job is not None:
            if job.begins():
                group.append(job)
            if len(group) == self._pen.group or self._jobs.empty():
                return group, False
            job = self._jobs.get()
        return group, True

    def _commit(self, connection: Connection, group: list[Job]) -> None:
        """Run a group in one transaction; where that is lost, run every unit again alone."""
        if not group:
            return
        left: list[Any] | None = None
        try:
            with self._pen.lock:
                self._run(connection, group)
                ticket = self._pen.handover.ticket()
            left = [thing for job in group if job.fault is None for thing in job.posted]
        except (GroupLost, DBAPIError, sqlite3.Error) as fault:
            savepoints.rollback(connection)
            if len(group) == 1:
                group[0].fault = fault.__cause__ if isinstance(fault, GroupLost) and fault.__cause__ else fault
                settle(group)
                return
            _log.warning("group lost, its units run alone", units=len(group), fault=type(fault).__name__)
            for job in group:
                self._commit(connection, [job])
            return
        self._pen.handover.settle(ticket, left)
        settle(group)

    def _run(self, connection: Connection, group: list[Job]) -> None:
        """Begin, run each unit in its savepoint, commit."""
        with connection.begin():
            for job in group:
                savepoints.run(connection, job, self._pen.owner)
