"""A chat that this replica has in hand: its updates in order, and what is still to be said there."""

import asyncio
from bisect import insort
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from bot.answers import Answers, Saying
from storage.inbox import Arrival
from storage.turns import Hold


@dataclass
class Lane:
    """A chat that this replica has in hand: what waits, by number, and what it has seen."""

    hold: Hold
    unsaid: Callable[[Exception], None]  # hears why an answer's update could not be marked
    queue: list[Arrival] = field(default_factory=list)
    seen: set[int] = field(default_factory=set)
    stirred: asyncio.Event = field(default_factory=asyncio.Event)

    def __post_init__(self) -> None:
        self.answers = Answers(self._said, self.unsaid)

    def add(self, arrivals: Iterable[Arrival]) -> None:
        """Line up what is new; Telegram may bring an older update after a younger one."""
        for arrival in arrivals:
            if arrival.update_id not in self.seen:
                self.seen.add(arrival.update_id)
                self.hold.newest = max(self.hold.newest, arrival.update_id)
                self.hold.pending += 1
                insort(self.queue, arrival, key=lambda each: each.update_id)
                self.stirred.set()

    def aside(self, account: int, saying: Saying, brief: bool) -> None:
        """Have an answer said while the chat goes on; its update is not at its end before."""
        self.hold.pending += 1
        self.answers.add(account, saying, brief=brief)

    def _said(self) -> None:
        """Note that an answer has gone, or could not."""
        self.hold.pending -= 1
        self.stirred.set()
