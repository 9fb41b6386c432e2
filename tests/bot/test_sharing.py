"""Two replicas on one PostgreSQL: never the same letter, never one chat at once, never more than Telegram's pace."""

import asyncio
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from types import SimpleNamespace
from typing import Any, TypeVar, cast

import pytest
from sqlalchemy import text
from sqlalchemy.exc import OperationalError
from sqlmodel import select

from bot.pacing import Method
from bot.polling import Polling
from bot.pulse import Pulse
from bot.sharing import Sharing
from bot.turnstile import Turnstile
from storage import claims, lanes, leases, outbox, outcomes
from storage.database import Database, FateUnknown
from storage.engines import postgresql
from storage.outbox import Post, Posted, Priority
from storage.outcomes import Mark
from storage.reading import Read
from storage.tables import Lane, Letter, Person
from storage.writing import add
from tests.databases import Place
from tests.world import World

T = TypeVar("T")
AT = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)
PEOPLE = 40


class Replica:
    """A process of its own on the shared database."""

    def __init__(self, place: Place, owner: str) -> None:
        self.database = place.open()
        self.database.open()
        self.owner = owner
        self.database.sends_as(owner)

    def does(self, unit: Callable[[Read], T]) -> T:
        """Run a unit of work in this thread."""
        return self.database.act_now(unit)

    def claims(self, room: int = 100) -> list[Posted]:
        """Take in hand what nobody has."""
        found = self.database.look(lambda read: claims.left(read, self.owner, AT, room))
        return self.database.act_now(lambda read: claims.claim(read, self.owner, found), guarded=True)


Town = Callable[[str], Replica]


@pytest.fixture
def town(tmp_path: Path) -> Iterator[Town]:
    """Give what starts a replica on a database with some people in it."""
    place = Place(tmp_path, "postgresql")
    place.make("forty people", _people)
    replicas: list[Replica] = []

    def start(owner: str) -> Replica:
        replicas.append(Replica(place, owner))
        return replicas[-1]

    yield start
    for replica in replicas:
        replica.database.close()
    place.drop()


def _people(database: Database) -> None:
    """Enter some people."""
    rows = [Person(id=number, name=f"人{number}", account=1000 + number) for number in range(1, PEOPLE + 1)]
    database.act_now(lambda read: [add(read, row) for row in rows])


def posts(count: int, priority: Priority = Priority.BROADCAST) -> list[Post]:
    """Make letters, one a person in turn."""
    return [Post(f"k{n}", "said", 1 + n % PEOPLE, priority=priority) for n in range(count)]


async def test_no_letter_is_claimed_by_two(town: Town) -> None:
    """Guard `SKIP LOCKED`: four replicas that claim at once share the letters without one twice."""
    replicas = [town(f"r{n}") for n in range(4)]
    replicas[0].does(lambda read: outbox.broadcast(read, posts(200), AT))
    taken = await asyncio.gather(*(asyncio.to_thread(replica.claims, 60) for replica in replicas for _ in range(4)))
    taken += [replicas[0].claims(200)]  # what two had their eyes on at once is left by the slower one for the next look
    ids = [letter.id for hand in taken for letter in hand]
    assert len(ids) == len(set(ids)) == 200
    assert replicas[1].claims() == []


def test_an_act_s_letter_is_its_own_replica_s_until_the_lease_ends(town: Town) -> None:
    """Guard the claim in the act's own transaction, its end by the database's time, and the fence against the late."""
    mine, other = town("mine"), town("other")
    posted: list[Posted] = []

    def act(read: Read) -> None:
        outbox.put(read, posts(1, Priority.ACT)[0], AT)
        posted.extend(read.posted)

    mine.does(act)
    (letter,) = posted
    assert other.claims() == []
    mine.does(lambda read: claims.renew(read, "mine", [letter.id]))
    mine.does(lambda read: read.connection().execute(text("UPDATE outbox SET lease_until = lease_until - 61")))
    (taken,) = other.claims()
    assert (taken.id, taken.fence, taken.chat_id) == (letter.id, letter.fence + 1, letter.chat_id)
    late = Mark(letter, "mine", outbox.SENT, 7)
    assert mine.does(lambda read: outcomes.settle(read, [late], AT)) == frozenset()
    done = Mark(taken, "other", outbox.SENT, 8)
    assert other.does(lambda read: outcomes.settle(read, [done], AT)) == {letter.id}
    assert other.does(lambda read: outcomes.settle(read, [done], AT)) == frozenset(), "marked once"


