"""The stand-in against the published Bot API 10.0 as data, where that is at hand."""

import datetime as dt
import json
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from bot.sandbox import methods
from bot.sandbox.server import SERVED
from bot.sandbox.telegram import StandIn
from tests.standins import GROUP, LI, PNG, TOKEN, WANG

SPEC = Path(__file__).parents[2] / ".." / "shared" / "botapi" / "botapi-10.0.json"
SUPER = -1002001
PLAIN = {"Integer": int, "String": str, "Boolean": bool, "Float": float, "True": bool}
KINDS = {
    methods.INTEGER: {"Integer"},
    methods.STRING: {"String"},
    methods.BOOLEAN: {"Boolean"},
    methods.CHAT: {"Integer", "String"},
    methods.FILE: {"InputFile", "String"},
}


@pytest.fixture(scope="module")
def spec() -> Any:
    """Give the published API, or skip."""
    if not SPEC.exists():
        pytest.skip("the published Bot API as data (../shared/botapi) is not beside this checkout")
    return json.loads(SPEC.read_text())


@pytest.mark.parametrize("method", methods.PARAMETERS)
def test_every_served_parameter_is_published(spec: Any, method: str) -> None:
    """Guard the table of parameters: names, types, and that all required ones are served and required here too."""
    published = {field[0]: field for field in spec["methods"][method]["fields"]}
    for name, kind in methods.PARAMETERS[method].items():
        types = published[name][1]
        if kind == methods.ARRAY:
            assert all(one.startswith("Array of ") for one in types)
        elif kind == methods.OBJECT:
            assert not any(one in PLAIN or one.startswith("Array") for one in types)
        else:
            assert set(types) == KINDS[kind]
    required = {name for name, field in published.items() if field[2]}
    assert required <= set(methods.REQUIRED.get(method, ()))
    assert set(methods.REQUIRED.get(method, ())) <= methods.PARAMETERS[method].keys()


def test_every_method_of_the_table_is_served() -> None:
    """Guard against a method that is in the table and answers with an error, or the reverse."""
    of_deliveries = {"getUpdates", "setWebhook", "deleteWebhook", "getWebhookInfo"}
    assert SERVED.keys() | of_deliveries == methods.PARAMETERS.keys()
    assert methods.REQUIRED.keys() <= methods.PARAMETERS.keys()


def test_kinds_of_updates_and_reactions_are_the_published_ones(spec: Any) -> None:
    """Guard `allowed_updates`."""
    assert {field[0] for field in spec["types"]["Update"]["fields"]} - {"update_id"} == methods.UPDATE_KINDS


class Checker:
    """Holds a value against a published type."""

    def __init__(self, spec: Any) -> None:
        self.types = spec["types"]
        self.met: set[str] = set()

    def faults(self, value: Any, types: list[str], where: str) -> list[str]:
        """Return what is wrong with the value under every one of the types, nothing where one fits."""
        each = [self._one(value, name, where) for name in types]
        return [] if any(not faults for faults in each) else min(each, key=len)

    def _one(self, value: Any, name: str, where: str) -> list[str]:
        if name.startswith("Array of "):
            if not isinstance(value, list):
                return [f"{where}: no array"]
            inner = [name.removeprefix("Array of ")]
            return [
                fault for index, item in enumerate(value) for fault in self.faults(item, inner, f"{where}[{index}]")
            ]
        if name in PLAIN:
            exact = isinstance(value, PLAIN[name]) and isinstance(value, bool) == (PLAIN[name] is bool)
            return [] if exact else [f"{where}: {value!r} is no {name}"]
        if "sub" in self.types[name]:
            return self.faults(value, self.types[name]["sub"], where)
        return self._object(value, name, where)

    def _object(self, value: Any, name: str, where: str) -> list[str]:
        if not isinstance(value, dict):
            return [f"{where}: no {name}"]
        self.met.add(name)
        fields = {field[0]: field for field in self.types[name].get("fields", [])}
        faults = [f"{where}: {name} has no field {key}" for key in value.keys() - fields.keys()]
        faults += [f"{where}: {name} lacks {key}" for key, field in fields.items() if field[2] and key not in value]
        for key, item in value.items():
            limits = fields[key][3] if key in fields and len(fields[key]) > 3 else {}
            if "const" in limits and item != limits["const"]:
                faults.append(f"{where}.{key}: {item!r} is not {limits['const']!r}")
            if limits.get("enum") and item not in limits["enum"]:
                faults.append(f"{where}.{key}: {item!r} is none of {limits['enum']}")
            if key in fields:
                faults += self.faults(item, fields[key][1], f"{where}.{key}")
        return faults


