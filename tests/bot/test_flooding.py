"""Floods: one person's slows that person only, in a group too, and what waits for Telegram's pace holds up nobody."""

import asyncio
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlmodel import col, select

from bot import intake
from bot.answers import Answers
from handlers.buckets import COMMANDS, COMMANDS_IN_GROUP, PRESSES, Buckets
from handlers.office import Call
from handlers.tongue import Tongue
from storage.tables import Draft, Group, Turn, Update
from tests import casework, databases
from tests.world import Phone, World

FOREVER = 1e12
FLOODER, OTHER, LIAISON = "吕科员", "何主任", "戚联络员"


class Hand:
    """A pulse that is moved by hand."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        """Give the time."""
        return self.now


@pytest.fixture
async def hand(world: World) -> Hand:
    """Have the bot's buckets fill as a hand moves them."""
    hand = Hand()
    assert world.app is not None
    handler: Any = world.app.application.handlers[0][1]
    handler.callback.__self__._buckets = Buckets(hand)
    return hand


async def group_of(world: World, *names: str) -> int:
    """Make the office's group of these people and the bot."""
    group = await world.standin.group(-100, "督查室", [world[name].user_id for name in names])
    await world.standin.add_bot(group, world[names[0]].user_id)
    world.acts(lambda book: book.add(Group(role="office", chat_id=group, title="督查室", bound_at=book.at)))
    await world.settled()
    return group


def hush(world: World, chat_id: int) -> None:
    """Let nothing leave for a chat."""
    assert world.app is not None
    world.app.turnstile.pace.park(chat_id, FOREVER)


def unhush(world: World) -> None:
    """Let everything leave again."""
    assert world.app is not None
    world.app.turnstile.pace._parked.clear()
    world.app.turnstile.pace._all_parked = 0.0
    world.app.turnstile._changed.set()


async def pressed(world: World, phone: Phone, wanted: str) -> str:
    """Press a button while the rest is held up; give the words of the answer."""
    view, button = phone.find(wanted)
    query = await world.standin.press(phone.user_id, view.message_id, button.data, view.chat_id)
    await world.standin.wait_for(lambda: query in world.standin.answers)
    return world.standin.answers[query].text


def outcomes(world: World, chat_id: int) -> list[str | None]:
    """List what came of a chat's updates."""
    found = select(Update.outcome).where(Update.chat_id == chat_id).order_by(col(Update.id))
    return list(world.look(lambda read: read.exec(found).all()))


def said(world: World, chat_id: int, words: str = "") -> int:
    """Count the bot's messages in a chat that say these words."""
    return len([view for view in world.standin.chat(chat_id) if view.from_bot and words in view.text])


async def test_a_flood_in_a_group_holds_up_no_other_member(world: World, hand: Hand) -> None:
    """A hundred commands of one, none of which is answered yet: the next one's press is."""
    await casework.assigned(world)
    group = await group_of(world, FLOODER, OTHER)
    await world[OTHER].writes("/board@duban_bot", chat_id=group)
    hush(world, group)
    before = said(world, group)
    for _ in range(100):
        await world.standin.type(world[FLOODER].user_id, "/help@duban_bot", group)
    board = next(view for view in world.standin.chat(group) if view.from_bot)
    query = await world.standin.press(world[OTHER].user_id, board.message_id, "v1:x", group, forged=True)
    await world.standin.wait_for(lambda: query in world.standin.answers)
    assert said(world, group) == before
    unhush(world)
    await world.settled()
    assert said(world, group, "请稍候") == 1
    assert said(world, group) == before + COMMANDS_IN_GROUP.burst + 1
    assert outcomes(world, group).count("refused") == 101 - COMMANDS_IN_GROUP.burst, (
        "and the press, of a button unknown"
    )
    for phone in world.phones.values():
        phone.skims()


