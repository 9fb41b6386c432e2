"""Outbox → Telegram: what acts have posted and what was left is sent, chat by chat, and marked."""

import asyncio
import secrets
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress

import structlog
from telegram.error import TelegramError

from bot import traces
from bot.carrier import Brought, Carrier
from bot.lanes import Lanes
from bot.marks import Marks
from bot.outages import Outage, let_go
from bot.pulse import Pulse, within
from bot.sorting import Fate, sort
from bot.turnstile import Turnstile
from handlers.office import Office
from storage import claims, outbox
from storage.acts import delivery, reaching
from storage.book import CLOCK, Book
from storage.database import FAILURES, OUTAGES
from storage.outbox import Posted, Priority
from storage.outcomes import Mark
from storage.reading import Read

_log = structlog.get_logger(__name__)
# Chats that are written to at once: by anything, by what people do, and what is urgent goes beyond. A broadcast needs
# a second's worth; more would have an answer wait until two hundred of its letters are rendered.
_BROAD, _LANES = 40, 200
_HAND = 400  # letters in hand up to which more are claimed
_LAST_SECONDS = 6.0  # a call's own time-out is 5
# Seconds of the pulse; letters of this process's own acts are handed over without looking.
_LOOK_AGAIN, _LOOK_FOR_OTHERS = 30.0, 2.0  # where one process sends, and where others may have left something
_RENEW = 20.0  # seconds of the pulse after which leases are renewed, three times before they end
_PATIENCE = (1.0, 2.0, 5.0, 15.0, 60.0)  # waits after lost connections and 5xx, the last one over and over
_WHOLE_CHAT = 5  # failures for which a chat keeps its order; then the letter waits alone
_JITTER = 0.25


