"""What the fake server does wrong, and when: refusals, failures, slow and lost answers."""

import random
from collections import Counter
from dataclasses import dataclass, field


@dataclass
class Faults:
    """A plan of faults; shares are of all calls that answer or change a message, times are seconds of the server.

    `refused` maps chats to the moment until which they are refused with 429; `all_until` refuses everyone.
    """

    share_5xx: float = 0.0
    share_slow: float = 0.0
    slow_seconds: float = 1.0
    share_dropped: float = 0.0
    share_doubled: float = 0.0  # of the updates: handed out once more
    refused: dict[int, float] = field(default_factory=dict)
    all_until: float = 0.0
    seed: int = 7
    done: Counter[str] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        self._dice = random.Random(self.seed)

    def retry_after(self, chat_id: int | None, now: float) -> int:
        """Give the whole seconds that a 429 tells, rounded up as Telegram does; 0 for no refusal."""
        until = max(self.all_until, self.refused.get(chat_id, 0.0) if chat_id is not None else 0.0)
        if until <= now:
            return 0
        self.done["429"] += 1
        return int(until - now) + 1

    def chance(self, name: str) -> bool:
        """Tell whether this call meets a fault, and count it."""
        share: float = getattr(self, f"share_{name}")
        hit = share > 0 and self._dice.random() < share
        if hit:
            self.done[name] += 1
        return hit
