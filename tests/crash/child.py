"""What a child process does to itself: counts its commits and its calls to Telegram, and at one of them meets trouble.

Nothing of this is in the product: the wrapper is laid around SQLAlchemy's commit and around the transport's request.
"""

import json
import os
import re
import signal
import sqlite3
import threading
from dataclasses import dataclass, replace
from datetime import datetime
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, event
from sqlalchemy.engine.default import DefaultDialect
from telegram.error import NetworkError
from telegram.request import RequestData

from bot import intake
from bot.app import App, Plan
from bot.pulse import Pulse
from bot.transport import AiohttpRequest, NotSent
from storage.prepared import _Compiled
from tests import processes

PULSE = Pulse(200)  # pacing and waits after failures pass that much faster than they would
LOOK_AGAIN = 0.1  # seconds between looks for what another process, dead by now, had in hand
ARMED, CLOCK = "armed", "clock"  # files in the child's folder: whether events count yet, and the office's moment
SAID = {"full": "database or disk is full", "locked": "database is locked", "io": "disk I/O error"}
SAID_BY_SERVER = {
    "full": "DiskFull",
    "io": "IoError",
    "collides": "SerializationFailure",
    "away": "AdminShutdown",
    "cut": "OperationalError",
}
ENDS_LINE = {"away", "cut"}
_WRITES = re.compile(r'\s*(INSERT|UPDATE|DELETE)\s+(?:INTO\s+|FROM\s+)?"?(\w+)')
_ENDS = re.compile(r"\s*(COMMIT|END)\b", re.IGNORECASE)


@dataclass(frozen=True)
class Trouble:
    """What happens at the `number`th event whose place says `word`; 0 is no trouble at all.

    `kill` strikes before or `after` the event took effect, and so does `lost` at a call; `full`, `locked` and `io` are
    what SQLite says instead of committing, `full`, `io`, `collides` and `away` what PostgreSQL does, and `cut` is the
    line to it. There a commit is struck `after` it was sent and before it is answered. `exact`: the place is `word`.
    """

    number: int = 0
    after: bool = False
    word: str = ""
    kind: str = "kill"
    exact: bool = False

    def fits(self, place: str) -> bool:
        """Tell whether it may come at a place."""
        return self.word == place if self.exact else self.word in place

    def __str__(self) -> str:
        """Name it for a report."""
        return f"{self.kind} {'after' if self.after else 'before'} #{self.number} {self.word}".rstrip()


class Events:
    """Counts events from the moment that the parent arms it, tells the parent of each, and strikes at one."""

    def __init__(self, trouble: Trouble, told: Connection, folder: Path) -> None:
        self._trouble = trouble
        self._told = told.fileno()
        self._kept = told  # closed with the process alone
        self._armed = folder / ARMED
        self._lock = threading.Lock()
        self._number = 0
        self._fitting = 0

    def tell(self, what: str, place: str, number: int = 0) -> None:
        """Tell the parent, in one line that no other thread's can split."""
        line = json.dumps({"what": what, "place": place, "number": number}) + "\n"
        os.write(self._told, line.encode())

    def begin(self, place: str) -> int:
        """Number an event that is about to happen, and strike there if that is wanted; 0 where none counts yet."""
        number, mine = self._numbered(place)
        if number:
            self.tell("begins", place, number)
        if mine and not self._trouble.after:
            self.strike(place, number)
        return -number if mine else number

    def end(self, place: str, number: int) -> None:
        """Tell that an event took effect, and strike there if that is wanted.

        What had begun before events counted (a poll that waited for its first update) is numbered now.
        """
        mine = number < 0
        if not number:
            number, mine = self._numbered(place)
            if number:
                self.tell("begins", place, number)
        if mine:
            self.strike(place, abs(number))
        self.tell("ends", place, abs(number))

    def _numbered(self, place: str) -> tuple[int, bool]:
        if not self._armed.exists():
            return 0, False
        with self._lock:
            self._number += 1
            fits = self._trouble.fits(place)
            self._fitting += fits
            return self._number, fits and self._fitting == self._trouble.number

    def strike(self, place: str, number: int) -> None:
        """Die at once, or raise what the database or the line would."""
        self.tell("strikes", place, number)
        if self._trouble.kind == "kill":
            os.kill(os.getpid(), signal.SIGKILL)
            signal.pause()
        raise _Struck(self._trouble.kind)


class _Struck(Exception):
    """Trouble that is not death; put into the words of where it happens."""


def live(
    folder: str, number: int, arguments: list[str], environ: dict[str, str], trouble: Trouble, told: Connection
) -> None:
    """Be `duban …` in a folder, counted and struck."""
    events = Events(trouble, told, Path(folder))
    _count_commits(events)
    _count_calls(events)
    _keep_time(events, Path(folder) / CLOCK)
    intake._LOOK_AGAIN = LOOK_AGAIN
    processes._live(folder, number, arguments, environ)


