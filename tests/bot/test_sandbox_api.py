"""The stand-in for the Bot API, spoken to by python-telegram-bot over real HTTP."""

import datetime as dt
import io
from typing import Any

import aiohttp
import pytest
from telegram import (
    Bot,
    BotCommand,
    BotCommandScopeAllPrivateChats,
    BotCommandScopeChat,
    BotCommandScopeChatMember,
    ChatMemberOwner,
    ForceReply,
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    InputMediaDocument,
    LinkPreviewOptions,
    ReplyKeyboardMarkup,
    ReplyKeyboardRemove,
    ReplyParameters,
)
from telegram.error import BadRequest, ChatMigrated, InvalidToken, RetryAfter
from telegram.ext import Defaults, ExtBot

from bot.sandbox.telegram import StandIn
from bot.transport import AiohttpRequest
from tests.standins import GONE, GROUP, LI, PNG, TOKEN, WANG, Hands, keys, sent


def document(name: str = "a.txt") -> InputMediaDocument:
    return InputMediaDocument(b"x", filename=name)


async def test_too_fast_is_answered_with_429(standin: StandIn, bot: Bot, hands: Hands) -> None:
    """Guard the limit per chat over HTTP: 429 with `retry_after`, kept until the pulse moved on."""
    hands.pulse += 5
    await bot.send_message(WANG, "1")
    await bot.send_message(WANG, "2")
    with pytest.raises(RetryAfter):
        await bot.send_message(WANG, "3")
    assert standin.calls[-1].answer == {
        "ok": False,
        "error_code": 429,
        "description": "Too Many Requests: retry after 1",
        "parameters": {"retry_after": 1},
    }
    hands.pulse += 1
    await bot.send_message(WANG, "3")
    assert [view.text for view in standin.chat(WANG)] == ["/start", "1", "2", "3"]


async def test_edits_are_counted_and_answers_to_presses_are_not(standin: StandIn, bot: Bot, hands: Hands) -> None:
    """Guard that three edits at once pass and the fourth waits, and that presses are answered at any speed."""
    letter = await sent(bot, hands, reply_markup=keys("v1"))
    for number in range(3):
        await bot.edit_message_text(str(number), WANG, letter.message_id, reply_markup=keys("v1"))
    with pytest.raises(RetryAfter):
        await bot.edit_message_text("4", WANG, letter.message_id)
    for _ in range(40):
        await bot.answer_callback_query(await standin.press(WANG, letter.message_id, "v1"))


async def test_a_refused_call_costs_nothing(standin: StandIn, bot: Bot, hands: Hands) -> None:
    """Guard that a broken message sent again as plain text is not held up by the first attempt."""
    hands.pulse += 5
    for _ in range(5):
        with pytest.raises(BadRequest):
            await bot.send_message(WANG, "<b>", parse_mode="HTML")
    await bot.send_message(WANG, "<b>")
    assert standin.chat(WANG)[-1].text == "<b>"


async def test_a_migrated_group_names_its_new_id(standin: StandIn, bot: Bot) -> None:
    """Guard both ways in which a bot learns of a migration: the error's parameter and the service messages."""
    await standin.migrate(GROUP, -1002001)
    with pytest.raises(ChatMigrated) as caught:
        await bot.send_message(GROUP, "x")
    assert caught.value.new_chat_id == -1002001
    old, new = (await bot.get_updates(timeout=0))[-2:]
    assert old.message is not None
    assert new.message is not None
    assert (old.message.chat.id, old.message.migrate_to_chat_id) == (GROUP, -1002001)
    assert (new.message.chat.id, new.message.migrate_from_chat_id) == (-1002001, GROUP)
    assert (await bot.send_message(-1002001, "x")).chat.type == "supergroup"


