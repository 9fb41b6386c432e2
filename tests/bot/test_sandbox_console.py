"""The console's JSON: who may ask, what it tells, what it does."""

import asyncio
import datetime as dt
import json
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest

from bot.sandbox import feed
from bot.sandbox.console import Console
from bot.sandbox.telegram import StandIn
from tests.standins import GROUP, LI, PNG, TOKEN, WANG, ZHAO

ZONE = dt.timezone(dt.timedelta(hours=8))


class Town:
    """A stand-in with a console whose clock really turns, and a page's and a bot's way to speak to it."""

    def __init__(self) -> None:
        self.time = dt.datetime(2026, 3, 2, 9, tzinfo=ZONE)
        self.standin = StandIn(TOKEN, now=lambda: self.time, limits=False)
        self.console = Console(self.standin, self.turn)
        self.session: aiohttp.ClientSession
        self.wishes: list[dict[str, Any]] = []
        self.hold = asyncio.Event()
        self.hold.set()

    async def turn(self, wish: dict[str, Any]) -> dict[str, Any]:
        """Turn the clock on by a day and let the bot write to Wang."""
        self.wishes.append(wish)
        self.standin.town.bell.ring()
        await self.hold.wait()
        if wish == {"days": 13}:
            msg = "no clock goes there"
            raise ValueError(msg)
        self.time += dt.timedelta(days=1)
        await self.bot("sendMessage", chat_id=WANG, text="还有 3 个工作日")
        return {"mornings": 1}

    async def bot(self, method: str, **facts: Any) -> Any:
        """Call a method as the bot."""
        async with self.session.post(f"{self.standin.url}{TOKEN}/{method}", json=facts) as answer:
            return (await answer.json())["result"]

    async def get(self, path: str, **query: Any) -> Any:
        """Ask the console."""
        async with self.session.get(f"{self.standin.origin}/console/{path}", params=query) as answer:
            return await answer.json()

    async def post(self, path: str, body: Any) -> tuple[int, Any]:
        """Do something as the console's own page."""
        kind = {"data": body} if isinstance(body, aiohttp.FormData) else {"json": body}
        headers = {"Origin": self.standin.origin}
        async with self.session.post(f"{self.standin.origin}/console/{path}", headers=headers, **kind) as answer:
            return answer.status, await answer.json()


@pytest.fixture
async def town() -> AsyncIterator[Town]:
    """Give a town: Wang and Li started and share a group, Zhao has not started."""
    town = Town()
    standin = town.standin
    for user_id, name, unit, section in (
        (WANG, "王", "交通局", "承办单位"),
        (LI, "李", "督查室", "政府办"),
        (ZHAO, "赵", "安监局", "承办单位"),
    ):
        await standin.join(user_id, name)
        standin.describe(user_id, "联络员", unit, section)
    async with standin, aiohttp.ClientSession() as town.session:
        await standin.press_start(WANG)
        await standin.press_start(LI)
        await standin.group(GROUP, "工作群", [WANG, LI])
        await standin.add_bot(GROUP, WANG)
        yield town


GUARDED = [
    ({"Host": "evil.example"}, "GET", "console/state"),
    ({"Host": "evil.example:80"}, "GET", ""),
    ({"Host": "127.0.0.1.evil.example"}, "GET", "console/static/app.js"),
    ({"Host": ""}, "GET", ""),
    ({}, "POST", "console/type"),
    ({"Origin": "null"}, "POST", "console/type"),
    ({"Origin": "http://evil.example"}, "POST", "console/upload"),
    ({"Origin": "http://127.0.0.1:1"}, "POST", "console/clock"),
]


@pytest.mark.parametrize(("headers", "verb", "path"), GUARDED)
async def test_strangers_are_kept_out(town: Town, headers: dict[str, str], verb: str, path: str) -> None:
    """Guard against DNS rebinding (a foreign Host) and foreign pages (a foreign Origin, or none, on a POST)."""
    address = f"{town.standin.origin}/{path}"
    async with town.session.request(verb, address, headers=headers, json={"user": WANG}) as answer:
        assert answer.status == 403
        assert (await answer.json())["ok"] is False
    assert [view.text for view in town.standin.chat(WANG)] == ["/start"]


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.1", "example.org"])
async def test_the_console_never_listens_to_others(host: str) -> None:
    """Guard that a town with a console cannot be opened to the network by a wrong host."""
    standin = StandIn(TOKEN, now=lambda: dt.datetime.now(dt.UTC))
    Console(standin)
    with pytest.raises(ValueError, match="for this machine alone"):
        await standin.start(host)


