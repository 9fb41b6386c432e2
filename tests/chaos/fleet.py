"""Three replicas of `duban run` behind one address, on one PostgreSQL; one is killed now and then and started anew."""

import asyncio
import json
import os
import socket
import time
from collections import Counter, deque
from collections.abc import Callable, Iterator
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import islice
from pathlib import Path
from random import Random, SystemRandom
from typing import Any, Self, TypeVar

from bot.sandbox.telegram import StandIn
from storage.database import Database
from storage.reading import Read
from storage.rules.calendar import WorkingCalendar
from tests import databases
from tests.chaos import child, town
from tests.chaos.post import Post
from tests.chaos.weather import Weather
from tests.processes import _FORKS, TOKEN, Place, Running, last_calls_taken
from tests.world import START, ZONE

T = TypeVar("T")
REPLICAS = 3
SECRET = "only-the-stand-in-knows"  # of the webhook
# Of each transaction the database itself notes which entries it wrote and which updates it closed.
_LEDGER = """
CREATE SCHEMA ledger;
CREATE TABLE ledger.written (entry bigint, tx bigint);
CREATE TABLE ledger.closed (update_id bigint, tx bigint);
CREATE FUNCTION ledger.write() RETURNS trigger LANGUAGE plpgsql AS
  $$BEGIN INSERT INTO ledger.written VALUES (new.id, txid_current()); RETURN NULL; END$$;
CREATE FUNCTION ledger.close() RETURNS trigger LANGUAGE plpgsql AS
  $$BEGIN INSERT INTO ledger.closed VALUES (new.id, txid_current()); RETURN NULL; END$$;
CREATE TRIGGER written AFTER INSERT ON public.record FOR EACH ROW EXECUTE FUNCTION ledger.write();
CREATE TRIGGER closed AFTER UPDATE OF handled_at ON public.inbox FOR EACH ROW
  WHEN (new.handled_at IS NOT NULL) EXECUTE FUNCTION ledger.close();
"""
_CHATS_OF = """
SELECT count(*), coalesce(max(lease_until) - extract(epoch FROM clock_timestamp()), 0) FROM lane WHERE owner = %s
"""


def _ports() -> Iterator[int]:
    """Give ports that nobody listens on, out of the range from which the kernel takes those of callers."""
    with ExitStack() as held:
        for port in SystemRandom().sample(range(20_000, 30_000), 50):
            probe = held.enter_context(socket.socket())
            with suppress(OSError):
                probe.bind(("127.0.0.1", port))
                yield port


@dataclass(frozen=True)
class Death:
    """What a replica that was killed had in hand: letters without a mark, chats; and when it died by the pulse."""

    at: float
    unmarked: frozenset[int]
    chats: int
    chats_free: float  # seconds until the last of them was free for others


