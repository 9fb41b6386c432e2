"""The served methods of Bot API 10.0 and the parameters that the stand-in honours, as data.

A parameter of the real API that is absent here is refused, not ignored: a promise kept silently
broken would be found only in production. The names and types are held to the published API by a test.
"""

from typing import Final

INTEGER: Final = "Integer"
STRING: Final = "String"
BOOLEAN: Final = "Boolean"
CHAT: Final = "Integer or String"
OBJECT: Final = "object"
ARRAY: Final = "array"
FILE: Final = "InputFile or String"

_WHERE = {"chat_id": CHAT, "message_thread_id": INTEGER}
_HOW = {"disable_notification": BOOLEAN, "protect_content": BOOLEAN}
_REPLY = {"reply_parameters": OBJECT, "reply_markup": OBJECT}
_CAPTION = {"caption": STRING, "parse_mode": STRING, "caption_entities": ARRAY}
_ABOVE = {"show_caption_above_media": BOOLEAN}
_ONE = {"chat_id": CHAT, "message_id": INTEGER}
_SCOPE = {"scope": OBJECT, "language_code": STRING}
_TEXT = {"text": STRING, "parse_mode": STRING, "entities": ARRAY, "link_preview_options": OBJECT}

PARAMETERS: Final[dict[str, dict[str, str]]] = {
    "getMe": {},
    "getUpdates": {"offset": INTEGER, "limit": INTEGER, "timeout": INTEGER, "allowed_updates": ARRAY},
    "setWebhook": {
        "url": STRING,
        "max_connections": INTEGER,
        "allowed_updates": ARRAY,
        "drop_pending_updates": BOOLEAN,
        "secret_token": STRING,
    },
    "deleteWebhook": {"drop_pending_updates": BOOLEAN},
    "getWebhookInfo": {},
    "sendMessage": _WHERE | _TEXT | _HOW | _REPLY,
    "sendDocument": _WHERE | {"document": FILE, "disable_content_type_detection": BOOLEAN} | _CAPTION | _HOW | _REPLY,
    "sendPhoto": _WHERE | {"photo": FILE, "has_spoiler": BOOLEAN} | _CAPTION | _ABOVE | _HOW | _REPLY,
    "sendMediaGroup": _WHERE | {"media": ARRAY, "reply_parameters": OBJECT} | _HOW,
    "copyMessage": _WHERE | {"from_chat_id": CHAT, "message_id": INTEGER} | _CAPTION | _ABOVE | _HOW | _REPLY,
    "forwardMessage": _WHERE | {"from_chat_id": CHAT, "message_id": INTEGER} | _HOW,
    "editMessageText": _ONE | _TEXT | {"reply_markup": OBJECT},
    "editMessageCaption": _ONE | _CAPTION | _ABOVE | {"reply_markup": OBJECT},
    "editMessageReplyMarkup": _ONE | {"reply_markup": OBJECT},
    "deleteMessage": _ONE,
    "answerCallbackQuery": {
        "callback_query_id": STRING,
        "text": STRING,
        "show_alert": BOOLEAN,
        "url": STRING,
        "cache_time": INTEGER,
    },
    "setMessageReaction": _ONE | {"reaction": ARRAY, "is_big": BOOLEAN},
    "sendChatAction": _WHERE | {"action": STRING},
    "getFile": {"file_id": STRING},
    "setMyCommands": {"commands": ARRAY} | _SCOPE,
    "getMyCommands": _SCOPE,
    "deleteMyCommands": _SCOPE,
    "setMyDescription": {"description": STRING, "language_code": STRING},
    "setMyShortDescription": {"short_description": STRING, "language_code": STRING},
    "getChat": {"chat_id": CHAT},
    "getChatMember": {"chat_id": CHAT, "user_id": INTEGER},
}

# Telegram answers the lack of these with words of its own; the rest of the required ones get a common sentence.
MISSING: Final[dict[str, str]] = {
    "chat_id": "chat_id is empty",
    "from_chat_id": "from_chat_id is empty",
    "message_id": "message identifier is not specified",
    "text": "message text is empty",
    "document": "there is no document in the request",
    "photo": "there is no photo in the request",
    "file_id": "invalid file_id",
}

REQUIRED: Final[dict[str, tuple[str, ...]]] = {
    "setWebhook": ("url",),
    "sendMessage": ("chat_id", "text"),
    "sendDocument": ("chat_id", "document"),
    "sendPhoto": ("chat_id", "photo"),
    "sendMediaGroup": ("chat_id", "media"),
    "copyMessage": ("chat_id", "from_chat_id", "message_id"),
    "forwardMessage": ("chat_id", "from_chat_id", "message_id"),
    # The API marks these two as optional only because inline messages have another key; here there are none.
    "editMessageText": ("chat_id", "message_id", "text"),
    "editMessageCaption": ("chat_id", "message_id"),
    "editMessageReplyMarkup": ("chat_id", "message_id"),
    "deleteMessage": ("chat_id", "message_id"),
    "answerCallbackQuery": ("callback_query_id",),
    "setMessageReaction": ("chat_id", "message_id"),
    "sendChatAction": ("chat_id", "action"),
    "getFile": ("file_id",),
    "setMyCommands": ("commands",),
    "getChat": ("chat_id",),
    "getChatMember": ("chat_id", "user_id"),
}

UPDATE_KINDS: Final = frozenset({
    "message", "edited_message", "channel_post", "edited_channel_post", "business_connection", "business_message",
    "edited_business_message", "deleted_business_messages", "guest_message", "message_reaction",
    "message_reaction_count", "inline_query", "chosen_inline_result", "callback_query", "shipping_query",
    "pre_checkout_query", "purchased_paid_media", "poll", "poll_answer", "my_chat_member", "chat_member",
    "chat_join_request", "chat_boost", "removed_chat_boost", "managed_bot",
})  # fmt: skip
# "An empty list to receive all update types except chat_member, message_reaction, and message_reaction_count."
NOT_BY_DEFAULT: Final = frozenset({"chat_member", "message_reaction", "message_reaction_count"})

CHAT_ACTIONS: Final = frozenset({
    "typing", "upload_photo", "record_video", "upload_video", "record_voice", "upload_voice", "upload_document",
    "choose_sticker", "find_location", "record_video_note", "upload_video_note",
})  # fmt: skip

# The emoji that a bot may react with, from the description of ReactionTypeEmoji.
REACTIONS: Final = frozenset({
    "❤", "👍", "👎", "🔥", "🥰", "👏", "😁", "🤔", "🤯", "😱", "🤬", "😢", "🎉", "🤩", "🤮", "💩", "🙏", "👌", "🕊",
    "🤡", "🥱", "🥴", "😍", "🐳", "❤‍🔥", "🌚", "🌭", "💯", "🤣", "⚡", "🍌", "🏆", "💔", "🤨", "😐", "🍓", "🍾", "💋",
    "🖕", "😈", "😴", "😭", "🤓", "👻", "👨‍💻", "👀", "🎃", "🙈", "😇", "😨", "🤝", "✍", "🤗", "🫡", "🎅", "🎄", "☃",
    "💅", "🤪", "🗿", "🆒", "💘", "🙉", "🦄", "😘", "💊", "🙊", "😎", "👾", "🤷‍♂", "🤷", "🤷‍♀", "😡",
})  # fmt: skip