async def test_a_card_is_sent_edited_and_stripped(standin: StandIn, bot: Bot, hands: Hands) -> None:
    """Guard what a phone shows: text, styled buttons, silence, replies, and that an edit without keyboard drops it."""
    letter = await sent(
        bot,
        hands,
        text="<b>第 072 号</b>",
        parse_mode="HTML",
        reply_markup=InlineKeyboardMarkup(
            [
                [InlineKeyboardButton("签收", callback_data="v1:ack", style="success")],
                [InlineKeyboardButton("网页", url="https://a.gov.cn/x")],
            ]
        ),
        disable_notification=True,
        protect_content=True,
    )
    view = standin.chat(WANG)[-1]
    assert (view.text, view.silent, view.protected, view.edited, view.from_bot) == (
        "第 072 号",
        True,
        True,
        False,
        True,
    )
    assert view.button("签收").style == "success"
    assert view.button("网页").url == "https://a.gov.cn/x"
    assert view.date == hands.time
    reply = await sent(bot, hands, reply_parameters=ReplyParameters(letter.message_id))
    assert reply.reply_to_message is not None
    assert reply.reply_to_message.message_id == letter.message_id == standin.chat(WANG)[-1].reply_to
    lost = await sent(bot, hands, reply_parameters=ReplyParameters(999, allow_sending_without_reply=True))
    assert lost.reply_to_message is None
    await bot.edit_message_text("已签收", WANG, letter.message_id)
    edited = standin.seen(WANG, letter.message_id)
    assert edited is not None
    assert (edited.text, edited.buttons, edited.edited) == ("已签收", (), True)
    with pytest.raises(LookupError, match="no button"):
        edited.button("签收")


async def test_an_old_message_can_still_be_edited(standin: StandIn, bot: Bot, hands: Hands) -> None:
    """Guard that only deleting ends after 48 hours: a sensitive card is withdrawn by editing."""
    letter = await sent(bot, hands)
    hands.time += dt.timedelta(days=400)
    await bot.edit_message_text("已撤回", WANG, letter.message_id)
    assert standin.chat(WANG)[-1].text == "已撤回"


async def test_reply_keyboards_come_and_go(standin: StandIn, bot: Bot, hands: Hands) -> None:
    """Guard the keyboard in the place of letters and the wish for a reply."""
    await sent(bot, hands, reply_markup=ReplyKeyboardMarkup([["待办", "我的件"]], input_field_placeholder="说什么"))
    assert standin.keyboard(WANG) == [["待办", "我的件"]]
    await sent(bot, hands, reply_markup=ReplyKeyboardRemove())
    assert standin.keyboard(WANG) == []
    await sent(bot, hands, reply_markup=ForceReply())
    assert standin.chat(WANG)[-1].force_reply


async def test_files_travel_both_ways(standin: StandIn, bot: Bot, hands: Hands) -> None:
    """Guard bytes, Chinese names, kinds, sending again by id, albums, captions and downloads."""
    hands.pulse += 5
    letter = await bot.send_document(
        WANG, io.BytesIO(b"docx"), filename="答复 072.docx", caption="<i>草稿</i>", parse_mode="HTML"
    )
    file = standin.chat(WANG)[-1].file
    assert file is not None
    assert (file.kind, file.name, file.content) == ("document", "答复 072.docx", b"docx")
    assert file.mime == "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
    assert letter.document is not None
    hands.pulse += 5
    again = await bot.send_document(WANG, letter.document.file_id)
    assert again.document == letter.document
    await bot.edit_message_caption(WANG, letter.message_id, caption="定稿")
    photo = await bot.send_photo(WANG, PNG, caption="图")
    assert (photo.photo[-1].width, photo.photo[-1].height) == (3, 2)
    hands.pulse += 5
    album = await bot.send_media_group(WANG, [document("a.txt"), document("b.txt")], caption="两件")
    assert len({one.media_group_id for one in album}) == 1
    assert [view.text for view in standin.chat(WANG)][1:] == ["定稿", "", "图", "两件", ""]
    theirs = await standin.send_file(WANG, "附件.pdf", b"%PDF", caption="见附件")
    update = (await bot.get_updates(timeout=0))[-1]
    assert update.message is not None
    assert update.message.document is not None
    assert (update.message.message_id, update.message.caption) == (theirs, "见附件")
    fetched = await bot.get_file(update.message.document.file_id)
    assert bytes(await fetched.download_as_bytearray()) == b"%PDF"


async def test_a_file_too_large_for_bots_is_not_given(standin: StandIn, bot: Bot) -> None:
    """Guard the 20 MB that a bot may fetch."""
    await standin.send_file(WANG, "大.zip", bytes((20 << 20) + 1))
    update = (await bot.get_updates(timeout=0))[-1]
    assert update.message is not None
    assert update.message.document is not None
    with pytest.raises(BadRequest, match="File is too big"):
        await bot.get_file(update.message.document.file_id)


async def test_messages_are_copied_and_forwarded(standin: StandIn, bot: Bot, hands: Hands) -> None:
    """Guard that a copy has no author and a forward has one; a protected one can be neither."""
    theirs = await standin.type(WANG, "进展")
    hands.pulse += 5
    await bot.copy_message(GROUP, WANG, theirs)
    forwarded = await bot.forward_message(GROUP, WANG, theirs)
    assert forwarded.forward_origin is not None
    copy, forward = standin.chat(GROUP)[-2:]
    assert (copy.text, copy.forward_origin) == ("进展", None)
    assert forward.forward_origin is not None
    assert forward.forward_origin["sender_user"]["id"] == WANG
    hands.pulse += 5
    letter = await bot.send_message(WANG, "x", protect_content=True)
    for copying in (bot.copy_message, bot.forward_message):
        with pytest.raises(BadRequest):
            await copying(GROUP, WANG, letter.message_id)