HTML = "<b>第</b> <a href='https://a.cn/'>072</a> <tg-time unix='1764000000' format='d'>号</tg-time> @duban_bot /case"
KEYS = {
    "inline_keyboard": [
        [{"text": "签收", "callback_data": "v1", "style": "success"}, {"text": "号", "copy_text": {"text": "072"}}]
    ]
}
WORDS = {"text": HTML, "parse_mode": "HTML", "link_preview_options": {"is_disabled": True}}
CALLS: list[tuple[str, dict[str, Any]]] = [
    ("getMe", {}),
    (
        "sendMessage",
        {"chat_id": WANG, "text": "待办", "reply_markup": {"keyboard": [["待办"]]}, "protect_content": True},
    ),
    ("sendMessage", {"chat_id": GROUP, "text": "回复", "reply_parameters": {"message_id": 2}}),
    ("sendMessage", {"chat_id": WANG, **WORDS, "reply_markup": KEYS}),
    ("editMessageText", {"chat_id": WANG, "message_id": "LAST", "text": "改"}),
    ("editMessageReplyMarkup", {"chat_id": WANG, "message_id": "LAST", "reply_markup": KEYS}),
    ("sendDocument", {"chat_id": WANG, "document": "FILE", "caption": "<i>答复</i>", "parse_mode": "HTML"}),
    ("editMessageCaption", {"chat_id": WANG, "message_id": "LAST", "caption": "改", "show_caption_above_media": True}),
    ("sendPhoto", {"chat_id": WANG, "photo": "PHOTO", "has_spoiler": True}),
    ("sendMediaGroup", {"chat_id": WANG, "media": [{"type": "document", "media": "FILE"}] * 2}),
    ("copyMessage", {"chat_id": WANG, "from_chat_id": WANG, "message_id": 1}),
    ("forwardMessage", {"chat_id": WANG, "from_chat_id": WANG, "message_id": 1}),
    ("setMessageReaction", {"chat_id": WANG, "message_id": 1, "reaction": [{"type": "emoji", "emoji": "👀"}]}),
    ("sendChatAction", {"chat_id": WANG, "action": "typing"}),
    ("answerCallbackQuery", {"callback_query_id": "QUERY", "text": "好", "show_alert": True}),
    ("getFile", {"file_id": "FILE"}),
    ("setMyCommands", {"commands": [{"command": "todo", "description": "待办"}]}),
    ("getMyCommands", {}),
    ("deleteMyCommands", {"scope": {"type": "chat_member", "chat_id": GROUP, "user_id": WANG}}),
    ("setMyDescription", {"description": "督办"}),
    ("setMyShortDescription", {"short_description": "督办"}),
    ("getChat", {"chat_id": GROUP}),
    ("getChat", {"chat_id": WANG}),
    ("getChatMember", {"chat_id": GROUP, "user_id": WANG}),
    ("getChatMember", {"chat_id": GROUP, "user_id": LI}),
    ("getChatMember", {"chat_id": GROUP, "user_id": 7000000001}),
    ("getChatMember", {"chat_id": GROUP, "user_id": 777000}),
    ("sendMessage", {"chat_id": SUPER, "text": "x", "message_thread_id": "TOPIC"}),
    ("deleteMessage", {"chat_id": WANG, "message_id": 1}),
    ("getUpdates", {"timeout": 0, "allowed_updates": []}),
    ("setWebhook", {"url": "https://127.0.0.1:9/", "secret_token": "x"}),
    ("getWebhookInfo", {}),
    ("deleteWebhook", {"drop_pending_updates": True}),
]


