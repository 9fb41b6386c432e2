"""What the installation itself must remember across restarts: the key that signs buttons, the bot's name, counters."""

import secrets
from dataclasses import asdict, dataclass
from typing import Any

from sqlalchemy import delete, insert, update
from sqlmodel import col

from storage.reading import Read
from storage.tables import Setting

_KEY = "button_key"
_NAME = "bot_name"
_RESTORED = "restored"


@dataclass(frozen=True)
class Restored:
    """Where the copy ended that stands in this book's place: its newest entry, letter and update; 0 for none.

    A letter up to that number that is still open may have gone out after the copy was made.
    """

    at: str
    entry_id: int
    letter_id: int
    update_id: int


def get(read: Read, key: str) -> Any:
    """Give a remembered value; none where there is none."""
    row = read.get(Setting, key)
    return row.value if row else None


def put(read: Read, key: str, value: Any) -> None:
    """Remember a value."""
    if read.get(Setting, key) is None:
        read.connection().execute(insert(Setting).values(key=key, value=value))
    else:
        read.connection().execute(update(Setting).where(col(Setting.key) == key).values(value=value))


def button_key(read: Read) -> bytes:
    """Give the key that signs buttons, made the first time."""
    known = get(read, _KEY)
    if known is None:
        known = secrets.token_hex(32)
        put(read, _KEY, known)
    return bytes.fromhex(known)


def remember_bot(read: Read, name: str) -> None:
    """Remember the bot's user name, for links that the command line prints."""
    if get(read, _NAME) != name:
        put(read, _NAME, name)


def bot_name(read: Read) -> str:
    """Give the bot's user name as it was last seen; empty before its first start."""
    return get(read, _NAME) or ""


def forget_button_key(read: Read) -> None:
    """Have the next start make a new key: every button that stands anywhere is then nobody's."""
    read.connection().execute(delete(Setting).where(col(Setting.key) == _KEY))


def remember_restore(read: Read, restored: Restored) -> None:
    """Remember that this book is a copy put back, and where it ended."""
    put(read, _RESTORED, asdict(restored))


def restored(read: Read) -> Restored | None:
    """Tell where the copy ended that stands in this book's place; none where it has never been restored."""
    held = get(read, _RESTORED)
    return Restored(**held) if held else None