class Sender:
    """Sends letters: each chat in order, chats beside each other, as the turnstile lets them through."""

    def __init__(self, office: Office, carrier: Carrier, turnstile: Turnstile, pulse: Pulse) -> None:
        self.owner = secrets.token_hex(8)
        self._office = office
        self._carrier = carrier
        self._turnstile = turnstile
        self._pulse = pulse
        self._marks = Marks(office, pulse)
        self._book = Outage(pulse, "the sender")
        self._lanes = Lanes()
        self._tasks: set[asyncio.Task[None]] = set()
        self._wake = asyncio.Event()
        self._look = True
        self._brought: dict[int, Brought] = {}
        self._failures: defaultdict[int, int] = defaultdict(int)
        self._claiming: asyncio.Future[list[Posted]] | None = None
        self._more = False
        self._crowded: set[int] = set()  # chats that have more letters than one claim gives
        self._renewed = pulse()
        self._shared = office.database.engine.dialect.name != "sqlite"
        self._closed = False
        self.on_rest: Callable[[], None] = lambda: None
        self.on_takeover: Callable[[int], None] = lambda _count: None
        self.on_sent: Callable[[Posted], None] = lambda _letter: None

    def wake(self) -> None:
        """Have the sender look at the outbox now."""
        self._look = True
        self._wake.set()

    def take(self, posted: Iterable[Posted | None]) -> None:
        """Take letters in hand that an act has just posted; none stands for letters that anybody may claim."""
        for letter in posted:
            if letter is None:
                self.wake()
            elif not self._closed:
                self._lanes.add(letter)
        self._start()

    def told(self, loop: asyncio.AbstractEventLoop, posted: Sequence[Posted | None]) -> None:
        """Take in hand what was posted, in the loop whence or from which thread soever this is called."""
        if posted:
            with suppress(RuntimeError):  # a loop that has ended takes nothing
                (loop.call_soon if within(loop) else loop.call_soon_threadsafe)(self.take, posted)

    @property
    def idle(self) -> bool:
        """Tell whether nothing is in hand."""
        return not self._tasks and not self._look and not self._wake.is_set() and self._lanes.idle

    async def run(self) -> None:
        """Take in hand what was left, again and again; lanes start by themselves."""
        self._office.database.sends_as(self.owner)
        while True:
            self._wake.clear()
            nap: float | None = None
            try:
                await self._catch_up()
            except FAILURES as error:
                nap = self._book.failed(error)
            else:
                self._book.over()
            self._start()
            self.on_rest()
            await self._pulse.wait(self._wake, self._nap() if nap is None else min(nap, self._nap()))
            self._look = True

    def _nap(self) -> float:
        """Give the seconds until something that rests is to be tried again, or the outbox to be looked at."""
        until = self._lanes.wake(self._pulse())
        look = _LOOK_FOR_OTHERS if self._shared else _LOOK_AGAIN
        return look if until is None else min(look, until - self._pulse())

    async def _catch_up(self) -> None:
        """Claim what nobody has in hand, as far as there is room; keep what is in hand."""
        self._lanes.wake(self._pulse())
        await self._renew()
        room = _HAND - len(self._lanes)
        if room <= 0:
            self._look = False
            return
        at, but, busy = self._office.clock(), set(self._lanes), self._lanes.full(claims.A_CHAT)
        found = await self._office.read(claims.left, self.owner, at, room, but, busy)
        if found and not self._closed:
            self._claiming = asyncio.ensure_future(self._claim(found))
            for letter in await asyncio.shield(self._claiming):
                self._lanes.add(letter)
        self._more, held = bool(found), Counter(found.values())
        self._crowded |= {chat_id for chat_id, count in held.items() if count >= claims.A_CHAT}
        self._look = False

    async def _claim(self, found: dict[int, int]) -> list[Posted]:
        """Take letters in hand; where others send too, note those that a dead one had there."""

        def unit(read: Read) -> tuple[list[Posted], frozenset[int]]:
            lapsed = claims.lapsed(read, self.owner, found) if self._shared else frozenset()
            return claims.claim(read, self.owner, found), lapsed

        taken, lapsed = await self._office.database.act(unit, guarded=True)
        self.on_takeover(len(lapsed & {letter.id for letter in taken}))
        return taken

    async def _renew(self) -> None:
        """Keep what is in hand; where one process sends, nobody takes it."""
        now = self._pulse()
        if now - self._renewed < _RENEW or not self._lanes or not self._shared:
            return
        self._renewed = now
        held = list(self._lanes)
        await self._office.database.act(lambda read: claims.renew(read, self.owner, held), guarded=True)

    async def finish(self) -> None:
        """Let what is on the line come to its end and be marked; what waits is anybody's again."""
        self._closed = True
        self._office.database.sends_as(None)
        self._turnstile.close()
        self._marks.hurry()
        if self._tasks:
            tasks = list(self._tasks)
            await asyncio.wait(tasks, timeout=_LAST_SECONDS)
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
        await self._marks.finish()
        if self._claiming is not None:  # what is being claimed still would outlive its being let go
            await asyncio.gather(self._claiming, return_exceptions=True)
        await let_go(self._office, lambda read: claims.release(read, self.owner))

    def _start(self) -> None:
        """Start the best letters; where the lanes are full, the urgent ones."""
        while not self._closed:
            out = len(self._tasks)
            most = Priority.BROADCAST if out < _BROAD else Priority.EDIT if out < _LANES else Priority.ACT
            letter = self._lanes.next(most)
            if letter is None:
                return
            task = asyncio.create_task(self._lane(letter), name=f"lane {letter.chat_id}")
            self._tasks.add(task)
            task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[None]) -> None:
        """Start what was waiting for this lane, and look for more where little is left in hand."""
        self._tasks.discard(task)
        self._start()
        if not self._tasks and self._lanes.idle:
            self.on_rest()

    async def _lane(self, letter: Posted) -> None:
        """Send one letter; the next of its chat is chosen after it, so that an answer overtakes what waits."""
        traces.letter(letter.id, letter.key)
        try:
            await self._one(letter)
        except asyncio.CancelledError:
            self._lanes.done(letter)
            raise
        except OUTAGES as error:  # the book itself: the letter stays open, and keeps its place at first
            self._failures[letter.id] += 1
            alone = self._failures[letter.id] > _WHOLE_CHAT
            self._again(letter, self._book.failed(error), alone=alone)
        except Exception:  # noqa: BLE001 (a fault of ours in writing down what came of it)
            _log.exception("letter left for later", letter=letter.id, kind=letter.kind)
            self._again(letter, _PATIENCE[-1], alone=True)

    async def _one(self, letter: Posted) -> None:
        """Send one letter and mark it, or sort out why it could not be sent.

        What was sent and could not be marked is not sent again, only marked: a full disk must not double messages.
        """
        brought = self._brought.get(letter.id)
        try:
            brought = brought or await self._carrier.bring(letter, self.owner)
        except TelegramError as error:
            await self._refused(letter, error)
            return
        except OUTAGES:
            raise  # the database itself: nothing is wrong with the letter
        except Exception as error:  # noqa: BLE001 (a letter that cannot be rendered must not stop the others)
            _log.exception("letter failed", letter=letter.id, kind=letter.kind)
            await self._close(letter, delivery.dead, outbox.DEAD, type(error).__name__)
            return
        if brought is None:
            self._done(letter)
        else:
            await self._settle(letter, brought)

    async def _settle(self, letter: Posted, brought: Brought) -> None:
        """Write down what came of a letter."""
        if brought.until is not None:
            until = brought.until
            await self._office.database.act(lambda read: claims.put_off(read, letter, self.owner, until), guarded=True)
            self._done(letter)
            return
        if brought.outcome == outbox.UNREACHABLE:
            await self._close(letter, reaching.unreachable, outbox.UNREACHABLE, "")
            return
        if brought.outcome == outbox.SENT and letter.id not in self._brought:
            self.on_sent(letter)
        self._brought[letter.id] = brought
        mark = Mark(letter, self.owner, brought.outcome, brought.message_id, brought.text, brought.seen, brought.anew)
        if not await self._marks.write(mark):
            _log.warning("letter marked by another hand", letter=letter.id)
        self._done(letter)
        if brought.back and letter.person_id is not None:
            await self._act(reaching.reachable, letter.person_id)

    async def _refused(self, letter: Posted, error: TelegramError) -> None:
        """Do what a refusal asks for."""
        sorted_ = sort(error, letter.chat_id)
        match sorted_.fate:
            case Fate.LATER:
                self._turnstile.refused(letter.chat_id, sorted_.seconds)
                self._again(letter, sorted_.seconds)
            case Fate.AGAIN:
                self._failures[letter.id] += 1
                failures = self._failures[letter.id]
                seconds = _PATIENCE[min(failures, len(_PATIENCE)) - 1]
                _log.info("letter not taken", letter=letter.id, failures=failures, why=type(error).__name__)
                longer = 1 + _JITTER * secrets.randbelow(1000) / 1000
                self._again(letter, seconds * longer, alone=failures > _WHOLE_CHAT)
            case Fate.MOVED:
                await self._act(delivery.migrated, letter.chat_id, sorted_.new_id)
                self._done(letter)
                self.wake()
            case Fate.NOBODY:
                await self._close(letter, reaching.unreachable, outbox.UNREACHABLE, error.message)
            case Fate.EXPELLED:
                await self._close(letter, delivery.expelled_with, outbox.DEAD, error.message)
            case Fate.DEAD:
                _log.error("letter refused", letter=letter.id, kind=letter.kind, why=error.message)
                await self._close(letter, delivery.dead, outbox.DEAD, error.message)

    def _again(self, letter: Posted, seconds: float, *, alone: bool = False) -> None:
        """Try a letter again after so many seconds of the pulse."""
        self._lanes.again(letter, self._pulse() + seconds, alone=alone)
        self._wake.set()

    def _done(self, letter: Posted) -> None:
        """Let go of a letter; look for more where little is left in hand."""
        self._lanes.done(letter)
        self._carrier.forget(letter)
        self._brought.pop(letter.id, None)
        self._failures.pop(letter.id, None)
        crowded = letter.chat_id in self._crowded and not self._lanes.waits(letter.chat_id)
        self._crowded -= {letter.chat_id} if crowded else set()
        if crowded or (self._more and len(self._lanes) in (_HAND // 2, 0)):
            self.wake()

    async def _close(self, letter: Posted, act: Callable[[Book, Mark], None], outcome: str, why: str) -> None:
        """Mark a letter that will not arrive, and do what follows, in one act."""
        await self._act(act, Mark(letter, self.owner, outcome, fault=why))
        self._done(letter)

    async def _act(self, act: Callable[..., None], *facts: object) -> None:
        """Run an act of the clock's."""
        at, terms = self._office.clock(), self._office.terms
        await self._office.database.act(lambda read: act(Book(read, at, terms, CLOCK), *facts))