async def town(standin: StandIn) -> dict[str, Any]:
    """Let everything happen that makes an update; return the ids that the calls need."""
    await standin.join(WANG, "王", username="wang")
    await standin.join(LI, "李")
    await standin.press_start(WANG, "abc")
    await standin.group(GROUP, "督办科", [WANG, LI])
    await standin.add_bot(GROUP, WANG)
    await standin.add_bot(GROUP, WANG, admin=True)
    await standin.group(SUPER, "督办", [WANG], kind="supergroup")
    await standin.add_bot(SUPER, WANG)
    topic = await standin.topic(SUPER, "市级")
    await standin.group(-2003, "旧群", [WANG])
    await standin.add_bot(-2003, WANG)
    await standin.migrate(-2003, -1002003)
    await standin.send_voice(WANG)
    await standin.send_file(WANG, "现场.png", PNG, as_photo=True)
    await standin.send_file(WANG, "报告.docx", b"x", caption="@duban_bot", reply_to=1)
    await standin.edit(WANG, await standin.type(WANG, "进展 https://a.cn"), "进展二")
    await standin.forward(WANG, "听说", origin_name="某人")
    await standin.forward(WANG, "听说", origin=LI)
    for voice in ("group", "channel", "linked"):
        await standin.speak_as(GROUP, "/case", voice)
    await standin.add_member(SUPER, LI)
    await standin.remove_member(SUPER, LI, by=WANG)
    query = await standin.press(WANG, 1, "v1", forged=True)
    await standin.block(WANG)
    await standin.press_start(WANG)
    files = {file.kind: file.file_id for file in standin.town.files.values()}
    return {"QUERY": query, "TOPIC": topic, "FILE": files["document"], "PHOTO": files["photo"]}


async def test_every_answer_and_update_is_of_its_published_type(spec: Any) -> None:
    """Guard that what the bot is given has only published fields, all required ones, in their types."""
    standin = StandIn(TOKEN, now=lambda: dt.datetime(2026, 3, 2, tzinfo=dt.UTC), limits=False)
    checker = Checker(spec)
    faults: list[str] = []
    async with standin, aiohttp.ClientSession() as session:
        known = await town(standin)
        for method, facts in CALLS:
            body = {key: known.get(value, value) if isinstance(value, str) else value for key, value in facts.items()}
            if method == "sendMediaGroup":
                body["media"] = [{**item, "media": known["FILE"]} for item in body["media"]]
            async with session.post(f"{standin.url}{TOKEN}/{method}", json=body) as response:
                answer = await response.json()
            assert answer["ok"], (method, answer)
            faults += checker.faults(answer["result"], spec["methods"][method]["returns"], method)
            if isinstance(answer["result"], dict) and "message_id" in answer["result"]:
                known["LAST"] = answer["result"]["message_id"]
    for update in standin.updates.values():
        faults += checker.faults(update, ["Update"], f"update {update['update_id']}")
    assert faults == []
    assert {method for method, _ in CALLS} == methods.PARAMETERS.keys()
    assert {
        "Voice",
        "PhotoSize",
        "ChatMemberBanned",
        "CallbackQuery",
        "WebhookInfo",
        "MessageOriginChannel",
    } <= checker.met


def test_the_checker_finds_faults(spec: Any) -> None:
    """Guard the checker itself: an unknown field, a missing one, a wrong type and a wrong constant are told."""
    checker = Checker(spec)
    user = {"id": 1, "is_bot": False, "first_name": "王"}
    assert checker.faults(user, ["User"], "u") == []
    for wrong in ({**user, "colour": 1}, {"id": 1, "is_bot": False}, {**user, "id": "1"}, {**user, "is_bot": 1}):
        assert checker.faults(wrong, ["User"], "u")
    assert checker.faults({"status": "owner", "user": user}, ["ChatMember"], "m")
