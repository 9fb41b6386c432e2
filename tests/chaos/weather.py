"""Bad weather between the bot and Telegram: each call's fault is drawn from the seed, its chat and its place there."""

from collections import Counter
from collections.abc import Callable
from random import Random

from bot.sandbox.faults import Fault

# Shares of the calls; what is left goes through. `accepted` takes effect, and its answer is lost.
SHARES = {"429": 0.02, "500": 0.015, "502": 0.005, "drop": 0.015, "accepted": 0.02, "timeout": 0.003}
_STORM_EVERY, _STORM_LASTS = 9.0, 0.4  # seconds: the limit over all is refused to whoever sends
_WRITES = ("send", "edit", "delete", "answer")


class Weather:
    """Takes the place of the stand-in's planned faults."""

    def __init__(self, seed: str, pulse: Callable[[], float]) -> None:
        self.met: Counter[str] = Counter()
        self._seed = seed
        self._pulse = pulse
        self._places: Counter[tuple[str, int | None]] = Counter()
        self._fine = True
        self._began = 0.0

    def begins(self) -> None:
        """Let it begin."""
        self._fine, self._began = False, self._pulse()

    def clears(self) -> None:
        """Let nothing go wrong from now on."""
        self._fine = True

    def take(self, method: str, chat_id: int | None) -> Fault | None:
        """Give the fault that a call meets, or nothing; what a start asks for is left alone."""
        if self._fine or not method.startswith(_WRITES):
            return None
        self._places[method, chat_id] += 1
        dice = Random(f"{self._seed}:{method}:{chat_id}:{self._places[method, chat_id]}")
        if method.startswith("send") and (self._pulse() - self._began + 4) % _STORM_EVERY < _STORM_LASTS:
            return self._fault("429", 1, "429 over all")
        drawn = dice.random()
        for kind, share in SHARES.items():
            drawn -= share
            if drawn < 0:
                return self._fault(kind, dice.randint(1, 3), kind)
        return None

    def _fault(self, kind: str, retry_after: int, told: str) -> Fault:
        self.met[told] += 1
        return Fault("*", kind, 1, None, retry_after)
