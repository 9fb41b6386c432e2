"""What an update is handled under: its chat's hold, and how often it has failed before."""

from contextvars import ContextVar
from dataclasses import dataclass

from storage.turns import Hold


@dataclass(frozen=True)
class Handling:
    """The hold is none where nobody shares the work, as in a test of the gate alone."""

    hold: Hold | None = None
    attempts: int = 0


# python-telegram-bot hands an update to its handlers within the task that asked it to.
HANDLING: ContextVar[Handling] = ContextVar("handling", default=Handling())  # noqa: B039 (it is frozen)