async def test_strangers_whose_answers_wait_hold_no_slot(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """More accounts than there are slots write at once: a member's press is answered before any of them."""
    monkeypatch.setattr(intake, "_LAST_SECONDS", 0.05)
    await casework.assigned(world, acknowledged=False)
    assert world.app is not None
    world.app.turnstile.pace.park_all(FOREVER)
    bodies = []
    for number in range(intake._SLOTS + 20):
        account = {"id": 50_000 + number, "is_bot": False, "first_name": "某"}
        chat = {"id": account["id"], "type": "private", "first_name": "某"}
        message = {"message_id": 1, "date": 1772413200, "chat": chat, "from": account, "text": "你好"}
        bodies.append({"update_id": 9_000_000 + number, "message": message})
    await world.app.intake.take(bodies)
    assert "已签收" in await pressed(world, world[LIAISON], "签收")
    for phone in world.phones.values():
        phone.skims()


async def test_a_hundred_commands_are_answered_with_one_word_to_wait(world: World, hand: Hand) -> None:
    """Each is stored and marked, the first ones are answered, of the rest it is said once that they were not taken."""
    flooder = world[FLOODER]
    for _ in range(100):
        await world.standin.type(flooder.user_id, "/help")
    async with asyncio.timeout(20):
        while len([each for each in outcomes(world, flooder.user_id) if each]) < 100:
            await world.settled()
    flooder.hears("未受理", "请稍候")
    assert said(world, flooder.user_id, "请稍候") == 1
    assert outcomes(world, flooder.user_id).count("done") == COMMANDS.burst
    flooder.skims()
    await flooder.writes("/help")
    flooder.hears_nothing()
    hand.now += 60
    await flooder.writes("/help")
    flooder.hears("")


async def test_who_has_no_private_chat_is_told_so_in_the_group(world: World) -> None:
    """What concerns one person goes to his private chat; where the bot may not write there, the group hears how."""
    group = await group_of(world, FLOODER, OTHER)
    await world.standin.block(world[OTHER].user_id)
    await world[OTHER].writes("/todo@duban_bot", chat_id=group)
    assert said(world, group, "请先打开与本助手的私聊") == 1
    assert said(world, group) == 1
    for phone in world.phones.values():
        phone.skims()


async def test_what_an_open_question_awaits_is_taken_from_who_floods(world: World, hand: Hand) -> None:
    """Nothing typed may be lost: also behind a hundred commands the answer is the question's."""
    await casework.assigned(world)
    head = world[OTHER]
    await head.writes("/urge 001")
    assert world.look(lambda read: read.exec(select(Draft.step)).all()), head.buttons()
    for _ in range(COMMANDS.burst + 5):
        await head.writes("/help")
    head.hears("请稍候")
    drafts = select(Draft.step).where(col(Draft.active))
    step = world.look(lambda read: read.exec(drafts).first())
    await head.writes("请于本周内报送办理情况。")
    assert world.look(lambda read: read.exec(drafts).first()) != step
    for phone in world.phones.values():
        phone.skims()


async def test_every_press_beyond_the_measure_is_told_so(world: World, hand: Hand) -> None:
    """A press that is not taken says so in its answer, and does nothing; a second later one is taken again."""
    await casework.assigned(world, acknowledged=False)
    liaison = world[LIAISON]
    view, button = liaison.find("签收")
    for _ in range(PRESSES.burst):
        await liaison.presses_data(view, "v1:nothing", forged=True)
    for _ in range(3):
        assert "未受理" in await liaison.presses_data(view, button.data)
    hand.now += 1
    assert "已签收" in await liaison.presses_data(view, button.data)
    for phone in world.phones.values():
        phone.skims()


# On PostgreSQL the replicas share how long a chat is parked, and a restart would wait as long.
@pytest.mark.parametrize("kind", [databases.SQLITE], indirect=True)
async def test_an_answer_that_waits_is_not_lost_with_the_process(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """What was only read is marked after it was said: stopped before, it is said after the next start."""
    monkeypatch.setattr(intake, "_LAST_SECONDS", 0.05)
    phone = world[FLOODER]
    hush(world, phone.user_id)
    await world.standin.type(phone.user_id, "/help")
    await world.standin.type(phone.user_id, "/todo")
    await until_owed(world, phone.user_id, 2)
    assert outcomes(world, phone.user_id)[-2:] == [None, None]
    await world.stop_bot()
    phone.hears_nothing()
    await world.start_bot()
    await world.settled()
    assert outcomes(world, phone.user_id)[-2:] == ["done", "done"]
    assert len(phone.unheard) == 2
    phone.skims()


async def test_a_chat_whose_answers_have_gone_is_anybody_s(world: World) -> None:
    """Updates that were handled beside one another leave their chat as those one after another do."""
    phone = world[FLOODER]
    hush(world, phone.user_id)
    for words in ("/help", "/todo", "/help"):
        await world.standin.type(phone.user_id, words)
    await until_owed(world, phone.user_id, 3)
    unhush(world)
    await world.settled()
    assert world.look(lambda read: read.get_one(Turn, phone.user_id)).owner is None
    assert "overtaken" not in world.log.getvalue()
    phone.skims()


@pytest.mark.parametrize("kind", [databases.SQLITE], indirect=True)
async def test_an_answer_that_may_leave_at_once_takes_no_task(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """What one person asks for now and then must not become dearer for the sake of floods; what waits does."""
    begun: list[Answers] = []
    run = Answers._run

    async def noted(answers: Answers) -> None:
        begun.append(answers)
        await run(answers)

    monkeypatch.setattr(Answers, "_run", noted)
    phone = world[FLOODER]
    await phone.writes("/help")
    assert not begun
    hush(world, phone.user_id)
    await world.standin.type(phone.user_id, "/todo")
    await until_owed(world, phone.user_id, 1)
    unhush(world)
    await world.settled()
    assert len(begun) == 1
    assert len(phone.unheard) == 2
    phone.skims()


async def until_owed(world: World, chat_id: int, count: int) -> None:
    """Wait until so many answers of a chat wait for its pace."""
    assert world.app is not None
    lanes = world.app.intake._lanes
    async with asyncio.timeout(20):
        while chat_id not in lanes or len(lanes[chat_id].answers) < count:  # noqa: ASYNC110 (a turn of the loop)
            await asyncio.sleep(0)


# the parts alone


async def test_answers_go_in_order_and_the_senders_in_turn() -> None:
    """Nobody's many stand before another's one, and a fault holds up nothing after it."""
    heard: list[str] = []
    faults: list[Exception] = []
    answers = Answers(lambda: None, faults.append)

    def says(words: str) -> Any:
        async def say() -> None:
            await asyncio.sleep(0)
            if words == "a2":
                raise RuntimeError("on purpose")
            heard.append(words)

        return say

    for account, words in ((1, "a1"), (1, "a2"), (1, "a3"), (2, "b1"), (1, "a4"), (2, "b2")):
        answers.add(account, says(words))
    assert len(answers) == 6
    answers.go()
    await answers.said()
    assert heard == ["a1", "b1", "b2", "a3", "a4"]
    assert len(faults) == 1
    assert len(answers) == 0


def asked(account: int, **facts: Any) -> Call:
    """Make a call."""
    facts = {"chat_id": account, "private": True, "person": None, **facts}
    return Call(update_id=1, account=account, language="", tongue=Tongue("en"), **facts)


@given(st.lists(st.floats(0, 30), min_size=1, max_size=80))
def test_a_bucket_gives_no_more_than_its_measure(pauses: list[float]) -> None:
    """In any stretch of w seconds at most the burst and one more each `every` seconds; and never less than that."""
    hand, taken = Hand(), list[float]()
    buckets = Buckets(hand)
    for pause in pauses:
        hand.now += pause
        if buckets.take(asked(1, command="help"), pressed=False):
            taken.append(hand.now)
        else:
            recent = [at for at in taken if at > hand.now - COMMANDS.burst * COMMANDS.every]
            assert len(recent) >= 1
    for place, first in enumerate(taken):
        for last in range(place, len(taken)):
            span = taken[last] - first
            assert last - place + 1 <= COMMANDS.burst + span / COMMANDS.every + 1e-6


def test_one_s_bucket_is_nobody_else_s_and_is_forgotten() -> None:
    """Each account has its own, and what limits nobody any more takes no room."""
    hand = Hand()
    buckets = Buckets(hand)
    while buckets.take(asked(1, command="help"), pressed=False):
        pass
    assert buckets.take(asked(2, command="help"), pressed=False)
    assert buckets.take(asked(1), pressed=True), "presses are counted apart"
    for account in range(20_000):
        hand.now += 0.1
        buckets.take(asked(account, command="help"), pressed=False)
        buckets.tell(asked(account))
    assert len(buckets) < 4000
