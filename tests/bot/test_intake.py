"""The intake: what fails is tried again and in nobody's way, a flood delays its own chat, who is overtaken stops."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import update
from sqlmodel import col, select

from handlers.office import Answer, Call, Office
from storage import inbox
from storage.queries import roster
from storage.queries.roster import PersonView
from storage.reading import Read
from storage.tables import Entry, Part, Turn, Update
from tests import casework
from tests.casework_replies import part_id
from tests.world import Phone, World

Press = Callable[[Call, Office], Awaitable[Answer]]
LIAISON, OTHER = "戚联络员", "何主任"


def presses(world: World) -> dict[str, Any]:
    """Give the table of what each button does, to be disturbed."""
    assert world.app is not None
    handler: Any = world.app.application.handlers[0][1]
    found: dict[str, Any] = handler.callback.__self__._routes.presses
    return found


def failing(press: Press, times: int) -> Press:
    """Make a conversation that fails so many times before it does its work."""
    left = [times]

    async def converse(call: Call, office: Office) -> Answer:
        left[0] -= 1
        if left[0] >= 0:
            raise RuntimeError("on purpose")
        return await press(call, office)

    return converse


def deeds(world: World) -> int:
    """Count the entries that a signature writes."""
    return len(world.look(lambda read: read.exec(select(Entry.id).where(Entry.kind == "acknowledged")).all()))


async def until(world: World, seen: Callable[[], bool]) -> None:
    """Wait for something that follows from what the bot does."""
    async with asyncio.timeout(20):
        while not seen():
            await world._stirred.wait()
            world._stirred.clear()


async def later(world: World, seconds: float) -> None:
    """Let time pass."""
    await world.turns(to=world.clock() + timedelta(seconds=seconds))


async def test_what_failed_is_told_kept_and_done_by_itself(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """A fault of ours: the person gets a number, presses nothing again, and the unit's signature comes to stand."""
    await casework.assigned(world, acknowledged=False)
    monkeypatch.setitem(presses(world), "p.ack", failing(presses(world)["p.ack"], 1))
    liaison = world[LIAISON]
    assert "错误编号" in await liaison.presses("签收")
    assert deeds(world) == 0
    await world[OTHER].writes("帮助")
    world[OTHER].hears("")
    await later(world, 5)
    liaison.hears("已签收")
    assert deeds(world) == 1
    for phone in world.phones.values():
        phone.skims()


async def test_a_press_of_who_knows_whom_is_answered_too(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """A fault before it is known who presses, as of the database: the wheel stops with a number, the press is done."""
    await casework.assigned(world, acknowledged=False)
    liaison = world[LIAISON]
    found, faults = roster.by_account, [RuntimeError("no roster")]

    def broken(read: Read, account: int) -> PersonView | None:
        if faults:
            raise faults.pop()
        return found(read, account)

    monkeypatch.setattr(roster, "by_account", broken)
    assert "错误编号" in await liaison.presses("签收")
    assert deeds(world) == 0
    await later(world, 5)
    liaison.hears("已签收")
    assert deeds(world) == 1
    for phone in world.phones.values():
        phone.skims()


async def test_what_always_fails_is_listed_and_holds_up_nobody(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Three tries, then the operator's list; what the same person does next is done meanwhile."""
    case = await casework.assigned(world, acknowledged=False)
    monkeypatch.setitem(presses(world), "p.ack", failing(presses(world)["p.ack"], 99))
    liaison = world[LIAISON]
    await liaison.presses("签收")
    await liaison.writes("待办")
    liaison.hears("001")
    await later(world, 5)
    liaison.hears_nothing()
    await later(world, 60)
    liaison.hears("未能办成", "错误编号")
    assert deeds(world) == 0
    assert world.look(lambda read: read.get_one(Part, part_id(world, case))).acknowledged_at is None
    (failed,) = world.look(inbox.listed)
    assert failed.attempts == len(inbox.RETRIES)
    assert failed.fault
    await world.database.act(lambda read: inbox.again(read, failed.id))
    monkeypatch.undo()
    assert world.app is not None
    await world.app.tick()
    await world.settled()
    assert deeds(world) == 1
    for phone in world.phones.values():
        phone.skims()


async def test_a_flood_delays_its_own_chat_alone(world: World) -> None:
    """Four hundred messages by one person: another's press overtakes nearly all of them."""
    await casework.assigned(world, acknowledged=False)
    flood, liaison = world["吕科员"], world[LIAISON]
    for number in range(400):
        await world.standin.type(flood.user_id, f"灌水 {number}")
    view, button = liaison.find("签收")
    query = await world.standin.press(liaison.user_id, view.message_id, button.data)
    await world.standin.wait_for(lambda: query in world.standin.answers)
    handled = select(Update.id).where(Update.chat_id == flood.user_id, col(Update.handled_at).is_not(None))
    assert len(world.look(lambda read: read.exec(handled).all())) < 100
    async with asyncio.timeout(60):
        while not await _answered(world, flood, 400):
            await world.settled()
    for phone in world.phones.values():
        phone.skims()


async def _answered(world: World, phone: Phone, count: int) -> bool:
    """Tell whether so many of somebody's messages have been handled."""
    handled = select(Update.id).where(Update.chat_id == phone.user_id, col(Update.handled_at).is_not(None))
    return len(await world.database.read(lambda read: read.exec(handled).all())) >= count


async def test_who_is_overtaken_meanwhile_does_nothing(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """A process that slept through its lease: the other one does the act, this one's is undone."""
    await casework.assigned(world, acknowledged=False)
    press: Press = presses(world)["p.ack"]

    async def overtaken(call: Call, office: Office) -> Answer:
        mine = update(Turn).where(col(Turn.chat_id) == call.chat_id)
        await office.database.act(
            lambda read: read.connection().execute(mine.values(owner="another", fence=Turn.fence + 1, until=0))
        )
        return await press(call, office)

    monkeypatch.setitem(presses(world), "p.ack", overtaken)
    liaison = world[LIAISON]
    view, button = liaison.find("签收")
    await world.standin.press(liaison.user_id, view.message_id, button.data)
    await until(world, lambda: "chat overtaken" in world.log.getvalue())
    assert deeds(world) == 0
    monkeypatch.undo()
    await world.stop_bot()
    await world.start_bot()
    await world.settled()
    assert deeds(world) == 1, "the next holder has done it"
    for phone in world.phones.values():
        phone.skims()


async def test_updates_of_a_chat_are_handled_by_number_whatever_their_order(world: World) -> None:
    """Telegram's webhook calls may overtake one another: what waits together goes in its order."""
    assert world.app is not None
    seen: list[int] = []
    process = world.app.application.process_update

    async def noted(update_: Any) -> None:
        seen.append(update_.update_id)
        await process(update_)

    world.app.application.process_update = noted  # type: ignore[assignment,method-assign]
    account = world[LIAISON].user_id
    bodies = [
        {
            "update_id": 9_000_000 + number,
            "message": {
                "message_id": 70 + number,
                "date": 1772413200,
                "chat": {"id": account, "type": "private", "first_name": "戚"},
                "from": {"id": account, "is_bot": False, "first_name": "戚"},
                "text": "帮助",
            },
        }
        for number in (3, 1, 2, 3)
    ]
    await world.app.intake.take(bodies)
    await world.app.intake.take(bodies)
    await until(world, lambda: len(seen) == 3)
    assert seen == [9_000_001, 9_000_002, 9_000_003], "each once, in order"
    await world.settled()
    world[LIAISON].skims()
