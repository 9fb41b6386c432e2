"""Updates that no client sends: none stops the bot or holds up its chat; what nobody can read is listed."""

import asyncio
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from sqlmodel import col, select

from storage import inbox
from storage.queries import failures
from storage.tables import Update
from tests.world import World

CLERK = "吕科员"
FIRST = 9_100_000
Json = dict[str, Any]


def sender(account: Any) -> Json:
    """Make who sends."""
    return {"id": account, "is_bot": False, "first_name": "吕"}


def typed(account: int, **other: Any) -> Json:
    """Make a message of the clerk's, some of it as no client writes it."""
    chat = {"id": account, "type": "private", "first_name": "吕"}
    told = {"message_id": 5, "date": 1772413200, "chat": chat, "from": sender(account), "text": "帮助"}
    return {"message": told | other}


def pressed(account: int, **other: Any) -> Json:
    """Make a press."""
    told = {"id": "1", "from": sender(account), "chat_instance": "1", "data": "x", "message": typed(account)["message"]}
    return {"callback_query": told | other}


def chat(number: Any) -> Json:
    """Make a chat."""
    return {"id": number, "type": "private", "first_name": "吕"}


def poisons(account: int) -> Iterator[tuple[str, Json]]:
    """Give what cannot be handled, however often it is tried."""
    yield "a date after the end of time", typed(account, date=10**20)
    yield "a date in words", typed(account, date="now")
    yield "a date that is no number", typed(account, date=float("nan"))
    yield "nobody with an id", typed(account, **{"from": {"is_bot": False}})
    yield "a sender in a list", typed(account, **{"from": [1]})
    yield "a sender whose id is a table", typed(account, **{"from": sender({})})
    yield "a sender whose id is a list", typed(account, **{"from": sender([])})
    yield "a sender beyond all rows", typed(account, **{"from": sender(10**30)})
    yield "a sender in words", typed(account, **{"from": sender("x")})
    yield "text that is a number", typed(account, text=5)
    yield "a command that is a number, on which the library fails itself", command(account, 3, text=5)
    yield "text that is a list", typed(account, text=["a"])
    yield "entities that are none", typed(account, entities=[None])
    yield "a chat beyond all rows", typed(account, chat=chat(10**30))
    yield "a chat without an end", typed(account, chat=chat(float("inf")))
    yield "a chat that is a table", typed(account, chat=chat({}))
    yield "a press that is a list", {"callback_query": []}
    yield "a press by a list", pressed(account, **{"from": []})
    yield "a press whose data is a number", pressed(account, data=1)
    yield "a press whose data is a list", pressed(account, data=[1])
    yield "a message that is a number", {"message": 5}
    yield "a chat in words", typed(account, chat=chat("x"))
    yield "a message within messages", nested(account)


def oddities(account: int) -> Iterator[tuple[str, Json]]:
    """Give what is odd and yet can be answered, refused or passed over."""
    yield "an answer to a number beyond all", typed(account, reply_to_message=replied(account))
    yield "text with a null", typed(account, text="a\x00b")
    yield "half a character", typed(account, text="a\ud800b")
    yield "a hundred thousand characters", typed(account, text="字" * 100_000)
    yield "a command longer than its text", command(account, 10**9)
    yield "a command of no length", command(account, 1)
    yield "a command that ends before it begins", command(account, -3)
    yield "a message with a number beyond all", typed(account, message_id=10**40)
    yield "no message at all", {"message": None}
    yield "a kind that nobody knows", {"brand_new": {"deep": [1, {"x": None}]}}
    yield "half a character on a button", pressed(account, data="v1:a:\ud800")
    yield (
        "a press on a message out of reach",
        pressed(account, message={"message_id": 5, "date": 0, "chat": chat(account)}),
    )
    yield "a press without words", pressed(account, data=None)


def command(account: int, length: int, text: Any = "/") -> Json:
    """Make a command that is marked as so long."""
    return typed(account, text=text, entities=[{"type": "bot_command", "offset": 0, "length": length}])


def replied(account: int) -> Json:
    """Make a message whose number fits in no row."""
    return {"message_id": 10**40, "date": 1, "chat": chat(account)}


def nested(account: int) -> Json:
    """Make messages deep in one another."""
    told = typed(account)["message"]
    for _ in range(5000):
        told = {**told, "reply_to_message": told}
    return {"message": told}


def outcomes(world: World) -> dict[int, str | None]:
    """Give what came of each update here."""
    return dict(world.look(lambda read: list(read.exec(select(Update.id, Update.outcome).where(Update.id >= FIRST)))))


async def settled(world: World) -> None:
    """Wait until nothing of it may be handled now."""
    async with asyncio.timeout(20):
        while world.look(lambda read: _open(read, world)):
            await world._stirred.wait()
            world._stirred.clear()


def _open(read: Any, world: World) -> bool:
    may = (col(Update.not_before).is_(None)) | (col(Update.not_before) <= world.clock())
    return read.exec(select(Update.id).where(col(Update.handled_at).is_(None), may)).first() is not None


@pytest.mark.both
async def test_a_poison_holds_up_nobody_and_is_listed(world: World) -> None:
    """Guard the chat of whoever sends it, the polling, and the operator's list."""
    assert world.app is not None
    account = world[CLERK].user_id
    names: dict[int, str] = {}
    odd = len(list(poisons(account)))
    for place, (name, body) in enumerate([*poisons(account), *oddities(account)]):
        number = FIRST + 2 * place
        names[number] = name
        await world.app.intake.take([{"update_id": number, **body}, {"update_id": number + 1, **typed(account)}])
        await settled(world)
        assert outcomes(world)[number + 1] == inbox.DONE, f"{name}: what comes after it is not done"
    for seconds in (5, 60):
        await world.turns(to=world.clock() + timedelta(seconds=seconds))
        await settled(world)
    came = outcomes(world)
    listed = {one.update_id for one in world.look(lambda read: failures.failures(read, 999))}
    for place, (number, name) in enumerate(names.items()):
        assert came[number] is not None, f"{name}: open for ever"
        assert (number in listed) == (place < odd), f"{name}: {came[number]}"
    assert not world.app.failed.is_set()
    world[CLERK].skims()


@pytest.mark.parametrize("number", [None, "7", 7.5, True, -1, 2**63, 10**30])
async def test_an_update_without_a_number_that_fits_is_passed_over(world: World, number: Any) -> None:
    """Guard the batch around it: nothing can be stored under such a number, and asking again would bring it again."""
    assert world.app is not None
    account = world[CLERK].user_id
    body = {**typed(account)} if number is None else {"update_id": number, **typed(account)}
    await world.app.intake.take([body, {"update_id": FIRST, **typed(account)}])
    await settled(world)
    assert outcomes(world) == {FIRST: inbox.DONE}
    world[CLERK].skims()
