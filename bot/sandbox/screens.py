"""What the console shows, as JSON: the list of people, a person's chats, a chat's messages."""

from datetime import datetime
from typing import Any, Final

from bot.sandbox import desk
from bot.sandbox.facts import PRESENT, Chat, File, Json, Message, Query, User
from bot.sandbox.town import Town

PAGE: Final = 100
SNIPPET: Final = 80


def people(town: Town) -> list[Json]:
    """Return all persons under their headings, unit by unit, both in the order in which they were first named."""
    # Telegram's own accounts are users too, but no persons to choose: they speak no language and never start.
    persons = [user for user in town.users.values() if user.section or user.language_code or user.started]
    sections = list(dict.fromkeys(user.section for user in persons))
    units = list(dict.fromkeys((user.section, user.subtitle) for user in persons))
    persons.sort(key=lambda user: (sections.index(user.section), units.index((user.section, user.subtitle))))
    groups = [chat for chat in town.chats.values() if chat.group and chat.migrated_to is None]
    return [person(town, user, groups) for user in persons]


def person(town: Town, user: User, groups: list[Chat] | None = None) -> Json:
    """Return one person with their chats: the one with the bot first."""
    if groups is None:
        groups = [chat for chat in town.chats.values() if chat.group and chat.migrated_to is None]
    chats = [_chat(town, user, town.chats.get(user.user_id) or Chat(user.user_id, "private"))]
    chats += [_chat(town, user, chat) for chat in groups if chat.members.get(user.user_id) in PRESENT]
    return {
        "id": user.user_id,
        "name": user.first_name,
        "title": user.title,
        "subtitle": user.subtitle,
        "section": user.section,
        "started": user.started,
        "blocked": user.blocked,
        "deactivated": user.deactivated,
        "unread": sum(chat["unread"] for chat in chats),
        "chats": chats,
    }


def _chat(town: Town, user: User, chat: Chat) -> Json:
    last = next(
        (letter for letter in reversed(town.messages.get(chat.chat_id, {}).values()) if not letter.deleted), None
    )
    return {
        "id": chat.chat_id,
        "kind": chat.kind,
        "title": chat.title or town.bot.first_name,
        "members": sum(status in PRESENT for status in chat.members.values()),
        "unread": town.unread.get((user.user_id, chat.chat_id), 0),
        "last": summary(town, last) if last else None,
    }


def summary(town: Town, letter: Message) -> Json:
    """Return a message in one line."""
    file = town.files.get(letter.file_id or "")
    return {
        "id": letter.message_id,
        "chat": letter.chat_id,
        "from": _name(town, letter),
        "bot": letter.sender == town.bot.user_id,
        "date": _date(town, letter.date),
        "text": " ".join(letter.text.split())[:SNIPPET],
        "file": file.name if file else "",
        "service": next(iter(letter.service or {}), ""),
    }


def message(town: Town, letter: Message) -> Json:
    """Return a message in full."""
    other: Json = letter.other_markup or {}
    answered = town.message(letter.chat_id, letter.reply_to)
    return summary(town, letter) | {
        "sender": letter.sender,
        "text": letter.text,
        "entities": letter.entities,
        "buttons": (letter.keyboard or {}).get("inline_keyboard", []),
        "file": _file(town.files[letter.file_id]) if letter.file_id else None,
        "reply": summary(town, answered) if answered else None,
        "forward": _origin(letter.forward_origin),
        "edited": letter.edit_date is not None,
        "silent": letter.silent,
        "protected": letter.protected,
        "force_reply": "force_reply" in other,
        "placeholder": other.get("input_field_placeholder", ""),
        "service": _service(letter.service),
        "reactions": list(letter.reactions.values()),
        "topic": town.chats[letter.chat_id].topics.get(letter.thread_id or 0, ""),
    }


def chat(town: Town, user_id: int, chat_id: int, before: int | None) -> Json:
    """Return the newest page of a chat, or the page before a message, and what the person can do in it."""
    every = [letter for letter in town.in_chat(chat_id) if before is None or letter.message_id < before]
    place = town.chats.get(chat_id)
    keyboard: Json = (place.keyboard if place else None) or {}
    language = (town.users[user_id].language_code or "")[:2]
    described = town.descriptions.get(("description", language)) or town.descriptions.get(("description", ""), "")
    return {
        "messages": [message(town, letter) for letter in every[-PAGE:]],
        "earlier": len(every) > PAGE,
        "keyboard": [[button["text"] for button in row] for row in keyboard.get("keyboard", [])],
        "placeholder": keyboard.get("input_field_placeholder", ""),
        "commands": desk.commands_shown(town, user_id, chat_id) if place else [],
        "description": described,
    }


def toast(query: Query) -> Json:
    """Return the answer to a press."""
    facts: dict[str, Any] = {"query": query.query_id, "user": query.user_id, "chat": query.chat_id}
    return facts | {"text": query.text, "alert": query.show_alert, "url": query.url}


def _date(town: Town, stamp: int) -> str:
    return datetime.fromtimestamp(stamp, town.now().tzinfo).isoformat(timespec="minutes")


def _name(town: Town, letter: Message) -> str:
    if letter.sender_chat:
        return str(letter.sender_chat["title"])
    return town.users[letter.sender].first_name if letter.sender is not None else ""


def _origin(origin: Json | None) -> str:
    if origin is None:
        return ""
    sender: Json = origin.get("sender_user") or origin.get("chat") or {}
    return str(sender.get("first_name") or sender.get("title") or origin.get("sender_user_name", "?"))


def _file(file: File) -> Json:
    facts = {"id": file.file_id, "kind": file.kind, "name": file.name, "mime": file.mime, "size": len(file.content)}
    return facts | {"width": file.width, "height": file.height, "duration": file.duration}


def _service(service: Json | None) -> Json | None:
    if not service:
        return None
    kind, value = next(iter(service.items()))
    if isinstance(value, list):
        value = "、".join(one["first_name"] for one in value)
    elif isinstance(value, dict):
        value = value.get("first_name") or value.get("name", "")
    return {"kind": kind, "value": str(value)}
