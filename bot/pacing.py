"""Decides when the next call may leave, on the pulse; it sleeps, sends and sorts nothing itself.

Telegram's limits, as its pages and libraries give them: 30 messages a second over all, one a second in a chat, 20 a
minute in a group. Each is kept by a generic cell rate algorithm (ITU-T I.371): one number a chat, its next free time.
"""

import math
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from enum import Enum
from typing import Final


class Method(Enum):
    """What a call counts as."""

    SEND = "send"
    EDIT = "edit"
    FREE = "free"


class Across(Enum):
    """What a limit counts together."""

    ALL = "all"
    CHAT = "chat"
    GROUP = "group"


@dataclass(frozen=True, eq=False)
class Limit:
    """At most `burst` calls at once, and one each `every` seconds in the long run.

    In any stretch of w seconds, both ends included, `burst` + floor(w / `every`) calls leave at the most.
    """

    across: Across
    every: float
    burst: int


# The margins are for the jitter of timers and of the line: two calls a second apart here may arrive nearer there.
OVERALL: Final = Limit(Across.ALL, 1 / 29.5, 2)  # 31 in a second; one slot of tolerance makes up for late timers
TALK: Final = Limit(Across.CHAT, 1.02, 1)
GROUP: Final = Limit(Across.GROUP, 3.5, 3)  # 20 in a minute, sends and edits together: the group hears them all
TURNING: Final = Limit(Across.CHAT, 1.02, 3)  # someone who leafs through a list presses in bursts

_NAMES: Final = {TALK: "talk", GROUP: "group", TURNING: "turning"}
_PARKED: Final = "parked"
# Seconds after which each of a chat's limits is whole again, by name, where nobody knows how much of it was used.
SPENT: Final = {name: limit.burst * limit.every for limit, name in _NAMES.items()}

LIMITS: Final[dict[Method, tuple[Limit, ...]]] = {
    Method.SEND: (OVERALL, TALK, GROUP),
    Method.EDIT: (TURNING, GROUP),
    Method.FREE: (),
}

# A limit over all shows itself in several chats at once: paced as above, one refusal is rare and three are no chance.
REFUSED_CHATS: Final = 3
REFUSED_WITHIN: Final = 2.0
FORGET_ABOVE: Final = 1024


def method(name: str) -> Method:
    """Tell what a Bot API method counts as, by its name in either spelling (`sendMessage`, `send_message`)."""
    if name.startswith(("send", "copy", "forward")):
        return Method.FREE if name.replace("_", "").lower() == "sendchataction" else Method.SEND
    return Method.EDIT if name.startswith("edit") else Method.FREE


class Pace:
    """Keep the free times of all chats; every time is the pulse's, in seconds, and never goes back."""

    def __init__(self) -> None:
        self._free_at: dict[tuple[Limit, int], float] = {}
        self._parked: dict[int, float] = {}
        self._all_parked = -math.inf
        self._refusals: deque[tuple[float, int, float]] = deque()
        self._forget_above = FORGET_ABOVE

    def __len__(self) -> int:
        """Count what is remembered; it stays near the number of chats written to in the last few seconds."""
        return len(self._free_at) + len(self._parked)

    def ready_at(self, method: Method, chat_id: int, is_group: bool, now: float) -> float:
        """Give the earliest time, `now` or later, at which this call may leave if nothing else leaves before it."""
        ready = max(now, self._all_parked)
        if method is Method.FREE:
            return ready
        ready = max(ready, self._parked.get(chat_id, now))
        for limit, counted in _counted(method, chat_id, is_group):
            free_at = self._free_at.get((limit, counted), now)
            ready = max(ready, free_at - (limit.burst - 1) * limit.every)
        return ready

    def take(self, method: Method, chat_id: int, is_group: bool, now: float) -> bool:
        """Book this call at `now` and give True; give False and book nothing if it may not leave yet."""
        if self.ready_at(method, chat_id, is_group, now) > now:
            return False
        for key in _counted(method, chat_id, is_group):
            self._free_at[key] = max(now, self._free_at.get(key, now)) + key[0].every
        if len(self) > self._forget_above:
            self._forget(now)
        return True

    def known(self, chat_id: int) -> dict[str, float]:
        """Give what limits one chat, by name, for whoever writes to it next."""
        times = {
            _NAMES[limit]: at for (limit, chat), at in self._free_at.items() if chat == chat_id and limit in _NAMES
        }
        return times | ({_PARKED: self._parked[chat_id]} if chat_id in self._parked else {})

    def learn(self, chat_id: int, times: Mapping[str, float]) -> None:
        """Take over what limits a chat from who wrote to it before."""
        for limit, name in _NAMES.items():
            if name in times:
                self._free_at[limit, chat_id] = max(times[name], self._free_at.get((limit, chat_id), times[name]))
        if _PARKED in times:
            self.park(chat_id, times[_PARKED])

    def park(self, chat_id: int, until: float) -> None:
        """Let no send and no edit leave for this chat before `until`; a later end that is already set stands."""
        self._parked[chat_id] = max(until, self._parked.get(chat_id, until))

    def park_all(self, until: float) -> None:
        """Let nothing leave at all before `until`; a later end that is already set stands."""
        self._all_parked = max(until, self._all_parked)

    def refused(self, chat_id: int, retry_after: float | timedelta, now: float) -> bool:
        """Park the chat that a 429 came from; park all, and give True, when several chats were refused at once.

        `retry_after` is in seconds, as Telegram tells it.
        """
        seconds = retry_after.total_seconds() if isinstance(retry_after, timedelta) else retry_after
        until = now + seconds
        self.park(chat_id, until)
        self._refusals.append((now, chat_id, until))
        while self._refusals[0][0] < now - REFUSED_WITHIN:
            self._refusals.popleft()
        if len({chat for _, chat, _ in self._refusals}) < REFUSED_CHATS:
            return False
        # Telegram rounds up, so each told end lies past the true one: the first is enough, and one chat's own long
        # punishment among them does not silence everyone.
        self.park_all(min(end for _, _, end in self._refusals))
        return True

    def _forget(self, now: float) -> None:
        # A chat whose free time has passed is as good as one never seen. Doubling the bound keeps a call's cost flat.
        self._free_at = {key: at for key, at in self._free_at.items() if at > now}
        self._parked = {chat: until for chat, until in self._parked.items() if until > now}
        self._forget_above = max(FORGET_ABOVE, 2 * len(self))


def _counted(method: Method, chat_id: int, is_group: bool) -> list[tuple[Limit, int]]:
    return [
        (limit, 0 if limit.across is Across.ALL else chat_id)
        for limit in LIMITS[method]
        if is_group or limit.across is not Across.GROUP
    ]
