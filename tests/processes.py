"""The bot as a process of its own, run against a stand-in for Telegram that lives in the test's loop.

`python -m bot` takes over a second to import what it needs; processes here are forked from one that has done so.
"""

import asyncio
import json
import multiprocessing
import os
import socket
import sqlite3
import sys
from collections import Counter
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from multiprocessing.context import ForkServerProcess
from pathlib import Path
from typing import Any, Self, TypeVar

from bot.cli import MODULES, main
from bot.sandbox.server import _Lost
from bot.sandbox.telegram import StandIn
from storage.acts import people
from storage.acts.people import Enrolment
from storage.book import CLOCK, Book
from storage.database import Database
from storage.reading import Read
from storage.rules.terms import Terms
from tests.standins import tells_nothing

T = TypeVar("T")
TOKEN = "7000000001:AAEhBP0av28s3uLQm1Fh7nKd1pJzWqTestTo"
PATIENCE = 20.0
_FORKS = multiprocessing.get_context("forkserver")
# The command line imports a command when it is called; the tables of an empty database are made by Alembic.
LOADED = [*(f"bot.commands.{name}" for name in sorted(set(MODULES.values()))), "alembic.command", "tests.processes"]
_FORKS.set_forkserver_preload(["__main__", *LOADED])


def _live(folder: str, number: int, arguments: list[str], environ: dict[str, str]) -> None:
    """Be `duban …` in a folder, with both outputs in numbered files there."""
    os.chdir(folder)
    for name in [name for name in os.environ if name.startswith("DUBAN_")]:
        del os.environ[name]
    os.environ.update(environ)
    for descriptor, name in ((1, f"{number}.out"), (2, f"{number}.err")):
        os.dup2(os.open(name, os.O_WRONLY | os.O_CREAT | os.O_APPEND), descriptor)
    sys.argv = ["duban", *arguments]
    main(arguments, prog_name="duban")


@dataclass
class Ended:
    """What a process left behind."""

    code: int
    out: str
    err: str

    @property
    def line(self) -> str:
        """Give the one line it said on its error output; anything more, or a traceback, fails."""
        lines = [line for line in self.err.splitlines() if line]
        assert len(lines) == 1, self.err
        return lines[0]


class Running:
    """A process under way."""

    def __init__(self, process: ForkServerProcess, outputs: Path) -> None:
        self._process = process
        self._outputs = outputs
        self._gone = asyncio.Event()
        loop = asyncio.get_running_loop()
        loop.add_reader(process.sentinel, self._ended, loop)

    def _ended(self, loop: asyncio.AbstractEventLoop) -> None:
        loop.remove_reader(self._process.sentinel)
        self._process.join()
        self._gone.set()

    @property
    def alive(self) -> bool:
        """Tell whether it still runs."""
        return not self._gone.is_set()

    @property
    def up(self) -> bool:
        """Tell whether it has said that it runs; a poll alone may be one that a dead process has left open."""
        return "the bot is running" in _read(self._outputs.with_suffix(".err"))

    def kill(self) -> None:
        """Kill it at once, as a power cut would: nothing of it runs any more."""
        self._process.kill()

    def terminate(self) -> None:
        """Ask it to stop."""
        self._process.terminate()

    async def ended(self) -> Ended:
        """Wait for its end."""
        async with asyncio.timeout(PATIENCE):
            await self._gone.wait()
        code = self._process.exitcode
        assert code is not None
        return Ended(code, *(_read(self._outputs.with_suffix(kind)) for kind in (".out", ".err")))


