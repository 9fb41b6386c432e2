"""Updates that failed for good, for whoever runs the server: who, when and which fault; never what was said."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlmodel import col, select

from storage import inbox
from storage.reading import Read
from storage.tables import Person, Update

_KINDS = ("message", "edited_message", "callback_query", "my_chat_member")
_BEYOND = 2**52  # Bot API, User: an id has at most 52 significant bits


@dataclass(frozen=True)
class Failure:
    """An update that nobody could handle; `who` is empty for somebody not on the roster."""

    update_id: int
    at: datetime
    kind: str
    who: str
    attempts: int
    fault: str


def failures(read: Read, limit: int) -> list[Failure]:
    """List the newest failed updates, newest first."""
    rows = inbox.listed(read, limit)
    accounts = {row.id: _account(row.body) for row in rows}
    known = select(Person.account, Person.name).where(col(Person.account).in_(set(accounts.values())))
    names = {account: name for account, name in read.exec(known) if account is not None}
    return [_failure(row, names.get(accounts[row.id], "")) for row in rows]


def _failure(row: Update, who: str) -> Failure:
    """Put a row into a line."""
    kind = next((kind for kind in _KINDS if kind in row.body), "other")
    return Failure(row.id, row.handled_at or row.received_at, kind, who, row.attempts, row.fault)


def _account(body: dict[str, Any]) -> int:
    """Give the account that sent an update; 0 where that cannot be read."""
    for kind in _KINDS:
        sender = body.get(kind, {}).get("from") if isinstance(body.get(kind), dict) else None
        number = sender.get("id") if isinstance(sender, dict) else None
        if type(number) is int and abs(number) < _BEYOND:
            return number
    return 0
