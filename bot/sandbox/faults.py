"""Faults on order: what a test asks the stand-in to do wrong, how often and to whom."""

from dataclasses import dataclass
from typing import Final

KINDS: Final = frozenset({"400", "403", "429", "500", "502", "timeout", "drop", "accepted"})


@dataclass
class Fault:
    """One planned fault: `accepted` takes effect and loses the answer, `drop` loses the call, `timeout` never ends.

    `words` are what a 400 or 403 says.
    """

    method: str
    kind: str
    times: int
    chat_id: int | None
    retry_after: int
    words: str = ""

    def meets(self, method: str, chat_id: int | None) -> bool:
        """Tell whether the call is one that this fault waits for."""
        return self.times > 0 and self.method in {"*", method} and self.chat_id in {None, chat_id}


class Faults:
    """The faults that are still to happen, first come first served."""

    def __init__(self) -> None:
        self._plan: list[Fault] = []

    def add(self, method: str, kind: str, times: int, chat_id: int | None, retry_after: int, words: str = "") -> None:
        """Plan a fault; raise `ValueError` for a kind that is not one of `KINDS`."""
        if kind not in KINDS:
            msg = f"no such fault: {kind!r}; there are {', '.join(sorted(KINDS))}"
            raise ValueError(msg)
        self._plan.append(Fault(method, kind, times, chat_id, retry_after, words))

    def take(self, method: str, chat_id: int | None) -> Fault | None:
        """Return the fault that this call meets, one less of it being left, or nothing."""
        fault = next((fault for fault in self._plan if fault.meets(method, chat_id)), None)
        if fault is not None:
            fault.times -= 1
            if fault.times == 0:
                self._plan.remove(fault)
        return fault

    def clear(self) -> None:
        """Forget what is still planned."""
        self._plan.clear()
