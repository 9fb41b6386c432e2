"""Everything the sandbox knows, in memory: who there is, what was written, what waits for the bot."""

import base64
import hashlib
import mimetypes
from collections import deque
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any, Final

from bot.sandbox import pictures
from bot.sandbox.bell import Bell
from bot.sandbox.deliveries import Deliveries
from bot.sandbox.facts import PRESENT, PRIVATE, SUPERGROUP, Chat, File, Json, Message, Query, User
from bot.sandbox.faults import Faults
from bot.sandbox.pace import Pace

CALLS_KEPT: Final = 20_000
BOT_NAME: Final = "督办"
# Accounts that Telegram itself speaks from: an anonymous administrator, a linked channel, a channel in a group.
ANONYMOUS: Final = User(1087968824, "Group", username="GroupAnonymousBot", is_bot=True)
TELEGRAM: Final = User(777000, "Telegram")
CHANNEL_BOT: Final = User(136817688, "Channel", username="Channel_Bot", is_bot=True)


class Town:
    """The state of the sandbox and the few verbs that keep it whole."""

    def __init__(
        self, token: str, bot_username: str, now: Callable[[], datetime], pulse: Callable[[], float], *, limits: bool
    ) -> None:
        bot_id = int(token.partition(":")[0])
        self.token = token
        self.bot = User(bot_id, BOT_NAME, username=bot_username, is_bot=True)
        self.now = now
        self.pulse = pulse
        self.pace = Pace(pulse, on=limits)
        self.faults = Faults()
        self.bell = Bell()
        self.deliveries = Deliveries(self.bell)
        self.privacy = True
        self.query_lifetime = 900.0
        self.users: dict[int, User] = {bot_id: self.bot}
        for account in (ANONYMOUS, TELEGRAM, CHANNEL_BOT):
            self.users[account.user_id] = account
        self.chats: dict[int, Chat] = {}
        self.messages: dict[int, dict[int, Message]] = {}
        self.files: dict[str, File] = {}
        self.queries: dict[str, Query] = {}
        self.commands: dict[tuple[str, int, int, str], list[Json]] = {}
        self.descriptions: dict[tuple[str, str], str] = {}
        self.calls: deque[Any] = deque(maxlen=CALLS_KEPT)
        self.last_id = 0
        self.serial = 0
        self.unread: dict[tuple[int, int], int] = {}
        self.watchers: list[Callable[[str, Message | Query | User], None]] = []

    def stamp(self) -> int:
        """Return the office's time as Telegram writes dates."""
        return int(self.now().timestamp())

    def count(self) -> int:
        """Return a number never given before: for queries, files and albums."""
        self.serial += 1
        return self.serial

    def new_message(self, chat: Chat, sender: int | None, **facts: Any) -> Message:
        """Write a message into a chat; supergroups count by themselves, all other chats together, as for real bots."""
        if chat.kind == SUPERGROUP:
            chat.last_id += 1
            message_id = chat.last_id
        else:
            self.last_id += 1
            message_id = self.last_id
        message = Message(chat.chat_id, message_id, self.stamp(), sender, **facts)
        self.messages.setdefault(chat.chat_id, {})[message_id] = message
        for member, status in chat.members.items():
            if status in PRESENT and member not in {sender, self.bot.user_id}:
                self.unread[member, chat.chat_id] = self.unread.get((member, chat.chat_id), 0) + 1
        self.changed("new", message)
        return message

    def changed(self, what: str, subject: Message | Query | User) -> None:
        """Tell everyone who watches: a message is new, edit or delete, a press has its answer, a person changed."""
        for watcher in self.watchers:
            watcher(what, subject)
        self.bell.ring()

    def message(self, chat_id: int, message_id: int | None) -> Message | None:
        """Return a message that is still there."""
        found = self.messages.get(chat_id, {}).get(message_id or 0)
        return None if found is None or found.deleted else found

    def in_chat(self, chat_id: int) -> Iterator[Message]:
        """Yield the messages of a chat in order, deleted ones left out."""
        return (message for message in self.messages.get(chat_id, {}).values() if not message.deleted)

    def private_chat(self, user_id: int) -> Chat:
        """Return the person's chat with the bot, opened where there was none."""
        if user_id not in self.chats:
            self.chats[user_id] = Chat(user_id, PRIVATE, members={user_id: "member", self.bot.user_id: "member"})
        return self.chats[user_id]

    def add_file(self, kind: str, name: str, content: bytes, mime: str = "", duration: int = 0) -> File:
        """Keep a file and give it the two ids and the path that Telegram gives."""
        digest = hashlib.sha256(content).digest()
        serial = self.count()
        unique = base64.urlsafe_b64encode(digest[:11]).decode().rstrip("=")
        file_id = "BQAC" + base64.urlsafe_b64encode(serial.to_bytes(8, "big") + digest).decode().rstrip("=")
        mime = mime or mimetypes.guess_type(name)[0] or "application/octet-stream"
        folder = {"photo": "photos", "voice": "voice"}.get(kind, "documents")
        suffix = name.rpartition(".")[2][-8:] if "." in name else "bin"
        path = f"{folder}/file_{serial}.{suffix if suffix.isascii() and suffix.isalnum() else 'bin'}"
        width, height = (pictures.size(content) or (0, 0)) if kind == "photo" else (0, 0)
        self.files[file_id] = File(file_id, unique, kind, name, mime, path, content, width, height, duration)
        return self.files[file_id]

    def add_query(self, user_id: int, message: Message, data: str) -> Query:
        """Note one press of a button."""
        query_id = str((user_id << 32) + self.count())
        query = Query(query_id, user_id, message.chat_id, message.message_id, data, self.pulse())
        self.queries[query_id] = query
        return query
