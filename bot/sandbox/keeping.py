"""The sandbox in one SQLite file, so that chats and files are still there after a restart."""

import json
import sqlite3
from collections.abc import Callable
from contextlib import closing
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final

from bot.sandbox.deliveries import Webhook
from bot.sandbox.facts import Chat, File, Json, Message, Query, User
from bot.sandbox.town import Town

FORMAT: Final = 1
_TABLES: Final = """
CREATE TABLE IF NOT EXISTS state (id INTEGER PRIMARY KEY CHECK (id = 1), body TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS files (file_id TEXT PRIMARY KEY, facts TEXT NOT NULL, content BLOB NOT NULL);
"""
_ADVICE: Final = "nothing was changed; move the file away, or start the sandbox afresh, to begin with an empty town"


class Unreadable(Exception):
    """The file holds no town that can be gone on with."""


def save(town: Town, path: Path) -> None:
    """Write everything in one transaction; files already written are not written again."""
    body = json.dumps(_body(town), ensure_ascii=False, separators=(",", ":"))
    with closing(sqlite3.connect(path)) as book, book:
        book.executescript(_TABLES)
        kept = {row[0] for row in book.execute("SELECT file_id FROM files")}
        fresh = [file for file in town.files.values() if file.file_id not in kept]
        book.executemany("INSERT INTO files VALUES (?, ?, ?)", [(f.file_id, _facts(f), f.content) for f in fresh])
        book.execute("INSERT INTO state VALUES (1, ?) ON CONFLICT (id) DO UPDATE SET body = excluded.body", (body,))


def load(town: Town, path: Path) -> bool:
    """Put what was saved into a new town; tell whether there was anything.

    Raise `Unreadable` for a file that is damaged, of another format or of another bot; the town is then untouched.
    """
    if not path.exists():
        return False
    try:
        with closing(sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True)) as book:
            body = json.loads(book.execute("SELECT body FROM state").fetchone()[0])
            files = [
                (json.loads(facts), content) for facts, content in book.execute("SELECT facts, content FROM files")
            ]
        _check(town, body)
        restore = _restored(town, body, files)
    except (sqlite3.Error, ValueError, TypeError, KeyError, AttributeError) as error:
        msg = f"{path} holds no town that can be read ({type(error).__name__}: {error}); {_ADVICE}"
        raise Unreadable(msg) from error
    restore()
    return True


def _facts(file: File) -> str:
    facts = {key: value for key, value in vars(file).items() if key != "content"}
    return json.dumps(facts, ensure_ascii=False)


def _body(town: Town) -> Json:
    queue = town.deliveries
    now = town.pulse()
    return {
        "format": FORMAT,
        "bot": town.bot.user_id,
        "last_id": town.last_id,
        "serial": town.serial,
        "users": [asdict(user) for user in town.users.values()],
        "chats": [asdict(chat) for chat in town.chats.values()],
        "messages": [asdict(letter) for letters in town.messages.values() for letter in letters.values()],
        # The pulse begins anew with each start: what is kept is how long ago the press was.
        "queries": [asdict(query) | {"at": now - query.at} for query in town.queries.values()],
        "commands": [[*key, commands] for key, commands in town.commands.items()],
        "descriptions": [[*key, text] for key, text in town.descriptions.items()],
        "unread": [[*key, count] for key, count in town.unread.items()],
        "next_update": queue.next_id,
        "pending": list(queue.pending.values()),
        "allowed": sorted(queue.allowed),
        "webhook": asdict(queue.webhook) if queue.webhook else None,
    }


def _check(town: Town, body: Any) -> None:
    if body["format"] != FORMAT:
        msg = f"its format is {body['format']}, this version reads {FORMAT}"
        raise ValueError(msg)
    if body["bot"] != town.bot.user_id:
        msg = f"it belongs to bot {body['bot']}, not to {town.bot.user_id}"
        raise ValueError(msg)


def _restored(town: Town, body: Json, files: list[tuple[Json, bytes]]) -> Callable[[], None]:
    """Build every value first, so that a damaged file leaves the town as it was; return what puts them in place."""
    users = {user["user_id"]: User(**user) for user in body["users"] if user["user_id"] != town.bot.user_id}
    chats = {chat["chat_id"]: Chat(**_keyed(chat, "members", "topics")) for chat in body["chats"]}
    letters = [Message(**_keyed(letter, "reactions")) for letter in body["messages"]]
    now = town.pulse()
    queries = {query["query_id"]: Query(**query | {"at": now - query["at"]}) for query in body["queries"]}
    stored = {facts["file_id"]: File(**facts, content=content) for facts, content in files}
    webhook = Webhook(**body["webhook"]) if body["webhook"] else None
    pending = {int(update["update_id"]): update for update in body["pending"]}
    commands = {(scope, chat, user, spoken): menu for scope, chat, user, spoken, menu in body["commands"]}
    descriptions = {(kind, spoken): text for kind, spoken, text in body["descriptions"]}
    unread = {(user, chat): count for user, chat, count in body["unread"]}
    last_id, serial, next_id = int(body["last_id"]), int(body["serial"]), int(body["next_update"])
    allowed = frozenset(map(str, body["allowed"]))

    def restore() -> None:
        town.users |= users
        town.chats |= chats
        town.queries |= queries
        town.files |= stored
        for letter in letters:
            town.messages.setdefault(letter.chat_id, {})[letter.message_id] = letter
        town.commands |= commands
        town.descriptions |= descriptions
        town.unread |= unread
        town.last_id, town.serial = last_id, serial
        queue = town.deliveries
        queue.next_id, queue.allowed, queue.webhook = next_id, allowed, webhook
        queue.pending |= pending
        queue.history |= pending

    return restore


def _keyed(facts: Json, *names: str) -> Json:
    """Turn the keys of these fields into numbers again; JSON knows only text there."""
    return facts | {name: {int(key): value for key, value in facts[name].items()} for name in names}
