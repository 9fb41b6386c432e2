"""One letter to its chat: is it still true, what does it say now, by which call does it go."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import cast

from bot.courier import Begun, Courier
from handlers import pages
from handlers.notices.kinds import Notice
from handlers.notices.letters import render
from handlers.office import Office
from handlers.pages import Page
from handlers.prompts import Prompts
from storage import claims, outbox, outcomes
from storage.claims import Grip
from storage.outbox import Posted, Priority, Shape
from storage.queries import roster, truths
from storage.reading import Read
from storage.tables import Letter

_SHORT = frozenset({"card", "moved", "strip", "said"})


@dataclass(frozen=True)
class Brought:
    """What came of a letter that was brought, before that is marked."""

    outcome: str
    message_id: int | None = None
    text: str | None = None
    seen: int | None = None
    anew: bool = False
    back: bool = False  # somebody who was unreachable has got it
    until: datetime | None = None  # not sent: it waits until then


@dataclass(frozen=True)
class _Ready:
    """A letter as it is now: its page, the card it stands beside or edits, the newest entry that it shows."""

    page: Page | None
    outcome: str = outbox.OVERTAKEN
    beside: int | None = None
    seen: int | None = None
    away: bool = False
    silent: bool = False
    until: datetime | None = None


class Carrier:
    """Renders letters as things are now and brings them to their chats."""

    def __init__(self, office: Office, courier: Courier, notices: Mapping[str, Notice], prompts: Prompts) -> None:
        self._office = office
        self._courier = courier
        self._notices = notices
        self._prompts = prompts
        self._begun: dict[int, Begun] = {}
        self.on_menu: Callable[[int], Awaitable[None]] = _no_menu

    async def bring(self, letter: Posted, owner: str) -> Brought | None:
        """Bring a letter to its chat, unless it is no longer true; raise what Telegram or the line says.

        Give nothing where it is no longer in the owner's hand: then it is not his to mark either.
        """
        if letter.kind == "menu":  # no message: what Telegram shows beside the chat
            await self.on_menu(letter.chat_id)
            return Brought(outbox.SENT)
        database = self._office.database
        # A card is a handful of rows; a digest, a table or a slip with its files is read off the loop.
        look = database.glance if letter.kind in _SHORT else database.read
        ready = await look(lambda read: self._held(read, letter, owner))
        if ready is None:
            return None
        if ready.page is None:
            return Brought(ready.outcome, until=ready.until)
        message_id, anew = await self._carry(letter, ready.page, ready)
        self._begun.pop(letter.id, None)
        text = None if ready.page.fleeting else pages.plain(ready.page)
        return Brought(outbox.SENT, message_id, text, ready.seen, anew, back=ready.away)

    def forget(self, letter: Posted) -> None:
        """Forget how much of a letter has gone out: it is out of hand."""
        self._begun.pop(letter.id, None)

    async def _carry(self, letter: Posted, page: Page, ready: _Ready) -> tuple[int | None, bool]:
        """Make the call that the letter's shape asks for; give its message, and whether an edit was sent anew."""
        chat_id, priority = letter.chat_id, Priority(letter.priority)
        edits = ready.beside if letter.shape == Shape.EDIT and letter.edits is None else letter.edits
        if letter.shape == Shape.GONE and edits is not None:
            await self._courier.remove(chat_id, edits, priority)
        elif letter.kind == "strip" and edits is not None:
            await self._courier.strip(chat_id, edits, priority)
        elif edits is not None:
            # The same words again are no fault; a message that its owner has deleted is sent anew but for a stub,
            # for a card's buttons are nowhere else.
            there = letter.id not in self._begun and await self._courier.edit(chat_id, edits, page, priority)
            if not there and letter.shape != Shape.STUB:
                return await self._send(letter, page, None, silent=ready.silent), True
        elif letter.shape == Shape.EDIT:
            return None, False  # its card has not been sent yet, and will show it all
        else:
            return await self._send(letter, page, ready.beside, silent=ready.silent), False
        return edits, False

    async def _send(self, letter: Posted, page: Page, beside: int | None, *, silent: bool) -> int:
        """Send a new message; what a broken attempt has sent of it is not sent twice."""
        begun = self._begun.setdefault(letter.id, Begun())
        return await self._courier.send(
            letter.chat_id, page, letter.priority, silent=silent, replies_to=beside, begun=begun
        )

    def _held(self, read: Read, letter: Posted, owner: str) -> _Ready | None:
        """Render a letter that is still in the owner's hand."""
        grip = claims.held(read, owner, letter)
        return self._ready(read, letter, grip) if grip is not None else None

    def _ready(self, read: Read, posted: Posted, grip: Grip) -> _Ready:
        """Render a letter in one unit of reading; none where it is not to be sent, or not now."""
        letter = cast("Letter", posted)  # the notices read its plain values alone
        seen = (grip.newest or 0) if posted.case_id is not None else None
        person = roster.person(read, posted.person_id) if posted.person_id is not None else None
        # Somebody not bound yet is nobody on the roster: his client's language goes with the letter.
        reader = self._office.reader(person, posted.facts.get("language"))
        away = person is not None and person.unreachable
        if away and posted.priority > Priority.ANSWER:
            return _Ready(None, outbox.UNREACHABLE)
        now, terms = reader.now, reader.terms
        if not truths.stands(read, posted, now, terms):
            return _Ready(None, outbox.OVERTAKEN)
        until = truths.not_before(read, posted, now, terms)
        if until is not None:
            return _Ready(None, until=until)
        page = render(read, letter, reader, self._notices, self._prompts)
        on_card = posted.shape in (Shape.EDIT, Shape.PLAIN, Shape.PROMPT) and posted.kind != "said"
        beside = grip.card if on_card else None
        silent = truths.hushed(read, posted, now, terms)
        # The lines of a digest of which nothing is true any more are done with; those of one that is late are not.
        empty = outbox.DROPPED if posted.kind == outcomes.DIGEST else outbox.OVERTAKEN
        return _Ready(page, empty, beside, seen, away=away, silent=silent)


async def _no_menu(_chat_id: int) -> None:
    """Show no menu."""
