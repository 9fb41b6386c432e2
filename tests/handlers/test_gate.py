"""The gate: a press is answered exactly once, in time, also when its act takes long."""

import asyncio

import pytest

from handlers import gate
from handlers.office import Answer, Call, Office
from tests import casework
from tests.world import World


async def test_a_press_that_takes_long_is_answered_in_time_and_its_outcome_is_sent(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The wheel on the client stops after five seconds; what came of the press still reaches the person."""
    await casework.assigned(world, acknowledged=False)
    go = asyncio.Event()

    async def slow(_call: Call, _office: Office) -> Answer:
        await go.wait()
        return Answer("办好了")

    monkeypatch.setattr(gate, "_PRESS_SECONDS", 0.01)
    assert world.app is not None
    handler = world.app.application.handlers[0][1]
    monkeypatch.setitem(handler.callback.__self__._routes.presses, "p.ack", slow)  # type: ignore[attr-defined]
    liaison = world["戚联络员"]
    view, button = liaison.find("签收")
    query = await world.standin.press(liaison.user_id, view.message_id, button.data)
    await world.standin.wait_for(lambda: query in world.standin.answers)
    assert "请稍候" in world.standin.answers[query].text
    go.set()
    await world.settled()
    liaison.hears("办好了")
