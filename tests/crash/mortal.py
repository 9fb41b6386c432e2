"""A place in which the bot runs as a process that may die: kept, laid out, started again, looked at from outside."""

import asyncio
import json
import os
import signal
from collections import Counter
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any, Self, TypeVar

from sqlmodel import col, select

from bot.sandbox.telegram import StandIn
from storage.book import CLOCK as BY_CLOCK
from storage.book import Book
from storage.database import Database
from storage.inbox import RETRIES
from storage.outbox import SENT
from storage.reading import Read
from storage.rules.calendar import WorkingCalendar
from storage.rules.terms import Terms
from storage.tables import Letter
from tests.crash import child
from tests.crash.child import ARMED, CLOCK, PULSE, Trouble
from tests.crash.shelves import POLLING, Mode
from tests.processes import _FORKS, LOADED, TOKEN, Ended, Place, Running, free_port, last_calls_taken
from tests.world import START, ZONE, _at_rest

T = TypeVar("T")
Said = Counter[tuple[int, str]]
CHATS = "telegram.db"
_FORKS.set_forkserver_preload(["__main__", *LOADED, "tests.crash.warm"])
STARTS = 5  # as often in one step only a bot dies that dies of something else


@dataclass(frozen=True)
class Death:
    """What was known when a process died: the letters without a mark, those with one, and what Telegram had taken."""

    unmarked: frozenset[int]
    marked: Said
    taken: Said
    code: int


