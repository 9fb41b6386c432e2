"""A card that changes faster than its chat may hear of it: the changes collapse into one edit that shows the last."""

import asyncio

import pytest

from bot.sandbox.facts import Json
from storage.book import Book
from storage.tables import Case
from tests import casework
from tests.world import World

HANDLER = "华科员"
CHANGES = 10


def change(world: World, case_id: int, number: int) -> None:
    """Change what every card of a case shows, as an act does: rows, entry, cards."""

    def act(book: Book) -> None:
        case = book.get(Case, case_id)
        book.change(case, title=f"关于改造河东小区排水管网的建议（第{number}稿）")
        book.record("reworded", case_id, {"number": number})
        book.refresh(case_id)

    world.acts(act)


def edits(world: World, chat_id: int) -> list[Json]:
    """List the edits of a chat's messages that were asked for."""
    return [
        call.values
        for call in world.standin.calls
        if call.method == "editMessageText" and call.values["chat_id"] == chat_id
    ]


async def on_the_line(world: World, chat_id: int) -> None:
    """Wait until a call to a chat waits for its pace: what it says is worded already."""
    assert world.app is not None
    async with asyncio.timeout(20):
        while chat_id not in {waiting[3] for waiting in world.app.turnstile._waiting}:  # noqa: ASYNC110 (one turn)
            await asyncio.sleep(0)


@pytest.mark.parametrize(("before", "most"), [(True, 1), (False, 2)], ids=["behind a message", "on the line"])
async def test_ten_changes_while_a_chat_is_held_up_are_one_edit(world: World, *, before: bool, most: int) -> None:
    """Guard the pace from a busy case; an edit that is on the line already is followed by one more, not by ten."""
    case_id = await casework.assigned(world)
    phone = world[HANDLER]
    assert world.app is not None
    pace = world.app.turnstile.pace
    pace.park(phone.user_id, 1e12)
    if before:
        world.acts(lambda book: book.send("faceless", chat_id=phone.user_id))
        await on_the_line(world, phone.user_id)
    change(world, case_id, 1)
    await on_the_line(world, phone.user_id)
    for number in range(2, CHANGES + 1):
        change(world, case_id, number)
        await asyncio.sleep(0)
    assert not edits(world, phone.user_id)
    pace._parked.clear()
    world.app.turnstile._changed.set()
    await world.settled()
    assert len(edits(world, phone.user_id)) == most
    assert f"第{CHANGES}稿" in phone.sees("001号").text
    for each in world.phones.values():
        each.skims()
