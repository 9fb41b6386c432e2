"""What there is in the sandbox: people, chats, messages, files and presses, as plain values."""

from dataclasses import dataclass, field
from typing import Any, Final

Json = dict[str, Any]

PRIVATE: Final = "private"
GROUP: Final = "group"
SUPERGROUP: Final = "supergroup"
CHANNEL: Final = "channel"
PRESENT: Final = frozenset({"creator", "administrator", "member"})


@dataclass
class User:
    """A person or bot; `title`, `subtitle` and `section` are only for the console's list of people."""

    user_id: int
    first_name: str
    username: str | None = None
    language_code: str | None = None
    is_bot: bool = False
    started: bool = False
    blocked: bool = False
    deactivated: bool = False
    title: str = ""
    subtitle: str = ""
    section: str = ""


@dataclass
class Chat:
    """A chat; `members` maps user ids to Telegram's member status, the bot included."""

    chat_id: int
    kind: str
    title: str = ""
    members: dict[int, str] = field(default_factory=dict)
    migrated_to: int | None = None
    topics: dict[int, str] = field(default_factory=dict)
    keyboard: Json | None = None
    last_id: int = 0

    @property
    def private(self) -> bool:
        """Tell whether only one person and the bot are in it."""
        return self.kind == PRIVATE

    @property
    def group(self) -> bool:
        """Tell whether it is a group of either sort."""
        return self.kind in {GROUP, SUPERGROUP}


@dataclass
class File:
    """The bytes of a file with all that its message tells of it; `kind` is document, photo or voice."""

    file_id: str
    unique_id: str
    kind: str
    name: str
    mime: str
    path: str
    content: bytes
    width: int = 0
    height: int = 0
    duration: int = 0


@dataclass
class Message:
    """A message as it stands now; `sender` is a user's id, `sender_chat` a chat that speaks instead of a person."""

    chat_id: int
    message_id: int
    date: int
    sender: int | None
    text: str = ""
    entities: list[Json] = field(default_factory=list)
    file_id: str | None = None
    sender_chat: Json | None = None
    thread_id: int | None = None
    reply_to: int | None = None
    forward_origin: Json | None = None
    media_group_id: str | None = None
    edit_date: int | None = None
    keyboard: Json | None = None
    other_markup: Json | None = None
    silent: bool = False
    protected: bool = False
    preview: Json | None = None
    above: bool = False
    spoiler: bool = False
    automatic: bool = False
    service: Json | None = None
    reactions: dict[int, str] = field(default_factory=dict)
    deleted: bool = False


@dataclass
class Query:
    """One press of a button, and the bot's answer to it once there is one."""

    query_id: str
    user_id: int
    chat_id: int
    message_id: int
    data: str
    at: float
    answered: bool = False
    text: str = ""
    show_alert: bool = False
    url: str = ""
