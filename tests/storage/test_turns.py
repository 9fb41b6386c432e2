"""Whose a chat's updates are: one at a time, nobody missed, nobody late."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TypeVar

import pytest
from sqlalchemy import update

from storage import inbox, leases, turns
from storage.database import Database
from storage.inbox import Arrival
from storage.reading import Read
from storage.tables import Lease, Turn
from storage.turns import Hold, Overtaken

T = TypeVar("T")
AT = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)
CHAT, OTHER = 5001, 5002


class Replicas:
    """A record book that several replicas share."""

    def __init__(self, path: Path) -> None:
        self.database = Database(f"sqlite:///{path / 'book.db'}")
        self.database.create()

    def does(self, unit: Callable[[Read], T]) -> T:
        """Run a unit of work."""
        return self.database.act_now(unit)

    def stores(self, number: int, owner: str, chat: int = CHAT) -> Hold | None:
        """Store an update and take its chat, as the intake does."""

        def unit(read: Read) -> Hold | None:
            inbox.store(read, [Arrival(number, chat, {"update_id": number})], AT)
            return turns.take(read, chat, number, owner)

        return self.does(unit)

    def handles(self, hold: Hold, number: int, *, last: bool = True) -> bool:
        """Handle an update, as an act does; tell whether its chat was left."""
        hold.done = hold.newest if last else turns.NOTHING

        def unit(read: Read) -> bool:
            inbox.settle(read, number, inbox.DONE, AT)
            return turns.passed(read, hold)

        return self.does(unit)

    def dies(self) -> None:
        """Let every lease run out."""
        self.does(lambda read: read.connection().execute(update(Turn).values(until=0)))

    def orphans(self, at: datetime = AT) -> list[tuple[int, int]]:
        """List the chats that nobody has in hand."""
        return self.does(lambda read: turns.orphans(read, at, 10))


@pytest.fixture
def town(tmp_path: Path) -> Iterator[Replicas]:
    """An empty record book."""
    replicas = Replicas(tmp_path)
    yield replicas
    replicas.database.close()


def held(hold: Hold | None) -> Hold:
    """Give a hold that must be one."""
    assert hold is not None
    return hold


def test_a_chat_is_one_replicas_until_it_has_left_it(town: Replicas) -> None:
    """Guard the order of a chat across replicas."""
    hold = held(town.stores(1, "a"))
    assert town.stores(2, "b") is None, "the other stores it and leaves it to the one at work"
    assert held(town.stores(9, "b", OTHER)).fence == 1, "another chat is another matter"
    assert not town.handles(hold, 1), "something was stored beyond what it knew of"
    again = held(town.stores(3, "a"))
    assert (again.fence, again.newest) == (hold.fence, 3), "the same hold, not a new one"
    assert not town.handles(again, 2, last=False)
    assert town.handles(again, 3)
    assert held(town.stores(4, "b")).fence == hold.fence + 1


def test_what_arrives_while_an_update_is_handled_is_not_done_with_it(town: Replicas) -> None:
    """Guard the second of two messages that come close together: the chat was left under its nose."""
    hold = held(town.stores(1, "a"))
    hold.done = hold.newest
    hold.newest = held(town.stores(2, "a")).newest  # as the lane does when it lines it up

    def unit(read: Read) -> bool:
        inbox.settle(read, 1, inbox.DONE, AT)
        return turns.passed(read, hold)

    assert not town.does(unit)
    assert town.does(lambda read: inbox.older(read, CHAT, 3, AT))
    assert town.handles(hold, 2)
    assert not town.does(lambda read: inbox.older(read, CHAT, 3, AT))


def test_who_was_paused_cannot_finish_late(town: Replicas) -> None:
    """Guard exactly once: what a replica does after its lease has ended and another took over is undone."""
    paused = held(town.stores(1, "a"))
    town.dies()
    assert town.orphans() == [(CHAT, 1)]
    successor = held(town.does(lambda read: turns.take(read, CHAT, 1, "b")))
    assert successor.fence == paused.fence + 1
    with pytest.raises(Overtaken):
        town.handles(paused, 1)
    assert town.handles(successor, 1), "the one that took over does it"
    with pytest.raises(Overtaken):
        town.does(lambda read: turns.passed(read, paused))


def test_an_older_update_does_not_hide_a_newer_one(town: Replicas) -> None:
    """Guard what is tried again late: its chat is left by what is known, not by its own number."""
    hold = held(town.stores(5, "a"))
    town.does(lambda read: inbox.fail(read, 5, AT, "abcd"))
    assert town.handles(held(town.stores(8, "a")), 8)
    assert town.orphans() == [], "what waits for its second try is nobody's yet"
    assert town.orphans(AT + inbox.RETRIES[0]) == [(CHAT, 5)]
    later = held(town.does(lambda read: turns.take(read, CHAT, 5, "a")))
    assert (later.newest, later.fence) == (8, hold.fence + 1)
    assert town.handles(later, 5)


def test_a_chat_in_hand_is_no_orphan_and_a_lease_is_kept_by_renewal(town: Replicas) -> None:
    """Guard long work from being taken away, and left work from being forgotten."""
    town.stores(1, "a")
    town.stores(2, "b", OTHER)
    assert town.orphans() == []
    town.dies()
    town.does(lambda read: turns.renew(read, "a", [CHAT, OTHER]))
    assert town.orphans() == [(OTHER, 2)], "one's own alone is renewed"
    town.does(lambda read: turns.release(read, "a"))
    assert town.orphans() == [(CHAT, 1), (OTHER, 2)]
    town.stores(3, "c")
    town.does(turns.free_left)
    assert {chat for chat, _newest in town.orphans()} == {CHAT, OTHER}, "a start finds every hand of a SQLite file dead"


def test_one_replica_asks_telegram_and_the_next_takes_over(town: Replicas, monkeypatch: pytest.MonkeyPatch) -> None:
    """Guard polling: on a shared database a lease tells who asks; on SQLite whoever is there."""
    assert town.does(lambda read: leases.take(read, "polling", "a"))
    assert town.does(lambda read: leases.take(read, "polling", "b")), "the file's former process is gone"

    def shared(read: Read, owner: str) -> bool:
        return read.run(leases._TAKE, what="polling", owner_=owner) == 1

    assert not town.does(lambda read: shared(read, "a"))
    assert town.does(lambda read: shared(read, "b"))
    town.does(lambda read: read.connection().execute(update(Lease).values(until=0)))
    assert town.does(lambda read: shared(read, "a"))
    town.does(lambda read: leases.release(read, "a"))
    assert town.does(lambda read: shared(read, "b"))


def test_what_has_no_turn_yet_is_found(town: Replicas) -> None:
    """Guard updates that were stored before anybody took their chat."""
    town.does(lambda read: inbox.store(read, [Arrival(4, CHAT, {}), Arrival(6, CHAT, {})], AT))
    assert town.orphans(AT + timedelta(days=1)) == [(CHAT, 6)]
