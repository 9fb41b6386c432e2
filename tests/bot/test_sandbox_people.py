"""What people and groups do in the sandbox, and what the bot hears of it."""

import datetime as dt
from collections.abc import AsyncIterator
from typing import Any

import pytest
from telegram import Bot, InlineKeyboardButton, InlineKeyboardMarkup, Update

from bot.sandbox.refusals import NotOnPhone
from bot.sandbox.telegram import StandIn
from tests.standins import GROUP, LI, PNG, TOKEN, WANG, ZHAO


@pytest.fixture
async def standin(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[StandIn]:
    """Give a town without limits: Wang started, Li and Wang share a group with the bot, Zhao is new."""
    monkeypatch.setenv("PTB_TIMEDELTA", "1")
    standin = StandIn(TOKEN, now=lambda: dt.datetime(2026, 3, 2, tzinfo=dt.UTC), limits=False)
    await standin.start()
    for user_id, name in ((WANG, "王"), (LI, "李"), (ZHAO, "赵")):
        await standin.join(user_id, name)
    await standin.press_start(WANG)
    await standin.group(GROUP, "督办科", [WANG, LI])
    await standin.add_bot(GROUP, WANG)
    standin.town.deliveries.drop()
    yield standin
    await standin.stop()


async def heard(bot: Bot) -> list[Update]:
    """Return what the bot is told, and confirm it."""
    updates = list(await bot.get_updates(timeout=0))
    if updates:
        await bot.get_updates(offset=updates[-1].update_id + 1, timeout=0)
    return updates


async def test_start_carries_its_payload(standin: StandIn, bot: Bot) -> None:
    """Guard that a link opens the chat with `/start CODE`, as a command entity, in the person's language."""
    await standin.press_start(ZHAO, "Ab_9-")
    (update,) = await heard(bot)
    assert update.message is not None
    assert update.message.text == "/start Ab_9-"
    assert [(one.type, one.offset, one.length) for one in update.message.entities] == [("bot_command", 0, 6)]
    assert update.message.from_user is not None
    assert (update.message.from_user.id, update.message.from_user.language_code) == (ZHAO, "zh-hans")
    for payload in ("x" * 65, "督", "a b"):
        with pytest.raises(NotOnPhone, match="no link can carry"):
            await standin.press_start(ZHAO, payload)


async def test_a_press_tells_who_where_and_what(standin: StandIn, bot: Bot) -> None:
    """Guard the callback query: the presser's own id, the message as it stands, the data; the answer is seen."""
    keyboard = InlineKeyboardMarkup([[InlineKeyboardButton("签收", callback_data="v1:ack")]])
    letter = await bot.send_message(GROUP, "第 072 号", reply_markup=keyboard)
    query_id = await standin.press(LI, letter.message_id, "v1:ack", GROUP)
    (update,) = await heard(bot)
    query = update.callback_query
    assert query is not None
    assert (query.id, query.from_user.id, query.data) == (query_id, LI, "v1:ack")
    assert query.message == letter
    assert query_id not in standin.answers
    await query.answer("您不是承办人", show_alert=True)
    toast = standin.answers[query_id]
    assert (toast.user_id, toast.text, toast.show_alert, toast.data) == (LI, "您不是承办人", True, "v1:ack")


async def test_data_is_only_forged_on_purpose(standin: StandIn, bot: Bot) -> None:
    """Guard that a test cannot press what is not there by mistake, and that an attacker can."""
    letter = await bot.send_message(WANG, "x")
    with pytest.raises(NotOnPhone, match="no button with data"):
        await standin.press(WANG, letter.message_id, "v1")
    with pytest.raises(NotOnPhone, match="no message 999"):
        await standin.press(WANG, 999, "v1", forged=True)
    await bot.delete_message(WANG, letter.message_id)
    await standin.press(WANG, letter.message_id, "v1", forged=True)
    (update,) = await heard(bot)
    assert update.callback_query is not None
    assert update.callback_query.message is not None
    assert not update.callback_query.message.is_accessible


IMPOSSIBLE: list[tuple[str, str, dict[str, Any]]] = [
    ("type", "has not pressed start", {"user_id": LI, "text": "x"}),
    ("type", "has not pressed start", {"user_id": LI, "text": "x", "chat_id": WANG}),
    ("type", "is not in chat", {"user_id": ZHAO, "text": "x", "chat_id": GROUP}),
    ("type", "an empty message", {"user_id": WANG, "text": " \n"}),
    ("type", "no app sends more than 4096", {"user_id": WANG, "text": "x" * 4097}),
    ("type", "no message 99 to reply to", {"user_id": WANG, "text": "x", "reply_to": 99}),
    ("send_file", "no picture", {"user_id": WANG, "name": "a.png", "content": b"PK", "as_photo": True}),
    ("send_file", "more than 1024", {"user_id": WANG, "name": "a", "content": b"x", "caption": "x" * 1025}),
    ("edit", "not 1001's to edit", {"user_id": WANG, "message_id": 99, "text": "x"}),
    ("forward", "cannot be forwarded", {"user_id": WANG, "message_id": 99}),
    ("migrate", "cannot become", {"chat_id": GROUP, "new_id": GROUP}),
]


@pytest.mark.parametrize(("verb", "words", "facts"), IMPOSSIBLE)
async def test_what_no_phone_can_do(standin: StandIn, verb: str, words: str, facts: dict[str, Any]) -> None:
    """Guard tests against acts that no Telegram app offers."""
    with pytest.raises(NotOnPhone, match=words):
        await getattr(standin, verb)(**facts)


async def test_blocking_is_told_and_ends_typing(standin: StandIn, bot: Bot) -> None:
    """Guard `my_chat_member` both ways, and that pressing start unblocks."""
    await standin.block(WANG)
    await standin.block(WANG)
    with pytest.raises(NotOnPhone, match="has blocked the bot"):
        await standin.type(WANG, "x")
    await standin.press_start(WANG)
    first, second, start = await heard(bot)
    assert first.my_chat_member is not None
    assert second.my_chat_member is not None
    assert first.my_chat_member.new_chat_member.status == "kicked"
    assert first.my_chat_member.from_user.id == WANG
    assert second.my_chat_member.new_chat_member.status == "member"
    assert start.message is not None


async def test_files_voices_and_forwards_arrive(standin: StandIn, bot: Bot) -> None:
    """Guard each kind of thing a person can send beside text."""
    note = await standin.type(WANG, "原话")
    await standin.send_file(WANG, "报告.docx", b"x", caption="报告", reply_to=note)
    await standin.send_file(WANG, "现场.png", PNG, as_photo=True)
    await standin.send_voice(WANG, duration=9)
    await standin.forward(WANG, message_id=note)
    await standin.forward(WANG, "群里说的", origin=LI)
    await standin.forward(WANG, "听说的", origin_name="某人")
    _, document, photo, voice, *forwards = [update.message for update in await heard(bot)]
    assert document is not None
    assert document.document is not None
    assert document.reply_to_message is not None
    assert (document.document.file_name, document.caption) == ("报告.docx", "报告")
    assert photo is not None
    assert photo.photo[0].width == 3
    assert voice is not None
    assert voice.voice is not None
    assert voice.voice.duration == dt.timedelta(seconds=9)
    origins = [one.forward_origin.to_dict() for one in forwards if one and one.forward_origin]
    assert [(one["type"], one.get("sender_user", {}).get("id")) for one in origins] == [
        ("user", WANG),
        ("user", LI),
        ("hidden_user", None),
    ]
    view = standin.seen(WANG, document.message_id)
    assert view is not None
    assert view.file is not None
    assert (view.file.content, view.reply_to) == (b"x", note)


SEEN_IN_GROUPS = [
    ("大家好", False),
    ("/case 072", True),
    ("/case@duban_bot 072", True),
    ("/case@other_bot 072", False),
    ("请 @duban_bot 查一下", True),
    ("请 @duban_bots 查一下", False),
    ("a@duban_bot", False),
]


@pytest.mark.parametrize(("text", "reaches"), SEEN_IN_GROUPS)
async def test_privacy_mode(standin: StandIn, bot: Bot, text: str, reaches: bool) -> None:
    """Guard that in groups the bot hears commands and mentions of itself, and no talk."""
    await standin.type(LI, text, GROUP)
    assert [update.message.text for update in await heard(bot) if update.message] == ([text] if reaches else [])


async def test_privacy_mode_lets_replies_through(standin: StandIn, bot: Bot) -> None:
    """Guard that a reply to the bot is heard, one to a person is not, and administrators hear all."""
    letter = await bot.send_message(GROUP, "请回复进展")
    talk = await standin.type(LI, "闲话", GROUP)
    await standin.type(LI, "也是闲话", GROUP, reply_to=talk)
    await standin.type(LI, "进展如下", GROUP, reply_to=letter.message_id)
    assert [update.message.text for update in await heard(bot) if update.message] == ["进展如下"]
    await standin.add_bot(GROUP, WANG, admin=True)
    await standin.type(LI, "还是闲话", GROUP)
    member, talk_update = await heard(bot)
    assert member.my_chat_member is not None
    assert talk_update.message is not None
    await standin.remove_bot(GROUP, WANG)
    await standin.type(LI, "/case", GROUP)
    (kicked,) = await heard(bot)
    assert kicked.my_chat_member is not None
    assert kicked.my_chat_member.new_chat_member.status == "kicked"


VOICES = [("group", 1087968824, GROUP), ("channel", 136817688, -1001000000001), ("linked", 777000, -1001000000001)]


@pytest.mark.parametrize(("voice", "sender", "chat"), VOICES)
async def test_nobody_in_particular_speaks(standin: StandIn, bot: Bot, voice: str, sender: int, chat: int) -> None:
    """Guard the three accounts behind which no person stands: they carry `sender_chat`."""
    await standin.speak_as(GROUP, "/case 072", voice)
    (update,) = await heard(bot)
    assert update.message is not None
    assert update.message.from_user is not None
    assert update.message.sender_chat is not None
    assert (update.message.from_user.id, update.message.sender_chat.id) == (sender, chat)
    assert bool(update.message.is_automatic_forward) == (voice == "linked")


async def test_members_come_and_go(standin: StandIn, bot: Bot) -> None:
    """Guard the service messages of a group, which privacy mode lets through."""
    await standin.add_member(GROUP, ZHAO, by=WANG)
    await standin.remove_member(GROUP, ZHAO)
    came, went = [update.message for update in await heard(bot)]
    assert came is not None
    assert went is not None
    assert [one.id for one in came.new_chat_members] == [ZHAO]
    assert went.left_chat_member is not None
    with pytest.raises(NotOnPhone):
        await standin.type(ZHAO, "x", GROUP)


async def test_a_supergroup_counts_its_own_messages(standin: StandIn) -> None:
    """Guard that message ids of different chats may be equal, as they are at Telegram."""
    new = await standin.migrate(GROUP, -1002001)
    first = standin.chat(new)[0].message_id
    assert first == 1
    assert await standin.type(WANG, "x") > 1
    with pytest.raises(ValueError, match="negative id"):
        await standin.group(5, "x", [])


async def test_a_person_can_be_renamed(standin: StandIn, bot: Bot) -> None:
    """Guard that the key of a person is the id: name and username change between updates."""
    await standin.join(WANG, "王某", username="wang_new")
    await standin.type(WANG, "x")
    (update,) = await heard(bot)
    assert update.message is not None
    assert update.message.from_user is not None
    assert (update.message.from_user.first_name, update.message.from_user.username) == ("王某", "wang_new")