@dataclass
class Fleet(Place):
    """A place with several replicas and all that goes wrong around them."""

    seed: str = ""
    patient: bool = False  # whether what the dead had in hand is free by itself, which takes up to a minute
    deaths: list[Death] = field(default_factory=list)
    replicas: list[Running] = field(default_factory=list)
    failed: Counter[int] = field(default_factory=Counter)
    book: Database = None  # type: ignore[assignment]  # opened with the place
    shelf: databases.Place = None  # type: ignore[assignment]
    weather: Weather = None  # type: ignore[assignment]
    post: Post = None  # type: ignore[assignment]
    _ports: tuple[int, ...] = ()
    _tasks: set[asyncio.Task[None]] = field(default_factory=set)

    @classmethod
    async def gathered(cls, folder: Path, seed: str, assigned: int, *, patient: bool) -> Self:
        """Lay out the town and the stand-in; nothing runs yet."""
        folder.mkdir(exist_ok=True)  # noqa: ASYNC240 (nothing else runs yet)
        standin = StandIn(TOKEN, now=lambda: fleet.now())  # noqa: PLW0108 (there is no fleet yet)
        fleet = cls(folder, standin, seed=seed, patient=patient)
        fleet.shelf = databases.Place(folder, databases.POSTGRESQL)
        fleet.shelf.make(f"chaos {assigned}", partial(town.fill, assigned=assigned))
        databases.sql(_LEDGER, name=fleet.shelf.name)
        fleet.book = fleet.shelf.open()
        fleet.ahead(START)
        fleet._ports = tuple(islice(_ports(), REPLICAS))
        await fleet._stand_in()
        fleet.config = {
            "telegram": {"token": TOKEN, "base_url": fleet.standin.url, "mode": "webhook"},
            "database": {"url": fleet.shelf.url},
            "web": {"listen": "127.0.0.1:0"},
            "webhook": {"url": f"http://127.0.0.1:{fleet._ports[0]}/telegram", "secret": SECRET},
            "schedule": {"quiet": "", "quiet_days_off": False, "tick_seconds": 1},
            "content": {"mode": "full"},
        }
        fleet.configure()
        return fleet

    async def _stand_in(self) -> None:
        """Have the stand-in go wrong, and bring its updates by the one address."""
        place = self.standin.town
        place.calls = deque()  # all of them are judged
        self.weather = Weather(self.seed, place.pulse)
        place.faults.take = self.weather.take  # type: ignore[method-assign]
        self.post = Post(self.seed, place.deliveries, SECRET, self._places)
        place.deliveries.post_forever = self.post.run  # type: ignore[method-assign, assignment]
        for account, name in self.people.items():
            await self.standin.join(account, name)
            self.standin.open_chat(account)
        await self.standin.start()

    @property
    def people(self) -> dict[int, str]:
        """Everybody's account and name."""
        rows = databases.sql("SELECT account, name FROM person WHERE account IS NOT NULL ORDER BY 1",
                             name=self.shelf.name)  # fmt: skip
        return dict(rows)

    def _places(self) -> list[str]:
        """List where the replicas listen; which of them are there the one address does not know."""
        return [f"http://127.0.0.1:{port}/telegram" for port in self._ports]

    # the clock

    def now(self) -> datetime:
        """Give the office's moment."""
        return child.now(self.folder / child.CLOCK)

    def ahead(self, moment: datetime) -> None:
        """Turn the office's clock to a moment, from which it runs on."""
        fresh = self.folder / "turned"
        fresh.write_text(str((moment - datetime.now(UTC)).total_seconds()), "ascii")
        os.replace(fresh, self.folder / child.CLOCK)  # noqa: PTH105 (nobody reads half of it)

    def next_morning(self) -> None:
        """Turn the office's clock to nine o'clock of the next working day."""
        day = WorkingCalendar.shipped().add_working_days(self.now().astimezone(ZONE).date(), 1)
        self.ahead(datetime(day.year, day.month, day.day, 9, tzinfo=ZONE))

    # the replicas

    async def begins(self) -> None:
        """Start every replica and wait until all of them run."""
        self.replicas = [self._replica(place) for place in range(REPLICAS)]
        for running in self.replicas:
            await self._up(running)

    def _replica(self, place: int) -> Running:
        number = len(self.running)
        listen = {"DUBAN_WEBHOOK__LISTEN": f"127.0.0.1:{self._ports[place]}"}
        process = _FORKS.Process(target=child.live, args=(str(self.folder), number, ["run"], listen))
        process.start()
        running = Running(process, self.folder / str(number))
        self.running.append(running)
        return running

    async def _up(self, running: Running) -> None:
        async with asyncio.timeout(30):
            while not running.up:
                assert running.alive, (await running.ended()).err
                await asyncio.sleep(0.05)

    async def kills(self, dice: Random) -> None:
        """Kill one of the replicas, note what it had in hand, and start it anew."""
        place = dice.randrange(REPLICAS)
        running = self.replicas[place]
        running.kill()
        await running.ended()
        await last_calls_taken()
        at = self.standin.town.pulse()
        names = child.owners(self.folder, self.running.index(running))
        intake, sender = json.loads(names.read_text("ascii")) if names.exists() else ("", "")
        mine = "SELECT id FROM outbox WHERE settled_at IS NULL AND owner = %s"
        unmarked = await asyncio.to_thread(databases.sql, mine, sender, name=self.shelf.name)
        ((chats, free),) = await asyncio.to_thread(databases.sql, _CHATS_OF, sender, name=self.shelf.name)
        self.deaths.append(Death(at, frozenset(number for (number,) in unmarked), chats, float(free)))
        self.replicas[place] = self._replica(place)
        if not self.patient:
            self._keep(self._leases_end(intake, sender))

    def _keep(self, work: Any) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _leases_end(self, intake: str, sender: str) -> None:
        """Have what the dead had in hand be free sooner than it would be; their chats are so by themselves."""
        over = partial(asyncio.to_thread, partial(databases.sql, name=self.shelf.name))
        await over("UPDATE turn SET until = 0 WHERE owner = %s", intake)
        await over("UPDATE outbox SET lease_until = 0 WHERE settled_at IS NULL AND owner = %s", sender)

    # what is to be seen

    def look(self, query: Callable[[Read], T]) -> T:
        """Read the database beside the processes."""
        return self.book.look(query)

    async def waiting(self) -> tuple[int, int]:
        """Count the updates and the letters that are open."""
        (found,) = await asyncio.to_thread(
            databases.sql,
            "SELECT (SELECT count(*) FROM inbox WHERE handled_at IS NULL),"
            " (SELECT count(*) FROM outbox WHERE settled_at IS NULL)",
            name=self.shelf.name,
        )
        return int(found[0]), int(found[1])

    async def settles(self, seconds: float) -> float:
        """Wait in fine weather until nothing is under way; give how long it took."""
        self.weather.clears()
        for running in self.replicas:
            await self._up(running)
        began, later = time.monotonic(), False
        while not self.post.idle or any(await self.waiting()) or not await self._ticked():
            assert time.monotonic() - began < seconds, await self._unrest()
            await asyncio.sleep(0.2)
            if not later and time.monotonic() - began > seconds / 3:
                later = True  # what failed waits for a minute of the office's
                self.ahead(self.now() + timedelta(seconds=90))
        return time.monotonic() - began

    async def _unrest(self) -> str:
        """Tell what does not come to rest."""
        over = partial(asyncio.to_thread, partial(databases.sql, name=self.shelf.name))
        letters = await over(
            "SELECT id, kind, shape, owner, lease_until, not_before FROM outbox WHERE settled_at IS NULL LIMIT 20"
        )
        updates = await over(
            "SELECT id, chat_id, attempts, not_before, fault FROM inbox WHERE handled_at IS NULL LIMIT 20"
        )
        return f"no rest, seed {self.seed}: letters {letters}, updates {updates}, log:\n{self.log[-3000:]}"

    async def _ticked(self) -> bool:
        """Tell whether every entry has its place, which ticks give."""
        placeless = "SELECT count(*) FROM record WHERE place IS NULL"
        return not (await asyncio.to_thread(databases.sql, placeless, name=self.shelf.name))[0][0]

    async def ends(self) -> list[int]:
        """Ask every replica to stop; give how they ended."""
        for running in self.replicas:
            running.terminate()
        return [(await running.ended()).code for running in self.replicas]

    async def close(self) -> None:
        """End whatever still runs, and leave nothing on the server."""
        for task in self._tasks:
            task.cancel()
        await super().close()
        self.book.close()
        self.shelf.drop()
