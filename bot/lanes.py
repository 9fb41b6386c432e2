"""What one sender has in hand: a queue a chat, first things first; it waits, sends and stores nothing itself."""

import heapq
from collections.abc import Iterator

from storage.outbox import Posted, Priority

_Place = tuple[int, int, int]  # priority, letter, chat


class Lanes:
    """Letters by chat: at most one of a chat is out at a time, and the best of all waiting chats goes next."""

    def __init__(self) -> None:
        self._queues: dict[int, list[tuple[int, int]]] = {}
        self._letters: dict[int, Posted] = {}
        self._ready: list[_Place] = []
        self._out: set[int] = set()
        self._resting: dict[int, float] = {}
        self._aside: dict[int, float] = {}

    def __len__(self) -> int:
        """Count what is in hand, out, waiting or at rest."""
        return len(self._letters)

    def __iter__(self) -> Iterator[int]:
        """Give the ids of what is in hand."""
        return iter(self._letters)

    def __contains__(self, letter_id: int) -> bool:
        """Tell whether a letter is in hand."""
        return letter_id in self._letters

    @property
    def idle(self) -> bool:
        """Tell whether nothing is out and nothing may go."""
        return not self._out and self._best() is None

    def waits(self, chat_id: int) -> bool:
        """Tell whether a chat has letters that are not out."""
        return chat_id in self._queues

    def full(self, count: int) -> list[int]:
        """List the chats that have so many letters in hand."""
        return [chat_id for chat_id, queue in self._queues.items() if len(queue) >= count]

    def add(self, letter: Posted) -> None:
        """Take a letter in hand, once; an answer does not wait for the rest of its chat."""
        if letter.id in self._letters:
            return
        self._letters[letter.id] = letter
        if letter.priority <= Priority.ANSWER:
            self._resting.pop(letter.chat_id, None)
        self._line_up(letter)

    def _line_up(self, letter: Posted) -> None:
        """Give a letter its place: by its class, then in the order of writing, also when it comes back."""
        heapq.heappush(self._queues.setdefault(letter.chat_id, []), (letter.priority, letter.id))
        self._offer(letter.chat_id)

    def _offer(self, chat_id: int) -> None:
        """Have a chat's first letter wait with those of the others."""
        queue = self._queues.get(chat_id)
        if queue and chat_id not in self._out and chat_id not in self._resting:
            heapq.heappush(self._ready, (*queue[0], chat_id))

    def _best(self) -> _Place | None:
        """Give the best place that still stands."""
        while self._ready:
            priority, letter_id, chat_id = self._ready[0]
            queue = self._queues.get(chat_id)
            free = chat_id not in self._out and chat_id not in self._resting
            if free and queue and queue[0] == (priority, letter_id):
                return self._ready[0]
            heapq.heappop(self._ready)
        return None

    def next(self, most: int) -> Posted | None:
        """Take out the best letter of all, where its priority is `most` or more urgent."""
        best = self._best()
        if best is None or best[0] > most:
            return None
        _, letter_id, chat_id = heapq.heappop(self._ready)
        queue = self._queues[chat_id]
        heapq.heappop(queue)
        if not queue:
            del self._queues[chat_id]
        self._out.add(chat_id)
        return self._letters[letter_id]

    def done(self, letter: Posted) -> None:
        """Let go of a letter that was out, and its chat go on."""
        self._letters.pop(letter.id, None)
        self._back_in(letter.chat_id)

    def again(self, letter: Posted, until: float, *, alone: bool = False) -> None:
        """Put back a letter that was out, first of its class; its chat rests until then, or the letter `alone`."""
        if alone:
            self._aside[letter.id] = until
        else:
            self._resting[letter.chat_id] = max(until, self._resting.get(letter.chat_id, until))
            self._line_up(letter)
        self._back_in(letter.chat_id)

    def _back_in(self, chat_id: int) -> None:
        self._out.discard(chat_id)
        self._offer(chat_id)

    def wake(self, now: float) -> float | None:
        """End the rests that are over; give when the next one ends."""
        for letter_id in [each for each, until in self._aside.items() if until <= now]:
            del self._aside[letter_id]
            self._line_up(self._letters[letter_id])
        for chat_id in [each for each, until in self._resting.items() if until <= now]:
            del self._resting[chat_id]
            self._offer(chat_id)
        return min([*self._aside.values(), *self._resting.values()], default=None)