async def test_pages_carry_their_guards(town: Town) -> None:
    """Guard the page: it is served with a policy that loads nothing from elsewhere and runs nothing inline."""
    async with town.session.get(town.standin.origin + "/") as answer:
        page = await answer.text()
        assert answer.headers["Content-Type"] == "text/html; charset=utf-8"
        assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
    assert "http:" not in page
    assert "https:" not in page
    for name, status in (("app.js", 200), ("style.css", 200), ("nothing.js", 404), ("..%2Fconsole.py", 404)):
        async with town.session.get(f"{town.standin.origin}/console/static/{name}") as answer:
            assert answer.status == status


async def test_people_are_listed_by_heading_and_unit(town: Town) -> None:
    """Guard the list: headings as described, units together, chats of each, unread marks, who has not started."""
    await town.bot("sendMessage", chat_id=GROUP, text="开会")
    state = await town.get("state")
    listed = [(one["section"], one["name"]) for one in state["people"]]
    assert listed == [("承办单位", "王"), ("承办单位", "赵"), ("政府办", "李")]
    people = {one["id"]: one for one in state["people"]}
    assert [chat["id"] for chat in people[WANG]["chats"]] == [WANG, GROUP]
    assert (people[WANG]["unread"], people[LI]["unread"], people[ZHAO]["unread"]) == (1, 2, 0)
    assert (people[LI]["started"], people[ZHAO]["started"]) == (True, False)
    assert state["now"] == "2026-03-02T09:00+08:00"
    await town.post("read", {"user": LI, "chat": GROUP})
    state = await town.get("state")
    assert {one["id"]: one["unread"] for one in state["people"]} == {WANG: 1, LI: 0, ZHAO: 0}


async def test_a_chat_is_told_in_full_and_by_pages(town: Town) -> None:
    """Guard what the page draws: text with entities, buttons, replies, keyboard, commands, description, older pages."""
    await town.bot("setMyCommands", commands=[{"command": "todo", "description": "待办"}])
    await town.bot("setMyDescription", description="督办助手")
    keyboard = {"keyboard": [["待办", "帮助"]], "input_field_placeholder": "说什么"}
    await town.bot("sendMessage", chat_id=WANG, text="您好", reply_markup=keyboard)
    buttons = [[{"text": "签收", "callback_data": "v1", "style": "success"}]]
    letter = await town.bot(
        "sendMessage", chat_id=WANG, text="<b>072</b>", parse_mode="HTML", reply_markup={"inline_keyboard": buttons}
    )
    await town.post("type", {"user": WANG, "chat": WANG, "text": "好", "reply_to": letter["message_id"]})
    chat = await town.get("chat", user=WANG, chat=WANG)
    assert (chat["keyboard"], chat["placeholder"], chat["description"]) == ([["待办", "帮助"]], "说什么", "督办助手")
    assert chat["commands"] == [{"command": "todo", "description": "待办"}]
    assert (chat["earlier"], len(chat["messages"])) == (False, 4)
    card, mine = chat["messages"][-2:]
    assert (card["buttons"], card["bot"], card["date"]) == (buttons, True, "2026-03-02T09:00+08:00")
    assert card["entities"] == [{"type": "bold", "offset": 0, "length": 3}]
    assert mine["reply"]["text"] == "072"
    for number in range(120):
        await town.standin.type(WANG, str(number))
    page = await town.get("chat", user=WANG, chat=WANG)
    assert (page["earlier"], len(page["messages"])) == (True, 100)
    older = await town.get("chat", user=WANG, chat=WANG, before=page["messages"][0]["id"])
    assert (older["earlier"], len(older["messages"])) == (False, 24)
    assert (await town.get("chat", user=ZHAO, chat=GROUP))["error"] == "this person is not in that chat"
    assert (await town.get("chat", user=WANG, chat=LI))["error"] == "this person is not in that chat"