def test_a_stop_in_good_order_leaves_its_letters_to_others_at_once(town: Town) -> None:
    """Guard SIGTERM with several replicas: nobody waits for a lease."""
    mine, other = town("mine"), town("other")
    mine.does(lambda read: outbox.put(read, posts(1, Priority.ACT)[0], AT))
    mine.does(lambda read: claims.release(read, "mine"))
    assert len(other.claims()) == 1


def test_a_letter_is_not_due_before_its_moment(town: Town) -> None:
    """Guard letters put off until the morning, on this database too."""
    mine = town("mine")
    mine.does(lambda read: outbox.broadcast(read, posts(1), AT))
    (letter,) = mine.claims()
    mine.does(lambda read: claims.put_off(read, letter, "mine", AT + timedelta(hours=1)))
    assert mine.claims() == []


def test_one_chat_is_one_replica_s_and_the_next_keeps_its_pace(town: Town) -> None:
    """Guard the lane: held by one, let go with its free times, taken over after the lease of who died."""
    one, two = town("one"), town("two")
    held, at = one.does(lambda read: lanes.hold(read, "one", [5, 3], {}))
    assert sorted(each.chat_id for each in held) == [3, 5]
    assert two.does(lambda read: lanes.hold(read, "two", [3], {}))[0] == []
    one.does(lambda read: lanes.release(read, "one", {3: {"talk": at + 1}}))
    (taken,) = two.does(lambda read: lanes.hold(read, "two", [3], {}))[0]
    assert taken.free_at == {"talk": at + 1}
    one.does(lambda read: read.connection().execute(text("UPDATE lane SET lease_until = lease_until - 100")))
    (lapsed,), now = two.does(lambda read: lanes.hold(read, "two", [5], {"talk": 1.02}))
    assert lapsed.free_at["talk"] == pytest.approx(now - 100 + lanes.LEASE + 1.02, abs=5), "all of it was used up"
    one.does(lambda read: lanes.release(read, "one", {5: {}}))
    owner = select(Lane.owner).where(Lane.chat_id == 5)
    assert one.does(lambda read: read.exec(owner).one()) == "two", "who comes late lets nothing go"


async def test_the_sum_of_all_replicas_keeps_telegram_s_pace(town: Town) -> None:
    """Guard both limits at once: three replicas press through, no chat hears two in a second, nobody 31 in one."""
    pulse, left = Pulse(20), list[tuple[float, int]]()
    turnstiles, running = [], []
    for number in range(3):
        turnstile = Turnstile(pulse)
        sharing = turnstile.share(town(f"r{number}").database, f"r{number}")
        running += [asyncio.create_task(turnstile.run()), asyncio.create_task(sharing.run())]
        turnstiles.append(turnstile)

    async def call(turnstile: Turnstile, chat_id: int) -> None:
        async with turnstile.turn(Method.SEND, chat_id, Priority.ACT):
            left.append((pulse(), chat_id))

    async with asyncio.timeout(60):
        await asyncio.gather(*(call(each, 1 + number) for each in turnstiles for number in range(40)))
    for task in running:
        task.cancel()
    await asyncio.gather(*running, return_exceptions=True)
    left.sort()
    slack = 0.25  # of the pulse: twelve thousandths of a real second for the timers of a busy machine
    for number in range(1, 41):
        times = [at for at, chat in left if chat == number]
        assert len(times) == 3
        assert all(later - earlier >= 1.0 - slack for earlier, later in pairwise(times)), times
    moments = [at for at, _ in left]
    assert max(sum(1 for at in moments if begin <= at < begin + 1) for begin in moments) <= 31 + 29.5 * slack


