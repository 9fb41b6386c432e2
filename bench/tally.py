"""When each update was offered, handed out, answered and followed by its edit, as the server saw it."""

import time
from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Any

clock = time.monotonic


def quantile(values: list[float], share: float) -> float:
    """Give the value below which a share of the values lies (nearest rank); NaN for none."""
    ranked = sorted(values)
    return ranked[min(len(ranked) - 1, int(share * len(ranked)))] if ranked else float("nan")


@dataclass
class Press:
    """One update's moments, in seconds of the monotonic clock, and how often each thing has happened."""

    offered: float
    handed: float | None = None
    answered: float | None = None
    edited: float | None = None
    answers: int = 0
    edits: int = 0
    sends: int = 0


@dataclass
class Tally:
    """All presses of one measured stretch."""

    presses: dict[int, Press] = field(default_factory=dict)
    of_message: dict[tuple[int, int], int] = field(default_factory=dict)
    of_chat: dict[int, int] = field(default_factory=dict)
    whole: int = 0
    begun: float = 0.0
    ended: float = 0.0
    calls: int = 0
    answers_only: bool = False  # of presses that are refused

    def _whole(self, press: Press) -> bool:
        """Tell whether a press has been answered and its card brought up to date."""
        return press.answered is not None and (self.answers_only or press.edited is not None)

    def offer(self, update_id: int, chat_id: int, message_id: int) -> None:
        """Note that an update is there to be fetched."""
        self.presses[update_id] = Press(clock())
        self.of_message[chat_id, message_id] = update_id
        self.of_chat[chat_id] = update_id

    def answer(self, update_id: int) -> bool:
        """Note an answer; tell whether the press is whole by it."""
        press = self.presses.get(update_id)
        if press is None:
            return False
        before = self._whole(press)
        press.answers += 1
        press.answered = press.answered or clock()
        return self._now(press, before=before)

    def edit(self, chat_id: int, message_id: int) -> bool:
        """Note an edit; tell whether the press is whole by it."""
        press = self.presses.get(self.of_message.get((chat_id, message_id), -1))
        if press is None:
            return False
        before = self._whole(press)
        press.edits += 1
        press.edited = press.edited or clock()
        return self._now(press, before=before)

    def send(self, chat_id: int) -> None:
        """Note a new message to the chat of a press."""
        press = self.presses.get(self.of_chat.get(chat_id, -1))
        if press is not None:
            press.sends += 1

    def _now(self, press: Press, *, before: bool) -> bool:
        if self._whole(press) and not before:
            self.whole += 1
            self.ended = clock()
            return True
        return False

    def report(self, apart: Collection[int] = ()) -> dict[str, Any]:
        """Give counts, and latencies in seconds from the moment the updates were offered, but for the chats `apart`."""
        found = list(self.presses.values())
        without = {self.of_chat[chat] for chat in apart if chat in self.of_chat}
        timed = [press for update_id, press in self.presses.items() if update_id not in without]
        answers = [press.answered - press.offered for press in timed if press.answered is not None]
        edits = [press.edited - press.offered for press in timed if press.edited is not None]
        return {
            "presses": len(found),
            "whole": self.whole,
            "answered_once": sum(press.answers == 1 for press in found),
            "edited_once": sum(press.edits == 1 for press in found),
            "answers": sum(press.answers for press in found),
            "edits": sum(press.edits for press in found),
            "sends": sum(press.sends for press in found),
            "calls": self.calls,
            "seconds": self.ended - self.begun,
            "answer": {str(share): quantile(answers, share) for share in (0.5, 0.9, 0.99, 1.0)},
            "edit": {str(share): quantile(edits, share) for share in (0.5, 0.9, 0.99, 1.0)},
        }
