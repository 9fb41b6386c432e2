"""What an update is handled under, its chat's hold and how often it has failed before; what is said where it fails."""

from collections.abc import Awaitable, Callable
from contextvars import ContextVar
from dataclasses import dataclass

import structlog

from handlers.tongue import N_
from storage.turns import Hold

_log = structlog.get_logger(__name__)
TRIED_AGAIN = N_(
    "Something failed on our side; what you sent is kept and will be tried again by itself. Error number: %(fault)s"
)
GIVEN_UP = N_("Something failed on our side; what you sent is kept for whoever runs the bot. Error number: %(fault)s")


@dataclass
class Handling:
    """The hold is none where nobody shares the work, as in a test of the gate alone."""

    hold: Hold | None = None
    attempts: int = 0
    # Has something said for an account in its chat's order, while what came after it is handled already; the last
    # argument tells that it is one message only.
    aside: Callable[[int, Callable[[], Awaitable[None]], bool], None] | None = None
    ended: bool = False  # what came of it has been written down, or will be once it has been said
    fault: BaseException | None = None  # which the library has caught, outside the gate or after it

    async def say(self, account: int, saying: Callable[[], Awaitable[None]], *, brief: bool) -> None:
        """Have something said while the chat goes on; at once where nobody keeps its order."""
        if self.aside is None:
            await saying()
        else:
            self.aside(account, saying, brief)

    def ending(self) -> None:
        """Tell the chat's hold that an update comes to its end now."""
        if self.hold is not None:
            self.hold.ending()

    def lose(self, update_id: int) -> None:
        """Leave a chat that another replica has taken over: it does what is open."""
        _log.warning("chat overtaken", update=update_id)
        if self.hold is not None:
            self.hold.left = self.hold.lost = True
        self.ended = True


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
