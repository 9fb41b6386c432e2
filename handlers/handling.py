"""What an update is handled under, its chat's hold and how often it has failed before; what is said where it fails."""

from contextvars import ContextVar
from dataclasses import dataclass

from handlers.tongue import N_
from storage.turns import Hold

TRIED_AGAIN = N_(
    "Something failed on our side; what you sent is kept and will be tried again by itself. Error number: %(fault)s"
)
GIVEN_UP = N_("Something failed on our side; what you sent is kept for whoever runs the bot. Error number: %(fault)s")


@dataclass(frozen=True)
class Handling:
    """The hold is none where nobody shares the work, as in a test of the gate alone."""

    hold: Hold | None = None
    attempts: int = 0


# python-telegram-bot hands an update to its handlers within the task that asked it to.
HANDLING: ContextVar[Handling] = ContextVar("handling", default=Handling())  # noqa: B039 (it is frozen)
