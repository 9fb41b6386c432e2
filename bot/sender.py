"""Outbox → Telegram: claim, render, pace, send, settle; sorts errors by what they mean."""

import asyncio
from collections import defaultdict
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog
from sqlalchemy.exc import OperationalError
from telegram.error import BadRequest, ChatMigrated, Forbidden, NetworkError, RetryAfter, TelegramError

from bot import traces
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
from storage.outbox import Priority, Shape
from storage.queries import roster
from storage.reading import Read
from storage.tables import Letter

_log = structlog.get_logger(__name__)
_LANES = 200
_URGENT = 20
_LAST_SECONDS = 6.0  # a call's own time-out is 5
_LOOK_AGAIN = 30.0  # seconds of the pulse; commits and retries wake it earlier
_PATIENCE = (1.0, 2.0, 5.0, 15.0, 60.0)  # waits after lost connections and 5xx, the last one over and over
_GONE = ("chat not found", "user is deactivated", "peer_id_invalid", "bot was kicked", "bot was blocked")


@dataclass(frozen=True)
class _Brought:
    """What came of a letter that was brought, before that is marked."""

    outcome: str
    message_id: int | None = None
    text: str | None = None
    seen: int | None = None


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
        self._brought: dict[int, _Brought] = {}
        self._resting: dict[int, float] = {}
        self._failures: defaultdict[int, int] = defaultdict(int)
        self.on_rest: Callable[[], None] = lambda: None
        self.on_sent: Callable[[Letter], None] = lambda _letter: None
        self.on_menu: Callable[[int], Awaitable[None]] = _no_menu

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
        """Let what is on the line come to its end, so that no letter is sent twice for want of its mark; no more."""
        self._turnstile.close()
        if self._lanes:
            lanes = list(self._lanes.values())
            await asyncio.wait(lanes, timeout=_LAST_SECONDS)
            for lane in lanes:
                lane.cancel()
            await asyncio.gather(*lanes, return_exceptions=True)

    async def _look(self) -> None:
        """Read what may go and start a lane for each chat's first letter; where the lanes are full, for urgent ones."""
        now = self._pulse()
        self._resting = {letter_id: until for letter_id, until in self._resting.items() if until > now}
        room = _LANES - len(self._lanes)
        at, but, busy = self._office.clock(), set(self._resting), set(self._lanes)
        limit = room if room > 0 else _URGENT
        found = await self._office.database.read(lambda read: outbox.due(read, at, but, busy, limit))
        for chat_id, letter in found:
            if chat_id not in self._lanes and (room > 0 or letter.priority <= Priority.ACT):
                self._lanes[chat_id] = asyncio.create_task(self._lane(chat_id, letter), name=f"lane {chat_id}")
        if room > 0 and len(found) == limit:
            self._wake.set()  # one chat's many letters may have hidden another's

    async def _lane(self, chat_id: int, letter: Letter) -> None:
        """Send one letter; the next of its chat is chosen after it, so that an answer overtakes what waits."""
        traces.letter(letter.id, letter.key)
        try:
            await self._one(chat_id, letter)
        except Exception:  # noqa: BLE001 (the book itself has failed: the letter stays open)
            _log.exception("letter left for later", letter=letter.id, kind=letter.kind)
            self._rest(letter, _PATIENCE[-1])
        finally:
            self._lanes.pop(chat_id, None)
            self._wake.set()

    async def _one(self, chat_id: int, letter: Letter) -> None:
        """Send one letter and settle it, or sort out why it could not be sent.

        What was sent and could not be marked is not sent again, only marked: a full disk must not double messages.
        """
        brought = self._brought.get(letter.id)
        try:
            brought = brought or await self._bring(chat_id, letter)
        except TelegramError as error:
            await self._sort(chat_id, letter, error)
            return
        except OperationalError:
            raise  # the database itself: nothing is wrong with the letter
        except Exception as error:  # noqa: BLE001 (a letter that cannot be rendered must not stop the others)
            _log.exception("letter failed", letter=letter.id, kind=letter.kind)
            await self._act(delivery.dead, letter.id, type(error).__name__)
            return
        self._brought[letter.id] = brought
        await self._settle(chat_id, letter, brought)
        self._brought.pop(letter.id)
        if brought.outcome == outbox.SENT:
            self.on_sent(letter)
        self._failures.pop(letter.id, None)

    async def _bring(self, chat_id: int, letter: Letter) -> _Brought:
        """Render a letter as things are now and bring it to its chat."""
        if letter.kind == "menu":  # no message: what Telegram shows beside the chat
            await self.on_menu(chat_id)
            return _Brought(outbox.SENT)
        page, beside, seen = await self._office.database.read(lambda read: self._rendered(read, letter))
        if page is None:
            return _Brought(outbox.DROPPED)
        message_id: int | None = letter.edits
        priority = Priority(letter.priority)
        if letter.shape == Shape.GONE and letter.edits is not None:
            await self._courier.remove(chat_id, letter.edits, priority)
        elif letter.kind == "strip" and letter.edits is not None:
            await self._courier.strip(chat_id, letter.edits, priority)
        elif letter.shape == Shape.EDIT and letter.edits is None:
            message_id = await self._renew(chat_id, letter, page, beside)
        elif letter.edits is None or (
            not await self._courier.edit(chat_id, letter.edits, page, priority) and letter.shape != Shape.STUB
        ):
            message_id = await self._courier.send(chat_id, page, priority, silent=letter.silent, replies_to=beside)
        return _Brought(outbox.SENT, message_id, None if page.fleeting else pages.plain(page), seen)

    async def _renew(self, chat_id: int, letter: Letter, page: Page, card: int | None) -> int | None:
        """Bring a card up to date; one that its owner has deleted is sent anew, for its buttons are nowhere else."""
        priority = Priority(letter.priority)
        if card is None or await self._courier.edit(chat_id, card, page, priority):
            return card
        return await self._courier.send(chat_id, page, priority, silent=letter.silent)

    def _rendered(self, read: Read, letter: Letter) -> tuple[Page | None, int | None, int | None]:
        """Give the page, the message it stands beside (the card that it edits or replies to), and what it has seen."""
        seen = outbox.newest(read, letter.case_id) if letter.case_id is not None else None
        person = roster.person(read, letter.person_id) if letter.person_id is not None else None
        # Somebody not bound yet is nobody on the roster: his client's language goes with the letter.
        reader = self._office.reader(person, letter.facts.get("language"))
        page = render(read, letter, reader, self._notices, self._prompts)
        beside = None
        on_card = letter.shape in (Shape.EDIT, Shape.PLAIN, Shape.PROMPT) and letter.kind != "said"
        if on_card and letter.case_id and letter.person_id:
            beside = outbox.card_message(read, letter.person_id, letter.case_id)
        return page, beside, seen

    async def _settle(self, chat_id: int, letter: Letter, brought: _Brought) -> None:
        """Mark a letter; the mark rides on the writer's next commit."""
        at = self._office.clock()
        await self._office.database.act(
            lambda read: outbox.settle(read, letter.id, at=at, chat_id=chat_id, **vars(brought))
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


async def _no_menu(_chat_id: int) -> None:
    """Show no menu."""
