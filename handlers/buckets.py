"""How much one person may ask for: beyond it he alone waits, in words, so that a flood of one is nobody else's.

What is typed or sent in a private chat is never turned away by it: it may be awaited, or handed in, and its answers
wait at the chat's own pace. Each bucket is a generic cell rate algorithm (ITU-T I.371): one number, the next free time.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from handlers import handling
from handlers.office import Answer, Call, Office
from handlers.pages import text
from handlers.tongue import N_
from storage import drafts

TOO_FAST = N_("Too fast, please wait a moment; this press was not taken")
WAIT = N_("Please wait a moment: so much at once cannot be taken. What came last was not taken; send it in a minute.")
_SAID_EVERY: Final = 60.0  # seconds between two words that one should wait, where they are a message
_FORGET_ABOVE: Final = 1024


@dataclass(frozen=True)
class Limit:
    """At most `burst` at once, and one each `every` seconds in the long run."""

    burst: int
    every: float


# By hand: leafing, ticking off a list, rating a form. Twice as fast as that for a minute, then as fast as a person is.
PRESSES: Final = Limit(60, 1.0)
COMMANDS: Final = Limit(20, 3.0)
# A group hears 20 messages a minute from the bot (bot/pacing.py): nobody uses up more than a quarter by commands, half
# by presses. Replies hand in material, two albums of ten at once.
PRESSES_IN_GROUP: Final = Limit(10, 6.0)
COMMANDS_IN_GROUP: Final = Limit(5, 12.0)
REPLIES_IN_GROUP: Final = Limit(20, 6.0)


class Buckets:
    """What everybody has asked for lately; it is this process's alone, and a restart begins anew."""

    def __init__(self, pulse: Callable[[], float]) -> None:
        self._pulse = pulse
        self._free_at: dict[tuple[Limit, int], float] = {}
        self._told: dict[tuple[int, int], float] = {}
        self._forget_above = _FORGET_ABOVE

    def __len__(self) -> int:
        """Count what is remembered; it stays near the number of those who asked in the last minute."""
        return len(self._free_at) + len(self._told)

    def take(self, call: Call, *, pressed: bool) -> bool:
        """Tell whether somebody may ask for this now, and count it where he may."""
        limit = _limit(call, pressed=pressed)
        if limit is None:
            return True
        now, key = self._pulse(), (limit, call.account)
        free_at = max(now, self._free_at.get(key, now))
        if free_at - now > (limit.burst - 1) * limit.every:
            return False
        self._free_at[key] = free_at + limit.every
        self._forget(now)
        return True

    def tell(self, call: Call) -> bool:
        """Tell whether somebody is to be told in a message that he should wait: once a minute and chat."""
        now, key = self._pulse(), (call.account, call.chat_id)
        if now < self._told.get(key, now):
            return False
        self._told[key] = now + _SAID_EVERY
        self._forget(now)
        return True

    async def hold_back(self, call: Call, office: Office, *, pressed: bool) -> Answer | None:
        """Tell who asks for more than his share to wait: at every press, for it wants an answer, else once a minute.

        Give nothing where a call is to be taken, as the answer to an open question is in any case, and what was taken
        before and failed by our fault.
        """
        if handling.current().attempts or self.take(call, pressed=pressed):
            return None
        if pressed:
            return Answer(call.say(TOO_FAST), refused=True)
        if call.command is None and call.person is not None:
            draft = await office.glance(drafts.active, call.person_id)
            if draft is not None and draft.message_id == call.replies_to:
                return None
        return Answer(pages=(text(call.say(WAIT)),) if self.tell(call) else (), refused=True)

    def _forget(self, now: float) -> None:
        """Drop what limits nobody any more; doubling the bound keeps a call's cost flat."""
        if len(self) > self._forget_above:
            self._free_at = {key: at for key, at in self._free_at.items() if at > now}
            self._told = {key: at for key, at in self._told.items() if at > now}
            self._forget_above = max(_FORGET_ABOVE, 2 * len(self))


def _limit(call: Call, *, pressed: bool) -> Limit | None:
    """Give what limits a call; none for what is never turned away, or never answered."""
    if call.event:
        return None
    if pressed:
        return PRESSES if call.private else PRESSES_IN_GROUP
    if call.private:
        return COMMANDS if call.command is not None or call.person is None else None
    if call.command is not None:
        return COMMANDS_IN_GROUP
    return REPLIES_IN_GROUP if call.replies_to is not None else None