async def test_menus_are_chosen_by_scope_and_language(standin: StandIn, bot: Bot) -> None:
    """Guard the published order: one's own scope before the chat's before all, a language before none."""
    await bot.set_my_commands([BotCommand("help", "help")])
    await bot.set_my_commands([BotCommand("todo", "待办")], BotCommandScopeAllPrivateChats(), "zh")
    await bot.set_my_commands([BotCommand("board", "看板")], BotCommandScopeChat(GROUP))
    await bot.set_my_commands([BotCommand("board", "看板"), BotCommand("x", "y")], BotCommandScopeChatMember(GROUP, LI))
    assert standin.commands(WANG) == [("todo", "待办")]
    assert standin.commands(WANG, GROUP) == [("board", "看板")]
    assert standin.commands(LI, GROUP) == [("board", "看板"), ("x", "y")]
    await standin.join(WANG, "Wang", language_code="en")
    assert standin.commands(WANG) == [("help", "help")]
    assert [one.command for one in await bot.get_my_commands(BotCommandScopeChat(GROUP))] == ["board"]
    await bot.delete_my_commands(BotCommandScopeChat(GROUP))
    assert standin.commands(WANG, GROUP) == [("help", "help")]


async def test_the_bot_and_its_chats_tell_about_themselves(standin: StandIn, bot: Bot) -> None:
    """Guard getMe, getChat, getChatMember, descriptions, actions and reactions."""
    assert (await bot.get_me()).username == "duban_bot"
    assert (await bot.get_chat(GROUP)).title == "督办科"
    assert isinstance(await bot.get_chat_member(GROUP, WANG), ChatMemberOwner)
    assert (await bot.get_chat_member(GROUP, GONE)).status == "left"
    await bot.set_my_description("督办助手")
    await bot.set_my_short_description("督办", "zh")
    assert standin.town.descriptions == {("description", ""): "督办助手", ("short_description", "zh"): "督办"}
    await bot.send_chat_action(WANG, "typing")
    note = await standin.type(WANG, "已修好")
    await bot.set_message_reaction(WANG, note, "👀")
    assert standin.chat(WANG)[-1].reactions == ("👀",)
    await bot.set_message_reaction(WANG, note)
    assert standin.chat(WANG)[-1].reactions == ()


async def test_topics_are_written_in_where_they_exist(standin: StandIn, bot: Bot) -> None:
    """Guard a topic's thread id, and that a topic unknown is refused."""
    await standin.group(-1005, "督办", [WANG], kind="supergroup")
    await standin.add_bot(-1005, WANG)
    thread = await standin.topic(-1005, "市级")
    letter = await bot.send_message(-1005, "x", message_thread_id=thread)
    assert letter.is_topic_message
    assert standin.chat(-1005)[-1].thread_id == thread


WIRE = [
    ("POST", "sendmessage", {"json": {"chat_id": WANG, "text": "x"}}, 200, "x"),
    ("GET", "sendMessage", {"params": {"chat_id": WANG, "text": "x"}}, 200, "x"),
    ("POST", "sendMessage", {"data": {"chat_id": str(WANG), "text": "督"}}, 200, "督"),
    ("POST", "sendMessage", {"json": {"chat_id": str(WANG), "text": "x", "disable_notification": "true"}}, 200, "x"),
    ("POST", "sendMessage", {"json": {"chat_id": WANG}}, 400, "Bad Request: message text is empty"),
    ("POST", "sendMessage", {"json": {"text": "x"}}, 400, "Bad Request: chat_id is empty"),
    ("POST", "sendMessage", {"json": ["x"]}, 400, "Bad Request: JSON object expected"),
    (
        "POST",
        "sendMessage",
        {"json": {"chat_id": WANG, "text": "\ud800"}},
        400,
        "Bad Request: strings must be encoded in UTF-8",
    ),
    (
        "POST",
        "sendMessage",
        {"json": {"chat_id": WANG, "text": "x", "reply_markup": "{"}},
        400,
        "Bad Request: can't parse reply markup JSON object",
    ),
    (
        "POST",
        "editMessageText",
        {"json": {"chat_id": WANG, "message_id": "x", "text": "x"}},
        400,
        "Bad Request: message identifier is not specified",
    ),
    ("POST", "sendDocument", {"json": {"chat_id": WANG}}, 400, "Bad Request: there is no document in the request"),
    ("POST", "sendVideo", {"json": {}}, 404, "Not Found"),
    ("POST", "answerCallbackQuery", {"json": {}}, 400, 'Bad Request: parameter "callback_query_id" is required'),
]