@dataclass
class Mortal(Place):
    """A place in which the bot runs as a process that may die, and is started again."""

    moment: datetime = START
    mode: Mode = POLLING
    told: list[dict[str, Any]] = field(default_factory=list)
    deaths: list[Death] = field(default_factory=list)
    before: int = 0
    _ticks: int = 0
    _rose: int = 0
    _asked: frozenset[str] = frozenset()
    _heirless: frozenset[str] = frozenset()
    _book: Database | None = None
    _tasks: list[asyncio.Task[None]] = field(default_factory=list)

    @classmethod
    async def entered(cls, folder: Path, kept: Path | None, mode: Mode = POLLING) -> Self:
        """Open a place as it was kept, or as nobody has seen it yet."""
        folder.mkdir(parents=True)  # noqa: ASYNC240 (nothing else runs yet)
        standin = StandIn(TOKEN, now=lambda: place.moment, pulse=PULSE)
        standin.town.query_lifetime *= PULSE.speed  # the pulse runs fast, the answering process does not
        place = cls(folder, standin, mode=mode)
        if kept is None:
            mode.shelf.make(folder)
        else:
            place._lay_out(kept)
        await standin.start()
        place.config = {
            "telegram": {"token": TOKEN, "base_url": standin.url, "mode": "webhook" if mode.webhook else "polling"},
            "database": {"url": place.url},
            "web": {"listen": "127.0.0.1:0"},
            "schedule": {"quiet": "", "quiet_days_off": False, "tick_seconds": 3600},
            "content": {"mode": "full"},
        }
        if mode.webhook:
            port = free_port()
            place.config["webhook"] = {
                "url": f"http://127.0.0.1:{port}/telegram",
                "listen": f"127.0.0.1:{port}",
                "secret": "only-the-stand-in-knows",
            }
        place.configure()
        place.turn(0)
        return place

    @property
    def url(self) -> str:
        """The database's address."""
        return self.mode.shelf.url(self.folder)

    def keep(self, folder: Path) -> None:
        """Keep database, chats and clock of a town in which nothing runs."""
        folder.mkdir(parents=True, exist_ok=True)
        self._shut()
        self.mode.shelf.copy(self.folder, folder)
        self.standin.save(folder / CHATS)
        (folder / CLOCK).write_text(self.moment.isoformat(), "ascii")

    def _lay_out(self, kept: Path) -> None:
        self.mode.shelf.copy(kept, self.folder)
        self.standin.load(kept / CHATS)
        self.standin.town.deliveries.webhook = None  # where the bot of another run listened
        self.moment = datetime.fromisoformat((kept / CLOCK).read_text("ascii"))
        self.before = self.look(lambda read: max(read.exec(select(Letter.id)), default=0))

    def turn(self, working_days: int) -> None:
        """Turn the clock to nine o'clock of the working day so many ahead; the bot sees it when it next asks."""
        if working_days:
            day = WorkingCalendar.shipped().add_working_days(self.moment.astimezone(ZONE).date(), working_days)
            self.moment = datetime(day.year, day.month, day.day, 9, tzinfo=ZONE)
        (self.folder / CLOCK).write_text(self.moment.astimezone(UTC).isoformat(), "ascii")

    def _database(self, work: Callable[[Database], T]) -> T:
        if self._book is None:
            self._book = self.mode.shelf.open(self.folder)
            self._book.create()
        return work(self._book)

    def _shut(self) -> None:
        """Let go of the database."""
        if self._book is not None:
            self._book.close()
            self._book = None

    def acts(self, act: Callable[[Book], T]) -> T:
        """Run an act of the clock's while no bot runs."""
        return self._database(
            lambda database: database.act_now(lambda read: act(Book(read, self.moment, Terms(), BY_CLOCK)))
        )

    def look(self, query: Callable[[Read], T]) -> T:
        """Read the database beside the process."""
        return self._database(lambda database: database.look(query))

    # the process

    def troubled(self, trouble: Trouble) -> Running:
        """Start `duban run` in a child that will meet this trouble."""
        hears, tells = _FORKS.Pipe(duplex=False)
        arguments: tuple[Any, ...] = (str(self.folder), len(self.running), ["run"], {}, trouble, tells)
        process = _FORKS.Process(target=child.live, args=arguments)
        process.start()
        tells.close()
        running = Running(process, self.folder / str(len(self.running)))
        self.running.append(running)
        self._ticks = 0
        asyncio.get_running_loop().add_reader(hears.fileno(), self._hear, hears, bytearray())
        self._tasks.append(asyncio.create_task(self._mourn(running)))
        return running

    def _hear(self, hears: Connection, rest: bytearray) -> None:
        """Take what the child tells; each line may be what somebody waits for."""
        piece = os.read(hears.fileno(), 65536)
        if not piece:
            asyncio.get_running_loop().remove_reader(hears.fileno())
            hears.close()
            return
        *lines, last = (bytes(rest) + piece).split(b"\n")
        rest[:] = last
        for line in lines:
            told = json.loads(line)
            self.told.append(told)
            if told["what"] == "ticked":
                self._ticks += 1
                self._inherits()
        self.standin.town.bell.ring()

    def _inherits(self) -> None:
        """Have the leases of the dead be over, now that the one who comes after them has looked and must wait."""
        if self._heirless:
            self.mode.shelf.end(self.folder, self._heirless)
            self._heirless = frozenset()

    async def _mourn(self, running: Running) -> None:
        """Wake whoever waits when a process has gone."""
        await running._gone.wait()
        self.standin.town.bell.ring()

    @property
    def alive(self) -> bool:
        """Tell whether the newest process runs."""
        return self.running[-1].alive

    @property
    def ready(self) -> bool:
        """Tell whether the newest process takes updates and its first tick is over."""
        deliveries = self.standin.town.deliveries
        listens = deliveries.webhook is not None if self.mode.webhook else deliveries.waiting > 0
        return bool(self.running[-1].up and listens and self._ticks)

    def arm(self) -> None:
        """Have the child count from now on."""
        (self.folder / ARMED).touch()

    async def begins(self, trouble: Trouble, *, armed: bool) -> None:
        """Start the bot and arm it: from its first breath, or when all is at rest."""
        self._asked = frozenset(self.standin.town.queries)
        if armed:
            self.arm()
            self.troubled(trouble)
            return
        self.troubled(trouble)
        await self.sees(lambda: (self.ready and self.rested()) or not self.alive)
        assert self.alive, self.log
        self.arm()

    async def survives(self, walk: Coroutine[Any, Any, None], troubles: Sequence[Trouble] = ()) -> None:
        """Drive people's doings to their end and rest; whenever the process dies, start it into the next trouble."""
        later = list(troubles)
        self._rose = 0
        walking = asyncio.create_task(self._to_rest(walk))
        walking.add_done_callback(lambda _walking: self.standin.town.bell.ring())
        try:
            while not walking.done():
                await self.sees(lambda: walking.done() or not self.alive)
                if not self.alive:
                    await self._rises(later.pop(0) if later else Trouble())
            await walking
        finally:
            walking.cancel()
            await asyncio.gather(walking, return_exceptions=True)

    async def _rises(self, trouble: Trouble) -> None:
        """Note what was known at a death, and start the process again."""
        ended = await self.running[-1].ended()
        await last_calls_taken()
        assert ended.code == -signal.SIGKILL or self.struck, ended.err
        self._rose += 1
        assert self._rose < STARTS, ended.err
        self._heirless = await self.mode.shelf.bequeathed(self.folder)
        self.deaths.append(Death(*self.look(_marks), self.taken, ended.code))
        self.troubled(trouble)

    async def _to_rest(self, walk: Coroutine[Any, Any, None]) -> None:
        await walk
        await self.sees(lambda: self.alive and self.ready and self.rested() and (self.struck or self.answered))

    async def ends(self) -> Ended:
        """Ask the bot to stop, and hold it to a stop in good order.

        Where it dies by a trouble at its very last event, when all that it did could be seen, it is started once more.
        """
        self.running[-1].terminate()
        ended = await self.running[-1].ended()
        if ended.code == -signal.SIGKILL and self.struck:
            await self._rises(Trouble())
            await self.sees(lambda: (self.ready and self.rested()) or not self.alive)
            self.running[-1].terminate()
            ended = await self.running[-1].ended()
        assert ended.code == 0, ended.err
        return ended

    # what is to be seen

    def rested(self) -> bool:
        """Tell whether every update is confirmed and handled, on a second try too, and every letter settled."""
        newest = max(self.standin.updates, default=0)
        return not self.standin.pending and self.look(lambda read: _at_rest(read, newest, self.moment + RETRIES[0]))

    @property
    def struck(self) -> list[str]:
        """Where trouble came in this step."""
        return [told["place"] for told in self.told if told["what"] == "strikes"]

    @property
    def answered(self) -> bool:
        """Tell whether every press since the bot was started last was answered."""
        queries = self.standin.town.queries
        return all(query.answered for key, query in queries.items() if key not in self._asked)

    @property
    def taken(self) -> Said:
        """Chat and words of every message that Telegram took."""
        sent = (call for call in self.standin.calls if call.method == "sendMessage" and call.answer and call.ok)
        return Counter((call.answer["chat"]["id"], call.answer["text"]) for call in sent)

    async def close(self) -> None:
        """End every process that still runs, the stand-in, and whoever still waits."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await super().close()
        self._shut()
        self.mode.shelf.drop(self.folder)


def _marks(read: Read) -> tuple[frozenset[int], Said]:
    """Give the letters without a mark, and chat and words of those that are marked as sent."""
    unmarked = read.exec(select(Letter.id).where(col(Letter.settled_at).is_(None)))
    sent = read.exec(select(Letter.chat_id, Letter.text).where(Letter.outcome == SENT, col(Letter.edits).is_(None)))
    return frozenset(unmarked), Counter((chat_id or 0, text or "") for chat_id, text in sent)