def _count_commits(events: Events) -> None:
    """Lay the wrapper around every commit of every engine; one that wrote nothing is none."""
    marks: dict[int, set[str]] = {}
    commit: Any = DefaultDialect.do_commit
    rollback: Any = DefaultDialect.do_rollback

    def counted(self: Any, raw: Any) -> None:
        written = marks.pop(_driver(raw), None)
        if not written:
            commit(self, raw)
            return
        place = "commit " + " ".join(sorted(written))
        try:
            number = events.begin(place)
            if number < 0 and self.name == "postgresql":
                _unheard(raw)
            else:
                commit(self, raw)
            events.end(place, number)
        except _Struck as struck:
            raise _said(self, raw, struck.args[0]) from None

    def undone(self: Any, raw: Any) -> None:
        marks.pop(_driver(raw), None)
        rollback(self, raw)

    DefaultDialect.do_commit = counted  # type: ignore[method-assign]
    DefaultDialect.do_rollback = undone  # type: ignore[method-assign]
    _note_writes(marks)


def _note_writes(marks: dict[int, set[str]]) -> None:
    """Note what each connection writes, composed by SQLAlchemy or prepared and given to the driver itself."""
    run: Any = _Compiled._cursor

    def noted(driver: Any, cursor: Any, statement: str) -> None:
        found = _WRITES.match(statement)
        if found and not _in_vain(cursor):
            marks.setdefault(id(driver), set()).add(f"{found[1]}:{found[2]}")
        assert not _ENDS.match(statement), "a commit in plain SQL would not be counted"

    def prepared(self: Any, driver: Any, values: Any, **how: Any) -> Any:
        cursor = run(self, driver, values, **how)
        noted(driver, cursor, self.sql)
        return cursor

    def composed(connection: Any, cursor: Any, statement: str, *_more: Any) -> None:
        noted(connection.connection.driver_connection, cursor, statement)

    _Compiled._cursor = prepared  # type: ignore[method-assign]
    event.listen(Engine, "after_cursor_execute", composed)


def _in_vain(cursor: Any) -> bool:
    """Tell whether a statement has met no row; SQLite knows of none that gives rows before they are fetched."""
    return bool(cursor.rowcount == 0 and (not isinstance(cursor, sqlite3.Cursor) or not cursor.description))


def _unheard(raw: Any) -> None:
    """Send COMMIT, and be gone before the server answers."""
    raw.pgconn.send_query(b"COMMIT")
    while raw.pgconn.flush():
        pass


def _said(dialect: Any, raw: Any, kind: str) -> Exception:
    """Give what the driver raises; most of it comes with the end of the transaction, or of the line itself."""
    driver = dialect.loaded_dbapi
    if kind in ENDS_LINE:
        raw.driver_connection.close()  # the pool's own close would give it back
    elif kind != "locked":
        raw.rollback()
    if dialect.name == "postgresql":
        said: Exception = getattr(driver.errors, SAID_BY_SERVER[kind])(kind)
        return said
    return driver.OperationalError(SAID[kind])  # type: ignore[no-any-return]


def _driver(raw: Any) -> int:
    """Tell connections apart by the driver's own, whatever the pool wraps it in."""
    return id(getattr(raw, "driver_connection", raw))


def _count_calls(events: Events) -> None:
    """Lay the wrapper around every call to Telegram."""
    request = AiohttpRequest.do_request

    async def counted(
        self: AiohttpRequest, url: str, method: str, request_data: RequestData | None = None, *more: Any, **named: Any
    ) -> tuple[int, bytes]:
        values = request_data.parameters if request_data else {}
        place = f"call {url.rpartition('/')[2]} {values.get('chat_id', '')}".rstrip()
        try:
            number = events.begin(place)
        except _Struck:
            raise NotSent("ClientConnectorError") from None
        answer = await request(self, url, method, request_data, *more, **named)
        try:
            events.end(place, number)
        except _Struck:
            raise NetworkError("ServerDisconnectedError") from None
        return answer

    AiohttpRequest.do_request = counted  # type: ignore[method-assign]


def _keep_time(events: Events, clock: Path) -> None:
    """Have the bot live by the clock that the parent turns, and tell of each tick that is over."""
    begin, tick = App.__init__, App.tick

    def told() -> datetime:
        return datetime.fromisoformat(clock.read_text("ascii"))

    def begun(self: App, plan: Plan) -> None:
        begin(self, replace(plan, clock=told, pulse=PULSE))

    async def ticked(self: App) -> None:
        await tick(self)
        events.tell("ticked", "")

    App.__init__ = begun  # type: ignore[method-assign]
    App.tick = ticked  # type: ignore[method-assign]
