"""What the stand-in refuses, a row each, through python-telegram-bot over real HTTP."""

import datetime as dt
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from telegram import (
    Bot,
    ForceReply,
    InputMediaDocument,
    InputMediaPhoto,
    ReplyKeyboardMarkup,
    ReplyParameters,
)
from telegram.error import BadRequest, Forbidden, TelegramError

from bot.sandbox.telegram import StandIn
from tests.standins import GONE, GROUP, LI, OLD, PNG, SAME, STRANGER, WANG, Hands, keys, sent

Act = Callable[[StandIn, Bot, Hands], Awaitable[Any]]


async def not_modified(_standin: StandIn, bot: Bot, hands: Hands) -> None:
    letter = await sent(bot, hands, text="<b>办理</b>", parse_mode="HTML", reply_markup=keys("v1"))
    await bot.edit_message_text(" <b>办理</b> ", WANG, letter.message_id, parse_mode="HTML", reply_markup=keys("v1"))


async def markup_not_modified(_standin: StandIn, bot: Bot, hands: Hands) -> None:
    letter = await sent(bot, hands)
    await bot.edit_message_reply_markup(WANG, letter.message_id)


async def edit_of_deleted(_standin: StandIn, bot: Bot, hands: Hands) -> None:
    letter = await sent(bot, hands)
    await bot.delete_message(WANG, letter.message_id)
    await bot.edit_message_text("x", WANG, letter.message_id)


async def edit_of_theirs(standin: StandIn, bot: Bot, _hands: Hands) -> None:
    await bot.edit_message_text("x", WANG, await standin.type(WANG, "hello"))


async def edit_under_reply_keyboard(_standin: StandIn, bot: Bot, hands: Hands) -> None:
    letter = await sent(bot, hands, reply_markup=ReplyKeyboardMarkup([["待办"]]))
    await bot.edit_message_text("x", WANG, letter.message_id)


async def edit_into_reply_keyboard(_standin: StandIn, bot: Bot, hands: Hands) -> None:
    letter = await sent(bot, hands)
    await bot.edit_message_text("x", WANG, letter.message_id, reply_markup=ForceReply())  # type: ignore[arg-type]


async def text_of_a_file(_standin: StandIn, bot: Bot, _hands: Hands) -> None:
    letter = await bot.send_document(WANG, b"x", filename="a.txt")
    await bot.edit_message_text("x", WANG, letter.message_id)


async def caption_of_a_text(_standin: StandIn, bot: Bot, hands: Hands) -> None:
    await bot.edit_message_caption(WANG, (await sent(bot, hands)).message_id, caption="x")


async def delete_after_two_days(_standin: StandIn, bot: Bot, hands: Hands) -> None:
    letter = await sent(bot, hands)
    hands.time += dt.timedelta(hours=49)
    await bot.delete_message(WANG, letter.message_id)


async def delete_of_theirs_in_group(standin: StandIn, bot: Bot, _hands: Hands) -> None:
    await bot.delete_message(GROUP, await standin.type(WANG, "/menu", chat_id=GROUP))


async def delete_twice(_standin: StandIn, bot: Bot, hands: Hands) -> None:
    letter = await sent(bot, hands)
    await bot.delete_message(WANG, letter.message_id)
    await bot.delete_message(WANG, letter.message_id)


async def pressed(standin: StandIn, bot: Bot, hands: Hands) -> str:
    letter = await sent(bot, hands, reply_markup=keys("v1"))
    return await standin.press(WANG, letter.message_id, "v1")


async def answered_twice(standin: StandIn, bot: Bot, hands: Hands) -> None:
    query_id = await pressed(standin, bot, hands)
    await bot.answer_callback_query(query_id, "好")
    await bot.answer_callback_query(query_id, "好")


async def answered_late(standin: StandIn, bot: Bot, hands: Hands) -> None:
    query_id = await pressed(standin, bot, hands)
    hands.pulse += standin.town.query_lifetime + 1
    await bot.answer_callback_query(query_id)


async def answered_at_length(standin: StandIn, bot: Bot, hands: Hands) -> None:
    await bot.answer_callback_query(await pressed(standin, bot, hands), "x" * 201)


async def to_a_blocker(standin: StandIn, bot: Bot, _hands: Hands) -> None:
    await standin.block(WANG)
    await bot.send_message(WANG, "x")


async def edit_for_a_blocker(standin: StandIn, bot: Bot, hands: Hands) -> None:
    letter = await sent(bot, hands)
    await standin.block(WANG)
    await bot.edit_message_text("x", WANG, letter.message_id)


