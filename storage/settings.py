"""What the installation itself must remember across restarts: the key that signs buttons, the bot's name, counters."""

import secrets
from typing import Any

from sqlalchemy import insert, update
from sqlmodel import col

from storage.reading import Read
from storage.tables import Setting

_KEY = "button_key"
_NAME = "bot_name"


def get(session: Read, key: str) -> Any:
    """Give a remembered value; none where there is none."""
    row = session.get(Setting, key)
    return row.value if row else None


def put(session: Read, key: str, value: Any) -> None:
    """Remember a value."""
    if session.get(Setting, key) is None:
        session.connection().execute(insert(Setting).values(key=key, value=value))
    else:
        session.connection().execute(update(Setting).where(col(Setting.key) == key).values(value=value))


def button_key(session: Read) -> bytes:
    """Give the key that signs buttons, made the first time."""
    known = get(session, _KEY)
    if known is None:
        known = secrets.token_hex(32)
        put(session, _KEY, known)
    return bytes.fromhex(known)


def remember_bot(session: Read, name: str) -> None:
    """Remember the bot's user name, for links that the command line prints."""
    if get(session, _NAME) != name:
        put(session, _NAME, name)


def bot_name(session: Read) -> str:
    """Give the bot's user name as it was last seen; empty before its first start."""
    return get(session, _NAME) or ""
