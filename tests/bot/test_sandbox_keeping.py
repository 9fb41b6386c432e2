"""The sandbox saved and gone on with."""

import datetime as dt
import sqlite3
from pathlib import Path

import aiohttp
import pytest

from bot.sandbox import keeping
from bot.sandbox.telegram import StandIn
from tests.standins import GROUP, LI, TOKEN, WANG

KEYS = {"inline_keyboard": [[{"text": "签收", "callback_data": "v1", "style": "success"}]]}


def new(token: str = TOKEN, pulse: float = 0.0) -> StandIn:
    return StandIn(token, now=lambda: dt.datetime(2026, 3, 2, tzinfo=dt.UTC), pulse=lambda: pulse, limits=False)


async def call(standin: StandIn, method: str, **facts: object) -> dict[str, object]:
    """Call a method as the bot."""
    async with (
        aiohttp.ClientSession() as session,
        session.post(f"{standin.url}{TOKEN}/{method}", json=facts) as answer,
    ):
        body: dict[str, object] = await answer.json()
        return body


async def lived_in(standin: StandIn) -> str:
    """Let everything happen that is kept; return the id of a press that waits for its answer."""
    await standin.join(WANG, "王", username="wang")
    await standin.join(LI, "李", language_code=None)
    standin.describe(WANG, "联络员", "交通局", "承办单位")
    await standin.press_start(WANG)
    await standin.press_start(LI)
    await standin.block(LI)
    await standin.group(GROUP, "督办科", [WANG])
    await standin.add_bot(GROUP, WANG)
    await standin.migrate(GROUP, -1002001)
    await standin.topic(-1002001, "市级")
    await call(standin, "getUpdates", offset=standin.pending[0] + 1, allowed_updates=["message", "callback_query"])
    await call(standin, "sendMessage", chat_id=WANG, text="<b>072</b>", parse_mode="HTML", reply_markup=KEYS)
    await call(standin, "sendMessage", chat_id=WANG, text="x", reply_markup={"keyboard": [["待办"]]})
    await call(standin, "setMyCommands", commands=[{"command": "todo", "description": "待办"}])
    await call(standin, "setMyDescription", description="督办助手")
    note = await standin.send_file(WANG, "报告.docx", bytes(range(256)), caption="报告")
    await call(
        standin, "setMessageReaction", chat_id=WANG, message_id=note, reaction=[{"type": "emoji", "emoji": "👀"}]
    )
    card = next(view for view in standin.chat(WANG) if view.buttons)
    return await standin.press(WANG, card.message_id, "v1")


async def test_a_town_goes_on_where_it_stopped(tmp_path: Path) -> None:
    """Guard that people, chats, files, menus, marks, undelivered updates and open presses survive, and ids go on."""
    path = tmp_path / "town.db"
    async with new(pulse=1000.0) as first:
        query = await lived_in(first)
        first.save(path)
    second = new(pulse=5.0)
    assert second.load(path)
    assert keeping._body(second.town) == keeping._body(first.town)
    assert second.town.files == first.town.files
    assert second.chat(WANG) == first.chat(WANG)
    assert second.pending == first.pending
    assert second.keyboard(WANG) == [["待办"]]
    async with second:
        assert (await call(second, "answerCallbackQuery", callback_query_id=query))["ok"]
        assert not (await call(second, "sendMessage", chat_id=LI, text="x"))["ok"]
        assert await second.type(WANG, "又来了") > max(view.message_id for view in first.chat(WANG))
        assert second.pending[-1] == first.pending[-1] + 1


async def test_saving_again_brings_the_file_up_to_date(tmp_path: Path) -> None:
    """Guard the second save: new messages come in, files are not written twice, a deleted message stays deleted."""
    path = tmp_path / "town.db"
    async with new() as standin:
        await lived_in(standin)
        standin.save(path)
        await standin.send_file(WANG, "二.docx", b"2")
        await call(standin, "deleteMessage", chat_id=WANG, message_id=1)
        standin.save(path)
    again = new()
    assert again.load(path)
    assert again.chat(WANG) == standin.chat(WANG)
    assert len(again.town.files) == 2


def test_nothing_saved_is_nothing_loaded(tmp_path: Path) -> None:
    """Guard the first start."""
    assert not new().load(tmp_path / "town.db")
    assert not (tmp_path / "town.db").exists()


async def test_a_file_that_cannot_be_gone_on_with_is_refused(tmp_path: Path) -> None:
    """Guard that damage, another format and another bot are told, and leave both file and town as they were."""
    path = tmp_path / "town.db"
    async with new() as standin:
        await lived_in(standin)
        standin.save(path)
    with pytest.raises(keeping.Unreadable, match="belongs to bot 7000000001, not to 5"):
        new("5:x").load(path)
    for spoil in ('json_set(body, "$.format", 9)', 'json_remove(body, "$.chats")', "'{'", "'[]'"):
        damaged = tmp_path / "damaged.db"
        damaged.write_bytes(path.read_bytes())
        with sqlite3.connect(damaged) as book:
            book.execute(f"UPDATE state SET body = {spoil.replace(chr(34), chr(39))}")
        book.close()
        fresh = new()
        before = keeping._body(fresh.town)
        with pytest.raises(keeping.Unreadable, match="nothing was changed"):
            fresh.load(damaged)
        assert keeping._body(fresh.town) == before
    path.write_bytes(b"no database at all, but long enough to look like one" * 40)
    with pytest.raises(keeping.Unreadable):
        new().load(path)
