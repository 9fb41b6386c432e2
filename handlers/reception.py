"""Where calls go that no conversation was asked for."""

from handlers import joining
from handlers.office import Answer, Call, Office
from handlers.pages import text
from handlers.tongue import N_


class Reception:
    """The lobby of the house."""

    async def stranger(self, call: Call, office: Office) -> Answer:
        """Tell an unbound account how to join, or take the bare code it typed."""
        return await joining.stranger(call, office)

    async def said(self, call: Call, office: Office) -> Answer:  # noqa: ARG002 (the lobby's form)
        """Take words or a file that nothing was waiting for, or that reply to a message."""
        return Answer(pages=(text(call.say(N_("Not understood. Please press 帮助 (/help) to see what can be done."))),))

    async def lost(self, call: Call, office: Office) -> Answer:
        """Say what to do with a command that does not exist."""
        return await self.said(call, office)

    async def noted(self, call: Call, office: Office) -> Answer | None:  # noqa: ARG002 (the lobby's form)
        """Note a block, an edit, a group that has moved."""
        return None
