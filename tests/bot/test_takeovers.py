"""What counts as taken over from another replica: what it had in hand when its lease ran out, and nothing else."""

from typing import Any

import pytest
from sqlalchemy import delete, insert, update
from sqlmodel import col

from bot.meters import TAKEN_OVER
from storage import inbox, outbox
from storage.outbox import Post
from storage.reading import Read
from storage.tables import Lane, Lease, Letter, Turn, Update
from tests import casework, databases
from tests.bot.test_intake import failing, later, presses
from tests.world import Phone, World

LIAISON, OTHER, THIRD = "戚联络员", "何主任", "华科员"


def counted(world: World) -> dict[str, float]:
    """Give the figures by what was taken over."""
    assert world.app is not None
    registry = world.app.meters.registry
    return {
        what: registry.get_sample_value("duban_leases_taken_over_total", {"what": what}) or 0 for what in TAKEN_OVER
    }


def update_of(phone: Phone, number: int) -> dict[str, Any]:
    """Make an update in which somebody asks for help."""
    account = {"id": phone.user_id, "is_bot": False, "first_name": "某"}
    chat = {"id": phone.user_id, "type": "private", "first_name": "某"}
    message = {"message_id": number % 1000, "date": 1772413200, "chat": chat, "from": account, "text": "帮助"}
    return {"update_id": number, "message": message}


def a_replica_has_died(world: World) -> None:
    """Leave what a replica had in hand when its leases ran out: two chats, a letter, the asking, a chat's pace."""
    asks, silent, awaits = world[LIAISON].user_id, world[OTHER].user_id, world[THIRD].user_id
    dead = {"owner": "dead", "until": 0}

    def unit(read: Read) -> None:
        connection, at = read.connection(), world.clock()
        inbox.store(read, [inbox.Arrival(9_000_001, asks, update_of(world[LIAISON], 9_000_001))], at)
        connection.execute(delete(Turn))
        connection.execute(
            insert(Turn), [{"chat_id": each, "fence": 1, "newest": 1, **dead} for each in (asks, silent)]
        )
        connection.execute(delete(Lease))
        connection.execute(insert(Lease).values(name="polling", **dead))
        connection.execute(delete(Lane))
        connection.execute(insert(Lane).values(chat_id=awaits, owner="dead", lease_until=0, free_at={}))
        letter_id = outbox.put(read, Post("left", "faceless", chat_id=awaits), at)
        mine = update(Letter).where(col(Letter.id) == letter_id)
        connection.execute(mine.values(owner="dead", lease_until=0, fence=1))

    world.database.open()
    world.acts(lambda book: unit(book.read))


async def taken_up(world: World) -> None:
    """Start the bot where another one has died, and have the silent chat's person write."""
    await world.stop_bot()
    a_replica_has_died(world)
    await world.start_bot()
    await world[OTHER].writes("帮助")
    world[LIAISON].hears("")
    world[OTHER].hears("")
    world[THIRD].hears("匿名")


@pytest.mark.parametrize("kind", [databases.POSTGRESQL], indirect=True)
async def test_what_a_dead_replica_had_in_hand_is_counted_by_what_it_was(world: World) -> None:
    """Two chats, one taken up at a look and one at an arrival; the letter, the asking for updates, a chat's pace."""
    await taken_up(world)
    assert counted(world) == {"updates": 2, "letters": 1, "polling": 1, "pace": 1}


@pytest.mark.parametrize("kind", [databases.SQLITE], indirect=True)
async def test_a_file_has_no_other_replica(world: World) -> None:
    """What the former process left in a file is resumed, and no takeover."""
    await taken_up(world)
    assert not any(counted(world).values())


@pytest.mark.both
async def test_a_second_try_a_restart_and_the_operator_s_retry_are_no_takeovers(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One replica alone takes nothing over, whatever it takes up again."""
    await casework.assigned(world, acknowledged=False)
    monkeypatch.setitem(presses(world), "p.ack", failing(presses(world)["p.ack"], 3))
    await world[LIAISON].presses("签收")
    await later(world, 5)
    await later(world, 60)
    assert counted(world)["updates"] == 0
    (failed,) = world.look(inbox.listed)
    await world.stop_bot()
    world.database.open()
    world.acts(lambda book: inbox.again(book.read, failed.id))
    await world.start_bot()
    await world.settled()
    assert world.look(lambda read: read.get_one(Update, failed.id)).outcome == inbox.DONE
    assert not any(counted(world).values())
    for phone in world.phones.values():
        phone.skims()