@pytest.mark.parametrize(("verb", "method", "body", "status", "words"), WIRE)
async def test_the_wire(standin: StandIn, verb: str, method: str, body: Any, status: int, words: str) -> None:
    """Guard the three kinds of body, GET, method names in any case, missing and malformed parameters."""
    async with (
        aiohttp.ClientSession() as session,
        session.request(verb, f"{standin.url}{TOKEN}/{method}", **body) as answer,
    ):
        facts = await answer.json()
    assert answer.status == status
    assert facts["ok"] == (status == 200)
    assert (facts["result"]["text"] if facts["ok"] else facts["description"]) == words
    assert facts["ok"] or facts["error_code"] == status


async def test_a_wrong_token_is_unauthorized(standin: StandIn) -> None:
    """Guard 401 for calls and downloads alike."""
    bot = Bot("7000000001:wrong", base_url=standin.url)
    with pytest.raises(InvalidToken):
        await bot.initialize()
    await bot.shutdown()
    async with aiohttp.ClientSession() as session:
        async with session.get(f"{standin.file_url}wrong/documents/file_1.bin") as answer:
            assert answer.status == 401
        async with session.get(f"{standin.file_url}{TOKEN}/documents/file_1.bin") as answer:
            assert answer.status == 404


async def test_an_upload_over_50_mb_is_too_large(standin: StandIn) -> None:
    """Guard the size a bot may send."""
    form = aiohttp.FormData({"chat_id": str(WANG)})
    form.add_field("document", io.BytesIO(bytes((50 << 20) + 1)), filename="a.zip")
    async with (
        aiohttp.ClientSession() as session,
        session.post(f"{standin.url}{TOKEN}/sendDocument", data=form) as answer,
    ):
        assert (answer.status, (await answer.json())["description"]) == (413, "Request Entity Too Large")


async def test_a_name_in_escapes_arrives_in_escapes(standin: StandIn) -> None:
    """Guard that the file's name is taken as Telegram takes it: raw, no %-escapes, no `filename*`."""
    form = aiohttp.FormData({"chat_id": str(WANG)})
    form.add_field("document", b"x", filename="答复.docx")
    async with (
        aiohttp.ClientSession() as session,
        session.post(f"{standin.url}{TOKEN}/sendDocument", data=form) as answer,
    ):
        assert (await answer.json())["result"]["document"]["file_name"] == "%E7%AD%94%E5%A4%8D.docx"


async def test_our_own_carrier_with_defaults(standin: StandIn, hands: Hands) -> None:
    """Guard the pairing that runs: python-telegram-bot on the aiohttp carrier, with HTML and no previews by default."""
    hands.pulse += 5
    defaults = Defaults(
        parse_mode="HTML",
        link_preview_options=LinkPreviewOptions(is_disabled=True),
        allow_sending_without_reply=True,
        disable_notification=True,
    )
    async with ExtBot(
        TOKEN,
        standin.url,
        standin.file_url,
        request=AiohttpRequest(),
        get_updates_request=AiohttpRequest(),
        defaults=defaults,
    ) as bot:
        letter = await bot.send_message(WANG, "<b>第 072 号</b> https://a.cn", reply_markup=keys("v1"))
        await bot.send_document(
            WANG, b"docx", filename='答复 "072".docx', caption="<i>稿</i>", reply_parameters=ReplyParameters(letter.id)
        )
        card, file = standin.chat(WANG)[-2:]
        assert (card.preview, card.silent, card.entities[0]["type"]) == ({"is_disabled": True}, True, "bold")
        assert file.file is not None
        assert (file.file.name, file.file.content, file.reply_to) == ("答复 %22072%22.docx", b"docx", card.message_id)
        hands.pulse += 5
        await bot.send_media_group(WANG, [document("a.txt"), document("b.txt")], caption="<b>两件</b>")
        assert standin.chat(WANG)[-2].entities[0]["type"] == "bold"
        assert len(await bot.get_updates(timeout=0)) == len(standin.pending)
        fetched = await bot.get_file(next(iter(standin.town.files)))
        assert bytes(await fetched.download_as_bytearray()) == b"docx"