@dataclass
class Place:
    """A folder with a configuration, a database and, if one is wanted, a stand-in for Telegram."""

    folder: Path
    standin: StandIn
    config: dict[str, dict[str, Any]] = field(default_factory=dict)
    running: list[Running] = field(default_factory=list)

    @classmethod
    async def opened(cls, folder: Path, **sections: dict[str, Any]) -> Self:
        """Open a place whose stand-in listens."""
        folder.mkdir(exist_ok=True)  # noqa: ASYNC240 (nothing else runs yet)
        standin = StandIn(TOKEN, now=lambda: datetime.now(UTC))
        await standin.start()
        config: dict[str, dict[str, Any]] = {
            "telegram": {"token": TOKEN, "base_url": standin.url},
            "web": {"listen": "127.0.0.1:0"},
            "schedule": {"quiet": "", "quiet_days_off": False},
        }
        for name, keys in sections.items():
            config[name] = config.get(name, {}) | keys
        place = cls(folder, standin, config)
        place.configure()
        return place

    def configure(self, text: str = "") -> None:
        """Write the configuration: as it is held, or a text."""
        (self.folder / "config.toml").write_text(text or _toml(self.config), encoding="utf-8")

    def starts(self, *arguments: str, **environ: str) -> Running:
        """Start `duban …` in the folder."""
        number = len(self.running)
        process = _FORKS.Process(target=_live, args=(str(self.folder), number, list(arguments), environ))
        process.start()
        running = Running(process, self.folder / str(number))
        self.running.append(running)
        return running

    async def duban(self, *arguments: str, **environ: str) -> Ended:
        """Run `duban …` to its end."""
        return await self.starts(*arguments, **environ).ended()

    async def run(self) -> Running:
        """Start the bot and wait until it runs and asks for updates."""
        running = self.starts("run")
        await self.sees(lambda: (running.up and self.standin.polling) or not running.alive)
        assert running.alive, (await running.ended()).err
        return running

    async def sees(self, predicate: Callable[[], T]) -> T:
        """Wait for something at the stand-in."""
        return await self.standin.wait_for(predicate, PATIENCE)

    async def says(self, words: str) -> None:
        """Wait until a process has written these words; nothing but the file itself tells of it."""
        async with asyncio.timeout(PATIENCE):
            while words not in self.log:  # noqa: ASYNC110 (a file has no event)
                await asyncio.sleep(0.01)

    async def rests(self) -> None:
        """Wait until the process has sent every letter and handled every update that there is.

        Nothing tells of its last mark but its database: it is looked at whenever another update, of a kind that it only
        notes, has gone round.
        """
        async with asyncio.timeout(PATIENCE):
            while self._open():
                passing = await self.standin.raw_update({"poll": {}})
                await self.sees(partial(self._confirmed, passing))

    def _confirmed(self, update_id: int) -> bool:
        return update_id not in self.standin.pending

    def _open(self) -> bool:
        with closing(sqlite3.connect(self.folder / "duban.db")) as book:
            (letters,) = book.execute("SELECT count(*) FROM outbox WHERE settled_at IS NULL").fetchone()
            (updates,) = book.execute(
                "SELECT count(*) FROM inbox WHERE handled_at IS NULL AND not_before IS NULL"
            ).fetchone()
        return bool(letters or updates)

    @property
    def log(self) -> str:
        """Give all that the processes wrote."""
        return "".join(_read(path) for kind in ("*.out", "*.err") for path in sorted(self.folder.glob(kind)))

    def look(self, query: Callable[[Read], T]) -> T:
        """Read the database beside the process."""
        return self._database(lambda database: database.look(query))

    def acts(self, act: Callable[[Book], T]) -> T:
        """Run an act of the clock's, as the command line does beside a running bot."""
        return self._database(
            lambda database: database.act_now(lambda read: act(Book(read, datetime.now(UTC), Terms(), CLOCK)))
        )

    def enrol(self, *rows: Enrolment) -> None:
        """Enter people."""
        self.acts(lambda book: people.enrol(book, rows))

    def _database(self, work: Callable[[Database], T]) -> T:
        database = Database(f"sqlite:///{self.folder / 'duban.db'}")
        try:
            database.create()
            return work(database)
        finally:
            database.close()

    async def close(self) -> None:
        """End every process that still runs, and the stand-in; fail where what they wrote tells a token or a number."""
        for running in self.running:
            if running.alive:
                running.kill()
                await running.ended()
        await self.standin.stop()
        tells_nothing(self.log, TOKEN)


def _read(path: Path) -> str:
    return path.read_text(encoding="utf-8") if path.exists() else ""


def _toml(config: dict[str, dict[str, Any]]) -> str:
    """Write a configuration; JSON's texts, numbers and booleans are TOML's too."""
    lines: list[str] = []
    for section, keys in config.items():
        lines += [f"[{section}]", *(f"{key} = {json.dumps(value)}" for key, value in keys.items())]
    return "\n".join(lines)


async def last_calls_taken() -> None:
    """Have the stand-in take what a process that has just died left in its sockets.

    Loopback has delivered all of it; reading it and answering takes the loop a few turns.
    """
    for _ in range(20):
        await asyncio.sleep(0)


def free_port() -> int:
    """Give a port that nobody listens on just now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


class Fate:
    """Kills the newest process just as one of its calls arrives: before the call takes effect, or after, unanswered.

    `wanted` is asked about each call with its method and values; the first that it is true for is the process's last.
    """

    def __init__(self, place: Place, wanted: Callable[[str, dict[str, Any]], bool], *, takes_effect: bool) -> None:
        server = place.standin.server
        assert server is not None
        self.came = asyncio.Event()
        self.sent: Counter[tuple[int, str]] = Counter()  # chat and words of every message that Telegram took
        self._place = place
        self._wanted = wanted
        self._takes_effect = takes_effect
        self._perform = server._perform
        server._perform = self._met  # type: ignore[method-assign]

    async def _met(self, asked: Any, fault: Any) -> Any:
        if self.came.is_set() or not self._wanted(asked.method, asked.values):
            return await self._performed(asked, fault)
        self.came.set()
        running = self._place.running[-1]
        if not self._takes_effect:
            running.kill()
        elif asked.method == "getUpdates":
            self._place.standin.town.deliveries.confirm(asked.get("offset", 0))
        else:
            await self._performed(asked, fault)
        running.kill()
        await running.ended()
        raise _Lost

    async def _performed(self, asked: Any, fault: Any) -> Any:
        result = await self._perform(asked, fault)
        if asked.method == "sendMessage":
            self.sent[result["chat"]["id"], result["text"]] += 1
        return result
