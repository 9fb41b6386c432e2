"""One id from an update to the letters that its act wrote: whatever is logged on the way carries it."""

import re
from contextvars import ContextVar

from structlog.contextvars import bind_contextvars

_ARRIVED: ContextVar[float | None] = ContextVar("arrived", default=None)
_OF_UPDATE = re.compile(r"u(\d+):")


def begin(update_id: int, arrived: float) -> None:
    """Have this task, and those it starts, work on an update that arrived at a moment of the pulse."""
    bind_contextvars(update=update_id)
    _ARRIVED.set(arrived)


def arrived() -> float | None:
    """Give when the update in hand arrived; none where there is none."""
    return _ARRIVED.get()


def letter(letter_id: int, key: str) -> None:
    """Have this task work on a letter, and on the update that it came of: its key begins with that one's number."""
    source = _OF_UPDATE.match(key)
    if source is None:
        bind_contextvars(letter=letter_id)
    else:
        bind_contextvars(letter=letter_id, update=int(source[1]))
