"""Outbox → Telegram: claim, render, pace, send, settle; sorts errors by what they mean."""

import asyncio
from collections import defaultdict
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta

import structlog
from telegram.error import BadRequest, ChatMigrated, Forbidden, NetworkError, RetryAfter, TelegramError

from bot.courier import Courier
from bot.pulse import Pulse
from bot.turnstile import Turnstile
from handlers import pages
from handlers.notices.kinds import Notice
from handlers.notices.letters import render
from handlers.office import Office
from handlers.pages import Page
from handlers.prompts import Prompts
from storage import outbox
from storage.acts import delivery
from storage.book import CLOCK, Book
from storage.database import Read
from storage.outbox import Priority, Shape
from storage.queries import roster
from storage.tables import Letter

_log = structlog.get_logger(__name__)
_LOOK_AGAIN = 30.0  # seconds of the pulse; commits and retries wake it earlier
_PATIENCE = (1.0, 2.0, 5.0, 15.0, 60.0)  # waits after lost connections and 5xx, the last one over and over
_GONE = ("chat not found", "user is deactivated", "peer_id_invalid", "bot was kicked", "bot was blocked")


class Sender:
    """Sends what waits in the outbox: each chat in order, chats beside each other."""

    def __init__(
        self,
        office: Office,
        courier: Courier,
        turnstile: Turnstile,
        pulse: Pulse,
        notices: Mapping[str, Notice],
        prompts: Prompts,
    ) -> None:
        self._office = office
        self._courier = courier
        self._turnstile = turnstile
        self._pulse = pulse
        self._notices = notices
        self._prompts = prompts
        self._wake = asyncio.Event()
        self._lanes: dict[int, asyncio.Task[None]] = {}
        self._in_hand: set[int] = set()
        self._resting: dict[int, float] = {}
        self._failures: defaultdict[int, int] = defaultdict(int)
        self.on_rest: Callable[[], None] = lambda: None

    def wake(self) -> None:
        """Have the sender look at the outbox now."""
        self._wake.set()

    @property
    def idle(self) -> bool:
        """Tell whether nothing is in hand."""
        return not self._lanes and not self._wake.is_set()

    async def run(self) -> None:
        """Look for letters and start a lane for each chat that has some, for ever."""
        while True:
            self._wake.clear()
            await self._look()
            self.on_rest()
            await self._pulse.wait(self._wake, self._nap())

    def _nap(self) -> float:
        """Give the seconds until something that rests is to be tried again."""
        now = self._pulse()
        return min([_LOOK_AGAIN, *(until - now for until in self._resting.values())])

    async def finish(self) -> None:
        """Wait for what is in hand."""
        if self._lanes:
            await asyncio.gather(*self._lanes.values(), return_exceptions=True)

    async def _look(self) -> None:
        """Read what may go and hand it to the lanes."""
        now = self._pulse()
        self._resting = {letter_id: until for letter_id, until in self._resting.items() if until > now}
        but = self._in_hand | self._resting.keys()
        at = self._office.clock()
        found = await self._office.database.read(lambda read: _addressed(read, at, but))
        chats: dict[int, list[Letter]] = defaultdict(list)
        for chat_id, letter in found:
            if chat_id not in self._lanes:
                chats[chat_id].append(letter)
        for chat_id, letters in chats.items():
            self._in_hand.update(letter.id for letter in letters)
            lane = asyncio.create_task(self._lane(chat_id, letters), name=f"lane {chat_id}")
            self._lanes[chat_id] = lane

    async def _lane(self, chat_id: int, letters: list[Letter]) -> None:
        """Send one chat's letters in order; one that must wait lets the others of its chat pass."""
        try:
            for letter in letters:
                await self._one(chat_id, letter)
        finally:
            self._in_hand.difference_update(letter.id for letter in letters)
            self._lanes.pop(chat_id, None)
            self._wake.set()

    async def _one(self, chat_id: int, letter: Letter) -> None:
        """Send one letter and settle it, or sort out why it could not be sent."""
        try:
            await self._deliver(chat_id, letter)
        except TelegramError as error:
            await self._sort(chat_id, letter, error)
        except Exception as error:
            _log.exception("letter failed", letter=letter.id, kind=letter.kind)
            await self._act(delivery.dead, letter.id, type(error).__name__)
        else:
            self._failures.pop(letter.id, None)

    async def _deliver(self, chat_id: int, letter: Letter) -> None:
        """Render a letter as things are now and bring it to its chat."""
        page, beside = await self._office.database.read(lambda read: self._rendered(read, letter))
        if page is None:
            await self._settle(letter, outbox.DROPPED, chat_id)
            return
        message_id: int | None = letter.edits
        priority = Priority(letter.priority)
        if letter.shape == Shape.GONE and letter.edits is not None:
            await self._courier.remove(chat_id, letter.edits, priority)
        elif letter.kind == "strip" and letter.edits is not None:
            await self._courier.strip(chat_id, letter.edits, priority)
        elif letter.edits is None and letter.shape == Shape.EDIT:
            if beside is not None:
                await self._courier.edit(chat_id, beside, page, priority)
                message_id = beside
        elif letter.edits is None or (
            not await self._courier.edit(chat_id, letter.edits, page, priority) and letter.shape is not Shape.STUB
        ):
            message_id = await self._courier.send(chat_id, page, priority, silent=letter.silent, replies_to=beside)
        await self._settle(letter, outbox.SENT, chat_id, message_id, None if page.fleeting else pages.plain(page))

    def _rendered(self, read: Read, letter: Letter) -> tuple[Page | None, int | None]:
        """Give the page and the message it stands beside: the card that it edits or replies to."""
        person = roster.person(read, letter.person_id) if letter.person_id is not None else None
        # Somebody not bound yet is nobody on the roster: his client's language goes with the letter.
        reader = self._office.reader(person, letter.facts.get("language"))
        page = render(read, letter, reader, self._notices, self._prompts)
        beside = None
        if letter.shape in (Shape.EDIT, Shape.PLAIN, Shape.PROMPT) and letter.case_id and letter.person_id:
            beside = outbox.card_message(read, letter.person_id, letter.case_id)
        return page, beside

    async def _settle(
        self, letter: Letter, outcome: str, chat_id: int, message_id: int | None = None, text: str | None = None
    ) -> None:
        """Mark a letter; the mark rides on the writer's next commit."""
        at = self._office.clock()
        await self._office.database.act(
            lambda read: outbox.settle(read, letter.id, outcome, at, chat_id=chat_id, message_id=message_id, text=text)
        )

    async def _sort(self, chat_id: int, letter: Letter, error: TelegramError) -> None:
        """Tell what passes from what stays: BadRequest is a NetworkError too and must be asked first."""
        said = error.message.lower()
        match error:
            case RetryAfter():
                wait = error.retry_after
                self._turnstile.pace.refused(chat_id, wait, self._pulse())
                seconds = wait.total_seconds() if isinstance(wait, timedelta) else float(wait)
                self._rest(letter, seconds)
            case ChatMigrated():
                await self._act(delivery.migrated, chat_id, error.new_chat_id)
                self._rest(letter, 0)
            case Forbidden() | BadRequest() if any(gone in said for gone in _GONE) or isinstance(error, Forbidden):
                await self._act(delivery.unreachable, letter.id, error.message)
            case BadRequest():
                _log.error("letter refused", letter=letter.id, kind=letter.kind, why=error.message)
                await self._act(delivery.dead, letter.id, error.message)
            case NetworkError():
                self._failures[letter.id] += 1
                step = min(self._failures[letter.id], len(_PATIENCE)) - 1
                self._rest(letter, _PATIENCE[step])
            case _:
                await self._act(delivery.dead, letter.id, error.message)

    def _rest(self, letter: Letter, seconds: float) -> None:
        """Leave a letter for so many seconds of the pulse."""
        self._resting[letter.id] = self._pulse() + seconds
        self._wake.set()

    async def _act(self, act: Callable[..., None], *facts: object) -> None:
        """Run an act of the clock's."""
        at: datetime = self._office.clock()
        await self._office.database.act(lambda read: act(Book(read, at, self._office.terms, CLOCK), *facts))


def _addressed(read: Read, at: datetime, but: set[int]) -> list[tuple[int, Letter]]:
    """Pair each letter that may go with its chat."""
    pairs = ((outbox.address(read, letter), letter) for letter in outbox.due(read, at, but))
    return [(chat_id, letter) for chat_id, letter in pairs if chat_id is not None]