async def test_everything_a_person_can_do(town: Town) -> None:
    """Guard each act: start with a code, type, press, edit, forward, block, unblock."""
    assert (await town.post("start", {"user": ZHAO, "payload": "CODE"}))[0] == 200
    assert town.standin.chat(ZHAO)[-1].text == "/start CODE"
    _, typed = await town.post("type", {"user": WANG, "chat": GROUP, "text": "大家好"})
    await town.post("edit", {"user": WANG, "chat": GROUP, "message": typed["result"], "text": "各位好"})
    assert town.standin.chat(GROUP)[-1].text == "各位好"
    await town.post("forward", {"user": LI, "from": GROUP, "message": typed["result"], "chat": LI})
    assert town.standin.chat(LI)[-1].forward_origin is not None
    keyboard = {"inline_keyboard": [[{"text": "签收", "callback_data": "v1"}]]}
    letter = await town.bot("sendMessage", chat_id=WANG, text="x", reply_markup=keyboard)
    _, pressed = await town.post("press", {"user": WANG, "chat": WANG, "message": letter["message_id"], "data": "v1"})
    assert town.standin.town.queries[pressed["result"]].data == "v1"
    await town.post("block", {"user": WANG, "blocked": True})
    assert town.standin.town.users[WANG].blocked
    await town.post("block", {"user": WANG, "blocked": False})
    assert not town.standin.town.users[WANG].blocked


WRONG: list[tuple[str, Any, int, str]] = [
    ("dance", {}, 404, "no such act"),
    ("type", {"user": WANG}, 400, "missing or unknown: text"),
    ("type", {"user": 5, "chat": 5, "text": "x"}, 400, "missing or unknown: 5"),
    ("type", {"user": ZHAO, "chat": ZHAO, "text": "x"}, 400, "has not pressed start"),
    ("type", {"user": "王", "chat": 1, "text": "x"}, 400, "user must be a number"),
    ("type", ["x"], 400, "JSON object"),
    ("press", {"user": WANG, "chat": WANG, "message": 1, "data": "v1"}, 400, "no button with data"),
    ("clock", {}, 400, "exactly one of"),
    ("clock", {"days": 1, "to": "2026-03-03"}, 400, "exactly one of"),
    ("clock", {"days": 0}, 400, "by 1 to 400"),
    ("clock", {"days": "3"}, 400, "by 1 to 400"),
    ("clock", {"days": True}, 400, "by 1 to 400"),
    ("clock", {"weeks": 1}, 400, "by 1 to 400"),
    ("clock", {"to": "tomorrow"}, 400, "Invalid isoformat"),
    ("clock", {"to": "2026-03-01"}, 400, "forward only"),
    ("clock", {"to": "2099-03-01"}, 400, "forward only"),
    ("clock", {"days": 13}, 400, "no clock goes there"),
    ("upload", aiohttp.FormData({"user": "1", "file": "x"}), 400, "no file"),
]


@pytest.mark.parametrize(("path", "body", "status", "words"), WRONG)
async def test_wrong_wishes_are_explained(town: Town, path: str, body: Any, status: int, words: str) -> None:
    """Guard that a wrong request is answered with a sentence and breaks nothing."""
    answer = await town.post(path, body)
    assert (answer[0], words in answer[1]["error"]) == (status, True), answer
    assert (await town.post("clock", {"days": 1}))[0] == 200


def upload(name: str, content: bytes, kind: str, **facts: str) -> aiohttp.FormData:
    form = aiohttp.FormData({"user": str(WANG), "chat": str(WANG), **facts}, quote_fields=False)
    form.add_field("file", content, filename=name, content_type=kind)
    return form


async def test_files_go_up_and_come_down_safely(town: Town) -> None:
    """Guard uploads, and that nothing but a picture is ever shown in the console's own page: all else is saved."""
    page = b"<script>alert(1)</script>"
    assert (await town.post("upload", upload("坏.html", page, "text/html", caption="附件", reply_to="1")))[0] == 200
    assert (await town.post("upload", upload("现场.png", PNG, "image/png", as_photo="true")))[0] == 200
    assert (await town.post("upload", upload("空.txt", b"", "text/plain")))[1]["error"] == "空.txt is empty"
    html, photo = (await town.get("chat", user=WANG, chat=WANG))["messages"][-2:]
    assert (html["text"], html["file"]["name"], html["reply"]["id"]) == ("附件", "坏.html", 1)
    assert (photo["file"]["kind"], photo["file"]["width"]) == ("photo", 3)
    async with town.session.get(f"{town.standin.origin}/console/file/{html['file']['id']}") as answer:
        assert answer.headers["Content-Type"] == "application/octet-stream"
        assert answer.headers["Content-Disposition"] == "attachment; filename*=UTF-8''%E5%9D%8F.html"
        assert await answer.read() == page
    async with town.session.get(f"{town.standin.origin}/console/file/{photo['file']['id']}") as answer:
        assert (answer.headers["Content-Type"], await answer.read()) == ("image/png", PNG)
    assert (await town.get("file/none"))["error"] == "missing or unknown: none"