async def after_being_kicked(standin: StandIn, bot: Bot, _hands: Hands) -> None:
    await standin.remove_bot(GROUP, WANG)
    await bot.send_message(GROUP, "x")


async def to_a_group_never_joined(standin: StandIn, bot: Bot, _hands: Hands) -> None:
    await standin.group(-2002, "科室", [WANG], kind="supergroup")
    await bot.send_message(-2002, "x")


async def album_of(bot: Bot, *media: InputMediaDocument | InputMediaPhoto) -> None:
    await bot.send_media_group(WANG, list(media))


def document(name: str = "a.txt") -> InputMediaDocument:
    return InputMediaDocument(b"x", filename=name)


def said(**facts: Any) -> Act:
    """Make a row that sends one message."""

    async def act(_standin: StandIn, bot: Bot, _hands: Hands) -> None:
        await bot.send_message(**{"chat_id": WANG, "text": "办理", **facts})

    return act


def filed(method: str, **facts: Any) -> Act:
    """Make a row that sends one file."""

    async def act(_standin: StandIn, bot: Bot, _hands: Hands) -> None:
        await getattr(bot, method)(**{"chat_id": WANG, **facts})

    return act


REFUSALS: list[tuple[str, Act, type[TelegramError], str]] = [
    ("unknown chat", said(chat_id=STRANGER), BadRequest, "chat not found"),
    ("chat by name", said(chat_id="@somebody"), BadRequest, "chat not found"),
    ("the bot itself", said(chat_id=7000000001), BadRequest, "chat not found"),
    ("never pressed start", said(chat_id=LI), Forbidden, "bot can't initiate conversation with a user"),
    ("a bot", said(chat_id=1087968824), Forbidden, "bot can't send messages to bots"),
    ("blocked", to_a_blocker, Forbidden, "bot was blocked by the user"),
    ("blocked, edit", edit_for_a_blocker, Forbidden, "bot was blocked by the user"),
    ("deactivated", said(chat_id=GONE), Forbidden, "user is deactivated"),
    ("kicked", after_being_kicked, Forbidden, "bot was kicked from the group chat"),
    ("not a member", to_a_group_never_joined, Forbidden, "bot is not a member of the supergroup chat"),
    ("empty", said(text=" \n "), BadRequest, "message text is empty"),
    ("too long", said(text="办" * 4097), BadRequest, "message is too long"),
    ("too long, parsed", said(text="&lt;" * 4097, parse_mode="HTML"), BadRequest, "message is too long"),
    (
        "broken markup",
        said(text="<b>办理", parse_mode="HTML"),
        BadRequest,
        "can't parse entities: Can't find end tag corresponding to start tag \"b\"",
    ),
    (
        "markdown",
        said(parse_mode="MarkdownV2"),
        BadRequest,
        "unsupported parse_mode: the stand-in speaks HTML only, not MarkdownV2",
    ),
    ("data over 64 bytes", said(reply_markup=keys("办" * 22)), BadRequest, "BUTTON_DATA_INVALID"),
    ("101 buttons", said(reply_markup=keys(*"x" * 101)), BadRequest, "reply markup is too long"),
    ("topic", said(message_thread_id=1), BadRequest, "message thread not found"),
    ("reply to nothing", said(reply_parameters=ReplyParameters(99)), BadRequest, "message to be replied not found"),
    ("unserved parameter", said(message_effect_id="5"), BadRequest, "unknown parameter message_effect_id"),
    ("unknown parameter", said(api_kwargs={"colour": "red"}), BadRequest, "unknown parameter colour"),
    ("not modified", not_modified, BadRequest, SAME),
    ("keyboard not modified", markup_not_modified, BadRequest, SAME),
    ("edit of a deleted one", edit_of_deleted, BadRequest, "message to edit not found"),
    ("edit of another's", edit_of_theirs, BadRequest, "message can't be edited"),
    ("edit under a reply keyboard", edit_under_reply_keyboard, BadRequest, "message can't be edited"),
    ("edit into force reply", edit_into_reply_keyboard, BadRequest, "inline keyboard expected"),
    ("text of a file", text_of_a_file, BadRequest, "there is no text in the message to edit"),
    ("caption of a text", caption_of_a_text, BadRequest, "there is no caption in the message to edit"),
    ("delete after 48 h", delete_after_two_days, BadRequest, "message can't be deleted for everyone"),
    ("delete of another's", delete_of_theirs_in_group, BadRequest, "message can't be deleted"),
    ("delete twice", delete_twice, BadRequest, "message to delete not found"),
    ("second answer", answered_twice, BadRequest, OLD),
    ("late answer", answered_late, BadRequest, OLD),
    ("unknown press", lambda _s, bot, _h: bot.answer_callback_query("5"), BadRequest, OLD),
    ("long answer", answered_at_length, BadRequest, "MESSAGE_TOO_LONG"),
    ("caption", filed("send_document", document=b"x", caption="x" * 1025), BadRequest, "message caption is too long"),
    ("empty file", filed("send_document", document=b""), BadRequest, "file must be non-empty"),
    (
        "file by address",
        filed("send_document", document="https://a.cn/x"),
        BadRequest,
        "failed to get HTTP URL content",
    ),
    (
        "unknown file",
        filed("send_document", document="BQAC"),
        BadRequest,
        "wrong remote file identifier specified: Wrong string length",
    ),
    ("photo that is none", filed("send_photo", photo=b"PK"), BadRequest, "IMAGE_PROCESS_FAILED"),
    ("photo too large", filed("send_photo", photo=PNG + bytes(10 << 20)), BadRequest, "file is too big"),
    (
        "photo too wide",
        filed("send_photo", photo=PNG.replace(b"\x00\x03", b"\x00\xff")),
        BadRequest,
        "PHOTO_INVALID_DIMENSIONS",
    ),
    ("album of one", lambda _s, bot, _h: album_of(bot, document()), BadRequest, "too few messages to send as an album"),
    (
        "album of eleven",
        lambda _s, bot, _h: album_of(bot, *[document()] * 11),
        BadRequest,
        "too much messages to send as an album",
    ),
    (
        "mixed album",
        lambda _s, bot, _h: album_of(bot, document(), InputMediaPhoto(PNG)),
        BadRequest,
        "document can't be mixed with other media types",
    ),
    (
        "file id",
        lambda _s, bot, _h: bot.get_file("x"),
        BadRequest,
        "wrong file_id or the file is temporarily unavailable",
    ),
    ("command", lambda _s, bot, _h: bot.set_my_commands([("催办", "x")]), BadRequest, "BOT_COMMAND_INVALID"),
    (
        "command's description",
        lambda _s, bot, _h: bot.set_my_commands([("case", " ")]),
        BadRequest,
        "BOT_COMMAND_DESCRIPTION_INVALID",
    ),
    ("101 commands", lambda _s, bot, _h: bot.set_my_commands([("a", "b")] * 101), BadRequest, "BOT_COMMANDS_TOO_MUCH"),
    ("description", lambda _s, bot, _h: bot.set_my_description("x" * 513), BadRequest, "bot description is too long"),
    (
        "language",
        lambda _s, bot, _h: bot.get_my_commands(None, "zh-hans"),
        BadRequest,
        "invalid language_code specified",
    ),
    (
        "action",
        lambda _s, bot, _h: bot.send_chat_action(WANG, "dancing"),
        BadRequest,
        "wrong parameter action in request",
    ),
    ("reaction", lambda _s, bot, _h: bot.set_message_reaction(WANG, 1, "x"), BadRequest, "REACTION_INVALID"),
    (
        "reaction to nothing",
        lambda _s, bot, _h: bot.set_message_reaction(WANG, 99),
        BadRequest,
        "message to react not found",
    ),
    ("member unknown", lambda _s, bot, _h: bot.get_chat_member(GROUP, STRANGER), BadRequest, "PARTICIPANT_ID_INVALID"),
    (
        "forward nothing",
        lambda _s, bot, _h: bot.forward_message(WANG, WANG, 99),
        BadRequest,
        "message to forward not found",
    ),
    ("copy nothing", lambda _s, bot, _h: bot.copy_message(WANG, WANG, 99), BadRequest, "message to copy not found"),
    (
        "webhook in the clear",
        lambda _s, bot, _h: bot.set_webhook("http://a.cn/hook"),
        BadRequest,
        "bad webhook: An HTTPS URL must be provided for webhook",
    ),
    (
        "secret",
        lambda _s, bot, _h: bot.set_webhook("https://a.cn/", secret_token="督"),
        BadRequest,
        "secret token contains unallowed characters",
    ),
]


@pytest.mark.parametrize(("act", "kind", "words"), [row[1:] for row in REFUSALS], ids=[row[0] for row in REFUSALS])
async def test_what_telegram_refuses_is_refused_in_its_words(
    standin: StandIn, bot: Bot, hands: Hands, act: Act, kind: type[TelegramError], words: str
) -> None:
    """Guard every refusal: the error python-telegram-bot raises and the words on the wire; a row each."""
    with pytest.raises(kind):
        await act(standin, bot, hands)
    prefix = "Forbidden" if kind is Forbidden else "Bad Request"
    assert standin.calls[-1].answer["description"] == f"{prefix}: {words}"
