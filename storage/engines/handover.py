"""After a commit: what units of work have posted, handed to those who wish to be told."""

import itertools
import threading
from collections.abc import Callable, Sequence
from typing import Any

import structlog

_log = structlog.get_logger(__name__)

Told = Callable[[Sequence[Any]], None]


class Handover:
    """Hands over what was posted, in the order in which the commits were begun.

    Whoever has seen what another committed has begun his own commit after it: so no effect comes before its cause,
    also where several threads commit side by side.
    """

    def __init__(self) -> None:
        self._calls: list[Told] = []
        self._tickets = itertools.count()
        self._next = 0
        self._ended: dict[int, Sequence[Any] | None] = {}
        self._lock = threading.Lock()
        self.commits = 0

    def register(self, call: Told) -> None:
        """Have `call` told after each commit."""
        self._calls.append(call)

    def ticket(self) -> int:
        """Take a place in the order; each must be settled, or nobody after it is told of."""
        return next(self._tickets)

    def settle(self, ticket: int, posted: Sequence[Any] | None) -> None:
        """Tell what was posted once all before it has been told; none for a commit that did not come about."""
        with self._lock:
            self._ended[ticket] = posted
            while self._next in self._ended:
                told = self._ended.pop(self._next)
                self._next += 1
                if told is not None:
                    self._tell(told)

    def _tell(self, posted: Sequence[Any]) -> None:
        """Tell everybody; who fails has failed alone."""
        self.commits += 1
        for call in self._calls:
            try:
                call(posted)
            except Exception:  # noqa: BLE001 (who wished to be told has failed, not who was committed)
                _log.exception("a call after the commit failed")