async def events(town: Town, after: int) -> AsyncIterator[dict[str, Any]]:
    """Yield the events that a page hears."""
    async with town.session.get(f"{town.standin.origin}/console/events", params={"after": after}) as answer:
        assert answer.headers["Content-Type"].startswith("text/event-stream")
        async for line in answer.content:
            if line.startswith(b"data: "):
                yield json.loads(line[6:])


async def test_an_open_page_hears_everything(town: Town) -> None:
    """Guard the live stream: messages new, edited and deleted, answers to presses, people, the clock."""
    stream = events(town, town.console.feed.serial)
    keyboard = {"inline_keyboard": [[{"text": "签收", "callback_data": "v1"}]]}
    letter = await town.bot("sendMessage", chat_id=WANG, text="x", reply_markup=keyboard)
    query = await town.standin.press(WANG, letter["message_id"], "v1")
    await town.bot("answerCallbackQuery", callback_query_id=query, text="好", show_alert=True)
    await town.bot("editMessageText", chat_id=WANG, message_id=letter["message_id"], text="y")
    await town.bot("deleteMessage", chat_id=WANG, message_id=letter["message_id"])
    await town.standin.block(LI)
    await town.post("clock", {"working_days": 2})
    heard = [await anext(stream) for _ in range(8)]
    assert [one["kind"] for one in heard] == ["new", "answer", "edit", "delete", "person", "clock", "new", "clock"]
    assert (heard[0]["message"]["text"], heard[0]["readers"]) == ("x", [WANG, town.standin.town.bot.user_id])
    assert heard[1]["answer"] == {"query": query, "user": WANG, "chat": WANG, "text": "好", "alert": True, "url": ""}
    assert heard[4]["person"]["blocked"]
    assert [one["turning"] for one in heard if one["kind"] == "clock"] == [True, False]
    assert heard[7]["now"] == "2026-03-03T09:00+08:00"
    await town.standin.stop()
    assert [one async for one in stream] == []


async def test_a_page_that_missed_too_much_starts_anew(town: Town) -> None:
    """Guard the reset after a restart of the sandbox or a long sleep, and the replay after a short one."""
    serial = town.console.feed.serial
    await town.bot("sendMessage", chat_id=WANG, text="x")
    assert (await anext(events(town, serial)))["kind"] == "new"
    for after in (serial + 1000, -1, serial - feed.KEPT):
        assert (await anext(events(town, after)))["kind"] == "reset"


async def test_the_clock_tells_what_it_did(town: Town) -> None:
    """Guard the strip: what the bot wrote from the turn on, until somebody does something."""
    assert await town.get("turned") == {"chats": []}
    await town.bot("sendMessage", chat_id=WANG, text="早先的")
    status, answer = await town.post("clock", {"to": "2026-03-03T08:30"})
    assert (status, answer["result"]) == (200, {"mornings": 1})
    assert town.wishes == [{"to": "2026-03-03T08:30:00+08:00"}]
    await town.bot("sendMessage", chat_id=LI, text="迟到的一封")
    await town.post("read", {"user": LI, "chat": LI})
    await town.post("type", {"user": LI, "chat": LI, "text": "好"})
    await town.bot("sendMessage", chat_id=LI, text="回答")
    told = await town.get("turned")
    assert (told["from"], told["to"]) == ("2026-03-02T09:00+08:00", "2026-03-03T09:00+08:00")
    assert [(one["chat"], [letter["text"] for letter in one["letters"]]) for one in told["chats"]] == [
        (WANG, ["还有 3 个工作日"]),
        (LI, ["迟到的一封"]),
    ]


async def test_the_clock_is_turned_once_at_a_time(town: Town) -> None:
    """Guard against two pages that turn at once, and that a clock without a hand says so."""
    town.hold.clear()
    first = asyncio.create_task(town.post("clock", {"days": 1}))
    await town.standin.wait_for(lambda: town.wishes)
    assert (await town.post("clock", {"days": 1}))[0] == 409
    assert (await town.get("state"))["turning"]
    town.hold.set()
    assert (await first)[0] == 200
    town.console._turn = None
    assert (await town.post("clock", {"days": 1}))[1]["error"] == "this clock cannot be turned"
