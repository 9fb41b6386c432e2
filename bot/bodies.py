"""What Telegram brings, as it stands: an update's number, its chat, and the library's objects for it."""

from collections.abc import Mapping
from typing import Any

from telegram import Bot, CallbackQuery, Chat, InaccessibleMessage, Update, User

_NUMBERS = 2**63  # what a row's number may be
_ACCOUNTS = 2**52  # Bot API, Chat: an id has at most 52 significant bits
_UNSTORABLE = "unstorable"  # stands in the place of a body that the database would not take


def number(body: Any) -> int | None:
    """Give an update's number; none where it has none under which it could be stored."""
    found = body.get("update_id") if isinstance(body, dict) else None
    return found if type(found) is int and 0 <= found < _NUMBERS else None


def read(body: Mapping[str, Any], bot: Bot) -> Update | None:
    """Read an update as the library's objects; of the message under a button only which one it is and where.

    It stands there like one that is out of reach: objects of its words and its keyboard, for which a client cannot
    vouch anyway, were most of reading a press.
    """
    if _UNSTORABLE in body:
        raise ValueError(_UNSTORABLE)
    query = body.get("callback_query")
    if not query or not query.get("message"):
        return Update.de_json(dict(body), bot)
    user, place = User.de_json(query["from"], bot), Chat.de_json(query["message"]["chat"], bot)
    message = InaccessibleMessage(place, query["message"]["message_id"])
    pressed = CallbackQuery(query["id"], user, query.get("chat_instance", ""), message=message, data=query.get("data"))
    return Update(body["update_id"], callback_query=pressed)


def empty(error: BaseException) -> dict[str, Any]:
    """Give what stands in the place of a body that the database would not take."""
    return {_UNSTORABLE: type(error).__name__}


def is_empty(body: Mapping[str, Any]) -> bool:
    """Tell whether a body's words could not be stored."""
    return _UNSTORABLE in body


def chat(body: dict[str, Any]) -> int:
    """Give the chat an update belongs to, whose order it keeps; 0 for none, and for what nobody can read."""
    try:
        found = _place(body)
    except (TypeError, KeyError):
        return 0
    return found if type(found) is int and abs(found) < _ACCOUNTS else 0


def _place(body: dict[str, Any]) -> Any:
    """Find what should be the id of an update's chat."""
    for kind in ("message", "edited_message", "my_chat_member"):
        if kind in body:
            return body[kind]["chat"]["id"]
    query = body.get("callback_query")
    if not query:
        return 0
    message = query.get("message") if isinstance(query, dict) else None
    return message["chat"]["id"] if message else query["from"]["id"]