@pytest.mark.parametrize("failing", ["hold", "reserve", "release"])
async def test_a_database_that_is_away_holds_calls_up_no_longer_than_it_is(
    town: Town, monkeypatch: pytest.MonkeyPatch, failing: str
) -> None:
    """Guard what was wanted when it failed: it is asked for again, though nobody else comes."""
    faults = [FateUnknown("away"), OperationalError("UPDATE", {}, OSError("away"))]
    real = getattr(lanes, failing)
    met = asyncio.Event()
    loop = asyncio.get_running_loop()

    def fails(*facts: Any) -> Any:
        if faults:
            raise faults.pop()
        loop.call_soon_threadsafe(met.set)
        return real(*facts)

    monkeypatch.setattr(lanes, failing, fails)
    monkeypatch.setattr(postgresql, "_TRIES", 1)
    pulse = Pulse(1000)
    turnstile = Turnstile(pulse)
    sharing = turnstile.share(town("one").database, "one")
    running = [asyncio.create_task(turnstile.run()), asyncio.create_task(sharing.run())]
    async with asyncio.timeout(20):
        async with turnstile.turn(Method.SEND, 7, Priority.ACT):
            pass
        await met.wait()
    assert not any(task.done() for task in running)
    for task in running:
        task.cancel()
    await asyncio.gather(*running, return_exceptions=True)


async def test_an_answer_waits_for_no_more_than_another_replica_s_share_of_its_chat(town: Town) -> None:
    """Guard priorities across replicas: one has a long queue for a chat, and the other's answer goes in between."""
    pulse, turnstiles, running = Pulse(20), list[Turnstile](), list[asyncio.Task[None]]()
    for number in range(2):
        turnstile = Turnstile(pulse)
        sharing = turnstile.share(town(f"r{number}").database, f"r{number}")
        running += [asyncio.create_task(turnstile.run()), asyncio.create_task(sharing.run())]
        turnstiles.append(turnstile)
    left: list[str] = []

    async def call(turnstile: Turnstile, priority: Priority, name: str) -> None:
        async with turnstile.turn(Method.SEND, 1, priority):
            left.append(name)

    async def queue() -> None:
        for _ in range(12):
            await call(turnstiles[0], Priority.ACT, "of the queue")

    queued = asyncio.create_task(queue())
    async with asyncio.timeout(20):
        while not left:  # noqa: ASYNC110 (a turnstile has no event for it)
            await asyncio.sleep(0.01)
        await call(turnstiles[1], Priority.ANSWER, "the answer")
        assert left.count("of the queue") <= 6, left
        await queued
    for task in running:
        task.cancel()
    await asyncio.gather(*running, return_exceptions=True)


@dataclass
class Running:
    """A replica's turnstile at work on the shared pace."""

    turnstile: Turnstile
    sharing: Sharing
    tasks: list[asyncio.Task[None]]

    async def dies(self) -> None:
        """Do nothing more, and let nothing go."""
        for task in self.tasks:
            task.cancel()
        await asyncio.gather(*self.tasks, return_exceptions=True)


def running(town: Town, pulse: Pulse, name: str) -> Running:
    """Start a replica."""
    turnstile = Turnstile(pulse)
    sharing = turnstile.share(town(name).database, name)
    return Running(turnstile, sharing, [asyncio.create_task(turnstile.run()), asyncio.create_task(sharing.run())])


def ends(town: Town) -> float:
    """Give in how many seconds the lease of chat 1 ends."""
    left = text("SELECT lease_until - extract(epoch FROM clock_timestamp()) FROM lane WHERE chat_id = 1")
    return float(town("looks").does(lambda read: read.connection().execute(left).scalar_one()))


