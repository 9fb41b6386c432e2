"""What an update is handled under, its chat's hold and how often it has failed before; what is said where it fails."""

from contextvars import ContextVar
from dataclasses import dataclass

from handlers.tongue import N_
from storage.turns import Hold

TRIED_AGAIN = N_(
    "Something failed on our side; what you sent is kept and will be tried again by itself. Error number: %(fault)s"
)
GIVEN_UP = N_("Something failed on our side; what you sent is kept for whoever runs the bot. Error number: %(fault)s")


@dataclass
class Handling:
    """The hold is none where nobody shares the work, as in a test of the gate alone."""

    hold: Hold | None = None
    attempts: int = 0
    ended: bool = False  # the gate has written down what came of it
    fault: BaseException | None = None  # which the library has caught, outside the gate or after it


_HANDLING: ContextVar[Handling] = ContextVar("handling")


def begin(handling: Handling) -> None:
    """Handle the next update of this task under it; python-telegram-bot calls its handlers within that task."""
    _HANDLING.set(handling)


def current() -> Handling:
    """Give what the update in hand is handled under."""
    return _HANDLING.get(Handling())


async def caught(_update: object, context: object) -> None:
    """Keep what python-telegram-bot has caught, for whoever had it process the update: it tells nobody else."""
    current().fault = getattr(context, "error", None)
