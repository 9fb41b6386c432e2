"""How fast a bot may write: Telegram publishes no exact figures, these are the ones our sender is built for."""

import math
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from bot.sandbox.refusals import too_many


@dataclass(frozen=True)
class Bucket:
    """So many at once, refilled at so many a second."""

    rate: float
    burst: int


@dataclass(frozen=True)
class Window:
    """At most so many in any stretch of so many seconds."""

    count: int
    seconds: float


@dataclass(frozen=True)
class Limit:
    """Which calls are counted together, and how: `across` is one chat, one group or everything."""

    verb: str
    across: str
    rule: Bucket | Window


# 30 a second over all and 20 a minute in a group are Telegram's published round figures; one more in the second
# and one more at once in a chat are the jitter that the real servers forgive.
LIMITS: Final[tuple[Limit, ...]] = (
    Limit("send", "all", Window(31, 1.0)),
    Limit("send", "chat", Bucket(1.0, 2)),
    Limit("send", "group", Window(20, 60.0)),
    Limit("edit", "chat", Bucket(1.0, 3)),
    Limit("edit", "group", Window(20, 60.0)),
)


@dataclass
class _BucketMeter:
    rule: Bucket
    tokens: float
    at: float

    def wait(self, now: float) -> float:
        self.tokens = min(float(self.rule.burst), self.tokens + max(0.0, now - self.at) * self.rule.rate)
        self.at = now
        # A hair of tolerance: the tokens of a second, added up from many small steps, fall short of one by rounding.
        return 0.0 if self.tokens >= 1.0 - 1e-6 else (1.0 - self.tokens) / self.rule.rate

    def take(self, _now: float) -> None:
        self.tokens -= 1.0


@dataclass
class _WindowMeter:
    rule: Window
    times: deque[float] = field(default_factory=deque)

    def wait(self, now: float) -> float:
        while self.times and self.times[0] <= now - self.rule.seconds:
            self.times.popleft()
        return 0.0 if len(self.times) < self.rule.count else self.times[0] + self.rule.seconds - now

    def take(self, now: float) -> None:
        self.times.append(now)


class Pace:
    """Count sends and edits on the pulse; after a 429 the same chat hears 429 until the time is up."""

    def __init__(self, pulse: Callable[[], float], *, on: bool = True, limits: tuple[Limit, ...] = LIMITS) -> None:
        self.on = on
        self._pulse = pulse
        self._limits = limits
        self._meters: dict[tuple[Limit, int], _BucketMeter | _WindowMeter] = {}
        self._parked: dict[tuple[Limit, int], float] = {}

    def spend(self, verb: str, chat_id: int, *, group: bool) -> None:
        """Count one call of the verb to the chat, or refuse it with the seconds to wait."""
        if not self.on:
            return
        now = self._pulse()
        meters = [(key, self._meter(key, now)) for key in self._keys(verb, chat_id, group=group)]
        wait = max((self._wait(key, meter, now) for key, meter in meters), default=0.0)
        if wait > 0:
            raise too_many(max(1, math.ceil(wait)))
        for _, meter in meters:
            meter.take(now)

    def _wait(self, key: tuple[Limit, int], meter: _BucketMeter | _WindowMeter, now: float) -> float:
        parked = self._parked.get(key, 0.0) - now
        if parked > 0:
            return parked
        wait = meter.wait(now)
        if wait > 0:
            # Rounded up as it is told, so that whoever keeps to the told time is let through.
            self._parked[key] = now + max(1, math.ceil(wait))
        return wait

    def _keys(self, verb: str, chat_id: int, *, group: bool) -> list[tuple[Limit, int]]:
        return [
            (limit, 0 if limit.across == "all" else chat_id)
            for limit in self._limits
            if limit.verb == verb and (limit.across != "group" or group)
        ]

    def _meter(self, key: tuple[Limit, int], now: float) -> _BucketMeter | _WindowMeter:
        if key not in self._meters:
            rule = key[0].rule
            self._meters[key] = (
                _BucketMeter(rule, float(rule.burst), now) if isinstance(rule, Bucket) else _WindowMeter(rule)
            )
        return self._meters[key]
