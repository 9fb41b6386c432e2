"""The methods about the bot itself, its commands, its chats and files."""

import re
from typing import Any, Final

from bot.sandbox import faces, places
from bot.sandbox.facts import PRESENT, Json
from bot.sandbox.reading import Asked
from bot.sandbox.refusals import bad_request
from bot.sandbox.town import Town

DOWNLOAD_LIMIT: Final = 20 * 1024 * 1024
COMMAND_COUNT: Final = 100
DESCRIPTION_LIMITS: Final = {"description": 512, "short_description": 120}
_COMMAND_DESCRIPTION: Final = 256
_COMMAND: Final = re.compile(r"[a-z0-9_]{1,32}")
_LANGUAGE: Final = re.compile(r"[a-z]{2}|")
_SCOPES: Final = {
    "default": (),
    "all_private_chats": (),
    "all_group_chats": (),
    "all_chat_administrators": (),
    "chat": ("chat_id",),
    "chat_administrators": ("chat_id",),
    "chat_member": ("chat_id", "user_id"),
}

Key = tuple[str, int, int, str]


def get_me(town: Town, _asked: Asked) -> Json:
    """Tell who the bot is."""
    return faces.bot(town.bot, privacy=town.privacy)


def _language(asked: Asked) -> str:
    language = str(asked.get("language_code", ""))
    if not _LANGUAGE.fullmatch(language):
        raise bad_request("invalid language_code specified")
    return language


def _key(town: Town, asked: Asked) -> Key:
    scope: Json = asked.get("scope") or {"type": "default"}
    kind = scope.get("type")
    if kind not in _SCOPES:
        raise bad_request("can't parse BotCommandScope: Unsupported type specified")
    if scope.keys() != {"type", *_SCOPES[kind]}:
        raise bad_request(f"can't parse BotCommandScope: {kind} needs exactly {', '.join(_SCOPES[kind]) or 'no field'}")
    if "chat_id" in scope:
        places.chat(town, scope["chat_id"])
    return kind, scope.get("chat_id", 0), scope.get("user_id", 0), _language(asked)


def _command(item: Any) -> Json:
    if not isinstance(item, dict) or item.keys() != {"command", "description"}:
        raise bad_request("can't parse BotCommand: exactly command and description are needed")
    name = str(item["command"]).removeprefix("/")
    if not _COMMAND.fullmatch(name):
        raise bad_request("BOT_COMMAND_INVALID")
    if not 1 <= len(item["description"].strip()) <= _COMMAND_DESCRIPTION:
        raise bad_request("BOT_COMMAND_DESCRIPTION_INVALID")
    return {"command": name, "description": item["description"]}


def set_commands(town: Town, asked: Asked) -> bool:
    """Set the menu of commands for a scope and language."""
    if len(asked["commands"]) > COMMAND_COUNT:
        raise bad_request("BOT_COMMANDS_TOO_MUCH")
    town.commands[_key(town, asked)] = [_command(item) for item in asked["commands"]]
    return True


def get_commands(town: Town, asked: Asked) -> list[Json]:
    """Return the menu of exactly this scope and language."""
    return town.commands.get(_key(town, asked), [])


def delete_commands(town: Town, asked: Asked) -> bool:
    """Remove the menu of exactly this scope and language."""
    town.commands.pop(_key(town, asked), None)
    return True


def commands_shown(town: Town, user_id: int, chat_id: int) -> list[Json]:
    """Return the menu a person sees in a chat, by the published order of scopes and languages."""
    place, language = town.chats[chat_id], (town.users[user_id].language_code or "")[:2]
    scopes: list[tuple[str, int, int]] = [("chat", chat_id, 0), ("all_private_chats", 0, 0)]
    if not place.private:
        admin = place.members.get(user_id) in {"creator", "administrator"}
        scopes = [("chat_member", chat_id, user_id)]
        scopes += [("chat_administrators", chat_id, 0)] if admin else []
        scopes += [("chat", chat_id, 0)]
        scopes += [("all_chat_administrators", 0, 0)] if admin else []
        scopes += [("all_group_chats", 0, 0)]
    for scope in (*scopes, ("default", 0, 0)):
        for spoken in (language, ""):
            if found := town.commands.get((*scope, spoken)):
                return found
    return []


def set_description(town: Town, asked: Asked) -> bool:
    """Set what an empty chat, or the bot's page, says of it."""
    kind = "description" if asked.method == "setMyDescription" else "short_description"
    text = asked.get(kind, "")
    if len(text) > DESCRIPTION_LIMITS[kind]:
        raise bad_request(f"bot {kind.replace('_', ' ')} is too long")
    town.descriptions[kind, _language(asked)] = text
    return True


def get_file(town: Town, asked: Asked) -> Json:
    """Tell where a file can be fetched."""
    file = town.files.get(asked["file_id"])
    if file is None:
        raise bad_request("wrong file_id or the file is temporarily unavailable")
    if len(file.content) > DOWNLOAD_LIMIT:
        raise bad_request("file is too big")
    facts = {"file_id": file.file_id, "file_unique_id": file.unique_id, "file_size": len(file.content)}
    return facts | {"file_path": file.path}


def get_chat(town: Town, asked: Asked) -> Json:
    """Tell about a chat."""
    gifts = ("unlimited_gifts", "limited_gifts", "unique_gifts", "premium_subscription", "gifts_from_channels")
    more = {"accent_color_id": 0, "max_reaction_count": 11, "accepted_gift_types": dict.fromkeys(gifts, False)}
    return faces.chat(town, places.chat(town, asked["chat_id"])) | more


def get_member(town: Town, asked: Asked) -> Json:
    """Tell what a person is in a chat."""
    place = places.chat(town, asked["chat_id"])
    person = town.users.get(asked["user_id"])
    if person is None:
        raise bad_request("PARTICIPANT_ID_INVALID")
    return faces.member(person, place.members.get(person.user_id, "left"))


def present(town: Town, chat_id: int, user_id: int) -> bool:
    """Tell whether a person is in a chat."""
    return town.chats[chat_id].members.get(user_id) in PRESENT
