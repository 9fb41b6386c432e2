"""Whether the bot may speak in a chat, in Telegram's words where it may not."""

from typing import Any, Final

from bot.sandbox.facts import PRESENT, Chat, Message
from bot.sandbox.reading import Asked
from bot.sandbox.refusals import bad_request, forbidden
from bot.sandbox.town import Town

_GONE: Final = "group chat was upgraded to a supergroup chat"


def chat(town: Town, chat_id: Any) -> Chat:
    """Return the chat, or refuse as unknown, never started, moved or lost."""
    place = town.chats.get(chat_id) if isinstance(chat_id, int) else None
    if place is None:
        person = town.users.get(chat_id) if isinstance(chat_id, int) else None
        if person is None or person is town.bot:
            raise bad_request("chat not found")
        if person.deactivated:
            raise forbidden("user is deactivated")
        if person.is_bot:
            raise forbidden("bot can't send messages to bots")
        raise forbidden("bot can't initiate conversation with a user")
    if place.migrated_to is not None:
        raise bad_request(_GONE, migrate_to_chat_id=place.migrated_to)
    if place.group:
        _group(place, place.members.get(town.bot.user_id, "left"))
    return place


def _group(place: Chat, status: str) -> None:
    if status == "kicked":
        raise forbidden(f"bot was kicked from the {place.kind} chat")
    if status not in PRESENT:
        raise forbidden(f"bot is not a member of the {place.kind} chat")


def open_chat(town: Town, asked: Asked, name: str = "chat_id") -> Chat:
    """Return the chat to write in; refuse where the person blocked the bot or is gone."""
    place = chat(town, asked[name])
    if place.private:
        person = town.users[place.chat_id]
        if person.deactivated:
            raise forbidden("user is deactivated")
        if person.blocked:
            raise forbidden("bot was blocked by the user")
    return place


def thread(place: Chat, asked: Asked) -> int | None:
    """Return the topic to write in; Telegram knows no topic 1 although its apps show one."""
    thread_id: int | None = asked.get("message_thread_id")
    if thread_id is not None and thread_id not in place.topics:
        raise bad_request("message thread not found")
    return thread_id


def answered(town: Town, place: Chat, asked: Asked) -> int | None:
    """Return the message that is replied to, or nothing where there is none and that is allowed."""
    wanted = asked.get("reply_parameters")
    if not wanted:
        return None
    # `quote_parse_mode` comes along from python-telegram-bot's defaults even where nothing is quoted.
    if unknown := wanted.keys() - {"message_id", "chat_id", "allow_sending_without_reply", "quote_parse_mode"}:
        raise bad_request(f"can't parse reply parameters: {min(unknown)} is not served by the stand-in")
    message_id = wanted.get("message_id")
    if not isinstance(message_id, int):
        raise bad_request("can't parse reply parameters: Can't find field \"message_id\"")
    if wanted.get("chat_id", place.chat_id) != place.chat_id:
        raise bad_request("replies into another chat are not served by the stand-in")
    if town.message(place.chat_id, message_id) is not None:
        return message_id
    if wanted.get("allow_sending_without_reply"):
        return None
    raise bad_request("message to be replied not found")


def message(town: Town, place: Chat, asked: Asked, what: str) -> Message:
    """Return the message that the call names, or refuse: message to edit, delete, copy … not found."""
    found = town.message(place.chat_id, asked["message_id"])
    if found is None:
        raise bad_request(f"message to {what} not found")
    return found
