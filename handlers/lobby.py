"""What happens to a call that no conversation was asked for: strangers, replies, what was not understood."""

from typing import Protocol

from handlers.office import Answer, Call, Office
from handlers.tongue import N_

NOBODY = N_("This account is not bound to anybody on the roster; please send your code (from the office or your desk)")


class Lobby(Protocol):
    """The conversations that the gate turns to by itself."""

    async def stranger(self, call: Call, office: Office) -> Answer:
        """Tell an unbound account how to join, or take the bare code it typed."""
        ...

    async def said(self, call: Call, office: Office) -> Answer:
        """Take words or a file that nothing was waiting for, or that reply to a message."""
        ...

    async def lost(self, call: Call, office: Office) -> Answer:
        """Say what to do with a command that does not exist."""
        ...

    async def noted(self, call: Call, office: Office) -> Answer | None:
        """Note a block, an edit, a group that has moved."""
        ...