async def test_after_a_death_its_chat_waits_for_the_lease_and_the_pace_and_no_longer(town: Town) -> None:
    """Guard the bound for an answer in a chat that a dead replica held, and the pace of what the dead may have sent."""
    pulse = Pulse(4)
    one, two = running(town, pulse, "one"), running(town, pulse, "two")
    async with asyncio.timeout(20):
        await one.sharing.enter(1)
        await one.dies()
        assert lanes.LEASE - 1 < ends(town) <= lanes.LEASE
        wind = text(f"UPDATE lane SET lease_until = lease_until - {lanes.LEASE - 0.7}")
        town("winds").does(lambda read: read.connection().execute(wind))
        end = time.monotonic() + ends(town)
        async with two.turnstile.turn(Method.SEND, 1, Priority.ANSWER):
            late = time.monotonic() - end
    await two.dies()
    assert 1.02 / pulse.speed <= late < 1.5, "the pace from the lease's end, and nothing more"


async def test_who_was_asleep_while_it_waited_asks_for_its_chat_anew(town: Town) -> None:
    """Guard against a call that leaves by a lease of before: another replica may have written there meanwhile."""
    pulse, left = Pulse(20), asyncio.Event()
    one = running(town, pulse, "one")
    one.turnstile.pace.park(1, pulse() + 6)

    async def call() -> None:
        async with one.turnstile.turn(Method.EDIT, 1, Priority.ANSWER):
            left.set()

    calling = asyncio.create_task(call())
    async with asyncio.timeout(20):
        while not one.sharing.sure(1):  # noqa: ASYNC110 (there is no event for it)
            await asyncio.sleep(0.01)
        one.tasks.pop().cancel()  # it renews nothing from now on
        one.sharing._chats[1].confirmed -= lanes.LEASE
        assert not await pulse.wait(left, 12), "it has had its turn, and did not take it"
        one.tasks.append(asyncio.create_task(one.sharing.run()))
        await calling
    await one.dies()


async def test_a_stop_while_the_lease_to_ask_is_being_taken_leaves_it_free(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Guard SIGTERM: a lease that is committed after it was let go would keep the others from asking for a minute."""
    take, inside, go_on = leases.take, threading.Event(), threading.Event()

    def slow(read: Read, name: str, owner: str) -> bool:
        inside.set()
        assert go_on.wait(20)
        return take(read, name, owner)

    monkeypatch.setattr(leases, "take", slow)
    one: Any = SimpleNamespace(database=town("one").database)
    polling = Polling(one, cast("Any", None), cast("Any", None), Pulse())
    asking = asyncio.create_task(polling.run())
    assert await asyncio.to_thread(inside.wait, 20)
    asking.cancel()
    await asyncio.gather(asking, return_exceptions=True)
    stopped = asyncio.create_task(polling.finish())
    await asyncio.wait([stopped], timeout=0.2)
    go_on.set()
    await stopped
    monkeypatch.undo()
    assert town("two").does(lambda read: leases.take(read, "polling", "two"))


@pytest.mark.parametrize("kind", ["postgresql"], indirect=True)
async def test_a_stop_while_letters_are_being_claimed_leaves_them_to_others(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Guard SIGTERM: a claim that is committed after all was let go would keep its letters for a minute."""
    claim, release, inside, go_on = claims.claim, claims.release, threading.Event(), threading.Event()

    def slow(*facts: Any) -> list[Posted]:
        inside.set()
        assert go_on.wait(20)
        return claim(*facts)

    def early(*facts: Any) -> None:
        release(*facts)
        go_on.set()

    monkeypatch.setattr(claims, "claim", slow)
    monkeypatch.setattr(claims, "release", early)
    liaison = world["戚联络员"].user_id
    post = Post("k", "said", None, liaison, priority=Priority.BROADCAST, facts={"msgid": "x", "facts": {}})
    world.database.act_now(lambda read: outbox.broadcast(read, [post], world.clock()))
    assert await asyncio.to_thread(inside.wait, 20)
    stopping = asyncio.create_task(world.stop_bot())
    await asyncio.wait([stopping], timeout=0.3)
    go_on.set()
    await stopping
    assert world.look(lambda read: read.exec(select(Letter.owner).where(Letter.key == "k")).one()) is None
    await world.start_bot()
    await world.settled()
    world["戚联络员"].hears("x")
